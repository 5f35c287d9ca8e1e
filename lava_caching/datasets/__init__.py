"""Images to learn from: those that travel with the toolkit, MNIST where it is installed, and the user's own.

``digits.npz`` holds the 1797 handwritten digits (8 × 8 pixels, 0-16) that scikit-learn bundles: E. Alpaydin and
C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository (1998), doi:10.24432/C50P49,
CC BY 4.0. Kept here so that a run needs neither scikit-learn nor a download.
"""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from lava_caching.datasets.images import ImageSet
from lava_caching.datasets.loading import load_images

__all__ = ["ImageSet", "load_digits", "load_images"]


def load_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the digits in their published order.

    Returns
    -------
    x : ndarray of uint8, (1797, 64)
        Pixels, row by row, from 0 to 16.
    y : ndarray of uint8, (1797,)
        The digit.
    """
    with as_file(files(__name__) / "digits.npz") as path, np.load(path, allow_pickle=False) as data:
        return data["x"], data["y"]
