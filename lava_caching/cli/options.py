"""Turn the fields of an experiment into command-line options; values are checked by the experiment itself."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from lava_caching.cli.help import UNBROKEN, as_sentence, empty_name
from lava_caching.consolidation import AMOUNTS, SCOPES, policy_names
from lava_caching.devices import device_names
from lava_caching.engines import engine_names
from lava_caching.errors import InputError, unknown
from lava_caching.experiments import Experiment, WithSchedule
from lava_caching.hardware import pair_names
from lava_caching.plasticity import rule_names

__all__ = [
    "Hardware",
    "Out",
    "Quiet",
    "StepDuration",
    "Verbose",
    "WeightRange",
    "command_of",
    "completing",
    "file_fields",
    "named_as_options",
    "number",
    "parse_range",
    "size",
    "whole",
]

CHOICES: dict[str, Callable[[], Iterable[str]]] = {
    "policy": policy_names,
    "scope": lambda: SCOPES,
    "amount": lambda: AMOUNTS,
    "rule": rule_names,
    "device": device_names,
}
"""Names that a field takes, where its type does not tell them."""
OR_FILES = {"device": "NAME|FILE.toml", "dataset": "NAME|DIR|FILE"}
"""Fields that take a file as well."""

LARGEST = 10**9
"""Of sizes: products of two and the bytes of each still fit into 64 bits."""
PAIRS_HELP = f"Memories to price on: a file or one of {', '.join(pair_names())}"


def completing(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return what the shell asks for the names that begin as typed; where there is none, it offers files."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names() if name.startswith(incomplete)]

    return complete


Hardware = Annotated[
    str | None,
    typer.Option(
        metavar="PAIR|FILE.toml",
        help=f"{PAIRS_HELP}. They never change the run.",
        autocompletion=completing(pair_names),
    ),
]
Out = Annotated[Path | None, typer.Option(metavar="RECORD.json", help="Write the record here; an old one is replaced.")]
StepDuration = Annotated[
    str | None, typer.Option(metavar="SECONDS", help="Real time of one presentation, for the power of holding.")
]
WeightRange = Annotated[
    str | None,
    typer.Option(metavar="LOW,HIGH", help="Weights of the lowest and highest level, as in --weight-range=-10,10."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say every round on stderr, and what took how long.")]


def number(option: str, text: str | None) -> float | None:
    """Read the number given to an option, None where it was not given."""
    try:
        return None if text is None else float(text)
    except ValueError:
        also = " or inf" if option == "--tau" else ""
        raise InputError(f"{option} = {text!r}: must be a number{also}, such as 0.01 or 5") from None


def whole(option: str, text: str) -> int:
    """Read the whole number given to an option; 1e3 is one."""
    try:
        value = int(text) if text.strip("+-").isdigit() else float(text)
        if value == int(value):
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise InputError(f"{option} = {text!r}: must be a whole number, such as 1000")


def size(option: str, text: str) -> int:
    """Read the whole number given to an option, from 1 on."""
    value = whole(option, text)
    if not 1 <= value <= LARGEST:
        raise InputError(f"{option} = {text}: must be from 1 to {LARGEST:,}")
    return value


def parse_range(text: str | None) -> tuple[float, float] | None:
    """Read ``LOW,HIGH``."""
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--weight-range = {text!r}: must be LOW,HIGH, as in --weight-range=-10,10") from None
    return low, high


@contextmanager
def named_as_options(fields: Iterable[str]) -> Iterator[None]:
    """Name fields as they were typed: ``n_inputs = 0`` becomes ``--n-inputs = 0``."""
    try:
        yield
    except InputError as error:
        name = re.compile(rf"(^|(?<=and ))({'|'.join(fields)})(?= = )")
        said = name.sub(lambda found: _flag(found[0]), str(error))
        raise type(error)(said) from error


def command_of(experiment: type[Experiment], execute: Callable[..., None]) -> Callable[..., None]:
    """Return a command with one option per field of the experiment, besides those of `execute`.

    Fields that the user did not set are not passed on, so that the experiment's own defaults hold. The experiment's own
    options come first, those of every experiment next, those of every run last.
    """
    inherited = WithSchedule.model_fields
    fields = dict(sorted(experiment.model_fields.items(), key=lambda item: item[0] in inherited))

    def command(**options: Any) -> None:
        own = {name: options.pop(name) for name in fields}
        execute(experiment, {k: _value(k, fields[k], v) for k, v in own.items() if v is not None}, **options)

    shared = inspect.signature(execute, eval_str=True).parameters.values()
    common = [_engine(experiment, p) if p.name == "engine" else p for p in shared if p.kind is p.KEYWORD_ONLY]
    own = [_option(name, field) for name, field in fields.items()]
    command.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
    command.__doc__ = experiment.summary
    return command


def file_fields(experiment: type[Experiment]) -> list[str]:
    """Return the fields of an experiment that name a file, or may name one."""
    fields = experiment.model_fields.items()
    return [name for name, field in fields if (name in OR_FILES and not _names(field)) or _kind(field) is Path]


def _engine(experiment: type[Experiment], parameter: inspect.Parameter) -> inspect.Parameter:
    text = f"What computes it: {', '.join(engine_names(experiment.name)).replace('-', UNBROKEN)}."
    info = typer.Option(metavar="NAME", help=text, autocompletion=completing(lambda: engine_names(experiment.name)))
    return parameter.replace(annotation=Annotated[str, info])


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    flag = _flag(name)
    kind: Any = str if field.is_required() else str | None
    metavar: str | None = _metavar(name, field)
    if field.annotation is bool:
        flag, kind, metavar = f"{flag}/--no-{flag[2:]}", bool | None, None
    choices = CHOICES.get(name) or (lambda: _names(field))
    complete = None if field.annotation is bool else completing(choices)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if field.is_required() else None,
        annotation=Annotated[
            kind,
            typer.Option(flag, help=_help(name, field), metavar=metavar, show_default=False, autocompletion=complete),
        ],
    )


def _help(name: str, field: FieldInfo) -> str:
    """Return the description with the names to choose from and the default, nothing of it broken at a hyphen."""
    text, names = field.description or "", list(CHOICES[name]()) if name in CHOICES else []
    if not all(choice in text for choice in names):
        text = f"{text}: {', '.join(names)}"
    text = text.replace("-", UNBROKEN)
    shown = "inf" if name == "tau" and field.default is None else field.default
    if field.annotation is bool:
        shown = _flag(name if field.default else f"no_{name}")
    if field.is_required() or shown is None:
        return as_sentence(text)
    default = f"{shown:g}" if isinstance(shown, float) else str(shown)
    return f"{as_sentence(text)}  [default: {default.replace('-', UNBROKEN)}]"


def _kind(field: FieldInfo) -> Any:
    """Return the type of a field without its None."""
    union = typing.get_origin(field.annotation) in (types.UnionType, typing.Union)
    kinds = typing.get_args(field.annotation) if union else (field.annotation,)
    return next(kind for kind in kinds if kind is not type(None))


def _names(field: FieldInfo) -> tuple[str, ...]:
    kind = _kind(field)
    literal = kind if typing.get_origin(kind) is typing.Literal else None
    return typing.get_args(literal) if literal else ()


def _metavar(name: str, field: FieldInfo) -> str:
    """Return what stands for the value in the help: a few choices, or the kind of value."""
    if choices := _names(field):
        return "|".join(choices)
    if name in OR_FILES:
        return OR_FILES[name]
    return "NAME" if name in CHOICES else {int: "INT", float: "NUMBER", Path: "FILE.npz"}.get(_kind(field), "TEXT")


def _value(name: str, field: FieldInfo, given: Any) -> Any:
    """Read a word as its field asks; rules beyond that are the experiment's."""
    flag, kind, choices = _flag(name), _kind(field), _names(field)
    if choices and given not in choices:
        raise unknown(name.replace("_", " "), given, choices)
    if kind is int:
        value = whole(flag, given)
        if value > LARGEST:
            raise InputError(f"{flag} = {given}: must be at most {LARGEST:,}")
        return value
    if kind is float:
        return number(flag, given)
    if kind is Path and not given:
        raise empty_name(flag)
    pattern = next((m.pattern for m in field.metadata if getattr(m, "pattern", None)), None)
    if pattern and not re.search(pattern, given):
        raise InputError(f"{flag} = {given!r}: must look like {field.default} ({field.description})")
    return given
