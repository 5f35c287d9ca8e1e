"""Engines: interchangeable ways of running an experiment. ``engines/<experiment>/<engine>.py`` holds a ``train``.

Besides, it may hold a ``check``, which refuses what the engine cannot do before data are made ready for it; a
``textbook``, the engine with whose account its own must agree where that is not the engine `reference`;
``takes_devices = True`` where it knows models of memory cells (`lava_caching.devices`); and
``follows_schedules = True`` where its threshold can change while learning proceeds (`lava_caching.schedules`). A file
imports what not every installation has only inside these functions, so that every engine can be named and say what it
lacks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Literal

from lava_caching import plugins
from lava_caching.errors import InputError

__all__ = ["check_of", "engine_names", "engines_that", "get_engine", "textbook_of"]


def engine_names(experiment: str) -> list[str]:
    """Return the engines of an experiment; one that lacks something here says so when it is asked to run."""
    return plugins.names(_folder(experiment), f"engine.{experiment}")


def get_engine(experiment: str, engine: str) -> Any:
    """Return the ``train`` function of an engine; one that is not there is refused, naming those available."""
    available = engine_names(experiment)
    if engine not in available:
        raise InputError(f"engine {engine!r} cannot run {experiment!r}; available: {', '.join(available)}")
    return plugins.find(_folder(experiment), f"engine.{experiment}", engine, "train", Callable)


def _folder(experiment: str) -> str:
    return f"{__name__}.{experiment.replace('-', '_')}"


def check_of(experiment: str, engine: str) -> Callable[..., Any] | None:
    """Return the ``check`` of an engine, None where it takes everything."""
    return _beside(get_engine(experiment, engine), "check")


def engines_that(can: Literal["takes_devices", "follows_schedules"], experiment: str) -> list[str]:
    """Return the engines of an experiment whose files say that they can; one that cannot be loaded cannot."""
    return [name for name in engine_names(experiment) if _says(experiment, name, can)]


def _says(experiment: str, engine: str, can: str) -> bool:
    try:
        return bool(_beside(get_engine(experiment, engine), can))
    except InputError:  # one of another package that is broken must not stop the others
        return False


def textbook_of(experiment: str, train: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return the engine with whose account that of `train` must agree; None where there is no `reference` either."""
    known = "reference" in engine_names(experiment)
    return _beside(train, "textbook") or (get_engine(experiment, "reference") if known else None)


def _beside(train: Callable[..., Any], name: str) -> Callable[..., Any] | None:
    """Return what the module of an engine calls `name`."""
    return getattr(sys.modules.get(getattr(train, "__module__", "")), name, None)
