"""Read a folder of IDX files, the form in which MNIST was published.

A file is four bytes (0, 0, type, number of dimensions), each dimension as a big-endian 32-bit integer, and the data,
row by row: Y. LeCun, C. Cortes and C. J. C. Burges, *The MNIST database of handwritten digits* (1998).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_caching.datasets.images import ImageSet
from lava_caching.datasets.streams import reading
from lava_caching.errors import InputError

__all__ = ["STEMS", "read_idx", "read_idx_folder"]

STEMS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
"""How the names of the four files begin."""
LARGEST = 2**28
MOST_LABELS = 2**24
"""Each takes eight bytes in memory, and there are two files of them."""
WAY_OUT = "copy the file again"


def read_idx_folder(folder: Path, name: str) -> ImageSet:
    """Read ``train-images``, ``train-labels``, ``t10k-images`` and ``t10k-labels`` from a folder.

    Parameters
    ----------
    folder : Path
        Holds the four as ``train-images-idx3-ubyte`` or ``train-images.idx3-ubyte`` and so on, plain or as ``.gz``.
    name : str
        Name of the set.

    Raises
    ------
    InputError
        If a file is missing or is not exactly what its header says, or the arrays are refused by `ImageSet`.
    """
    x_train, y_train, x_test, y_test = (
        read_idx(_found(folder, stem, n_dimensions), n_dimensions)
        for stem, n_dimensions in zip(STEMS, (3, 1, 3, 1), strict=True)
    )
    for part, y in (("train", y_train), ("t10k", y_test)):
        if len(y) > MOST_LABELS:
            raise InputError(f"{folder}: {part}-labels holds {len(y):,} labels: at most {MOST_LABELS:,}; {WAY_OUT}")
    if x_train.shape[1:] != x_test.shape[1:]:
        raise InputError(
            f"{folder}: the images are {_size(x_train)} in the training set and {_size(x_test)} in the test set: "
            "must agree; take both from one source"
        )
    return ImageSet(
        name=name,
        x_train=x_train,
        y_train=y_train.astype(np.int64),
        x_test=x_test,
        y_test=y_test.astype(np.int64),
        divisor=255.0,
    )


def read_idx(path: Path, n_dimensions: int) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes, plain or gzipped.

    Raises
    ------
    InputError
        If it is of another kind, is empty, or has fewer or more bytes than its header says.
    """
    with reading(path, LARGEST + 64, WAY_OUT) as stream:
        expected = bytes((0, 0, 8, n_dimensions))
        magic = stream.take(4)
        if magic != expected:
            raise stream.refused(
                f"begins with {magic.hex(' ')}: must be {expected.hex(' ')}, bytes in {n_dimensions} dimensions"
            )
        shape = tuple(int.from_bytes(stream.take(4), "big") for _ in range(n_dimensions))
        n_bytes = int(np.prod(shape, dtype=object))
        if not 0 < n_bytes <= LARGEST:
            shown = " × ".join(map(str, shape))
            raise stream.refused(f"announces {shown} bytes: must be at least 1 and at most {LARGEST // 2**20} MiB")
        array = np.empty(shape, np.uint8)
        stream.fill(array)
        stream.end()
        return array


def _found(folder: Path, stem: str, n_dimensions: int) -> Path:
    for separator in "-.":
        for ending in ("", ".gz"):
            path = folder / f"{stem}{separator}idx{n_dimensions}-ubyte{ending}"
            if os.path.isfile(path):
                return path
    raise InputError(
        f"{folder} lacks the file {stem}-idx{n_dimensions}-ubyte or {stem}-idx{n_dimensions}-ubyte.gz: a folder of "
        "images holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
        "t10k-labels-idx1-ubyte; name the folder that does"
    )


def _size(x: NDArray[np.uint8]) -> str:
    return f"{x.shape[1]} × {x.shape[2]}"
