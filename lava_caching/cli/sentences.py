"""Turn what the parser of the command line refuses into one sentence with the word, the rule and the way out."""

from __future__ import annotations

import difflib
from typing import Any

from lava_caching.errors import unknown

__all__ = ["sentence_of"]


def sentence_of(error: Any) -> str | None:
    """Return the sentence for an error of the parser, None for any other error.

    The parser's classes are private to typer, and click's in its older versions: they are known by their names.
    """
    if not hasattr(error, "format_message"):
        return None
    context = getattr(error, "ctx", None)
    kind, said = type(error).__name__, error.format_message().rstrip(".")
    params = context.command.get_params(context) if context else []
    if kind == "NoSuchOption":
        options = [word for param in params for word in (*param.opts, *param.secondary_opts) if word[:2] == "--"]
        near = difflib.get_close_matches(error.option_name, options, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return f"unknown option {error.option_name!r}; {hint}{_usage(context)}"
    if kind == "MissingParameter" and error.param is not None:
        name = error.param.metavar if error.param.param_type_name == "argument" else error.param.opts[0]
        return f"{name} is missing: {_usage(context)}"
    if kind == "BadParameter" and error.param is not None:
        return f"{error.param.opts[0]}: {said.partition(': ')[2]}; {_usage(context)}"
    group: Any = getattr(context, "command", None)
    commands = group.list_commands(context) if hasattr(group, "list_commands") else []
    if commands and said.startswith("No such command"):
        return str(unknown("command", said.split("'")[1], commands))
    if commands and said.startswith("Missing command"):
        return f"the command is missing: give one of {', '.join(commands)}"
    return f"{said[0].lower()}{said[1:]}; {_usage(context) if context else 'see --help'}"


def _usage(context: Any) -> str:
    return f"see {context.command_path} --help"
