"""A set of six small images, the forms in which it can be written, and what a refusal must look like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lava_caching.datasets import load_images
from lava_caching.errors import InputError

Refused = Callable[..., str]
Idx = Callable[[NDArray[np.uint8]], bytes]


@pytest.fixture
def refused() -> Refused:
    """Load what is bad; returns the sentence, with the path left out."""

    def load(name: str | Path) -> str:
        with pytest.raises(InputError) as caught:
            load_images(name)
        sentence = str(caught.value)
        assert "\n" not in sentence
        return sentence.replace(str(name), "IT") if str(name).strip() else sentence

    return load


@pytest.fixture
def idx() -> Idx:
    """Return the bytes of an IDX file."""

    def encode(array: NDArray[np.uint8]) -> bytes:
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        return bytes((0, 0, 8, array.ndim)) + sizes + array.tobytes()

    return encode


@pytest.fixture
def small() -> dict[str, NDArray[Any]]:
    """Return four images of 2 × 3 bytes to learn from and two to test on, with the extreme pixels among them."""
    x = np.random.default_rng(0).integers(0, 256, (6, 2, 3)).astype(np.uint8)
    x[0, 0] = 0, 128, 255
    y = np.array([5, 0, 4, 1, 9, 0], np.uint8)
    return {"x_train": x[:4], "y_train": y[:4], "x_test": x[4:], "y_test": y[4:]}
