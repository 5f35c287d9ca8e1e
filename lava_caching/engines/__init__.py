"""Engines: interchangeable ways of running an experiment. ``engines/<experiment>/<engine>.py`` holds a ``train``."""

from __future__ import annotations

from typing import Any

from lava_caching import plugins
from lava_caching.errors import InputError

__all__ = ["engine_names", "get_engine"]


def engine_names(experiment: str) -> list[str]:
    """Return the engines that can run an experiment."""
    return plugins.names(f"{__name__}.{experiment}", f"engine.{experiment}")


def get_engine(experiment: str, engine: str) -> Any:
    """Return the ``train`` function of an engine; one that is not there is refused, naming those available."""
    available = engine_names(experiment)
    if engine not in available:
        raise InputError(f"engine {engine!r} cannot run {experiment!r}; available: {', '.join(available)}")
    return plugins.find(f"{__name__}.{experiment}", f"engine.{experiment}", engine, "train")
