"""Read .npz files of anybody: within limits of memory, executing nothing, and with an error that names the array."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError
from lava_caching.files import is_stream

__all__ = ["LARGEST_ARRAYS", "array_names", "read_arrays", "stored_arrays"]

LARGEST_ARRAYS = 7 * 2**26
"""448 MiB: MNIST as float64 and a little more, so that an array can be rearranged once within 1 GiB."""
UNPACKED = 8
"""Times its size on the disk that a file of arrays may take in memory where that is more: bytes become float64."""
LARGEST_DIRECTORY = 2**16
SAVE = "save plain arrays with numpy.savez"


def read_arrays(path: Path, names: Iterable[str]) -> list[NDArray[np.float64]]:
    """Read numeric arrays from an .npz file; nothing in it is executed.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a name, holds anything but finite numbers under it, or takes more memory than
        448 MiB and than eight times its size on the disk: a small file must not unpack to something huge.
    """
    return [_finite(path, name, array) for name, array in stored_arrays(path, names, _allowed(path), floats=True)]


def _allowed(path: Path) -> int:
    """Return how many bytes the arrays of a file may take; holes of a sparse file are not on the disk."""
    try:
        told = os.stat(path)
    except (OSError, ValueError):  # what is wrong with it is said when it is read
        return LARGEST_ARRAYS
    return max(LARGEST_ARRAYS, UNPACKED * min(told.st_size, 512 * getattr(told, "st_blocks", told.st_size)))


def stored_arrays(
    path: Path, names: Iterable[str], largest: int = LARGEST_ARRAYS, *, floats: bool = False
) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Yield arrays from an .npz file as they are stored, each with its name; nothing in it is executed.

    Parameters
    ----------
    path : Path
        The file.
    names : iterable of str
        The arrays wanted, in this order; others are left alone.
    largest : int
        How many bytes they may take in memory together; the file may list some hundred arrays at most.
    floats : bool
        Whether each of their numbers becomes a float64, and counts as such.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a name, holds Python objects under it, or is larger than allowed.
    """
    wanted = list(names)
    if is_stream(path):
        raise InputError(f"cannot read {path}: it is a device or a pipe; give an .npz file with {' and '.join(wanted)}")
    try:
        with path.open("rb") as file:  # numpy leaves a file open that turns out to be broken
            yield from _arrays(path, file, wanted, largest, floats=floats)
    except InputError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        said = getattr(error, "strerror", None) or ("it is damaged" if isinstance(error, OSError) else error)
        raise InputError(f"cannot read {path}: {said}; give an .npz file with {' and '.join(wanted)}") from None


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays in an .npz file; none where it is broken, as reading it will tell."""
    if is_stream(path):
        return []
    try:
        with path.open("rb") as file:
            if _directory_size(file) > LARGEST_DIRECTORY:
                return []
            with zipfile.ZipFile(file) as stored:
                return [name.removesuffix(".npy") for name in stored.namelist()]
    except Exception:  # zipfile raises whatever a broken file leads it to
        return []


def _arrays(
    path: Path, file: IO[bytes], wanted: list[str], largest: int, *, floats: bool
) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Yield the arrays wanted from an open file, each with its name."""
    begin = file.read(len(np.lib.format.MAGIC_PREFIX))
    if begin == np.lib.format.MAGIC_PREFIX:  # numpy would make room for whatever it announces
        raise InputError(f"{path} holds a single array: save {' and '.join(wanted)} in one .npz file with numpy.savez")
    if _directory_size(file) > LARGEST_DIRECTORY:
        raise InputError(f"{path} lists more than a few arrays; {SAVE}")
    try:
        if not begin.startswith(b"PK"):
            raise ValueError("not a zip file")
        data = np.load(file, allow_pickle=False)
    except OSError:
        raise
    except Exception as error:  # numpy and zipfile raise whatever a broken file leads them to
        raise InputError(f"cannot read {path}: it is not an .npz file; {SAVE}") from error
    with data:
        for name in wanted:
            if name not in data.files:
                held = ", ".join(data.files) or "nothing"
                raise InputError(f"{path} lacks the array {name!r}: it needs {', '.join(wanted)}, and holds {held}")
        _check_size(path, data, wanted, largest)
        n_bytes = 0
        for name in wanted:
            array = _member(path, data, name)
            n_bytes += max(array.nbytes, array.size * 8) if floats else array.nbytes
            if n_bytes > largest:
                raise InputError(f"{path}: {_too_large(n_bytes, largest)}")
            yield name, array


def _directory_size(file: IO[bytes]) -> float:
    """Return how many bytes the table of contents of a zip file takes: zipfile reads all of it, whatever the size."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - 2**16 - 42))
    tail = file.read()
    file.seek(0)
    # Where zipfile looks: in the last 22 bytes, or anywhere before a comment; after a locator if it is a large file.
    mark = b"PK\5\6"
    at = len(tail) - 22 if tail[-22:].startswith(mark) and tail.endswith(b"\0\0") else tail.rfind(mark)
    if at < 0:
        return 0  # not a zip file, as numpy will find
    if tail[max(0, at - 20) : at].startswith(b"PK\6\7"):
        return float("inf")
    return int.from_bytes(tail[at + 12 : at + 16], "little")


def _check_size(path: Path, data: np.lib.npyio.NpzFile, wanted: list[str], largest: int) -> None:
    """Refuse arrays that unpack to more than is allowed, or slowly, before any of them is unpacked."""
    members = [member for member in data.zip.infolist() if member.filename.removesuffix(".npy") in wanted]
    total = sum(member.file_size for member in members)
    if total > largest:
        raise InputError(f"{path} {_too_large(total, largest)}")
    for member in members:
        # What numpy.savez and savez_compressed write; bzip2 unpacks ten times as slowly.
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise InputError(f"{path}: {member.filename} is packed by an unusual method; {SAVE}")


def _too_large(n_bytes: int, largest: int) -> str:
    return (
        f"unpacks to {n_bytes / 2**20:,.0f} MiB: at most {largest / 2**20:,.0f} MiB; store fewer rows, or what really"
        " is so large with numpy.savez, which packs nothing"
    )


def _member(path: Path, data: np.lib.npyio.NpzFile, name: str) -> NDArray[np.generic]:
    """Return one array of a file."""
    try:
        array = data[name]
    except MemoryError:
        raise InputError(f"cannot read {path}: {name} announces more than memory holds; save it again") from None
    except Exception as error:
        said = "holds Python objects" if "allow_pickle" in str(error) else "is damaged"
        raise InputError(f"{path}: {name} {said}: must be numbers; {SAVE}") from error
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path}: {name} is no array; {SAVE}")
    return array


def _finite(path: Path, name: str, array: NDArray[np.generic]) -> NDArray[np.float64]:
    if array.dtype.kind not in "biuf":
        raise InputError(f"{path}: {name} has type {array.dtype}: must be real numbers")
    with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is refused
        values = array.astype(np.float64, copy=False)
    if not np.isfinite(values).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise InputError(f"{path}: {name}{list(where)} = {values[where]}: every entry must be finite")
    return values
