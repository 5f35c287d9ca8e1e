"""How help looks: arguments by their names alone, full sentences, choices from the code, examples at the end."""

from __future__ import annotations

import inspect
from collections import Counter
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from lava_caching.errors import InputError

__all__ = ["UNBROKEN", "Command", "Group", "as_sentence", "empty_name", "examples"]


def examples(*lines: str) -> str:
    """Return the end of a help text: commands to copy, which are not wrapped."""
    title = "Example" if len(lines) == 1 else "Examples"
    return "\n".join(["\b", f"{title}:", *(f"  lava-caching {line}" for line in lines)])


def as_sentence(text: str) -> str:
    """Return a description with a capital and a full stop; a symbol such as b or θ keeps its case."""
    first = text.split(maxsplit=1)[0]
    capital = text if len(first.rstrip(",")) == 1 or first.endswith(":") else text[0].upper() + text[1:]
    return capital if capital.endswith(".") else f"{capital}."


def empty_name(option: str) -> InputError:
    """Return what is said of a file or folder without a name, which would be the current folder."""
    return InputError(f"{option} = '': the name is empty; give one")


UNBROKEN = "\u2011"
"""A hyphen at which no line is broken; help shows an ordinary one, which can be copied."""


class _Plain:
    """Shows arguments as their metavar says."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        return [piece.replace("{", "").replace("}", "") for piece in pieces]

    def get_help(self, ctx: Any) -> str:
        for param in self.get_params(ctx):  # type: ignore[attr-defined]
            if param.param_type_name == "argument" and param.metavar:
                many = "..." if param.nargs != 1 else ""
                record = (param.metavar + many, param.help)
                param.get_help_record = lambda ctx, record=record: record
        return inspect.cleandoc(super().get_help(ctx)).replace(UNBROKEN, "-")  # type: ignore[misc]


class Command(_Plain, TyperCommand):
    """One command. Of an option given twice the last counts, as everywhere, but not where others take several."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command."""
        words, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for param, n in Counter(order).items():
            if n > 1 and param.name == "hardware" and not param.multiple:
                raise InputError(f"--hardware is given {n} times: give one; price and hardware compare take several")
        rest: list[str] = super().parse_args(ctx, args)
        for param in order:
            value, typed = _several(ctx.params.get(param.name)), _several(words[param.name])
            if "" in typed and any(isinstance(each, Path) for each in value):  # by now the name of this folder
                raise empty_name(param.opts[0] if param.param_type_name == "option" else str(param.metavar))
        return rest


def _several(given: Any) -> list[Any]:
    return [*given] if isinstance(given, (list, tuple)) else [given]


class Group(_Plain, TyperGroup):
    """A command that has commands."""
