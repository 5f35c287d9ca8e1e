"""Schedules of the consolidation threshold: how θ changes while learning proceeds.

Li & van Rossum (2020), doi:10.7554/eLife.50804, keep θ fixed and suggest that it adapt. To add a schedule, copy a file
of this folder; it is found by its name.
"""

from __future__ import annotations

from typing import cast

from lava_caching import plugins
from lava_caching.schedules._schedule import Course, Schedule, Thresholds

__all__ = ["Course", "Schedule", "Thresholds", "get_schedule", "schedule_names"]


def schedule_names() -> list[str]:
    """Return the names of all schedules, those of installed packages included."""
    return plugins.names(__name__, "schedule")


def get_schedule(name: str | Schedule) -> Schedule:
    """Return the schedule called `name`; a schedule of one's own passes through."""
    if isinstance(name, Schedule):
        return name
    return cast(Schedule, plugins.find(__name__, "schedule", name, "schedule", Schedule))
