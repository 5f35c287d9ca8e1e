"""Models of `ErrorNeuron` in Python, for the CPU: floating point, and third factors of 7 bits as on Loihi."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from numpy.typing import NDArray

from lava_caching.kernels.limits import LARGEST_TRACE
from lava_caching.processes.error_neuron.process import ErrorNeuron


class AbstractPyErrorNeuron(PyLoihiProcessModel):  # type: ignore[misc] # Lava is not typed
    """What the two models share: when and how a factor is found."""

    a_in: Any = None
    target_in: Any = None
    s_out_bap: Any = None
    s_out_y1: Any = None
    s_out_y2: Any = None
    s_out_y3: Any = None
    n_errors: Any = None
    n_spikes: Any = None
    n_rounded: Any = None
    time: Any = None

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.rule, self.unit = proc_params["rule"].post_factor, proc_params["unit"]
        self.constants = proc_params["learning_rate"], proc_params["tolerance"]

    def run_spk(self) -> None:
        """Receive outputs and targets; in the last step of an epoch judge them, and answer."""
        outputs, targets = self.a_in.recv() * self.unit, self.target_in.recv()
        factors, spikes = np.zeros(outputs.size), np.zeros(outputs.size, bool)
        if self.time_step % self.proc_params["t_epoch"] == 0:
            for i, (output, target) in enumerate(zip(outputs.tolist(), targets.tolist(), strict=True)):
                factors[i] = self.rule(output, float(target), *self.constants)
            spikes = outputs > self.constants[1]
            self.n_errors += np.count_nonzero(factors)
            self.n_spikes += np.count_nonzero(spikes)
            self.time += 1
        self.s_out_bap.send(spikes)
        self.send_factors(factors)

    @abstractmethod
    def send_factors(self, factors: NDArray[np.float64]) -> None:
        """Send y1, y2 and y3."""


@implements(proc=ErrorNeuron, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyErrorNeuronFloat(AbstractPyErrorNeuron):
    """Sends the factor as it is."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    target_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out_bap: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, bool)
    s_out_y1: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    s_out_y2: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    s_out_y3: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    n_errors: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)
    n_spikes: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)
    n_rounded: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)
    time: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)

    def send_factors(self, factors: NDArray[np.float64]) -> None:
        """Send the factors in y1."""
        nothing = np.zeros(factors.size)
        self.s_out_y1.send(factors)
        self.s_out_y2.send(nothing)
        self.s_out_y3.send(nothing)


@implements(proc=ErrorNeuron, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "bit_approximate_loihi")
class PyErrorNeuronFixed(AbstractPyErrorNeuron):
    """Sends whole multiples of the learning rate, by sign."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    target_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out_bap: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, bool)
    s_out_y1: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    s_out_y2: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    s_out_y3: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    n_errors: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)
    n_spikes: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)
    n_rounded: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)
    time: NDArray[np.int64] = LavaPyType(np.ndarray, np.int64)

    def send_factors(self, factors: NDArray[np.float64]) -> None:
        """Send the positive parts in y1, the negative ones in y2."""
        multiples = factors / self.constants[0]
        whole = np.clip(np.rint(multiples), -LARGEST_TRACE, LARGEST_TRACE)
        self.n_rounded += np.count_nonzero(np.abs(whole - multiples) > 1e-9)
        self.s_out_y1.send(np.maximum(whole, 0).astype(np.int32))
        self.s_out_y2.send(np.maximum(-whole, 0).astype(np.int32))
        self.s_out_y3.send(np.zeros(factors.size, np.int32))
