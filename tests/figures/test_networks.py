"""Figures 2 supplement 1 and 5: a spiking neuron, and networks under back-propagation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lava_caching.figures import Made
from lava_caching.report.panels import Curve

Find = Callable[..., Curve]


def test_ideal_caching_of_a_spiking_neuron_reaches_the_minimum(curve: Find) -> None:
    assert curve("2s1", "ideal caching").y == pytest.approx(curve("2s1", "minimum").y, rel=1e-9)


def test_caching_saves_about_80_percent_of_a_spiking_neuron_with_10_patterns(curve: Find) -> None:
    for label in ("ideal caching", "caching, θ = 0.05 g_max"):
        saved = curve("2s1", label, 1)
        assert saved.x[-1] == 10
        assert saved.y[-1] == pytest.approx(0.8, abs=0.05)
        assert (np.diff(saved.y) > 0).all()


def test_a_threshold_of_5_percent_saves_nearly_as_much_as_ideal_caching(curve: Find) -> None:
    ideal, cached = curve("2s1", "ideal caching", 1), curve("2s1", "caching, θ = 0.05 g_max", 1)
    assert (cached.y <= ideal.y).all()
    assert (ideal.y - cached.y < 0.03).all()


@pytest.mark.parametrize("accuracy", ["0.7", "0.85"])
def test_a_network_that_learns_in_larger_steps_pays_more(accuracy: str, curve: Find) -> None:
    energy = curve("5a", f"accuracy {accuracy}")
    assert (np.diff(energy.y) > 0).all()
    assert energy.y[-1] > 2.5 * energy.y[0]


def test_caching_saves_a_network_manifold_at_the_same_accuracy(curve: Find) -> None:
    uncached, cached, minimum = (curve("5b", name) for name in ("no caching", "caching, θ = 0.05", "minimum"))
    assert uncached.x.tolist() == cached.x.tolist() == minimum.x.tolist()
    assert (uncached.y > 4 * cached.y).all()
    assert (cached.y > minimum.y).all()
    for one in (uncached, cached, minimum):
        assert (np.diff(one.y) > 0).all()


def test_without_caching_a_network_pays_ever_more_than_the_minimum(curve: Find) -> None:
    ratio = curve("5b", "no caching").y / curve("5b", "minimum").y
    assert ratio[-1] > 12
    assert ratio[-1] == ratio.max()


@pytest.mark.parametrize("accuracy", ["0.7", "0.85"])
def test_caching_saves_at_every_size_and_more_in_large_networks(accuracy: str, curve: Find) -> None:
    uncached, cached = curve("5c", f"no caching, accuracy {accuracy}"), curve("5c", f"best θ, accuracy {accuracy}")
    saved = [uncached.y[uncached.x == h][0] / y for h, y in zip(cached.x, cached.y, strict=True)]
    assert min(saved) > 2.5
    assert saved[-1] > saved[0]


def test_too_small_a_network_never_reaches_the_accuracy_and_that_is_said(
    curve: Find, made: Callable[[str], Made]
) -> None:
    for label in ("no caching", "best θ"):
        assert curve("5c", f"{label}, accuracy 0.85").x.min() == 10
    assert "no caching, accuracy 0.85: left out, as not all 3 seeds get there: H = 5 (0)" in made("5c").notes


def test_more_accuracy_costs_more(curve: Find) -> None:
    for label in ("no caching", "best θ"):
        lower, higher = (curve("5c", f"{label}, accuracy {a}") for a in ("0.7", "0.85"))
        assert all(y > lower.y[lower.x == h][0] for h, y in zip(higher.x, higher.y, strict=True))
