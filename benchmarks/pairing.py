"""What all benchmarks share: two ways of doing the same, timed in turn in one process, and compared by their ratio.

A time says something about a machine, a ratio of two times taken in turn says something about two programs. Only
ratios have bounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["Row", "in_turn", "row_of", "seconds_of"]

T = TypeVar("T")
SMOKE_SHARE = 0.5
"""A smoke run fails below half of a bound: it is there to catch what broke, and machines are noisy."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    case : str
        What is done.
    instead : str
        What a user would take instead.
    ours : float
        Median of our times, or of our memory, per piece of work.
    unit : str
        "s" or "B".
    per : str
        The piece of work, such as "presentation".
    ratios : sequence of float
        Theirs / ours, of each round.
    at_least : float or None
        Bound of the median ratio; None where it is only reported.
    note : str
        What else was measured, such as the share of the machine's peak.
    """

    case: str
    instead: str
    ours: float
    unit: str = "s"
    per: str = "run"
    ratios: Sequence[float]
    at_least: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """Return the median ratio."""
        return statistics.median(self.ratios)

    def falls_short(self, smoke: bool) -> bool:
        """Return whether the bound is missed; in a smoke run the best round counts, and half the bound."""
        if self.at_least is None:
            return False
        return max(self.ratios) < SMOKE_SHARE * self.at_least if smoke else self.ratio < self.at_least


def seconds_of(work: Callable[[], T]) -> tuple[float, T]:
    """Return how long it took and what it returned."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def in_turn(ours: Callable[[], Any], theirs: Callable[[], Any], n_rounds: int) -> list[tuple[float, float]]:
    """Return the seconds of both in each round, after one round that is not counted."""
    ours(), theirs()
    return [(seconds_of(ours)[0], seconds_of(theirs)[0]) for _ in range(n_rounds)]


def row_of(rounds: Sequence[tuple[float, float]], *, n_ours: float = 1, n_theirs: float = 1, **more: Any) -> Row:
    """Return the row of rounds in which both did so many pieces of work."""
    ours = statistics.median(a for a, _ in rounds) / n_ours
    return Row(ours=ours, ratios=[(b / n_theirs) / (a / n_ours) for a, b in rounds], **more)
