"""An approach to another threshold, fast at first."""

from __future__ import annotations

import math

from lava_caching.schedules._schedule import Schedule


def threshold(start: float, end: float, steps: float, n_presentations: float, error_rate: float) -> float:
    """Return end + (start − end)·e^(−n/steps)."""
    left = math.exp(-n_presentations / steps)
    return start * left + end * (1.0 - left)


schedule = Schedule(
    name="exponential",
    summary="θ approaches its end with a time constant",
    threshold=threshold,
    steps_are="the time constant of θ in presentations",
    reference="suggested, without a form, by Li & van Rossum (2020), doi:10.7554/eLife.50804",
)
