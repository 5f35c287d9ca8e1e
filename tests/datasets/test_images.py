"""What an `ImageSet` promises, whoever makes it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from lava_caching.datasets import ImageSet, load_digits, load_images
from lava_caching.errors import InputError

X = np.array([[0.0, 0.25, 1.0], [0.5, 0.5, 0.5]])
Y = np.array([3, 9])
GOOD: dict[str, Any] = {"x_train": X, "y_train": Y, "x_test": X[:1], "y_test": Y[:1]}


def test_inputs_of_bytes_are_bitwise_those_of_a_division() -> None:
    x, y = np.arange(256, dtype=np.uint8)[:, None], np.zeros(256, int)
    images = ImageSet(name="all", x_train=x, y_train=y, x_test=x, y_test=y, divisor=255)
    assert images.x_train.dtype == np.uint8
    assert np.array_equal(images.inputs(images.x_train)[:, 0], np.array([k / 255 for k in range(256)]))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "g"])
def test_floats_are_kept_as_they_are(dtype: str) -> None:
    images = ImageSet(name="floats", **{**GOOD, "x_train": np.asfortranarray(X.astype(dtype))})
    assert images.x_train.dtype == np.float64
    assert images.x_train.flags.c_contiguous
    assert images.x_train.dtype.isnative
    assert np.array_equal(images.inputs(images.x_train), X)


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", ">i8"])
def test_whole_numbers_become_bytes(dtype: str) -> None:
    ones = np.eye(2, 3)
    images = ImageSet(name="bits", **{**GOOD, "x_train": ones.astype(dtype)})
    assert images.x_train.dtype == np.uint8
    assert np.array_equal(images.inputs(images.x_train), ones)


@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", ">f8"])
def test_labels_of_any_type_become_int64(dtype: str) -> None:
    images = ImageSet(name="labels", **{**GOOD, "y_train": Y.astype(dtype)})
    assert images.y_train.dtype == np.int64
    assert images.y_train.tolist() == [3, 9]


def test_the_digest_tells_the_content_and_not_the_way_it_came() -> None:
    images = ImageSet(name="one", **GOOD)
    same = ImageSet(name="two", **{**GOOD, "x_train": X.astype(">f4"), "y_train": Y.astype("u1")})
    assert images.sha256 == same.sha256
    others: list[dict[str, Any]] = [
        {"x_train": X[:, ::-1]},
        {"y_train": Y[::-1]},
        {"x_test": X[1:]},
        {"y_test": Y[1:]},
        {"divisor": 2},
    ]
    digests = {ImageSet(name="one", **{**GOOD, **other}).sha256 for other in others}
    assert len(digests | {images.sha256}) == 6
    assert len(images.sha256) == 64


def test_the_digits_are_those_that_are_embedded_with_the_last_fifth_held_out() -> None:
    x, y = load_digits()
    images = load_images("digits")
    assert np.array_equal(np.vstack([images.x_train, images.x_test]), x)
    assert np.array_equal(np.concatenate([images.y_train, images.y_test]), y)
    assert len(images.x_test) / len(x) == pytest.approx(0.2, abs=1e-3)
    assert images.inputs(images.x_train).max() == 1
    assert (images.name, images.n_inputs, images.shape) == ("digits", 64, (8, 8))


def test_an_image_set_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ImageSet(name="ice", **GOOD).divisor = 2  # type: ignore[misc]


def put(array: Any, value: float) -> Any:
    changed = np.array(array, dtype=float)
    changed.flat[-1] = value
    return changed


WRONG = [
    ({"x_train": put(X, 1.5)}, "x_train[1, 2] = 1.5: must be from 0 to 1"),
    ({"x_train": put(X, -0.1)}, "x_train[1, 2] = -0.1: must be from 0 to 1"),
    ({"x_train": put(X, np.nan)}, "x_train[1, 2] = nan: must be from 0 to 1"),
    ({"x_test": put(X[:1], np.inf)}, "x_test[0, 2] = inf: must be from 0 to 1"),
    ({"x_train": np.array([[0, 0, 18], [0, 0, 0]])}, "x_train[0, 2] = 18: must be from 0 to 1; divide the pixels"),
    ({"x_train": np.array([[0, 0, -1], [0, 0, 0]])}, "x_train[0, 2] = -1: must be from 0 to 1"),
    ({"x_train": np.full((2, 3), 2**32)}, "x_train[0, 0] = 4294967296: must be from 0 to 1"),
    ({"x_train": X + 0j}, "x_train has type complex128: must be real numbers"),
    ({"x_train": X.astype(str)}, "x_train has type <U32: must be real numbers"),
    ({"x_train": X.astype(object)}, "x_train has type object: must be real numbers"),
    ({"x_train": X[0]}, "x_train has shape (3,): must be (n, d) or (n, h, w), not empty"),
    ({"x_train": X[:0]}, "x_train has shape (0, 3): must be (n, d) or (n, h, w), not empty"),
    ({"x_train": X[..., None, None]}, "x_train has shape (2, 3, 1, 1): must be (n, d) or (n, h, w), not empty"),
    ({"x_test": X[:1, :2]}, "x_test has 2 pixels an image and x_train 3: must agree"),
    ({"x_train": np.zeros((2, 2**16 + 1), "?")}, "x_train has 65537 pixels an image: at most 65536"),
    ({"y_train": Y[:1]}, "y_train has shape (1,): must be (2,), one label for each image"),
    ({"y_train": np.eye(2)}, "y_train has shape (2, 2): must be (2,), one label for each image"),
    ({"y_train": np.array([3, 10])}, "y_train[1] = 10: must be a whole number 0 to 9"),
    ({"y_train": np.array([-1, 3])}, "y_train[0] = -1: must be a whole number 0 to 9"),
    ({"y_train": np.array([2.5, 3])}, "y_train[0] = 2.5: must be a whole number 0 to 9"),
    ({"y_train": np.array([3, np.nan])}, "y_train[1] = nan: must be a whole number 0 to 9"),
    ({"y_train": np.array(["3", "9"])}, "y_train has type <U1: must be whole numbers 0 to 9"),
    ({"divisor": 0}, "divisor = 0: must be above 0 and at most 255"),
    ({"divisor": 256}, "divisor = 256: must be above 0 and at most 255"),
    ({"divisor": float("nan")}, "divisor = nan: must be above 0 and at most 255"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG)
def test_arrays_that_are_no_digits_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        ImageSet(name="mine", **{**GOOD, **change})
    assert str(caught.value).startswith(f"mine: {sentence}")
    assert "; " in str(caught.value) or "largest pixel" in str(caught.value)
