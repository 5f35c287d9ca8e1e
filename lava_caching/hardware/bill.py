"""The bill of a run: joules with their range, by tier and cause, and what could not be priced."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

__all__ = ["CAUSES", "TIERS", "ZERO", "Bill", "Line", "Range"]

TIERS = ("volatile", "nonvolatile")
CAUSES = ("write", "read", "hold", "refresh", "verify", "transfer", "clear")


class Range(NamedTuple):
    """A number with its bounds; None stands for "not known" and survives every sum and product.

    A tuple because a bill makes dozens of them, and a frozen dataclass takes four times as long to make.
    """

    low: float | None
    nominal: float | None
    high: float | None

    @classmethod
    def exactly(cls, value: float) -> Range:
        """Return a range without width."""
        return cls(value, value, value)

    def __add__(self, other: Range) -> Range:  # type: ignore[override]
        a, b, c = self.low, self.nominal, self.high
        x, y, z = other.low, other.nominal, other.high
        return Range(
            None if a is None or x is None else a + x,
            None if b is None or y is None else b + y,
            None if c is None or z is None else c + z,
        )

    def __mul__(self, other: Range | float) -> Range:  # type: ignore[override]
        """Multiply by a number or a range, neither of them negative."""
        x, y, z = other if isinstance(other, Range) else (other, other, other)
        a, b, c = self.low, self.nominal, self.high
        return Range(
            None if a is None or x is None else a * x,
            None if b is None or y is None else b * y,
            None if c is None or z is None else c * z,
        )

    def __truediv__(self, other: Range | float) -> Range:
        """Divide by a number or a range, neither of them negative; what has no finite value is None."""
        x, y, z = other if isinstance(other, Range) else (other, other, other)
        a, b, c = self.low, self.nominal, self.high
        return Range(
            None if a is None or not z else a / z,
            None if b is None or not y else b / y,
            None if c is None or not x else c / x,
        )

    def to_dict(self) -> dict[str, float | None]:
        """Return ``{low, nominal, high}``; what is not finite becomes None."""
        if self is ZERO:  # most causes of most bills
            return {"low": 0.0, "nominal": 0.0, "high": 0.0}
        return {"low": _finite(self.low), "nominal": _finite(self.nominal), "high": _finite(self.high)}


def _bounds(sums: list[float | None]) -> dict[str, float | None]:
    low, nominal, high = sums
    if high is not None and math.isfinite(high):  # then all are: nothing is negative, and bounds ascend
        return {"low": low, "nominal": nominal, "high": high}
    return {"low": _finite(low), "nominal": _finite(nominal), "high": _finite(high)}


def _finite(bound: float | None) -> float | None:
    return float(bound) if bound is not None and math.isfinite(bound) else None


ZERO = Range(0.0, 0.0, 0.0)
NOT_KNOWN = Range(None, None, None)


class Line(NamedTuple):
    """One action on a bill.

    Attributes
    ----------
    tier, cause, action : str
        One of `TIERS`, one of `CAUSES`, and what was done.
    n : float or None
        How often, or for how many synapse-seconds; None where the run did not count it.
    unit : Range
        Joules of one action, or watts where n is a time.
    joules : Range
        n × unit; 0 and no upper bound where an unpriced action was accepted by name.
    keys : tuple of str
        The numbers of the profile that the price is made of.
    """

    tier: str
    cause: str
    action: str
    n: float | None
    unit: Range
    joules: Range
    keys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a run cost on one pair of memories.

    Attributes
    ----------
    profile : str
        Name of the pair.
    unit : str
        "joule" or "arbitrary".
    lines : tuple of Line, or None
        Every action that occurred and costs something; None in arbitrary units.
    unpriced : tuple of str
        Actions that occurred and have no price; the sums that contain them are None.
    lower_bound : tuple of str
        Unpriced actions, as ``tier.cause``, that the caller accepted: they count 0, and the total is a lower bound
        without an upper one.
    excluded : tuple of str
        What the bill leaves out by design.
    estimated : tuple of str
        What was derived from averages or histograms because the run did not count it.
    warnings : tuple of str
        What the reader should know before comparing.
    operating_point : dict
        Step duration (s), weight range (weight), levels, bits and weight unit of each tier, and where each came from.
    lifetime_s : dict of str to Range or None, or None
        Time until the hottest, the 99th-percentile and the median synapse has used up its endurance at the rate of this
        run; None for a synapse that is never written, None as a whole when writes were not counted per synapse.
    equivalent_costs : dict
        The paper's b, c and τ for this pair (`lava_caching.hardware.equivalent`).
    sources : tuple of dict
        ``{key, source, where, basis, confidence}`` of every number used.
    """

    profile: str
    unit: str
    lines: tuple[Line, ...] | None
    unpriced: tuple[str, ...] = ()
    lower_bound: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    operating_point: dict[str, Any]
    lifetime_s: dict[str, Range | None] | None
    equivalent_costs: dict[str, Any]
    sources: tuple[dict[str, str], ...] = ()

    @cached_property
    def items(self) -> dict[tuple[str, str], Range] | None:
        """Return the joules by (tier, cause); what is absent costs nothing. None in arbitrary units."""
        if self.lines is None:
            return None
        sums: dict[tuple[str, str], Range] = {}
        for line in self.lines:
            place = line.tier, line.cause
            sums[place] = sums[place] + line.joules if place in sums else line.joules
        return sums

    def _sum(self, place: int | None, name: str = "") -> Range | None:
        if self.items is None:
            return None
        total = ZERO
        for key, joules in self.items.items():
            if place is None or key[place] == name:
                total = total + joules
        return total

    @property
    def total(self) -> Range | None:
        """Return all joules; bounds that contain an unpriced action are None, as is everything in arbitrary units."""
        return self._sum(None)

    def tier(self, name: str) -> Range | None:
        """Return the joules of one of `TIERS`."""
        return self._sum(0, name)

    def cause(self, name: str) -> Range | None:
        """Return the joules of one of `CAUSES`."""
        return self._sum(1, name)

    def _joules(self) -> dict[str, Any] | None:
        """Return all sums in one go over the lines: a thousand records on a dozen pairs have 80,000 of them."""
        if self.lines is None:
            return None
        total: list[float | None] = [0.0, 0.0, 0.0]
        by_tier: dict[str, list[float | None]] = {name: [0.0, 0.0, 0.0] for name in TIERS}
        by_cause: dict[str, list[float | None]] = {name: [0.0, 0.0, 0.0] for name in CAUSES}
        for line in self.lines:
            for bound, joules in enumerate(line.joules):
                for sums in (total, by_tier[line.tier], by_cause[line.cause]):
                    known = sums[bound]
                    sums[bound] = None if joules is None or known is None else known + joules
        return {
            "total": _bounds(total),
            "by_tier": {name: _bounds(sums) for name, sums in by_tier.items()},
            "by_cause": {name: _bounds(sums) for name, sums in by_cause.items()},
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the bill as it stands in a record: plain numbers, lists and None, no NaN and no Infinity."""
        lifetime = self.lifetime_s
        return {
            "profile": self.profile,
            "unit": self.unit,
            "joules": self._joules(),
            "unpriced": list(self.unpriced),
            "lower_bound": list(self.lower_bound),
            "excluded": list(self.excluded),
            "estimated": list(self.estimated),
            "warnings": list(self.warnings),
            "operating_point": dict(self.operating_point),
            "lifetime_s": lifetime and {name: life and life.to_dict() for name, life in lifetime.items()},
            "equivalent_costs": dict(self.equivalent_costs),
            "sources": list(self.sources),
        }
