"""Read images from an .npz file with `x_train`, `y_train`, `x_test` and `y_test`, which is used as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lava_caching.arrays import LARGEST_ARRAYS, stored_arrays
from lava_caching.datasets.images import ImageSet
from lava_caching.errors import InputError

__all__ = ["read_npz"]


def read_npz(path: Path, name: str) -> ImageSet:
    """Read an .npz file; other names in it are ignored, and nothing in it is executed.

    Parameters
    ----------
    path : Path
        Holds inputs from 0 to 1, (n, d) or (n, h, w), of any real type, and labels 0 to 9, (n,).
    name : str
        Name of the set.

    Raises
    ------
    InputError
        If it cannot be read, lacks an array, holds Python objects, takes more than 448 MiB, or is refused by
        `ImageSet`.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    held: dict[str, Any] = dict(stored_arrays(path, names))
    n_floats = sum(array.size for array in held.values() if array.dtype.kind == "f")
    if n_floats * np.dtype(np.float64).itemsize > LARGEST_ARRAYS:
        raise InputError(
            f"{path} holds {n_floats} floats: at most {LARGEST_ARRAYS // 8}; store fewer rows, or bytes as IDX files"
        )
    x_train, y_train, x_test, y_test = (held[key] for key in names)
    return ImageSet(name=name, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
