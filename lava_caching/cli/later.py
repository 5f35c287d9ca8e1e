"""Groups whose commands are made when they are run: making all of them takes 0.5 s, and help needs a line of each."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.main import get_command, get_group

from lava_caching.cli.help import Command, Group

__all__ = ["ByModule", "Later", "command_of_function"]


def command_of_function(function: Callable[..., None], *, name: str, epilog: str) -> Any:
    """Return the command of a function."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(name, cls=Command, epilog=epilog)(function)
    return get_command(app)


class Later(Group):
    """Lists its commands by name and line, and makes the one that is run; those made before are commands as others."""

    def names(self) -> list[str]:
        """Return the commands that are made later."""
        raise NotImplementedError

    def line(self, name: str) -> str:
        """Return what the help of the group says of one."""
        raise NotImplementedError

    def make(self, name: str) -> Any:
        """Make one."""
        raise NotImplementedError

    def list_commands(self, ctx: Any) -> list[str]:
        """Return all names, in the order of the help."""
        return [*self.commands, *self.names()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command for help and the shell's completion, which need its name and its line."""
        if cmd_name not in self.names():
            return self.commands.get(cmd_name)
        return Command(cmd_name, help=self.line(cmd_name))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is run."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.make(name) if name in self.names() else command, rest


class ByModule(Later):
    """Each command is in a module of its own: a function of its name with EXAMPLES, or a group called ``app``."""

    LATER: ClassVar[dict[str, tuple[str, str]]] = {}
    """The module below ``lava_caching.cli`` and the line of each command."""

    def names(self) -> list[str]:
        """Return the names in the table."""
        return [*self.LATER]

    def line(self, name: str) -> str:
        """Return the line in the table."""
        return self.LATER[name][1]

    def make(self, name: str) -> Any:
        """Import the module."""
        module = import_module(f"lava_caching.cli.{self.LATER[name][0]}")
        if hasattr(module, "app"):
            return get_group(module.app)
        return command_of_function(getattr(module, name), name=name, epilog=module.EXAMPLES)
