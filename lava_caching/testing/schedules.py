"""What every schedule of the threshold must keep to."""

from __future__ import annotations

import itertools
import math

from lava_caching.schedules import Course, Schedule, Thresholds, get_schedule, schedule_names
from lava_caching.testing._declared import called, check_declared, compiled_twin, number

__all__ = ["check_schedule"]


def check_schedule(schedule: Schedule) -> None:
    """Check that a schedule is declared well, compiles to the same, and gives thresholds between its start and its end.

    Parameters
    ----------
    schedule : Schedule
        One that is found by its name, or an instance of one's own.

    Raises
    ------
    AssertionError
        Naming the schedule and what it breaks.
    """
    name = check_declared(schedule, Schedule)
    assert name not in schedule_names() or get_schedule(name).summary == schedule.summary, (
        f"{name!r} is found elsewhere"
    )
    assert schedule.steps_are, f"{name}: says what steps are"
    assert schedule.reference, f"{name}: says where it comes from"

    compiled = compiled_twin(name, schedule.threshold, 5)
    ends, steps, counts, rates = (0.0, 0.05, 5.0), (1.0, 100.0, 1e5), (0.0, 1.0, 99.0, 1e9), (0.0, 1e-6, 0.3, 1.0)
    for given in itertools.product(ends, ends, steps, counts, rates):
        theta, again = number(name, schedule.threshold, *given), called(name, compiled, *given)
        low, high = min(given[:2]), max(given[:2])
        assert low - 1e-12 <= theta <= high + 1e-12, f"{name}{given} = {theta}: must lie between start and end"
        assert theta >= 0.0, f"{name}{given} = {theta}: must not be negative"
        assert math.isclose(again, theta, rel_tol=1e-12), f"{name}{given}: {theta} plain, {again} compiled"

    thresholds = Thresholds(Course(schedule=schedule, start=5.0, end=1.0, steps=20.0))
    first = thresholds.after(error=True)
    last = [thresholds.after(error=False) for _ in range(2000)][-1]
    assert math.isclose(first, 5.0), f"{name}: begins at {first}, not at its start"
    assert math.isclose(last, 1.0, rel_tol=1e-9), f"{name}: ends at {last} after learning, not at its end"
