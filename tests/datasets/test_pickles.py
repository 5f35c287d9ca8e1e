"""mnist.pkl.gz is read as Python 2 and 3 write it; any other pickle is refused, and none is ever executed."""

from __future__ import annotations

import gzip
import os
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lava_caching.datasets import ImageSet, load_images
from lava_caching.datasets.mnist_pickle import read_mnist_pickle
from lava_caching.errors import InputError

Refused = Callable[..., str]
Write = Callable[..., Path]

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4)).astype(np.uint8)
PIXELS[0] = 0, 1, 128, 255
X = PIXELS.astype(np.float32) / np.float32(256)
Y = np.array([5, 0, 4, 1, 9, 0])
PARTS = ((X[:3], Y[:3]), (X[3:4], Y[3:4]), (X[4:], Y[4:]))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(held: Any, protocol: int = 4) -> Path:
        path = tmp_path / "mnist.pkl"
        path.write_bytes(held if isinstance(held, bytes) else pickle.dumps(held, protocol))
        return path

    return file


def of_python_2(x: NDArray[Any], y: NDArray[Any]) -> bytes:
    """Return ``(x, y)`` as cPickle of Python 2 writes it in protocol 2, without PROTO and STOP."""

    def array(a: NDArray[Any]) -> bytes:
        sizes = b"".join(b"J" + size.to_bytes(4, "little") for size in a.shape)
        kind = a.dtype.str[1:].encode()
        return (
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R(K\1(" + sizes + b"t"
            b"cnumpy\ndtype\nU\2" + kind + b"K\0K\1\x87R(K\3U\1<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
            b"\x89T" + a.nbytes.to_bytes(4, "little") + a.tobytes() + b"tb"
        )

    return array(x) + array(y) + b"\x86"


def check(images: ImageSet) -> None:
    assert np.array_equal(images.x_train, PIXELS[:4])
    assert np.array_equal(images.x_test, PIXELS[4:])
    assert np.array_equal(images.y_train, Y[:4])
    assert np.array_equal(images.y_test, Y[4:])
    assert np.array_equal(images.inputs(images.x_train), PIXELS[:4] / 255)
    assert images.divisor == 255


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["<f4", ">f4", "f8"])
def test_the_published_bytes_come_back(write: Write, protocol: int, packed: bool, kind: str) -> None:
    held = tuple((np.asfortranarray(x.astype(kind)), y) for x, y in PARTS)
    path = write(held, protocol)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
        path = path.rename(path.with_suffix(".pkl.gz"))
    check(load_images(path))


def test_a_file_of_python_2_is_read(write: Write) -> None:
    content = b"\x80\2" + b"".join(of_python_2(*part) for part in PARTS) + b"\x87."
    reread = pickle.loads(content, encoding="latin1")  # the test's own file is a pickle indeed
    assert np.array_equal(reread[2][0], X[4:])
    check(load_images(write(content)))


class Call:
    """Is written as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


HOSTILE: dict[str, Callable[[Path], Any]] = {
    "os.system": lambda burst: Call(os.system, f"touch {burst}"),
    "subprocess": lambda burst: Call(subprocess.check_call, ["touch", str(burst)]),
    "eval": lambda burst: Call(eval, f"open({str(burst)!r}, 'w')"),
    "exec": lambda burst: Call(exec, f"open({str(burst)!r}, 'w')"),
    "touch": lambda burst: Call(Path.touch, burst),
    "open": lambda burst: Call(open, str(burst), "w"),
    "memmap": lambda burst: Call(np.memmap, str(burst), "u1", "w+", 0, (9,)),
    "ufunc": lambda burst: np.add,
    "inside": lambda burst: ((X, Y), (X, Y), (X, Call(os.system, f"touch {burst}"))),
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nothing_is_ever_executed(write: Write, refused: Refused, tmp_path: Path, hostile: str, protocol: int) -> None:
    burst = tmp_path / "burst"
    sentence = refused(write(HOSTILE[hostile](burst), protocol))
    assert sentence.startswith("IT asks for '")
    assert "nothing but arrays is read from a pickle" in sentence
    assert not burst.exists()


NDARRAY, DTYPE = b"cnumpy\nndarray\n", b"cnumpy\ndtype\n"
BEGIN = b"cnumpy.core.multiarray\n_reconstruct\n" + NDARRAY + b"K\0\x85C\1b\x87R"
BROKEN = [
    (b"\x80\2Pid.", "has the instruction b'P'"),  # a persistent reference
    (b"\x80\2K\1Q.", "has the instruction b'Q'"),
    (b"\x80\2ios\nsystem\n(.", "has the instruction b'i'"),
    (b"\x80\2(cnumpy\nndarray\no.", "has the instruction b'o'"),
    (b"\x80\2\x82\1.", "has the instruction b'\\x82'"),  # the extension registry
    (b"\x80\2" + NDARRAY + b")\x81.", "has the instruction b'\\x81'"),
    (b"\x80\5\x97.", "has the instruction b'\\x97'"),  # a buffer from elsewhere
    (b"\x80\2}.", "has the instruction b'}'"),
    (b"\x80\2cbuiltins\ngetattr\n" + NDARRAY + b"U\6tofile\x86R.", "asks for 'builtins.getattr'"),
    (b"\x80\2" + BEGIN + b"cnumpy\nload\nU\1x\x85R.", "asks for 'numpy.load'"),
    (b"cnumpy\nndarray\ncbuiltins\neval\n.", "asks for 'builtins.eval'"),
    (b"\x80\4\x8c\6numpy.\x8c\7ndarray\x93.", "asks for 'numpy..ndarray'"),
    (b"\x80\4\x8c\5numpy\x8c\x10ndarray.tofile.x\x93.", "asks for 'numpy.ndarray.tofile.x'"),
    (b"\x80\4K\1K\1\x93.", "asks for "),
    (b"\x80\2c" + b"x" * 500 + b"\ny\n.", "has a line of more than 80 bytes"),
    (b"\x80\2" + NDARRAY + b"(J\0\0\0\x7f\x85tR.", "holds something else than arrays of numbers"),
    (b"\x80\2" + NDARRAY + b"N}b.", "has the instruction b'}'"),
    (b"\x80\2" + NDARRAY + b"Nb.", "holds something else than arrays of numbers"),
    (b"\x80\2" + DTYPE + b"U\1OK\0K\1\x87R.", "holds something else than arrays of numbers"),
    (b"\x80\2" + DTYPE + b"U\2V9K\0K\1\x87R.", "holds something else than arrays of numbers"),
    (
        b"\x80\2" + DTYPE + b"U\2f4K\0K\1\x87R(K\3U\1<(U\1at)NJ\0\0\0\0K\0K\0tb.",
        "holds a type that is not one of plain",
    ),
    (b"\x80\2" + BEGIN + b".", "holds something else than arrays"),
    (b"\x80\2" + BEGIN + b"(K\1K\4\x85t", "ends too early"),
    (b"\x80\2K\1.", "holds something else than arrays, or tuples of them"),
    (b"\x80\2N.", "holds something else than arrays, or tuples of them"),
    (b"\x80\2).", "does not hold ((x, y), (x, y), (x, y))"),
    (b"\x80\2.", "an operand is missing"),
    (b"\x80\2R.", "an operand is missing"),
    (b"\x80\2K\1t.", "an operand is missing"),
    (b"\x80\2h\7.", "there is no value 7"),
    (b"\x80\2", "ends too early"),
    (b"", "ends too early"),
    (b"\x80\2N.N", "goes on after its data end"),
    (b"\x80\2" + b"N" * 2000 + b".", "takes more than 1000 instructions"),
    (b"\x80\2(" + b"(" * 900 + b"t" * 50 + b".", "holds something else than arrays"),
    (b"(lp0\nI1\na.", "has the instruction b'l'"),  # protocol 0
    (b"not a pickle", "has the instruction b'n'"),
    (b"\x80\2C\1aX\6\0\0\0latin1\x86.", "holds something else than arrays"),
    (b"\x80\2c_codecs\nencode\nX\1\0\0\0aX\5\0\0\0ascii\x86R.", "holds something else than arrays of numbers"),
    (
        b"\x80\2c_codecs\nencode\nX\4\0\0\0\xf0\x9f\x90\x8dX\6\0\0\0latin1\x86R.",
        "writes bytes as text that spells none",
    ),
    (b"\x80\2c_codecs\nencode\nX\1\0\0\0\xc3X\6\0\0\0latin1\x86R.", "writes bytes as text that spells none"),
]


@pytest.mark.parametrize(("content", "sentence"), BROKEN)
def test_a_pickle_of_anything_else_is_refused(write: Write, refused: Refused, content: bytes, sentence: str) -> None:
    said = refused(write(content))
    assert sentence in said
    assert said.endswith("or save x_train, y_train, x_test and y_test with numpy.savez")


def with_pixel(value: float) -> Any:
    x = X[:3].copy()
    x[1, 2] = value
    return ((x, Y[:3]), *PARTS[1:])


WRONG = [
    (X, "does not hold ((x, y), (x, y), (x, y))"),
    (PARTS[:2], "does not hold ((x, y), (x, y), (x, y))"),
    ((X, Y, X, Y), "does not hold ((x, y), (x, y), (x, y))"),
    ((*PARTS[:2], (X, Y, Y)), "does not hold ((x, y), (x, y), (x, y))"),
    ((((X, Y),) * 2, *PARTS[1:]), "holds something else than arrays, or tuples of them"),
    (((X.astype(object), Y), *PARTS[1:]), "holds something else than arrays of numbers"),
    (((X.astype(complex), Y), *PARTS[1:]), "holds something else than arrays of numbers"),
    (((X.astype("S4"), Y), *PARTS[1:]), "holds something else than arrays of numbers"),
    (((X.view([("a", "f4")]), Y), *PARTS[1:]), "holds something else than arrays of numbers"),
    (((X[:3, :3], Y[:3]), *PARTS[1:]), "has images of shape (3, 3), (1, 4) and (2, 4): must be (n, d) with one d"),
    (((X[0], Y[:3]), *PARTS[1:]), "must be (n, d) with one d"),
    (((X[:3], Y[:3, None]), *PARTS[1:]), "has labels of shape (3, 1) and (1,): must be (n,)"),
    ((PARTS[0], (X[:0], Y[:0]), PARTS[2]), "whose shape does not fit them"),
    (((PIXELS[:3] / 255, Y[:3]), *PARTS[1:]), "in image 0: must be k/256 with a whole number k from 0 to 255"),
    (((PIXELS[:3], Y[:3]), *PARTS[1:]), "has the pixel 1 in image 0: must be k/256"),
    (with_pixel(1.0), "has the pixel 1.0 in image 1: must be k/256"),
    (with_pixel(-1 / 256), "has the pixel -0.00390625 in image 1: must be k/256"),
    (with_pixel(np.nan), "has the pixel nan in image 1: must be k/256"),
    (with_pixel(np.inf), "has the pixel inf in image 1: must be k/256"),
    (((X[:3], Y[:3] + 10), *PARTS[1:]), "IT: y_train[0] = 15: must be a whole number 0 to 9"),
    (((X[:3], Y[:2]), *PARTS[1:]), "IT: y_train has shape (3,): must be (4,), one label for each image"),
]


@pytest.mark.parametrize(("held", "sentence"), WRONG)
def test_arrays_in_another_form_are_refused(write: Write, refused: Refused, held: Any, sentence: str) -> None:
    assert sentence in refused(write(held))


GOOD = pickle.dumps(PARTS, 4)


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_a_changed_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: Any, at: int, put: bytes, n_removed: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.pkl"
    path.write_bytes(GOOD[:at] + put + GOOD[at + n_removed :])
    refusal = ""
    try:
        images = read_mnist_pickle(path, "changed")
    except InputError as error:
        refusal = str(error)
    assert refusal.startswith((str(path), "changed: ")) if refusal else images.x_train.dtype == np.uint8
