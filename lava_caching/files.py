"""Read and write files without surprises: outputs are checked before a run and replaced as a whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import tempfile
import threading
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import tomli
from numpy.typing import NDArray

from lava_caching.errors import InputError

__all__ = [
    "array_names",
    "check_writable",
    "digest_of",
    "is_stream",
    "read_arrays",
    "read_bytes",
    "read_toml",
    "stored_arrays",
    "write_atomically",
]

if TYPE_CHECKING:
    from importlib.abc import Traversable

LARGEST_TOML = 2**20
LARGEST_ARRAYS = 7 * 2**26
"""448 MiB: MNIST as float64 and a little more, so that an array can be rearranged once within 1 GiB."""
UNPACKED = 8
"""Times its size on the disk that a file of arrays may take in memory where that is more: bytes become float64."""
LARGEST_DIRECTORY = 2**16
LARGEST_INTEGER = 10**300
"""What still is a float, so that it can be compared with one and shown."""
DEEPEST = 16
TOO_DEEP = (
    f"is nested more than {DEEPEST} tables deep: no profile is; write [table.table] headers as the shipped files do"
)
SAVE = "save plain arrays with numpy.savez"


def check_writable(path: Path) -> None:
    """Refuse a path that could not be written in the end, before any work is done.

    Raises
    ------
    InputError
        If it is a folder or a device, its folder is not there, or a file cannot be made in it (this is tried).
    """
    with _signals_later():
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
        plain = tomli.loads(content.decode("utf-8"))
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


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file as a whole: readers see the old one or the new one, never a part, even after a crash.

    The permissions of an old file are kept; a link stays, and the file that it names is replaced.
    """
    with _signals_later():
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


@contextlib.contextmanager
def _signals_later() -> Iterator[None]:
    """Let what would end this process wait for the end of the block, so that no half-written file is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    deaf = (None, signal.SIG_IGN)  # None: a handler that is not Python's
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) not in deaf]
    before = {n: signal.signal(n, lambda number, _: came.append(number)) for n in numbers}
    try:
        yield
    finally:
        for n, handler in before.items():
            signal.signal(n, handler)
        for number in came:
            signal.raise_signal(number)


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
