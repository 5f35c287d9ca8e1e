"""A threshold that changes while learning proceeds; the plain twin is `lava_caching.schedules.Thresholds`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types
from numpy.typing import NDArray

from lava_caching.kernels._compile import compiled, inlined, scalar
from lava_caching.kernels.rows import Trigger
from lava_caching.schedules import Course

__all__ = ["COURSE", "SCHEDULE", "adapted", "course_of"]

SCHEDULE = types.FunctionType(types.float64(*[types.float64] * 5))
COURSE = types.float64[::1]
START, END, STEPS, RATE, LAST = range(5)


@compiled(types.float64(*[types.float64] * 5))
def _fixed(start, end, steps, n_presentations, error_rate):  # type: ignore[no-untyped-def]
    return start


def course_of(course: Course | None) -> tuple[Any, NDArray[np.float64]]:
    """Return the compiled schedule and its numbers: start, end, steps, the error rate and when it was last raised.

    Without a course there are no numbers, and the threshold is that of the trigger.
    """
    if course is None:
        return _fixed, np.zeros(0)
    return scalar(course.schedule.threshold, 5), np.array([course.start, course.end, course.steps, 1.0, -1.0])


@inlined
def adapted(trigger, schedule, course, n, error):  # type: ignore[no-untyped-def]
    """Return the trigger with the threshold of presentation n.

    Presentations without an error need no call: the error rate fades by a power of their number.
    """
    if course.size == 0:
        return trigger
    fades = 1.0 - 1.0 / course[STEPS]
    rate = course[RATE] * fades ** (n - course[LAST])
    if error:
        rate += 1.0 - fades
        course[RATE] = rate
        course[LAST] = n
    bound = schedule(course[START], course[END], course[STEPS], np.float64(n), rate) + trigger.tolerance
    return Trigger(trigger.statistic, trigger.by_synapse, bound, trigger.amount, trigger.quantum, trigger.tolerance)
