"""Read a file from front to back, plain or gzipped: exact sizes, nothing past its end, and no more than a limit.

gzip's own reader parses headers byte by byte in Python and goes on through any number of members, so a file can keep
it busy for minutes; here zlib does both, and one member is all there may be.
"""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Stream", "reading"]

LARGEST_FILE = 2**29


class Stream:
    """What `reading` gives: the bytes of one file, in order.

    Parameters
    ----------
    path : Path
        The file, for messages.
    file : binary file
        Where the bytes come from, already unpacked.
    limit : int
        How many bytes may be read from it.
    way_out : str
        What a user can do when it is refused; ends every message.
    """

    def __init__(self, path: Path, file: io.BufferedReader, limit: int, way_out: str) -> None:
        self.path = path
        self.way_out = way_out
        self._file = file
        self._left = limit

    def refused(self, said: str) -> InputError:
        """Build the error that this file is refused with."""
        return InputError(f"{self.path} {said}; {self.way_out}")

    def take(self, n: int) -> bytes:
        """Return the next `n` bytes; refuse a file that ends before."""
        taken = self.some(n)
        if len(taken) != n:
            raise self.refused("ends too early")
        return taken

    def some(self, n: int) -> bytes:
        """Return the next `n` bytes, fewer at the end."""
        self._spend(n)
        return self._file.read(n)

    def line(self, longest: int) -> bytes:
        """Return the next line without its end; refuse one that is longer, or that never ends."""
        self._spend(longest)
        line = self._file.readline(longest)
        if not line.endswith(b"\n"):
            raise self.refused("ends too early" if len(line) < longest else f"has a line of more than {longest} bytes")
        self._left += longest - len(line)
        return line.rstrip(b"\r\n")

    def fill(self, array: NDArray[np.uint8]) -> None:
        """Read the next bytes straight into an array; refuse a file that ends before it is full."""
        self._spend(array.nbytes)
        if self._file.readinto(array.reshape(-1).data) != array.nbytes:
            raise self.refused("ends too early")

    def end(self) -> None:
        """Refuse a file that goes on; reading to its end also checks a gzip file's checksum."""
        if self._file.read(1):
            raise self.refused("goes on after its data end")

    def _spend(self, n: int) -> None:
        if n > self._left:
            raise self.refused("holds more than is expected of it")
        self._left -= n


@contextmanager
def reading(path: Path, limit: int, way_out: str) -> Iterator[Stream]:
    """Open a file; what goes wrong while it is read is one `InputError` that names it.

    Parameters
    ----------
    path : Path
        A regular file; gzip is known by its first two bytes, whatever the name says.
    limit : int
        How many unpacked bytes may be read.
    way_out : str
        Ends every message.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise InputError(f"cannot read {path}: it is a folder or a device; {way_out}")
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST_FILE:
                raise InputError(f"{path} is larger than {LARGEST_FILE // 2**20} MiB; {way_out}")
            packed = file.peek(2)[:2] == b"\x1f\x8b"
            yield Stream(path, io.BufferedReader(_Unpacked(file), 2**18) if packed else file, limit, way_out)
    except (OSError, ValueError, zlib.error) as error:  # ValueError: a name that no file can have
        if isinstance(error, InputError):
            raise
        said = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read {path}: {said}; {way_out}") from None


class _Unpacked(io.RawIOBase):
    """The content of a gzip file with one member, unpacked as it is asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zlib = zlib.decompressobj(wbits=31)  # gzip, with its checksum

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        room = memoryview(buffer)
        while not self._zlib.eof:
            packed = self._zlib.unconsumed_tail or self._file.read(2**16)
            if not packed:
                raise OSError("its gzip data end too early")
            found = self._zlib.decompress(packed, len(room))
            if found:
                room[: len(found)] = found
                return len(found)
        if self._zlib.unused_data or self._file.read(1):
            raise OSError("it goes on after its gzip data end")
        return 0
