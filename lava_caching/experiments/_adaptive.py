"""Fields of experiments whose threshold can change while learning proceeds."""

from __future__ import annotations

from typing import Any

from pydantic import Field, InstanceOf, field_serializer

from lava_caching.engines import engines_that
from lava_caching.errors import InputError
from lava_caching.experiments._experiment import Experiment
from lava_caching.schedules import Course, Schedule, get_schedule

__all__ = ["WithSchedule"]


class WithSchedule(Experiment):
    """An experiment that can follow a schedule of θ, from `threshold` to `schedule_end`."""

    schedule: str | InstanceOf[Schedule] | None = Field(
        None, description="how θ changes: linear, exponential, error-rate (fixed by default)"
    )
    schedule_end: float = Field(0.0, ge=0, description="θ at the end of its schedule, in weight units")
    schedule_steps: float | None = Field(
        None, ge=1, description="presentations that the schedule takes: its ramp, time constant, or mean over errors"
    )

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        if self.schedule is None:
            return
        found = get_schedule(self.schedule)
        if self.schedule_steps is None:
            raise InputError(f"schedule = {found.name}: needs schedule_steps as well, {found.steps_are}")

    def check_engine(self, engine: str) -> None:
        """Refuse an engine that keeps θ fixed."""
        if self.schedule is not None and engine not in (able := engines_that("follows_schedules", self.name)):
            raise InputError(f"schedule = {self.schedule}: engine {engine!r} keeps θ fixed; use {' or '.join(able)}")

    @field_serializer("schedule")
    def _schedule_by_name(self, value: str | Schedule | None) -> str | None:
        return value.name if isinstance(value, Schedule) else value

    def course(self) -> Course | None:
        """Return the schedule with its numbers; None where θ is fixed."""
        if self.schedule is None or self.schedule_steps is None:
            return None
        return Course(
            schedule=get_schedule(self.schedule), start=self.threshold, end=self.schedule_end, steps=self.schedule_steps
        )
