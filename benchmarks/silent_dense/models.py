"""Models of `SilentDense`."""

from typing import Any

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.connection import (
    LearningConnectionModelBitApproximate,
    LearningConnectionModelFloat,
)
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.dense.models import AbstractPyDenseModelBitAcc, AbstractPyDenseModelFloat

from silent_dense.process import SilentDense


class _Silent:
    a_out: Any
    a_buff: Any
    s_in: Any
    s_in_bap: Any
    proc_params: Any

    def run_spk(self) -> None:
        """Pass messages."""
        self.a_out.send(self.a_buff)
        self.s_in.recv()
        self.s_in_bap.recv()

    def lrn_guard(self) -> bool:
        """Ask for a learning phase in every step, as Lava's learning connections do, or for none."""
        return bool(self.proc_params["learning_phase"])

    def run_lrn(self) -> None:
        """Learn nothing."""


@implements(proc=SilentDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PySilentDenseModelFloat(_Silent, LearningConnectionModelFloat, AbstractPyDenseModelFloat):  # type: ignore[misc]
    """Floating point."""


@implements(proc=SilentDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PySilentDenseModelFixed(_Silent, LearningConnectionModelBitApproximate, AbstractPyDenseModelBitAcc):  # type: ignore[misc]
    """Fixed point."""
