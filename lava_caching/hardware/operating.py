"""The operating point: step duration, weight range and levels at which a pair is priced, and where each came from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lava_caching.errors import InputError
from lava_caching.hardware.library import MemoryPair

__all__ = ["DEFAULT_STEP_DURATION_S", "Operating", "operating_point"]

DEFAULT_STEP_DURATION_S = 1e-6
SHORTEST_S, LONGEST_S = 1e-18, 1e12


@dataclass(frozen=True, kw_only=True)
class Operating:
    """A resolved operating point.

    Attributes
    ----------
    step_duration_s : float
        Seconds of one presentation.
    weight_min, weight_max : float or None
        Weights that the lowest and the highest level stand for; None where the run never had a weight.
    volatile_levels, nonvolatile_levels : int or None
        Levels of one synapse; None in arbitrary units.
    origin : dict of str to str
        "caller", "pair", "run" or "default" for the step duration and the weight range.
    """

    step_duration_s: float
    weight_min: float | None
    weight_max: float | None
    volatile_levels: int | None
    nonvolatile_levels: int | None
    origin: dict[str, str]

    @property
    def full_scale(self) -> float | None:
        """Return the largest |weight| of the range."""
        return None if self.weight_min is None or self.weight_max is None else max(-self.weight_min, self.weight_max)

    def bits(self, tier: str) -> int | None:
        """Return the bits of one synapse, ⌈log₂ levels⌉."""
        levels = self._levels(tier)
        return None if levels is None else (levels - 1).bit_length()

    def weight_unit(self, tier: str) -> float | None:
        """Return the weight between two neighbouring levels."""
        levels = self._levels(tier)
        if levels is None or self.weight_min is None or self.weight_max is None:
            return None
        return (self.weight_max - self.weight_min) / (levels - 1)

    def _levels(self, tier: str) -> int | None:
        return self.volatile_levels if tier == "volatile" else self.nonvolatile_levels

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, for the bill."""
        plain: dict[str, Any] = {
            "step_duration_s": self.step_duration_s,
            "weight_min": self.weight_min,
            "weight_max": self.weight_max,
        }
        for tier in ("volatile", "nonvolatile"):
            plain[f"{tier}_levels"] = self._levels(tier)
            plain[f"{tier}_bits"] = self.bits(tier)
            plain[f"{tier}_weight_unit"] = self.weight_unit(tier)
        return {**plain, "origin": dict(self.origin)}


def operating_point(
    pair: MemoryPair,
    *,
    step_duration_s: float | None = None,
    weight_range: tuple[float, float] | None = None,
    largest_weight: float | None = None,
) -> Operating:
    """Resolve the operating point: the caller's choice goes before the pair's, the pair's before the run's.

    Parameters
    ----------
    pair : MemoryPair
        The pair.
    step_duration_s : float, optional
        Seconds of one presentation, > 0; 1e-6 where neither the caller nor the pair says.
    weight_range : (float, float), optional
        Weights of the lowest and the highest level; ± `largest_weight` where neither the caller nor the pair says.
    largest_weight : float, optional
        Largest |w| that the run reached.

    Raises
    ------
    InputError
        If the step duration or the range is not possible.
    """
    said, origin = pair.operating_point, {"step_duration_s": "caller", "weight_range": "caller"}
    if step_duration_s is None:
        origin["step_duration_s"] = "pair" if said.step_duration_s else "default"
        step_duration_s = said.step_duration_s.value if said.step_duration_s else DEFAULT_STEP_DURATION_S
    if not (math.isfinite(step_duration_s) and step_duration_s > 0):
        raise InputError(f"step duration = {step_duration_s} s: must be finite and > 0")
    if not SHORTEST_S <= step_duration_s <= LONGEST_S:
        raise InputError(f"step duration = {step_duration_s:g} s: must lie in {SHORTEST_S:g} to {LONGEST_S:g} s")
    if weight_range is None and said.weight_min and said.weight_max:
        origin["weight_range"], weight_range = "pair", (said.weight_min.value, said.weight_max.value)
    if weight_range is None:
        origin["weight_range"] = "run"
        weight_range = (-largest_weight, largest_weight) if largest_weight else None
    elif not (all(map(math.isfinite, weight_range)) and weight_range[0] < weight_range[1]):
        raise InputError(f"weight range = {weight_range[0]} to {weight_range[1]}: must be finite and ascend")
    return Operating(
        step_duration_s=float(step_duration_s),
        weight_min=float(weight_range[0]) if weight_range else None,
        weight_max=float(weight_range[1]) if weight_range else None,
        volatile_levels=pair.volatile_levels,
        nonvolatile_levels=pair.nonvolatile_levels,
        origin=origin,
    )
