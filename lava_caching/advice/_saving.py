"""How many times less energy learning takes with caching, and how sure that is.

The numbers of a profile enter both bills, so that their uncertainty partly cancels. Two ranges are reported. `together`
moves all numbers at once: low against low, high against high. `apart` lets each number lie anywhere in its own range,
the same place in both bills: a quotient of two sums is extreme where each price is at one of its ends. Prices that
share a number (a driver factor of SET and RESET) move apart in it, which makes this range an outer one. Pairing low
with high instead would price the same write differently in the two bills, and is not reported.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from lava_caching.advice._choice import Choice
from lava_caching.hardware import Range

__all__ = ["Saving", "saving_of"]

Price = tuple[str, tuple[str, ...], Range]


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Joules without caching over joules with it; above 1 caching saves.

    Attributes
    ----------
    nominal : float
        From nominal numbers and the mean over the seeds.
    together, apart : Range
        Ranges from those of the profile's numbers, see the module.
    by_seed : tuple of float
        Nominal, seed by seed.
    """

    nominal: float
    together: Range
    apart: Range
    by_seed: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        ranges = {"together": self.together.to_dict(), "apart": self.apart.to_dict()}
        return {"nominal": self.nominal, **ranges, "by_seed": list(self.by_seed)}


def saving_of(uncached: Choice, cached: Choice) -> Saving | None:
    """Return the saving, or None where a total is not known or nothing was paid."""
    before, after = uncached.joules, cached.joules
    bounds = [
        b / a if a and b is not None else None
        for b, a in ((before.low, after.low), (before.nominal, after.nominal), (before.high, after.high))
    ]
    if any(bound is None for bound in bounds):
        return None
    known = [bound for bound in bounds if bound is not None]
    totals = [(b.total, a.total) for b, a in zip(uncached.bills, cached.bills, strict=True)]
    by_seed = [b.nominal / a.nominal for b, a in totals if b and a and b.nominal is not None and a.nominal]
    return Saving(
        nominal=known[1],
        together=Range(min(known), known[1], max(known)),
        apart=Range(_extreme(uncached, cached, known[1], -1), known[1], _extreme(uncached, cached, known[1], 1)),
        by_seed=tuple(by_seed),
    )


def _extreme(uncached: Choice, cached: Choice, start: float, sign: int) -> float:
    """Return the least (sign −1) or the largest (+1) quotient of the two totals, each price within its range.

    Dinkelbach's iteration: at a quotient r, the price of n_before and n_after actions takes the end of its range that
    moves n_before − r·n_after to the wanted side; r rises (falls) until no price moves any more.
    """
    counts: dict[Price, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for place, choice in enumerate((uncached, cached)):
        for bill in choice.bills:
            for line in bill.lines or ():
                counts[line.tier, line.keys, line.unit][place] += line.n or 0.0
    quotient = start
    for _ in range(len(counts) + 1):
        before = after = 0.0
        for (_, _, unit), (n_before, n_after) in counts.items():
            price = unit.high if sign * (n_before - quotient * n_after) > 0 else unit.low
            before, after = before + n_before * (price or 0.0), after + n_after * (price or 0.0)
        quotient, last = before / after, quotient
        if sign * (quotient - last) <= 0:
            return last
    return quotient
