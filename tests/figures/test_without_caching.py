"""Figures 1C, 1D and 1 supplement 1: what learning costs when every update is written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lava_caching.report.panels import Curve
from lava_caching.theory import inefficiency_without_caching, updates

Find = Callable[..., Curve]
N = 500


def test_energy_outgrows_its_minimum(curve: Find) -> None:
    energy, minimum = curve("1c", "no caching"), curve("1c", "minimum")
    assert energy.x.tolist() == minimum.x.tolist()
    assert energy.x[-1] == 1.8 * N
    assert (np.diff(energy.y) > 0).all()
    assert (np.diff(minimum.y) > 0).all()
    assert (np.diff(energy.y / minimum.y) > 0).all()


def test_energy_follows_the_number_of_updates_away_from_few_patterns_and_from_capacity(curve: Find) -> None:
    energy = curve("1c", "no caching")
    between = (energy.x >= 0.3 * N) & (energy.x <= N)
    theory = np.array([N * updates(N, p) for p in energy.x])
    assert between.sum() > 3
    assert energy.y[between] == pytest.approx(theory[between], rel=0.25)


def test_inefficiency_lies_above_equation_3_and_rises_with_it(curve: Find) -> None:
    simulated, theory = curve("1d", "no caching"), curve("1d", "theory: √(πP) / (2 − P/N), Eq. 3")
    expected = np.array([inefficiency_without_caching(N, p) for p in simulated.x])
    assert theory.y == pytest.approx([inefficiency_without_caching(N, p) for p in theory.x])
    excess = simulated.y / expected
    assert (excess > 1.0).all()
    assert (excess < 1.6).all()


def test_inefficiency_is_that_of_1c(curve: Find) -> None:
    energy, minimum, ratio = curve("1c", "no caching"), curve("1c", "minimum"), curve("1d", "no caching")
    assert ratio.y == pytest.approx(energy.y / minimum.y, rel=0.1)  # a mean of ratios and a ratio of means


def test_inefficiency_is_nearly_the_same_when_only_potentiation_costs(curve: Find) -> None:
    both, one = curve("1s1", "all changes cost"), curve("1s1", "potentiation only")
    assert one.y == pytest.approx(both.y, rel=0.15)
    assert one.error is not None
    assert both.error is not None


def test_inefficiency_exceeds_1_for_exponents_below_2(curve: Find) -> None:
    for label in ("all changes cost", "potentiation only"):
        found = curve("1s1", label)
        assert found.x.tolist() == [0, 0.5, 1, 1.5, 2]
        assert (np.diff(found.y) < 0).all()
        assert (found.y > 1.0).all()
    assert curve("1s1", "theory: Gaussian weights after K updates").y[-1] == pytest.approx(1.0)
