"""Figures 2B, 2C and 4B: the best threshold without decay, what it saves, and whose it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lava_caching.report.panels import Curve

Find = Callable[..., Curve]
POLICIES = ("local-local", "local-global", "global-global")


def test_consolidation_falls_and_maintenance_rises_with_the_threshold(curve: Find) -> None:
    total, consolidation, maintenance = (curve("2b", name) for name in ("total", "consolidation", "maintenance"))
    assert (consolidation.y[1:] <= 1.01 * consolidation.y[:-1]).all()  # two thresholds may lie between the same steps
    assert (maintenance.y[1:] >= 0.99 * maintenance.y[:-1]).all()
    assert total.y == pytest.approx(consolidation.y + maintenance.y)


def test_total_energy_has_its_minimum_inside(curve: Find) -> None:
    total = curve("2b", "total")
    best = int(np.argmin(total.y))
    assert 0 < best < len(total.y) - 1
    assert 1.5 * total.y[best] < min(total.y[0], total.y[-1])
    assert curve("2b", "minimum").y[0] < total.y[best] < 0.5 * curve("2b", "no caching").y[0]


def test_below_one_step_caching_is_no_caching_and_beyond_reach_consolidation_is_the_minimum(curve: Find) -> None:
    assert curve("2b", "total").y[0] == pytest.approx(curve("2b", "no caching").y[0])
    assert curve("2b", "consolidation").y[-1] == pytest.approx(curve("2b", "minimum").y[0])


def test_without_cost_and_decay_caching_reaches_the_minimum(curve: Find) -> None:
    for name, labels in (("2c", ("caching, best θ",)), ("4b", POLICIES)):
        for label in labels:
            found = curve(name, label)
            assert found.x[0] == 0
            assert found.y[0] == pytest.approx(1.0, abs=1e-9)


def test_the_gain_vanishes_and_the_best_threshold_falls_as_holding_costs_more(curve: Find) -> None:
    energy, uncached = curve("2c", "caching, best θ"), curve("2c", "no caching").y[0]
    assert (np.diff(energy.y) > 0).all()
    assert uncached / energy.y[1] > 10
    assert energy.y[-1] == pytest.approx(uncached, rel=0.01)
    assert (np.diff(curve("2c", "best θ", 1).y) < 0).all()


def test_theory_gives_the_energy_within_a_half(curve: Find) -> None:
    energy, theory = curve("2c", "caching, best θ"), curve("2c", "theory: √(2π(1 + cT)/3)")
    assert energy.y / np.interp(energy.x, theory.x, theory.y) == pytest.approx(np.ones(len(energy.x)), abs=0.5)


def test_the_policies_need_about_the_same_at_their_own_best_thresholds(curve: Find) -> None:
    energies = np.array([curve("4b", policy).y for policy in POLICIES])
    assert (energies.max(axis=0) / energies.min(axis=0) < 1.25).all()
    assert curve("4b", "local-global").y.tolist() == curve("2c", "caching, best θ").y.tolist()
    labels = ("local-local", "local-global", "global-global, θ / N")
    for label in labels:
        assert (np.diff(curve("4b", label, 1).y) <= 0).all()
