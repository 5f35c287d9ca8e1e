"""Read and write files without surprises: outputs are checked before a run and replaced as a whole."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError

__all__ = ["check_writable", "read_arrays", "write_atomically"]


def check_writable(path: Path) -> None:
    """Refuse a path that could not be written in the end, before any work is done."""
    folder = path.parent
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder; name a file in it")
    if not folder.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {folder}; make it first")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise InputError(f"cannot write {path}: no permission; choose another place")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file as a whole: readers see the old one or the new one, never a part, even after a crash."""
    check_writable(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        os.replace(name, path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; free some space or choose another place") from error
    finally:
        if os.path.exists(name):
            os.unlink(name)


def read_arrays(path: Path, names: Iterable[str]) -> list[NDArray[np.float64]]:
    """Read numeric arrays from an .npz file; nothing in it is executed.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a name, or holds anything but finite numbers under it.
    """
    wanted = list(names)
    try:
        with np.load(path, allow_pickle=False) as data:
            if not hasattr(data, "files"):
                raise InputError(f"{path} holds a single array: save {' and '.join(wanted)} with numpy.savez")
            missing = [name for name in wanted if name not in data.files]
            if missing:
                raise InputError(
                    f"{path} lacks the array {missing[0]!r}: it needs {', '.join(wanted)}, and holds "
                    f"{', '.join(data.files) or 'nothing'}"
                )
            arrays = [data[name] for name in wanted]
    except InputError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "not an .npz file of plain arrays"
        raise InputError(f"cannot read {path}: {said}; save the arrays with numpy.savez") from error
    return [_finite(path, name, array) for name, array in zip(wanted, arrays, strict=True)]


def _finite(path: Path, name: str, array: NDArray[np.generic]) -> NDArray[np.float64]:
    if array.dtype.kind not in "biuf":
        raise InputError(f"{path}: {name} has type {array.dtype}: must be numeric")
    values = array.astype(np.float64)
    if not np.isfinite(values).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise InputError(f"{path}: {name}{list(where)} = {values[where]}: every entry must be finite")
    return values
