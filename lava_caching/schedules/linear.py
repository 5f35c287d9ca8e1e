"""A ramp from one threshold to another."""

from __future__ import annotations

from lava_caching.schedules._schedule import Schedule


def threshold(start: float, end: float, steps: float, n_presentations: float, error_rate: float) -> float:
    """Return the threshold on a straight line, and its end afterwards."""
    done = min(n_presentations / steps, 1.0)
    return start * (1.0 - done) + end * done


schedule = Schedule(
    name="linear",
    summary="θ goes straight from start to end in so many steps",
    threshold=threshold,
    steps_are="the presentations until θ has reached its end",
    reference="suggested, without a form, by Li & van Rossum (2020), doi:10.7554/eLife.50804",
)
