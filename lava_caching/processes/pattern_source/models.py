"""Models of `PatternSource` in Python, for the CPU: floating point and whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_caching.errors import InputError
from lava_caching.processes.pattern_source.process import PatternSource


class AbstractPyPatternSource(PyLoihiProcessModel):  # type: ignore[misc] # Lava is not typed
    """What the two models share: which pattern it is."""

    s_out: Any = None
    target_out: Any = None
    patterns: Any = None
    targets: Any = None

    def run_spk(self) -> None:
        """Send the pattern and the targets of this step."""
        presentation, step = divmod(self.time_step - 1, self.proc_params["t_epoch"])
        i = presentation % len(self.patterns)
        self.s_out.send(self.patterns[i] if step < self.proc_params["n_held"] else np.zeros_like(self.patterns[i]))
        self.target_out.send(self.targets[i])


@implements(proc=PatternSource, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyPatternSourceFloat(AbstractPyPatternSource):
    """Sends the values as they are."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    target_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    patterns: np.ndarray[Any, Any] = LavaPyType(np.ndarray, float)
    targets: np.ndarray[Any, Any] = LavaPyType(np.ndarray, float)


@implements(proc=PatternSource, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "bit_approximate_loihi")
class PyPatternSourceFixed(AbstractPyPatternSource):
    """Sends whole numbers."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    target_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    patterns: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int32)
    targets: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        if not proc_params["whole"]:
            raise InputError("patterns or targets hold fractions: the fixed-point model needs whole numbers")
