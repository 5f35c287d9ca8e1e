"""`ImageSet`: labelled images to learn from and images held out, kept as small as they came.

MNIST takes 55 MB as bytes and 439 MB as float64, so pixels stay bytes: an input is ``pixel / divisor``, computed where
it is used. A division gives the very float that ``uint8 / 255`` gives; a product with 1/255 does not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError

__all__ = ["N_CLASSES", "ImageSet", "Pixels"]

N_CLASSES = 10
MOST_PIXELS = 2**16
BLOCK = 1024
"""Rows that are checked at once, so that a check takes no memory to speak of."""

Pixels = NDArray[np.uint8] | NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """Images of the digits 0 to 9, checked.

    Parameters
    ----------
    name : str
        How the user named it; begins every message.
    x_train, x_test : ndarray of real numbers, (n, d) or (n, h, w)
        Pixels, 0 to `divisor`. Kept as uint8 or float64, (n, d), row by row: integers become the one, floats the other.
    y_train, y_test : ndarray of whole numbers 0 to 9, (n,)
        The digit each image shows. Kept as int64.
    divisor : float
        What a pixel is divided by to give an input: 255 for MNIST, 16 for the embedded digits, 1 for ready inputs.
    shape : (int, int), optional
        Height and width of an image where they are known.

    Raises
    ------
    InputError
        If shapes do not agree, a pixel lies outside 0 to `divisor` or is no number, a label is no digit, or `divisor`
        is not above 0 and at most 255.
    """

    name: str
    x_train: Pixels
    y_train: NDArray[np.int64]
    x_test: Pixels
    y_test: NDArray[np.int64]
    divisor: float = 1.0
    shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.divisor <= 255:  # more does not fit a byte
            raise InputError(
                f"{self.name}: divisor = {self.divisor}: must be above 0 and at most 255, the largest pixel"
            )
        object.__setattr__(self, "divisor", float(self.divisor))
        for part in ("train", "test"):
            x, shape = _pixels(f"{self.name}: x_{part}", getattr(self, f"x_{part}"), self.divisor)
            y = _labels(f"{self.name}: y_{part}", getattr(self, f"y_{part}"), len(x))
            object.__setattr__(self, f"x_{part}", x)
            object.__setattr__(self, f"y_{part}", y)
            object.__setattr__(self, "shape", self.shape or shape)
        if self.x_train.shape[1] != self.x_test.shape[1]:
            raise InputError(
                f"{self.name}: x_test has {self.x_test.shape[1]} pixels an image and x_train {self.x_train.shape[1]}: "
                "must agree; prepare both in the same way"
            )

    @property
    def n_inputs(self) -> int:
        """Pixels of an image."""
        return self.x_train.shape[1]

    def inputs(self, pixels: Pixels) -> NDArray[np.float64]:
        """Return rows of `x_train` or `x_test` as inputs from 0 to 1, in memory of their own.

        Examples
        --------
        >>> import numpy as np
        >>> x, y = np.array([[0, 51, 255]], np.uint8), np.array([7])
        >>> images = ImageSet(name="one", x_train=x, y_train=y, x_test=x, y_test=y, divisor=255)
        >>> images.inputs(images.x_train[0]).tolist()
        [0.0, 0.2, 1.0]
        """
        inputs: NDArray[np.float64] = np.divide(pixels, self.divisor, dtype=np.float64)
        return inputs

    @cached_property
    def sha256(self) -> str:
        """Digest of pixels, divisor and labels, whatever file they came from."""
        digest = hashlib.sha256(f"divisor {self.divisor!r}".encode())
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            stored = array.astype(array.dtype.newbyteorder("<"), copy=False)
            digest.update(f"{stored.dtype.str} {stored.shape}".encode())
            digest.update(stored.data)
        return digest.hexdigest()


def _pixels(where: str, x: NDArray[Any], divisor: float) -> tuple[Pixels, tuple[int, int] | None]:
    if x.dtype.kind not in "biuf":
        raise InputError(f"{where} has type {x.dtype}: must be real numbers; save plain arrays with numpy.savez")
    if x.ndim not in {2, 3} or not x.size:
        raise InputError(f"{where} has shape {x.shape}: must be (n, d) or (n, h, w), not empty; reshape it")
    shape = (x.shape[1], x.shape[2]) if x.ndim == 3 else None
    flat = x.reshape(len(x), -1)
    if flat.shape[1] > MOST_PIXELS:
        raise InputError(f"{where} has {flat.shape[1]} pixels an image: at most {MOST_PIXELS}; scale the images down")
    for start in range(0, len(flat), BLOCK):
        rows = flat[start : start + BLOCK]
        within = (rows >= 0) & (rows <= divisor)  # false for what is no number
        if not within.all():
            i, j = (int(k) for k in np.argwhere(~within)[0])
            raise InputError(
                f"{where}[{start + i}, {j}] = {rows[i, j]}: must be from 0 to {divisor:g}; "
                "divide the pixels by their largest possible value"
            )
    if x.dtype.kind == "f":
        return np.ascontiguousarray(flat, dtype=np.float64), shape
    return np.ascontiguousarray(flat, dtype=np.uint8), shape


def _labels(where: str, y: NDArray[Any], n: int) -> NDArray[np.int64]:
    if y.dtype.kind not in "biuf":
        raise InputError(
            f"{where} has type {y.dtype}: must be whole numbers 0 to 9; save plain arrays with numpy.savez"
        )
    if y.shape != (n,):
        raise InputError(
            f"{where} has shape {y.shape}: must be ({n},), one label for each image; give digits, not rows"
        )
    digits = np.isin(y, np.arange(N_CLASSES))
    if not digits.all():
        i = int(np.argmin(digits))
        raise InputError(f"{where}[{i}] = {y[i]}: must be a whole number 0 to 9; keep the images of ten classes only")
    return np.ascontiguousarray(y, dtype=np.int64)
