"""Read and write files without surprises: outputs are checked before a run and replaced as a whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import tomli
from numpy.typing import NDArray

from lava_caching.errors import InputError

__all__ = ["check_writable", "digest_of", "read_arrays", "read_toml", "write_atomically"]

SAVE = "save plain arrays with numpy.savez"


def check_writable(path: Path) -> None:
    """Refuse a path that could not be written in the end, before any work is done.

    Raises
    ------
    InputError
        If it is a folder or a device, its folder is not there, or a file cannot be made in it (this is tried).
    """
    try:
        target = _target(path)
        if path.exists() and not os.access(target, os.W_OK):
            raise InputError(f"cannot write {path}: it is write-protected; choose another name")
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".lava-caching-")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from None
    os.close(handle)
    os.unlink(name)


class Readable(Protocol):
    """A file on disk or inside a package."""

    def read_bytes(self) -> bytes:
        """Return the content."""


def read_toml(path: Readable, shown: str, error_class: type[InputError] = InputError) -> dict[str, Any]:
    """Read a TOML file; `shown` is its name in messages.

    Raises
    ------
    InputError
        Of the class given, if it cannot be read, is not UTF-8 or is not TOML.
    """
    try:
        return tomli.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise error_class(f"{shown}: cannot be read ({error.strerror}): give the path of a TOML file") from None
    except UnicodeDecodeError as error:
        raise error_class(f"{shown}: byte {error.start} is not UTF-8: save the file as UTF-8") from None
    except tomli.TOMLDecodeError as error:
        raise error_class(f"{shown}: is not TOML: {error}") from None


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file as a whole: readers see the old one or the new one, never a part, even after a crash.

    The permissions of an old file are kept; a link stays, and the file that it names is replaced.
    """
    name = None
    try:
        target = _target(path)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".lava-caching-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)
        os.replace(name, target)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; free some space or choose another place") from error
    finally:
        if name is not None and os.path.exists(name):
            os.unlink(name)


def _target(path: Path) -> Path:
    """Return the file that a path names, links followed."""
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise InputError(f"cannot write {path}: it is a device or a pipe; name a file")
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}; make it first")
    return target


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, so that a record says which data it was made from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_arrays(path: Path, names: Iterable[str]) -> list[NDArray[np.float64]]:
    """Read numeric arrays from an .npz file; nothing in it is executed.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a name, or holds anything but finite numbers under it.
    """
    wanted = list(names)
    try:
        with path.open("rb") as file:  # numpy leaves a file open that turns out to be broken
            return [_finite(path, name, array) for name, array in _arrays(path, file, wanted)]
    except OSError as error:
        said = error.strerror or "it is damaged"
        raise InputError(f"cannot read {path}: {said}; give an .npz file with {' and '.join(wanted)}") from None


def _arrays(path: Path, file: IO[bytes], wanted: list[str]) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Yield the arrays wanted from an open file, each with its name."""
    try:
        data = np.load(file, allow_pickle=False)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # numpy and zipfile raise whatever a broken file leads them to
        raise InputError(f"cannot read {path}: it is not an .npz file; {SAVE}") from error
    if isinstance(data, np.ndarray):
        raise InputError(f"{path} holds a single array: save {' and '.join(wanted)} in one .npz file with numpy.savez")
    with data:
        for name in wanted:
            if name not in data.files:
                held = ", ".join(data.files) or "nothing"
                raise InputError(f"{path} lacks the array {name!r}: it needs {', '.join(wanted)}, and holds {held}")
        for name in wanted:
            yield name, _member(path, data, name)


def _member(path: Path, data: np.lib.npyio.NpzFile, name: str) -> NDArray[np.generic]:
    """Return one array of a file."""
    try:
        array = data[name]
    except MemoryError:
        raise
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
        values = array.astype(np.float64)
    if not np.isfinite(values).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise InputError(f"{path}: {name}{list(where)} = {values[where]}: every entry must be finite")
    return values
