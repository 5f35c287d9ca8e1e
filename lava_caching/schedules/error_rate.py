"""A threshold that follows the square root of the error rate.

Without decay a transient part costs c·θ/3 per presentation to hold, and p·η²/θ to consolidate when a share p of the
presentations changes it (Li & van Rossum 2020, doi:10.7554/eLife.50804, their energies per presentation). The sum is
least at θ = η·√(3p/c): what is best falls with the errors, as their square root.
"""

from __future__ import annotations

import math

from lava_caching.schedules._schedule import Schedule


def threshold(start: float, end: float, steps: float, n_presentations: float, error_rate: float) -> float:
    """Return end + (start − end)·√p."""
    share = math.sqrt(error_rate)
    return start * share + end * (1.0 - share)


schedule = Schedule(
    name="error-rate",
    summary="θ goes from start, where all answers are wrong, to end, where none is, with √(error rate)",
    threshold=threshold,
    steps_are="the presentations over which errors are averaged",
    reference="follows from the powers in Li & van Rossum (2020), doi:10.7554/eLife.50804",
)
