"""The files that a profile of one's own is made of: its own, and every one that it names or inherits from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lava_caching.hardware.library import is_file
from lava_caching.hardware.reading import read_profile

__all__ = ["profile_files"]

NAMING = ("inherits", "volatile", "nonvolatile")
"""Keys whose text may be the name of a file beside."""


def profile_files(name_or_path: str | Path) -> list[Path]:
    """Return the files of a pair or a memory, its own first; none for what is shipped.

    Raises
    ------
    ProfileError
        If one of them cannot be read.
    """
    waiting = [Path(name_or_path)] if is_file(name_or_path) else []
    found: list[Path] = []
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.append(path)
            beside = (path.parent / name for name in _names(read_profile(path, str(path))))
            waiting += [file for file in beside if os.path.isfile(file)]  # `load_pair` says what is missing
    return found


def _names(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of files in a table and its tables."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _names(value)
        elif key in NAMING and isinstance(value, str) and is_file(value):
            yield value
