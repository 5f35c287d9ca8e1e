"""What a schedule declares, a schedule with its numbers, and the thresholds that follow from it one after the other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

from lava_caching.errors import InputError
from lava_caching.probing import probe

__all__ = ["Course", "Schedule", "Thresholds"]

Threshold = Callable[[float, float, float, float, float], float]
PROBES = tuple(itertools.product((5.0,), (1.0,), (100.0,), (0.0, 99.0, 1e6), (0.0, 0.3, 1.0)))
"""On which a function is tried: the beginning, the middle and long after the end, at three rates of errors."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the threshold changes while learning proceeds.

    Attributes
    ----------
    name, summary : str
        The name users type, and one line on what it does.
    threshold : callable
        ``threshold(start, end, steps, n_presentations, error_rate) -> θ``, a plain scalar function of floats that the
        engines compile. `start` and `end` are thresholds in weight units; `n_presentations` are those before this one;
        `error_rate` is the share of errors, this presentation included, averaged exponentially over `steps`
        presentations, 1 at the beginning. θ must not be negative while `start` and `end` are not.
    steps_are : str
        What `steps` are to this schedule.
    reference : str
        Where it comes from.
    """

    name: str
    summary: str
    threshold: Threshold
    steps_are: str
    reference: str

    def __post_init__(self) -> None:
        whose = f"schedule {self.name!r}: its threshold (start, end, steps, n_presentations, error_rate)"
        probe(whose, self.threshold, PROBES, least=0.0)


@dataclass(frozen=True, kw_only=True)
class Course:
    """A schedule with its numbers.

    Attributes
    ----------
    schedule : Schedule
        What it follows.
    start, end : float
        Thresholds ≥ 0 in weight units.
    steps : float
        Presentations, ≥ 1.
    """

    schedule: Schedule
    start: float
    end: float
    steps: float

    def __post_init__(self) -> None:
        if not isinstance(self.schedule, Schedule):
            raise InputError(
                f"schedule = {self.schedule!r}: must be a Schedule; use get_schedule(name), or Schedule(threshold=...)"
                " for a function of your own"
            )
        for name, value in (("start", self.start), ("end", self.end)):
            if not (math.isfinite(value) and value >= 0):
                raise InputError(f"{name} = {value}: a threshold must be finite and not negative")
        if not (math.isfinite(self.steps) and self.steps >= 1):
            raise InputError(f"steps = {self.steps}: must be at least 1, {self.schedule.steps_are}")


class Thresholds:
    """The thresholds of a course, presentation by presentation.

    Triggers are tested after a change only: what a falling threshold leaves above itself waits for the next change.

    Examples
    --------
    >>> from lava_caching.schedules import get_schedule
    >>> thresholds = Thresholds(Course(schedule=get_schedule("linear"), start=4.0, end=0.0, steps=4))
    >>> [thresholds.after(error=True) for _ in range(6)]
    [4.0, 3.0, 2.0, 1.0, 0.0, 0.0]
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.n_presentations = 0
        self.error_rate = 1.0

    def after(self, *, error: bool) -> float:
        """Return θ for the trigger test of this presentation, whose answer was wrong or not; call it once for each."""
        course = self.course
        kept = 1.0 - 1.0 / course.steps
        self.error_rate = kept * self.error_rate + (1.0 - kept) * error
        n, self.n_presentations = self.n_presentations, self.n_presentations + 1
        return course.schedule.threshold(course.start, course.end, course.steps, float(n), self.error_rate)
