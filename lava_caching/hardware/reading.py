"""From a TOML file to a checked table: whatever is wrong becomes one sentence that names file, key, value and rule."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lava_caching.errors import ProfileError
from lava_caching.hardware.numbers import MOST_LEVELS, Entry, NotApplicable, Quantity, Table, Unknown
from lava_caching.toml_files import read_toml

__all__ = ["entries", "read_profile", "shortened", "unit_of", "validated"]

if TYPE_CHECKING:
    from importlib.abc import Traversable

T = TypeVar("T", bound=Table)

# fmt: off
UNITS = {
    "_j": "J", "_w": "W", "_w_per_bit": "W/bit", "_w_at_full_scale": "W", "_s": "s", "_v": "V", "_m2": "m2",
    "cycles": "cycles",
}
# fmt: on
LEAVES: dict[str, type[Table]] = {"Quantity": Quantity, "Unknown": Unknown, "NotApplicable": NotApplicable}
"""By the tags that pydantic puts into the place of an error and that no file contains."""
NUMBER = "{ low, nominal, high, per, source, where, basis, confidence, scope }"
RULES = {
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list [ … ]",
    "too_short": "must name one at least",
}
"""In TOML's words, where pydantic's are those of Python."""
SETTING = '{ value = ..., declared = "the reason for the choice" }'
LONGEST_VALUE = 80
LEAST = {"levels": 2.0, "overhead_factor": 1.0, "devices_per_synapse": 1.0, "devices_per_write": 1.0}
WHOLE = {"levels", "devices_per_synapse"}


def unit_of(key: str) -> str:
    """Return the SI unit that a key ends in; "1" for a count or a factor."""
    return next((unit for suffix, unit in UNITS.items() if key.endswith(suffix)), "1")


def read_profile(path: Path | Traversable, shown: str) -> dict[str, Any]:
    """Read the TOML file of a profile; `shown` is its name in messages. A `ProfileError` says what is wrong with it."""
    return read_toml(path, shown, ProfileError)


def validated(model: type[T], plain: Any, shown: str, prefix: str = "") -> T:
    """Check a plain table against a model of `lava_caching.hardware.schema`.

    Parameters
    ----------
    model : type
        The model.
    plain : dict
        The table as read from TOML.
    shown : str
        The file's name in messages.
    prefix : str
        Dotted key of the table in its file, ending in a dot, where it is not the whole file.

    Raises
    ------
    ProfileError
        On the first finding.
    """
    try:
        table = model.model_validate(plain)
    except ValidationError as error:
        # an unknown key explains the missing one that it was meant to be
        found = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")[0]
        raise ProfileError(f"{shown}: {_sentence(found, model, prefix)}") from None
    for key, entry in entries(table, prefix):
        if isinstance(entry, Quantity):
            _check_number(key, entry, shown)
    return table


def entries(table: Table, prefix: str = "") -> Iterator[tuple[str, Entry]]:
    """Yield the dotted key and the content of every number of a table, in the order of the schema."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, (Quantity, Unknown, NotApplicable)):
            yield prefix + name, value
        elif isinstance(value, Table):
            yield from entries(value, f"{prefix}{name}.")


def _check_number(key: str, number: Quantity, shown: str) -> None:
    """Refuse a unit that contradicts the key, and counts that no memory has."""
    name, unit = key.rpartition(".")[2], unit_of(key)
    if number.unit not in (None, unit, unit.partition("/")[0]):
        raise ProfileError(f"{shown}: {key}.unit = {number.unit!r}: the key says {unit}; convert the number to {unit}")
    for bound in ("low", "nominal", "high"):
        value = getattr(number, bound)
        if value < LEAST.get(name, 0.0) or (name in WHOLE and value % 1):
            whole = "a whole number, " if name in WHOLE else ""
            raise ProfileError(f"{shown}: {key}.{bound} = {value:g}: must be {whole}at least {LEAST[name]:g}")
        if name in WHOLE and value > MOST_LEVELS:
            raise ProfileError(f"{shown}: {key}.{bound} = {value:g}: must be at most 2^31; no memory has more")


def _sentence(found: ErrorDetails, model: type[Table], prefix: str) -> str:
    """Turn one finding of pydantic into `dotted.key = value unit: rule; way out`."""
    path = [_printable(str(part)) for part in found["loc"] if part not in LEAVES]
    key = prefix + ".".join(path)
    kind, given = found["type"], found["input"]
    inside_number = "Quantity" in found["loc"]
    rule = RULES.get(kind) or found["msg"].replace("Input should be", "must be")
    if kind == "profile_rule":
        return f"{key.rstrip('.')}{': ' if path or prefix else ''}{rule}"
    if kind == "missing":
        return f"{key}: is missing; " + (f"a number is a table {NUMBER}" if inside_number else "add it")
    if kind == "extra_forbidden":
        return f"{key}: {_unknown_key(path[-1], _keys_at(model, found['loc'][:-1]))}"
    if kind == "union_tag_invalid":
        return f'{key}: cannot be not_applicable, for it always occurs; give a number or {{ unknown = "reason" }}'
    if kind in ("model_type", "model_attributes_type"):
        setting = found.get("ctx", {}).get("class_name") == "Setting"
        rule = f"must be a table{f' {NUMBER}' if inside_number else f' {SETTING}' if setting else ''}"
    unit = unit_of(path[-2]) if inside_number and len(path) > 1 and path[-1] in ("low", "nominal", "high") else "1"
    shown = f"{given:g}" if isinstance(given, float) else shortened(given)
    if kind == "greater_than" and inside_number:
        rule = 'must be > 0; write { unknown = "reason" } instead of 0 for a number that is not known'
    return f"{key} = {shown}{'' if unit == '1' else ' ' + unit}: {rule}"


def _printable(key: str) -> str:
    """Return a key as it is or, where it would spoil the sentence, quoted and shortened."""
    return key if re.fullmatch(r"[\w-]{1,60}", key) else shortened(key)


def shortened(value: Any) -> str:
    """Return a value as it is written in Python, on one line and no longer than a sentence bears."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _unknown_key(key: str, known: list[str]) -> str:
    """Say which key was meant."""
    with_unit = [name for name in known if unit_of(name) != "1" and name.startswith(key + "_")]
    if with_unit:
        return f"the key lacks its unit; write {with_unit[0]}"
    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown key;{f' did you mean {near[0]!r}?' if near else ''} known: {', '.join(known)}"


def _keys_at(model: type[Table], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that a table of the model may have at a place, following pydantic's path to it."""
    here: type[Table] = model
    for part in loc:
        here = LEAVES.get(str(part)) or _table_of(here.model_fields[str(part)].annotation) or here
    return sorted(here.model_fields)


def _table_of(annotation: Any) -> type[Table] | None:
    """Return the table class named in `X` or `X | None`."""
    for option in getattr(annotation, "__args__", (annotation,)):
        if isinstance(option, type) and issubclass(option, Table):
            return option
    return None
