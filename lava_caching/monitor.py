"""How a long computation tells that it advances, and is asked to stop."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Monitor", "carry_on"]


class Monitor(Protocol):
    """Called every so often with what is done; returns whether to go on."""

    def __call__(self, n_done: int, n_total: int, what: str) -> bool:
        """Take note of `n_done` of at most `n_total` rounds; False stops after the round just finished."""


def carry_on(n_done: int, n_total: int, what: str) -> bool:
    """Show nothing and never stop."""
    return True
