"""The random numbers of Lava's fixed-point learning, the same streams drawn a block at a time (1 instead of 14 µs)."""

from __future__ import annotations

from lava.magma.core.learning.constants import W_TRACE
from lava.magma.core.learning.random import ConnVarRandom, TraceRandom

__all__ = ["SynapseDraws", "TraceDraws"]

BLOCK = 1024


class TraceDraws(TraceRandom):  # type: ignore[misc]
    """Two streams: for the decay of traces and for their impulses, both advanced together."""

    def __init__(self, seed_trace_decay: int, seed_impulse_addition: int) -> None:
        super().__init__(seed_trace_decay, seed_impulse_addition)  # draws the first of each
        self._place = BLOCK

    def advance(self) -> None:
        """Go on to the next numbers."""
        if self._place == BLOCK:
            self._decays = self._rng_trace_decay.random(BLOCK)
            self._impulses = self._rng_impulse_addition.integers(0, 2**W_TRACE, size=BLOCK, dtype=int)
            self._place = 0
        self._random_trace_decay = self._decays[self._place]
        self._random_impulse_addition = self._impulses[self._place]
        self._place += 1


class SynapseDraws(ConnVarRandom):  # type: ignore[misc]
    """One stream, for the rounding of weights and tags."""

    def __init__(self) -> None:
        super().__init__()
        self._place = BLOCK

    def advance(self) -> None:
        """Go on to the next number."""
        if self._place == BLOCK:
            self._block = self._rng.random(BLOCK)
            self._place = 0
        self._random_stochastic_round = self._block[self._place]
        self._place += 1
