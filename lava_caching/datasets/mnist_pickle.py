"""Read ``mnist.pkl.gz``, the form in which MNIST came with the Theano tutorials and many courses since.

It holds ``((x, y), (x, y), (x, y))`` to train, validate and test: 50 000, 10 000 and 10 000 images in the published
order, with pixels k/256 in float32 instead of k/255.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.datasets.images import ImageSet
from lava_caching.datasets.pickles import LARGEST, read_pickled_arrays
from lava_caching.datasets.streams import Stream, reading

__all__ = ["read_mnist_pickle"]

WAY_OUT = "give mnist.pkl.gz as it was published, or save x_train, y_train, x_test and y_test with numpy.savez"


def read_mnist_pickle(path: Path, name: str) -> ImageSet:
    """Read the file, put the validation images behind the training images where they came from, and undo the 256.

    Parameters
    ----------
    path : Path
        Pickle of any protocol from 2, gzipped or not; nothing in it is executed.
    name : str
        Name of the set.

    Returns
    -------
    ImageSet
        Pixels k, divisor 255.

    Raises
    ------
    InputError
        If it holds anything but these arrays, a pixel that is not k/256 with a whole number k from 0 to 255, or more
        than 320 MiB.
    """
    with reading(path, LARGEST, WAY_OUT) as stream:
        match read_pickled_arrays(stream):
            case ((np.ndarray(), np.ndarray()), (np.ndarray(), np.ndarray()), (np.ndarray(), np.ndarray())) as held:
                (x, y), (x_valid, y_valid), (x_test, y_test) = held
            case _:
                raise stream.refused("does not hold ((x, y), (x, y), (x, y)) to train, validate and test")
        if not (x.ndim == x_valid.ndim == x_test.ndim == 2 and x.shape[1] == x_valid.shape[1] == x_test.shape[1]):
            shapes = f"{x.shape}, {x_valid.shape} and {x_test.shape}"
            raise stream.refused(f"has images of shape {shapes}: must be (n, d) with one d")
        if not y.ndim == y_valid.ndim == 1:
            raise stream.refused(f"has labels of shape {y.shape} and {y_valid.shape}: must be (n,)")
        x_train = np.empty((len(x) + len(x_valid), x.shape[1]), np.uint8)
        _undo_256(stream, x, x_train[: len(x)])
        _undo_256(stream, x_valid, x_train[len(x) :])
        pixels_test = np.empty(x_test.shape, np.uint8)
        _undo_256(stream, x_test, pixels_test)
    return ImageSet(
        name=name,
        x_train=x_train,
        y_train=np.concatenate([y, y_valid]),
        x_test=pixels_test,
        y_test=y_test,
        divisor=255.0,
        shape=(28, 28) if x.shape[1] == 784 else None,
    )


def _undo_256(stream: Stream, x: NDArray[Any], pixels: NDArray[np.uint8]) -> None:
    """Write k of k/256, a thousand rows at once to take no memory to speak of."""
    for start in range(0, len(x), 1000):
        rows = x[start : start + 1000]
        with np.errstate(all="ignore"):  # what overflows is refused
            k = rows.astype(np.float64) * 256
            good = (k == np.rint(k)) & (k >= 0) & (k <= 255)
        if not good.all():
            i, j = (int(at) for at in np.argwhere(~good)[0])
            raise stream.refused(
                f"has the pixel {rows[i, j]} in image {start + i}: must be k/256 with a whole number k from 0 to 255"
            )
        pixels[start : start + 1000] = k
