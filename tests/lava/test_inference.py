"""Trained networks as spiking layers of Lava: floats are the network with counted activities, integers their twin."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava_caching import MLP
from lava_caching.datasets import load_images
from lava_caching.engines.mlp import outputs
from lava_caching.errors import InputError
from lava_caching.processes.inference import InferenceNetwork, infer

Array = NDArray[np.float64]
SIZES = st.lists(st.integers(1, 6), min_size=3, max_size=5)


def network(sizes: list[int], seed: int, *, biases: bool, size: float) -> tuple[list[Array], Array]:
    """Return random layers and five images, some of their pixels off."""
    rng = np.random.default_rng(seed)
    shapes = zip(sizes[1:], sizes[:-1], strict=True)
    layers = [rng.normal(0, size, (n_out, n_in + biases)) for n_out, n_in in shapes]
    return layers, rng.random((5, sizes[0])) * (rng.random((5, sizes[0])) < 0.7)


def counted(layers: list[Array], images: Array, n_levels: int, *, biases: bool) -> Array:
    """Return z of the outputs where an activity is the share of the levels (k + 1/2)/T that it exceeds."""
    share = (np.arange(n_levels) + 0.5) / n_levels
    level = np.log(share / (1 - share))
    a = images
    for k, w in enumerate(layers):
        z = a @ w[:, : a.shape[1]].T + (w[:, -1] if biases else 0.0)
        a = z if k == len(layers) - 1 else (z[..., np.newaxis] > level).mean(axis=-1)
    return a


def stepped(built: InferenceNetwork, image: Array) -> NDArray[np.int64]:
    """Return the currents of the outputs after an image, in plain integers: what bit-accurate models of LIF compute."""
    currents, voltages, arriving = ([np.zeros(len(layer.weights), np.int64) for layer in built.layers] for _ in "uva")
    for step in range(built.period):
        spikes = np.rint(image * 255).astype(np.int64) * (step == 0)
        sent = []
        states = zip(built.layers, built.clocks, currents, voltages, arriving, strict=True)
        for layer, clock, u, v, arrives in states:
            u[:] = np.sign(u) * (np.abs(u) * 4095 // 4096) + 64 * arrives
            v[:] = np.sign(v) * (np.abs(v) // 4096) + u
            sent.append((layer.weights.astype(np.int64) @ spikes) >> layer.shift)
            if clock is not None:
                sent[-1] += (clock.columns.astype(np.int64) @ clock.lines[:, step].astype(np.int64)) >> layer.shift
            spikes = (v > 0).astype(np.int64)
            v[v > 0] = 0
        arriving = sent
    return currents[-1]


@settings(max_examples=8, deadline=None)
@given(SIZES, st.integers(0, 2**32), st.booleans(), st.sampled_from([0.5, 3.0]), st.integers(2, 40))
def test_in_floating_point_an_activity_is_a_count_of_spikes(
    sizes: list[int], seed: int, biases: bool, size: float, n_levels: int
) -> None:
    layers, images = network(sizes, seed, biases=biases, size=size)
    seen = InferenceNetwork(layers, images, n_levels=n_levels).evidence()
    np.testing.assert_allclose(seen, counted(layers, images, n_levels, biases=biases), rtol=0, atol=1e-9)


@settings(max_examples=8, deadline=None)
@given(SIZES, st.integers(0, 2**32), st.booleans(), st.sampled_from([0.5, 3.0, 30.0]), st.integers(2, 40))
def test_in_fixed_point_it_is_its_integer_twin(
    sizes: list[int], seed: int, biases: bool, size: float, n_levels: int
) -> None:
    layers, images = network(sizes, seed, biases=biases, size=size)
    built = InferenceNetwork(layers, images, tag="fixed_pt", n_levels=n_levels)
    kept = (4095 / 4096) ** (n_levels // 2)  # of what came in the middle of the last phase
    expected = np.array([stepped(built, image) for image in images]) / (built.layers[-1].unit * kept * 64)
    np.testing.assert_allclose(built.evidence(), expected, rtol=1e-15)


@pytest.mark.parametrize("n_levels", [8, 32, 128])
@pytest.mark.parametrize("size", [0.1, 1.0, 5.0])
def test_fixed_point_comes_close_to_floating_point(n_levels: int, size: float) -> None:
    layers, images = network([20, 12, 12, 6], 3, biases=True, size=size)
    exact = counted(layers, images, n_levels, biases=True)
    seen = InferenceNetwork(layers, images, tag="fixed_pt", n_levels=n_levels).evidence()
    assert np.abs(seen - exact).max() < 0.05 * np.abs(exact).max() + 2 * size / n_levels


@pytest.mark.parametrize("tag", ["floating_pt", "fixed_pt"])
def test_a_trained_network_loses_less_than_a_point(tag: Any) -> None:
    images = load_images("digits")
    trained = MLP(n_hidden="30", learning_rate=0.5, max_epochs=4, evaluate_every=10_000).run(seed=0)
    x, y = images.inputs(images.x_test[:150]), images.y_test[:150]
    expected = outputs(trained.weights, x, biases=False).argmax(axis=1)
    answers = infer(trained.weights, x, tag=tag)
    assert (expected == y).mean() - (answers == y).mean() < 0.01
    assert (answers != expected).sum() <= 3


def test_a_monitor_may_stop_it() -> None:
    layers, images = network([3, 4, 2], 0, biases=False, size=1.0)
    seen = InferenceNetwork(layers, images, n_levels=4).evidence(lambda n_done, n_total, what: n_done < 2)
    assert seen.shape == (2, 2)


EYE, TALL = np.eye(3), np.ones((2, 4))


@pytest.mark.parametrize(
    ("layers", "images", "fields", "said"),
    [
        ([], EYE, {}, "layers of shapes none for images of 3 pixels"),
        ([EYE, EYE, np.ones((2, 5))], EYE, {}, "must be (n_out, n_in), each n_in the n_out before it"),
        ([EYE, TALL], EYE, {}, "or one more in all layers for biases"),
        ([np.ones(3)], EYE, {}, "layers of shapes (3,)"),
        ([EYE, np.full((2, 3), np.nan)], EYE, {}, "the weights hold NaN"),
        ([EYE, EYE], EYE * 255, {}, "images of shape (3, 3): must be (n, d), at least one, from 0 to 1"),
        ([EYE, EYE], EYE[:0], {}, "images of shape (0, 3)"),
        ([EYE, EYE], EYE * np.nan, {}, "from 0 to 1"),
        ([EYE, EYE], EYE, {"n_levels": 1}, "n_levels = 1: must be a whole number from 2 to 128"),
        ([EYE, EYE], EYE, {"n_levels": 4.5}, "n_levels = 4.5: must be a whole number"),
        ([EYE[:0]], EYE, {}, "layers of shapes (0, 3)"),
        ([EYE, EYE * 1e308], EYE, {}, "numbers beyond 1e+100"),
        ([EYE, [[1], [1, 2]]], EYE, {}, "weights: must be arrays of real numbers"),
        ([EYE * 1j, EYE], EYE, {}, "weights: must be arrays of real numbers"),
        ([EYE, EYE], EYE, {"tag": "int8"}, "tag = 'int8': must be floating_pt or fixed_pt"),
    ],
)
def test_what_cannot_be_is_refused(layers: Any, images: Any, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        InferenceNetwork(layers, images, **fields)
