"""Experiments: from input to record. To add one, copy a file of this folder; it appears in the command line."""

from __future__ import annotations

from typing import cast

from lava_caching import plugins
from lava_caching.errors import InputError
from lava_caching.experiments._adaptive import WithSchedule
from lava_caching.experiments._experiment import Experiment, Trained

__all__ = ["Experiment", "Trained", "WithSchedule", "experiment_names", "get_experiment"]


def experiment_names() -> list[str]:
    """Return the names of all experiments, those of installed packages included."""
    return plugins.names(__name__, "experiment")


def get_experiment(name: str) -> type[Experiment]:
    """Return the class of an experiment."""
    found = plugins.find(__name__, "experiment", name, "experiment", type[Experiment])
    if not all(isinstance(getattr(found, told, None), str) for told in ("name", "summary")):
        raise InputError(f"experiment {name!r}: {found.__name__} lacks its name or its summary; give the class both")
    return cast("type[Experiment]", found)
