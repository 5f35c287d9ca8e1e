"""Read and write files without surprises: outputs are checked before a run and replaced as a whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lava_caching.errors import InputError
from lava_caching.signals import postponed

if TYPE_CHECKING:
    from importlib.abc import Traversable

__all__ = ["check_writable", "digest_of", "is_stream", "read_bytes", "write_atomically"]


def check_writable(path: Path) -> None:
    """Refuse a path that could not be written in the end, before any work is done.

    Raises
    ------
    InputError
        If it is a folder or a device, its folder is not there, or a file cannot be made in it (this is tried).
    """
    with postponed():
        try:
            target = _target(path)
            if path.exists() and not os.access(target, os.W_OK):
                raise InputError(f"cannot write {path}: it is write-protected; choose another name")
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".lava-caching-")
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from None
        os.close(handle)
        os.unlink(name)


def is_stream(path: Path | Traversable) -> bool:
    """Return whether a path names a pipe or a device: reading it may wait for ever, or never end."""
    return isinstance(path, Path) and os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))


def read_bytes(path: Path | Traversable, most: int) -> bytes | None:
    """Return the content of a file; None if it is larger than so many bytes, of which no more are read.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or no file can have the name.
    """
    if is_stream(path):
        raise OSError("it is a device or a pipe")
    with path.open("rb") as file:
        content = file.read(most + 1)
    return content if len(content) <= most else None


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file as a whole: readers see the old one or the new one, never a part, even after a crash.

    The permissions of an old file are kept; a link stays, and the file that it names is replaced.
    """
    with postponed():
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
            raise InputError(
                f"cannot write {path}: {error.strerror}; free some space or choose another place"
            ) from error
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
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):  # a log may be larger than memory
            digest.update(block)
    return digest.hexdigest()
