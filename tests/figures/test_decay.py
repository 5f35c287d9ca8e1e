"""Figures 3, 3 supplement 1 and 6: transient parts that decay."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lava_caching.figures import Made
from lava_caching.report.panels import Curve

Find = Callable[..., Curve]
COSTS = ("c = 0.001", "c = 0.01", "c = 0.1")
ENERGY, THRESHOLD, TIME = 0, 1, 2


def test_without_decay_learning_takes_as_long_as_without_caching(curve: Find) -> None:
    for cost in COSTS:
        time = curve("3", cost, TIME)
        assert time.x[0] == 0
        assert time.y[0] == curve("3", "no caching", TIME).y[0]


def test_with_decay_and_a_high_cost_learning_is_faster_than_without_decay(curve: Find) -> None:
    time = curve("3", "c = 0.01", TIME)
    assert time.error is not None
    faster = time.y[0] - time.y[1:]
    uncertain = np.hypot(time.error[0], time.error[1:])
    assert (faster > 0).all()
    assert (faster[-2:] > 2.5 * uncertain[-2:]).all()
    assert time.y[-1] < 0.75 * time.y[0]


def test_a_fast_decay_takes_the_gain_of_a_high_threshold(curve: Find) -> None:
    energy, threshold = curve("3", "c = 0.001", ENERGY), curve("3", "c = 0.001", THRESHOLD)
    assert (np.diff(threshold.y) <= 0).all()
    assert threshold.y[-1] < 0.5 * threshold.y[0]
    assert (np.diff(energy.y) > 0).all()
    assert energy.y[-1] > 2 * energy.y[0]


def test_the_higher_the_cost_the_lower_the_threshold_and_the_gain(curve: Find) -> None:
    energies = np.array([curve("3", cost, ENERGY).y for cost in COSTS])
    thresholds = np.array([curve("3", cost, THRESHOLD).y for cost in COSTS])
    assert (np.diff(energies, axis=0) > 0).all()
    assert (np.diff(thresholds, axis=0) < 0).all()
    assert (energies <= 1.01 * curve("3", "no caching", ENERGY).y[0]).all()


def test_thresholds_out_of_reach_of_a_decaying_part_are_left_out_and_said(
    curve: Find, made: Callable[[str], Made]
) -> None:
    lasting, fading = curve("3s1", "no decay"), curve("3s1", "τ = 300")
    assert set(fading.x) < set(lasting.x)
    assert fading.x.max() < lasting.x.max()
    assert lasting.notes == ()
    assert made("3s1").notes
    assert fading.notes == ("τ = 300: left out, as not all 5 seeds get there: θ = 12.5 and above (0)",)


def test_without_decay_the_threshold_does_not_change_the_learning_time(curve: Find) -> None:
    times = curve("3s1", "no decay", 1).y
    assert (times == times[0]).all()


POWER = {"maintenance": 0, "consolidation": 1}


def ratio(curve: Find, policy: str, power: str, epochs: range, theory_called: str = "theory") -> float:
    """Return energy over some epochs, measured by theory."""
    measured, theory = (curve("6", label, POWER[power]) for label in (policy, theory_called))
    chosen = np.isin(measured.x, epochs)
    assert chosen.sum() == len(epochs)
    return float(measured.y[chosen].sum() / theory.y[chosen].sum())


LATER = range(4, 11)
"""After the third epoch, while all runs still make errors."""


@pytest.mark.parametrize("power", POWER)
def test_powers_of_single_synapses_follow_the_theory_that_knows_the_size_of_steps(curve: Find, power: str) -> None:
    """Within 15 % were asked for; it is within 4 % at full size (20 seeds)."""
    assert ratio(curve, "local-local", power, LATER, "theory, crossing at θ + η/2") == pytest.approx(1.0, abs=0.08)


def test_maintenance_of_single_synapses_follows_the_theory_within_15_percent(curve: Find) -> None:
    assert ratio(curve, "local-local", "maintenance", LATER) == pytest.approx(1.0, abs=0.15)


def test_consolidation_of_single_synapses_follows_the_theory_within_20_percent(curve: Find) -> None:
    """15 to 16 % low: steps of 1 overshoot a threshold of 5, where theory has steps without size."""
    assert ratio(curve, "local-local", "consolidation", LATER) == pytest.approx(1.0, abs=0.2)


def test_a_neuron_that_consolidates_as_one_holds_less_and_writes_more_than_theory(curve: Find) -> None:
    assert 0.6 < ratio(curve, "local-global", "maintenance", LATER) < 0.75
    assert 1.6 < ratio(curve, "local-global", "consolidation", LATER) < 2.4  # at the errors of local-local


def test_power_falls_while_the_neuron_learns(curve: Find) -> None:
    for policy in ("local-local", "local-global"):
        consolidation = curve("6", policy, POWER["consolidation"])
        assert (np.diff(consolidation.y[:8]) < 0).all()
        maintenance = curve("6", policy, POWER["maintenance"])
        assert maintenance.y[-5:].mean() < 0.7 * maintenance.y[0]


def test_runs_that_do_not_end_are_said(made: Callable[[str], Made]) -> None:
    assert any("runs end without an error" in note for note in made("6").notes)
