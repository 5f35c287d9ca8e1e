"""Read TOML files of anybody: within limits of size, depth and digits, and with an error that names the place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from lava_caching.errors import InputError
from lava_caching.files import read_bytes

if TYPE_CHECKING:
    from importlib.abc import Traversable

__all__ = ["read_toml"]

LARGEST_TOML = 2**20
LARGEST_INTEGER = 10**300
"""What still is a float, so that it can be compared with one and shown."""
DEEPEST = 16
TOO_DEEP = (
    f"is nested more than {DEEPEST} tables deep: no profile is; write [table.table] headers as the shipped files do"
)


def read_toml(path: Path | Traversable, shown: str, refused: type[InputError] = InputError) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : Path or resource
        The file; `shown` is its name in messages.
    refused : type
        Class of the error.

    Raises
    ------
    InputError
        If it cannot be read, is larger than 1 MiB, is not UTF-8, is not TOML, is nested deeper than any of ours is, or
        holds an integer of more than 300 digits.
    """
    try:
        content = read_bytes(path, LARGEST_TOML)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise refused(f"{shown}: cannot be read ({reason}): give the path of a TOML file") from None
    if content is None:
        raise refused(
            f"{shown}: is larger than {LARGEST_TOML // 2**20} MiB: no profile is; give the path of a TOML file"
        )
    try:
        plain = tomli.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise refused(f"{shown}: byte {error.start} is not UTF-8: save the file as UTF-8") from None
    except RecursionError:
        raise refused(f"{shown}: {TOO_DEEP}") from None
    except ValueError as error:  # a TOMLDecodeError, or an integer that is too long for Python
        raise refused(f"{shown}: is not TOML: {error}") from None
    for depth, values in enumerate(_levels(plain)):
        if depth == DEEPEST:
            raise refused(f"{shown}: {TOO_DEEP}")
        if any(isinstance(value, int) and abs(value) > LARGEST_INTEGER for value in values):
            raise refused(f"{shown}: holds an integer of more than 300 digits: no profile does; take it out")
    return plain


def _levels(plain: dict[str, Any]) -> Iterator[list[Any]]:
    """Yield what lies in the file, in its tables and arrays, in theirs: no recursion, for there may be thousands."""
    level: list[Any] = [plain]
    while level:
        tables = [value.values() if isinstance(value, dict) else value for value in level]
        values = [inner for table in tables for inner in table]
        yield values
        level = [value for value in values if isinstance(value, (dict, list))]
