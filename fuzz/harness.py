"""What the targets share: an input is taken, or refused in one clear sentence; whatever else happens is a crash.

A target turns bytes into a file. Where the first byte is below 64 the rest is the file as it is; else the bytes are
drawn from, one after the other, to edit a good file here and there, which reaches what lies behind the first check.
"""

from __future__ import annotations

import json
import math
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from lava_caching.errors import InputError

__all__ = [
    "EDITED",
    "RAW",
    "Drawn",
    "Raw",
    "begun",
    "edited",
    "folder",
    "kept",
    "numbers_of",
    "taken",
    "text_of",
    "toml_file",
]

T = TypeVar("T")
RAW, EDITED = b"\0", b"\xff"
"""First bytes of an input: a whole file, or edits."""
LONGEST_SENTENCE = 1000
_FOLDER = tempfile.TemporaryDirectory(prefix="lava-caching-fuzz-")


class Raw(str):
    """Text that stands in the file without quotes."""


# fmt: off
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3, 255, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**30, 10**400,
    0.0, -0.0, 1.0, 0.5, 1.5, -1.5, 1e-320, 1e-12, 1e12, 1e150, 1e300, 1.7e308, math.nan, math.inf, -math.inf,
    "", " ", "x", "inf", "nan", "1e3", "é", "ｘ", "\0", "a\nb", "\x1b[31m", "\u202e", "\ud800", "x" * 5000, "a.toml",
    "../a.toml", "/dev/zero", "/dev/zero.toml", "mine.toml", [], {}, [0], [[]], [{}], {"": 0}, {"x": {"y": [1, 2]}},
    [1e308, 1e308], ["a", 1], Raw("1979-05-27"), Raw("07:32:00"), Raw("1979-05-27T07:32:00Z"), Raw("0x" + "f" * 5000),
    Raw("9" * 5000), Raw("1e999"), Raw("[" * 30 + "]" * 30), Raw("NaN"),
)
# fmt: on


class Drawn:
    """Decisions drawn from bytes, from front to back; when they are used up, always the first choice."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def below(self, n: int) -> int:
        """Return a whole number from 0 to n − 1."""
        n_bytes = max(1, (n - 1).bit_length() + 7 >> 3)
        taken, self.at = self.data[self.at : self.at + n_bytes], self.at + n_bytes
        return int.from_bytes(taken, "little") % n

    def of(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def rest(self, most: int = 64) -> bytes:
        """Return some of the bytes as they are."""
        n = self.below(most)
        taken, self.at = self.data[self.at : self.at + n], self.at + n
        return taken

    @property
    def used_up(self) -> bool:
        """Return whether nothing is left."""
        return self.at >= len(self.data)


def begun(n: int, size: int = 60) -> list[bytes]:
    """Return some inputs that edit, the same ones every time."""
    return [EDITED + Random(k).randbytes(size) for k in range(n)]


def kept(name: str) -> list[bytes]:
    """Return the inputs of a target that earlier runs found worth keeping, and those that crashed once."""
    lines = (Path(__file__).parent / "seeds" / f"{name}.txt").read_text("ascii").split()
    return [b64decode(line) for line in lines]


def folder() -> Path:
    """Return a folder for the files of this process."""
    return Path(_FOLDER.name)


def taken(load: Callable[[], T]) -> T | None:
    """Return what was loaded, or None where it was refused properly."""
    try:
        return load()
    except InputError as error:
        sentence = str(error)
    assert sentence, "an error without a sentence"
    assert all(character.isprintable() for character in sentence), f"not one printable line: {sentence!r}"
    assert len(sentence) <= LONGEST_SENTENCE, f"{len(sentence)} characters: {sentence[:200]!r} …"
    return None


def edited(drawn: Drawn, seeds: Sequence[Any]) -> Any:
    """Return a seed with some of its values replaced, removed, renamed, or taken from another place."""
    table = deepcopy(drawn.of(seeds))
    for _ in range(1 + drawn.below(6)):
        places = list(_places(table))
        if drawn.used_up or not places:
            break
        inside, key = drawn.of(places)
        what = drawn.below(8)
        if what == 0:
            del inside[key]
        elif what == 1 and isinstance(inside, dict):
            inside[drawn.of(sorted({str(name) for _, name in places}))] = inside.pop(key)
        elif what == 2:
            other, name = drawn.of(places)
            inside[key] = deepcopy(other[name])
        elif what == 3:
            inside[key] = drawn.rest().decode("utf-8", "replace")
        elif what == 4 and isinstance(inside[key], float):
            inside[key] = inside[key] * drawn.of((-1, 0, 2, 0.5, 1e3, 1e-3, 1e100, 1e-100))
        else:
            inside[key] = deepcopy(drawn.of(NASTY))
    return table


def _places(table: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every table or list with a key of it."""
    keys = table.keys() if isinstance(table, dict) else range(len(table)) if isinstance(table, list) else ()
    for key in keys:
        yield table, key
        yield from _places(table[key])


def text_of(value: Any, *, toml: bool) -> str:
    """Return a value as TOML (a table in braces) or JSON."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, dict):
        items = (
            f"{text_of(str(key), toml=toml)}{'=' if toml else ':'}{text_of(v, toml=toml)}" for key, v in value.items()
        )
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(text_of(item, toml=toml) for item in value) + "]"
    if toml and isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=not toml)


def toml_file(data: bytes, seeds: Sequence[Any], path: Path) -> Path:
    """Write the input of a target as a TOML file, whole or as edits of a seed."""
    if data[:1] < b"\x40":
        path.write_bytes(data[1:])
    else:
        table = edited(Drawn(data[1:]), seeds)
        text = "".join(f"{text_of(str(key), toml=True)}={text_of(value, toml=True)}\n" for key, value in table.items())
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


def numbers_of(value: Any) -> Iterator[float]:
    """Yield all numbers in what was priced."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers_of(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value
