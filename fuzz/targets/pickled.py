"""The machine that reads ``mnist.pkl``, fed with programs of its own instructions."""

from __future__ import annotations

import gzip
import pickle

import numpy as np

from fuzz.harness import RAW, Drawn, begun, folder, taken
from lava_caching.datasets.mnist_pickle import read_mnist_pickle

WORDS = (
    *(b"N", b"\x88", b"\x89", b")", b"(", b"t", b"\x85", b"\x86", b"\x87", b"R", b"b", b".", b"\x94", b"\x93"),
    *(b"K\1", b"M\1\0", b"J\xff\xff\xff\xff", b"\x8a\2\1\1", b"q\0", b"q\1", b"h\0", b"h\1", b"U\x03abc", b"C\2ab"),
    *(b"cnumpy.core.multiarray\n_reconstruct\n", b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"c_codecs\nencode\n"),
    *(b"cos\nsystem\n", b"X\6\0\0\0latin1", b"X\2\0\0\0f4", b"X\1\0\0\0<", b"\x80\4", b"\x95" + bytes(8)),
)


def _set(n: int) -> tuple[object, ...]:
    return tuple((np.zeros((n, 4), np.float32), np.zeros(n, np.int64)) for _ in range(3))


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    whole = [RAW + pickle.dumps(_set(n), protocol) for n in (1, 2) for protocol in (2, 3, 4, 5)]
    return [*whole, RAW + gzip.compress(whole[0][1:]), *begun(8, 60)]


def check(data: bytes) -> bool:
    """Read a pickle, and find what `ImageSet` allows."""
    path = folder() / "mnist.pkl"
    drawn = Drawn(data[1:])
    content = drawn.data
    if data[:1] >= b"\x40":
        content = b""
        while not drawn.used_up:
            content += drawn.of((*WORDS, drawn.rest(4)))
    path.write_bytes(content)
    images = taken(lambda: read_mnist_pickle(path, "mine"))
    assert images is None or images.x_train.max(initial=0) <= 255
    return images is not None
