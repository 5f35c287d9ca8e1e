"""When the perceptron's engine takes to its Gram matrix: a guess from counts, the same on every machine."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lava_caching.engines.perceptron.numba import epochs_left


@pytest.mark.parametrize("per_epoch", [5.0, 20.0, 100.0])
def test_an_exponential_fall_is_foretold(per_epoch: float) -> None:
    errors = np.floor(500.0 * np.exp(-np.arange(40) / per_epoch)).astype(np.int64)
    expected = max(0.0, per_epoch * math.log(500.0) - 40)
    assert epochs_left(errors) == pytest.approx(expected, rel=0.2, abs=10)


def test_what_does_not_fall_never_ends() -> None:
    assert epochs_left(np.full(40, 100)) == math.inf
    assert epochs_left(np.arange(40)) == math.inf


def test_few_epochs_tell_nothing() -> None:
    assert epochs_left(np.array([9, 9, 9, 9, 9, 9, 9])) == 0.0
    assert epochs_left(np.zeros(0, np.int64)) == 0.0
