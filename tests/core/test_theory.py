"""The paper's formulas without decay: their limits, their minima, and how near simulations come."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching import Perceptron, theory
from lava_caching.errors import InputError

positive = st.floats(min_value=1e-3, max_value=1e3)
counts = st.floats(min_value=10, max_value=1e6)


def test_the_published_example_is_773_times_the_minimum() -> None:
    assert theory.inefficiency_without_caching(1000, 1900) == pytest.approx(773, abs=0.5)


@pytest.mark.parametrize("P", [2000, 2001, 1e9])
def test_from_twice_as_many_patterns_as_inputs_learning_never_ends(P: float) -> None:
    for formula in (theory.updates, theory.presentations, theory.inefficiency_without_caching):
        assert formula(1000, P) == math.inf


@given(N=counts, load=st.floats(min_value=1e-6, max_value=1e-4))
def test_at_low_load_each_pattern_needs_half_an_update(N: float, load: float) -> None:
    P = load * N
    assert theory.updates(N, P) == pytest.approx(P / 2, rel=1e-3)
    assert theory.presentations(N, P) == pytest.approx(P**1.5 / 4, rel=1e-3)


@given(K=counts, T=counts, c=st.floats(min_value=0, max_value=10), eta=positive)
def test_no_threshold_is_better_than_the_best(K: float, T: float, c: float, eta: float) -> None:
    def energy(threshold: float) -> float:
        held = theory.maintenance_energy(100, T, threshold, c)
        return theory.consolidation_energy(100, K, threshold, learning_rate=eta) + held

    best = theory.best_threshold(K, T, c, learning_rate=eta)
    assert energy(best) <= energy(best * 1.01)
    assert energy(best) <= energy(best * 0.99)
    assert energy(best) == pytest.approx(2 * 100 * eta * math.sqrt(K * (1 + c * T) / 3))


@given(K=counts, T=counts)
def test_dear_maintenance_leaves_learning_without_caching(K: float, T: float) -> None:
    assert theory.best_inefficiency(K, T, 1e12) == math.sqrt(math.pi * K / 2)
    assert theory.best_threshold(K, T, 1e12) < 1e-2


def test_free_maintenance_gives_1_45() -> None:
    assert theory.best_inefficiency(2000, 31623, 0) == pytest.approx(1.447, abs=1e-3)


def test_without_caching_both_forms_of_the_inefficiency_agree() -> None:
    K = theory.updates(1000, 1500)
    assert math.sqrt(math.pi * K / 2) == pytest.approx(theory.inefficiency_without_caching(1000, 1500))


def test_changes_below_the_learning_rate_are_never_transient() -> None:
    assert theory.change_energy(1000, 2000, 0.9, 0.5) == 0.0
    assert theory.change_energy(1000, 2000, 1.0, 0.5) == 0.5 * 1000 * 2000 * 0.75  # strictly above: two steps
    assert theory.change_energy(1000, 2000, 1e9, 0.5) == pytest.approx(0.5 * 1000 * 2000)


@given(K=counts, threshold=st.floats(min_value=1, max_value=100), b=st.floats(min_value=1, max_value=10))
def test_from_b_1_on_caching_costs_at_least_what_it_saves(K: float, threshold: float, b: float) -> None:
    n = math.floor(threshold) + 1
    # the transfers alone: one update in n² moves n weight units
    cached = theory.change_energy(1, K, threshold, b) + K / n
    assert cached >= K or n == 1


def test_with_cheap_changes_caching_pays() -> None:
    assert theory.change_energy(1, 1e4, 50.0, 0.1) + theory.consolidation_energy(1, 1e4, 50.0) < 1e4


def test_simulation_is_near_the_theory() -> None:
    record = Perceptron(policy="immediate", threshold=0).run()
    N = P = 1000
    assert record.outcome["n_updates"] == pytest.approx(theory.updates(N, P), rel=0.25)
    assert record.outcome["n_presentations"] == pytest.approx(theory.presentations(N, P), rel=0.25)
    assert record.energy["inefficiency"] == pytest.approx(theory.inefficiency_without_caching(N, P), rel=0.35)


@pytest.mark.parametrize(
    "call",
    [
        lambda: theory.updates(0, 10),
        lambda: theory.presentations(10, -1),
        lambda: theory.consolidation_energy(1, 1, 0.0),
        lambda: theory.best_threshold(1, 1, -0.1),
        lambda: theory.best_threshold(1, 1, 0.1, learning_rate=0),
        lambda: theory.change_energy(1, 1, float("nan"), 1),
    ],
)
def test_what_is_impossible_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="must"):
        call()


def test_an_endless_learning_has_no_best_threshold_unless_holding_is_free() -> None:
    assert theory.best_threshold(math.inf, math.inf, 0.0) == math.inf
    with pytest.raises(InputError, match="never ends"):
        theory.best_threshold(math.inf, math.inf, 0.1)
