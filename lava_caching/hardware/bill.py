"""The bill of a run: joules with their range, by tier and cause, and what could not be priced."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

__all__ = ["CAUSES", "TIERS", "ZERO", "Bill", "Line", "Range"]

TIERS = ("volatile", "nonvolatile")
CAUSES = ("write", "read", "hold", "refresh", "verify", "transfer", "clear")


@dataclass(frozen=True)
class Range:
    """A number with its bounds; None stands for "not known" and survives every sum and product."""

    low: float | None
    nominal: float | None
    high: float | None

    @classmethod
    def exactly(cls, value: float) -> Range:
        """Return a range without width."""
        return cls(value, value, value)

    def __add__(self, other: Range) -> Range:
        pairs = zip(self._bounds, other._bounds, strict=True)
        return Range(*(None if a is None or b is None else a + b for a, b in pairs))

    def __mul__(self, other: Range | float) -> Range:
        """Multiply by a number or a range, neither of them negative."""
        factor = other if isinstance(other, Range) else Range.exactly(other)
        pairs = zip(self._bounds, factor._bounds, strict=True)
        return Range(*(None if a is None or b is None else a * b for a, b in pairs))

    def __truediv__(self, other: Range | float) -> Range:
        """Divide by a number or a range, neither of them negative; what has no finite value is None."""
        by = other if isinstance(other, Range) else Range.exactly(other)
        pairs = zip(self._bounds, (by.high, by.nominal, by.low), strict=True)
        return Range(*(None if a is None or not b else a / b for a, b in pairs))

    @property
    def _bounds(self) -> tuple[float | None, float | None, float | None]:
        return self.low, self.nominal, self.high

    def to_dict(self) -> dict[str, float | None]:
        """Return ``{low, nominal, high}``; what is not finite becomes None."""
        names = ("low", "nominal", "high")
        bounds = zip(names, self._bounds, strict=True)
        return {name: float(b) if b is not None and math.isfinite(b) else None for name, b in bounds}


ZERO = Range(0.0, 0.0, 0.0)
NOT_KNOWN = Range(None, None, None)


@dataclass(frozen=True)
class Line:
    """One kind of action on a bill: how often it occurred, and what one costs.

    Attributes
    ----------
    tier, cause, action : str
        One of `TIERS`, one of `CAUSES`, and what was done, in words.
    n : float or None
        How often (synapse-seconds for holding and refresh); None where the run did not count it.
    unit, joules : Range
        Joules of one, and of all.
    keys : tuple of str
        The numbers of the profile in it, as in `Bill.sources`.
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
    items : dict of (tier, cause) to Range, or None
        Joules; what is absent costs nothing. None in arbitrary units.
    lines : tuple of Line
        The same action by action.
    unpriced : tuple of str
        Actions that occurred and have no price; the sums that contain them are None.
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
    items: dict[tuple[str, str], Range] | None
    lines: tuple[Line, ...] = ()
    unpriced: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    operating_point: dict[str, Any]
    lifetime_s: dict[str, Range | None] | None
    equivalent_costs: dict[str, Any]
    sources: tuple[dict[str, str], ...] = ()

    def _sum(self, place: int, name: str) -> Range | None:
        if self.items is None:
            return None
        return sum((joules for key, joules in self.items.items() if key[place] == name), ZERO)

    @property
    def total(self) -> Range | None:
        """Return all joules; bounds that contain an unpriced action are None, as is everything in arbitrary units."""
        return None if self.items is None else sum(self.items.values(), ZERO)

    def tier(self, name: str) -> Range | None:
        """Return the joules of one of `TIERS`."""
        return self._sum(0, name)

    def cause(self, name: str) -> Range | None:
        """Return the joules of one of `CAUSES`."""
        return self._sum(1, name)

    def _joules(self) -> dict[str, Any] | None:
        total = self.total
        if total is None:
            return None
        by_tier = {name: (self.tier(name) or ZERO).to_dict() for name in TIERS}
        by_cause = {name: (self.cause(name) or ZERO).to_dict() for name in CAUSES}
        return {"total": total.to_dict(), "by_tier": by_tier, "by_cause": by_cause}

    def to_dict(self) -> dict[str, Any]:
        """Return the bill as it stands in a record: plain numbers, lists and None, no NaN and no Infinity."""
        lifetime = self.lifetime_s
        return {
            "profile": self.profile,
            "unit": self.unit,
            "joules": self._joules(),
            "unpriced": list(self.unpriced),
            "excluded": list(self.excluded),
            "estimated": list(self.estimated),
            "warnings": list(self.warnings),
            "operating_point": dict(self.operating_point),
            "lifetime_s": lifetime and {name: life and life.to_dict() for name, life in lifetime.items()},
            "equivalent_costs": dict(self.equivalent_costs),
            "sources": [dict(source) for source in self.sources],
        }
