"""Groups with a command for each experiment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from lava_caching.cli.later import Later, command_of_function
from lava_caching.cli.options import command_of
from lava_caching.errors import InputError
from lava_caching.experiments import experiment_names, get_experiment

__all__ = ["ByExperiment"]


class ByExperiment(Later):
    """One command for each experiment, those of installed packages included."""

    EXECUTE: ClassVar[Callable[..., None]]
    """What the commands do, see `command_of`."""

    @staticmethod
    def examples_of(name: str) -> str:
        """Return the examples at the end of the help of one."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """Return the experiments."""
        return experiment_names()

    def line(self, name: str) -> str:
        """Return the summary of an experiment, or why one of another package cannot be loaded."""
        try:
            return get_experiment(name).summary
        except InputError as error:
            return str(error)

    def make(self, name: str) -> Any:
        """Turn the fields of an experiment into options."""
        execute = type(self).EXECUTE
        return command_of_function(command_of(get_experiment(name), execute), name=name, epilog=self.examples_of(name))
