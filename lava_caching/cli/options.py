"""Turn the fields of an experiment into command-line options; values are checked by the experiment itself."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from lava_caching.errors import InputError
from lava_caching.experiments import Experiment

__all__ = ["Hardware", "Out", "StepDuration", "WeightRange", "command_of", "parse_range"]

Hardware = Annotated[
    str | None, typer.Option(metavar="PAIR|FILE.toml", help="Memories to price on; it never changes the run.")
]
Out = Annotated[Path | None, typer.Option(metavar="RECORD.json", help="Write the record here.")]
StepDuration = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="Real time of one presentation, for holding power.")
]
WeightRange = Annotated[
    str | None, typer.Option(metavar="LOW,HIGH", help="Weights of the lowest and highest level of the memories.")
]


def parse_range(text: str | None) -> tuple[float, float] | None:
    """Read ``LOW,HIGH``."""
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"weight range = {text!r}: must be LOW,HIGH, for example --weight-range=-10,10") from None
    return low, high


def command_of(experiment: type[Experiment], execute: Callable[..., None]) -> Callable[..., None]:
    """Return a command with one option per field of the experiment, besides those of `execute`.

    Fields that the user did not set are not passed on, so that the experiment's own defaults hold.
    """

    def command(**options: Any) -> None:
        own = {name: options.pop(name) for name in experiment.model_fields}
        execute(experiment, {name: value for name, value in own.items() if value is not None}, **options)

    common = [p for p in inspect.signature(execute, eval_str=True).parameters.values() if p.kind is p.KEYWORD_ONLY]
    own = [_option(name, field) for name, field in experiment.model_fields.items()]
    command.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
    command.__doc__ = experiment.summary
    return command


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    flag = "--" + name.replace("_", "-")
    shown = "inf" if name == "tau" else field.default
    default = False if field.is_required() or shown is None else str(shown)
    kind: Any = str | None
    if field.annotation is bool:
        flag = f"{flag}/--no-{flag[2:]}"
        kind, default = bool | None, flag.split("/")[0 if field.default else 1][2:]
    option = typer.Option(
        flag, help=field.description, metavar=None if kind == bool | None else _metavar(field), show_default=default
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if field.is_required() else None,
        annotation=Annotated[str if field.is_required() else kind, option],
    )


def _metavar(field: FieldInfo) -> str:
    """Return what stands for the value in the help: the choices, or the kind of value."""
    kinds = typing.get_args(field.annotation) if isinstance(field.annotation, types.UnionType) else (field.annotation,)
    kind = next(k for k in kinds if k is not type(None))
    if typing.get_origin(kind) is typing.Literal:
        return "|".join(typing.get_args(kind))
    return {int: "INT", float: "NUMBER", str: "TEXT", Path: "FILE.npz"}.get(kind, "VALUE")
