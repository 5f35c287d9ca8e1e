"""Read NumPy arrays from a pickle without unpickling it.

A pickle is a program for a stack machine. This reader knows the instructions with which Python 2 and 3 write tuples of
arrays in protocols 2 to 5, takes the few names that such a file mentions for mere words, and refuses everything else:
nothing is imported, called or allocated because the file says so. A `pickle.Unpickler` that admits those names only
would still hand NumPy's constructors to the file, and takes memory at its word: of the nine bytes
``80 02 4e 72 00 00 00 04 2e`` it makes a table of 1 GiB.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.datasets.streams import Stream

__all__ = ["LARGEST", "read_pickled_arrays"]

LARGEST = 5 * 2**26
"""320 MiB: MNIST takes 210, and up to a half more where its bytes are written as text."""
MOST_INSTRUCTIONS = 1000
"""MNIST takes 129."""

WORDS = {
    "numpy.core.multiarray _reconstruct": "begin",
    "numpy._core.multiarray _reconstruct": "begin",
    "numpy.core.numeric _frombuffer": "fill",
    "numpy._core.numeric _frombuffer": "fill",
    "numpy ndarray": "array",
    "numpy dtype": "type",
    "_codecs encode": "bytes",
}
TYPES = {b"f2", b"f4", b"f8", b"i1", b"i2", b"i4", b"i8", b"u1", b"u2", b"u4", b"u8"}

# The instructions, by their byte: a constant to push, or in how many bytes an operand or its length is given.
MARK = ...
CONSTANTS = {b"N": None, b"\x88": True, b"\x89": False, b")": (), b"(": MARK}
UNSIGNED = {b"K": 1, b"M": 2}
BYTES = {b"U": 1, b"T": 4, b"C": 1, b"B": 4, b"\x8e": 8, b"\x96": 8}
TEXTS = {b"\x8c": 1, b"X": 4, b"\x8d": 8}
TUPLES = {b"\x85": 1, b"\x86": 2, b"\x87": 3}
PUTS = {b"q": 1, b"r": 4}
GETS = {b"h": 1, b"j": 4}
SKIPPED = {b"\x80": 1, b"\x95": 8}  # the protocol's number, the length of a frame


@dataclass
class _Word:
    """A name that the file mentions, as WORDS translates it."""

    text: str


@dataclass
class _Text:
    """A text as it stands in the file, in UTF-8."""

    utf8: bytes


@dataclass
class _Type:
    """A type of numbers as NumPy writes it, ``f4``, and its byte order."""

    code: str
    order: str = "="


@dataclass
class _Array:
    """An array that the file has begun; later it says what is in it."""

    values: NDArray[Any] | None = None


def read_pickled_arrays(stream: Stream) -> Any:
    """Return what a pickle holds.

    Parameters
    ----------
    stream : Stream
        The pickle; it must end where the pickle does.

    Returns
    -------
    ndarray, or tuple of them, or tuple of such tuples
        Arrays of real numbers, which may not be written to.

    Raises
    ------
    InputError
        If it holds anything else, ends early, goes on, or takes more than 1000 instructions.
    """
    machine = _Machine(stream)
    for _ in range(MOST_INSTRUCTIONS):
        instruction = stream.take(1)
        if instruction == b".":
            stream.end()
            return machine.held(machine.pop(), depth=2)
        machine.act(instruction)
    raise stream.refused(f"takes more than {MOST_INSTRUCTIONS} instructions: tuples of arrays need fewer")


class _Machine:
    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.encodable = LARGEST

    def pop(self) -> Any:
        if not self.stack:
            raise self.stream.refused("is a broken pickle: an operand is missing")
        return self.stack.pop()

    def number(self, n_bytes: int) -> int:
        return int.from_bytes(self.stream.take(n_bytes), "little")

    def act(self, instruction: bytes) -> None:
        """Do what one instruction says."""
        stream, push = self.stream, self.stack.append
        if instruction in CONSTANTS:
            push(CONSTANTS[instruction])
        elif instruction in UNSIGNED:
            push(self.number(UNSIGNED[instruction]))
        elif instruction in {b"J", b"\x8a"}:
            size = 4 if instruction == b"J" else self.number(1)
            push(int.from_bytes(stream.take(size), "little", signed=True))
        elif instruction in BYTES:
            push(stream.take(self.number(BYTES[instruction])))
        elif instruction in TEXTS:
            push(_Text(stream.take(self.number(TEXTS[instruction]))))
        elif instruction in TUPLES:
            items = [self.pop() for _ in range(TUPLES[instruction])]
            push(tuple(reversed(items)))
        elif instruction == b"t":
            items = []
            while (item := self.pop()) is not MARK:
                items.append(item)
            push(tuple(reversed(items)))
        elif instruction in PUTS or instruction == b"\x94":
            key = self.number(PUTS[instruction]) if instruction in PUTS else len(self.memo)
            self.memo[key] = self.pop()
            push(self.memo[key])
        elif instruction in GETS:
            key = self.number(GETS[instruction])
            if key not in self.memo:
                raise stream.refused(f"is a broken pickle: there is no value {key}")
            push(self.memo[key])
        elif instruction in SKIPPED:
            stream.take(SKIPPED[instruction])
        elif instruction == b"c":
            push(self.word(stream.line(80), stream.line(80)))
        elif instruction == b"\x93":
            name, module = self.pop(), self.pop()
            push(self.word(getattr(module, "utf8", b""), getattr(name, "utf8", b"")))
        elif instruction == b"R":
            arguments, function = self.pop(), self.pop()
            push(self.reduced(function, arguments))
        elif instruction == b"b":
            self.build(self.pop())
        else:
            raise stream.refused(f"is no pickle of arrays alone: it has the instruction {instruction!r}")

    def word(self, module: bytes, name: bytes) -> _Word:
        said = b" ".join((module[:80], name[:80])).decode("ascii", "backslashreplace")
        if said not in WORDS:
            raise self.stream.refused(f"asks for {said.replace(' ', '.')!r}: nothing but arrays is read from a pickle")
        return _Word(WORDS[said])

    def reduced(self, function: Any, arguments: Any) -> bytes | _Type | _Array:
        """Return what a call in the file stands for; these four are known."""
        match function, arguments:
            case _Word("begin"), (_Word("array"), (0,), b"b"):
                return _Array()
            case _Word("type"), (_Text(code) | bytes(code), 0, 1) if code in TYPES:
                return _Type(code.decode("ascii"))
            case _Word("bytes"), (_Text(utf8), _Text(b"latin1")):
                return self.encoded(utf8)
            case _Word("fill"), (bytes(data), _Type() as kind, tuple(shape), _Text(b"C" | b"F" as order)):
                return _Array(self.array(shape, kind, order == b"F", data))
        raise self.stream.refused("holds something else than arrays of numbers")

    def build(self, state: Any) -> None:
        """Say more about the type or the array that was begun."""
        match self.stack[-1:], state:
            case [_Type() as kind], (3, _Text(b"<" | b">" | b"|" as order) | (b"<" | b">" | b"|" as order), *rest):
                if rest != [None, None, None, -1, -1, 0]:
                    raise self.stream.refused("holds a type that is not one of plain numbers")
                kind.order = order.decode("ascii")
            case [_Array(None) as array], (1, tuple(shape), _Type() as kind, bool(fortran), bytes(data)):
                array.values = self.array(shape, kind, fortran, data)
            case _:
                raise self.stream.refused("holds something else than arrays of numbers")

    def array(self, shape: tuple[Any, ...], kind: _Type, fortran: bool, data: bytes) -> NDArray[Any]:
        numbers = np.dtype(kind.order + kind.code)
        sizes = [size for size in shape if type(size) is int and 0 < size <= LARGEST]
        if len(sizes) != len(shape) or not 0 < len(shape) <= 3 or math.prod(sizes) * numbers.itemsize != len(data):
            raise self.stream.refused(f"holds an array of {len(data)} bytes whose shape does not fit them")
        return np.frombuffer(data, numbers).reshape(sizes, order="F" if fortran else "C")

    def encoded(self, utf8: bytes) -> bytes:
        """Return the bytes that Python 3 writes as text for Python 2, within a limit: a file may ask often."""
        self.encodable -= len(utf8)
        if self.encodable < 0:
            raise self.stream.refused(f"writes more than {LARGEST // 2**20} MiB as text")
        # Bytes up to 0xc3 spell characters up to 255, which take a byte each; others could take four.
        if not utf8 or np.frombuffer(utf8, np.uint8).max() <= 0xC3:
            try:
                return utf8.decode("utf-8").encode("latin-1")
            except UnicodeDecodeError:
                pass
        raise self.stream.refused("writes bytes as text that spells none")

    def held(self, value: Any, depth: int) -> Any:
        if isinstance(value, _Array) and value.values is not None:
            return value.values
        if isinstance(value, tuple) and depth:
            return tuple(self.held(item, depth - 1) for item in value)
        raise self.stream.refused("holds something else than arrays, or tuples of them")
