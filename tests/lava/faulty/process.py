"""A Process that fails on purpose. In a folder of its own, since Lava executes every file beside a Process."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_caching.errors import InputError


class UnpicklableError(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.trouble = lambda: text


class OneWayError(Exception):
    """Cannot be unpickled: pickle would call it with one argument."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def fail(fault: str) -> None:
    if fault == "raise":
        raise ValueError("no such luck")
    if fault == "refuse":
        raise InputError("theta = -1: must be at least 0")
    if fault == "unpicklable":
        raise UnpicklableError("holds a function")
    if fault == "one way":
        raise OneWayError("does not", "come back")
    if fault == "large":
        raise ValueError("x" * 1_000_000)
    if fault == "sys.exit":
        sys.exit("enough")
    if fault == "exit":
        os._exit(3)
    if fault == "vanish":
        os._exit(0)
    if fault == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "hang":
        time.sleep(1000)
    if fault == "interrupt":
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(1000)


class Faulty(AbstractProcess):  # type: ignore[misc] # Lava is not typed
    """Passes on what it gets; fails in one place (see the model) in one way (see `fail`)."""

    def __init__(self, *, where: str = "", fault: str = "raise", at_step: int = 3, **kwargs: Any) -> None:
        super().__init__(where=where, fault=fault, at_step=at_step, **kwargs)
        self.a_in = InPort(shape=(2,))
        self.s_out = OutPort(shape=(2,))
        self.x = Var(shape=(2,), init=0)


@implements(proc=Faulty, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyFaultyModel(PyLoihiProcessModel):  # type: ignore[misc] # Lava is not typed
    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, float)
    x: Any = LavaPyType(np.ndarray, float)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self._at("init")

    def _at(self, where: str) -> None:
        params = self.proc_params
        if where == params["where"] and self.time_step in (0, params["at_step"]):
            self._req_pause = params["fault"] == "ask for a pause"
            self._req_stop = params["fault"] == "ask for a stop"
            fail(params["fault"])

    def run_spk(self) -> None:
        self._at("spiking")
        self.s_out.send(self.a_in.recv())
        self.x += 1

    def lrn_guard(self) -> bool:
        return bool(self.proc_params["where"] == "learning")

    def run_lrn(self) -> None:
        self._at("learning")

    def on_var_update(self) -> None:
        if self.proc_params["where"] == "set":
            fail(self.proc_params["fault"])

    def _stop(self) -> None:
        if self.proc_params["where"] == "stop":
            fail(self.proc_params["fault"])
        super()._stop()
