"""The paper's formulas without decay: their limits, their minima, and how near simulations come."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
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
    assert theory.change_energy(1, 1, 0.3, 1.0, learning_rate=0.1) == 0.1 * (1 - 1 / 16)  # 0.3/0.1 < 3 in binary
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


# ------------------------------------------------------------------------------------------------------- with decay
N_PIECES = 12
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)  # type: ignore[no-untyped-call]


def integral(function: Callable[[float], float], end: float) -> float:
    """Integrate from 0 to `end` by Gauss and Legendre, in 12 pieces of 20 points."""
    pieces = np.linspace(0.0, end, N_PIECES + 1)
    half = np.diff(pieces) / 2
    return float(
        sum(
            h * w * function(float(low + h * (1 + x)))
            for low, h in zip(pieces, half, strict=False)
            for x, w in zip(NODES, WEIGHTS, strict=True)
        )
    )


decaying = {
    "threshold": st.floats(min_value=0.1, max_value=100),
    "tau": st.floats(min_value=10, max_value=5000),
    "p": st.floats(min_value=0.01, max_value=1),
    "eta": st.floats(min_value=0.2, max_value=3),
}


@settings(max_examples=30)
@given(**decaying)
def test_the_closed_forms_are_those_of_quadrature(threshold: float, tau: float, p: float, eta: float) -> None:
    given_ = (threshold, tau, p)
    if threshold / (eta * math.sqrt(p * tau)) > 8:  # the density spans more than floats resolve in so few pieces
        return

    def density(s: float) -> float:
        return theory.transient_density(s, *given_, learning_rate=eta)

    assert 2 * integral(density, threshold) == pytest.approx(1.0, abs=1e-8)
    mean = 2 * integral(lambda s: s * density(s), threshold)
    assert theory.mean_transient(*given_, learning_rate=eta) == pytest.approx(mean, rel=1e-8)


@given(**decaying)
def test_the_rate_is_the_flux_through_both_ends(threshold: float, tau: float, p: float, eta: float) -> None:
    """r = −2 · (σ_s²/2) · P'(θ); the density vanishes at θ, so its slope there is that of the last bit."""
    if threshold / (eta * math.sqrt(p * tau)) > 5:
        return
    step = 1e-6 * threshold
    slope = theory.transient_density(threshold - step, threshold, tau, p, learning_rate=eta) / step
    expected = p * eta**2 * slope
    assert theory.consolidation_rate(threshold, tau, p, learning_rate=eta) == pytest.approx(expected, rel=2e-4)


@settings(max_examples=5)
@given(t=st.floats(min_value=0.05, max_value=6))
def test_the_printed_closed_form_of_the_normalisation(t: float) -> None:
    """√π/2 · erf(t) erfi(t) − t²/√π · ₂F₂(1, 1; 3/2, 2; −t²), the last as ∫₀ᵗ e^(−x²) erfi(x) dx by quadrature."""
    erfi = 2 / math.sqrt(math.pi) * integral(lambda u: math.exp(u * u), t)

    def inner(x: float) -> float:
        return 2 / math.sqrt(math.pi) * math.exp(-x * x) * integral(lambda u: math.exp(u * u), x) if x else 0.0

    nodes = np.linspace(0, t, 201)
    printed = math.sqrt(math.pi) / 2 * math.erf(t) * erfi - float(simpson([inner(float(x)) for x in nodes], nodes))
    # with σ = 1: τ = 1/p and η = 1
    assert theory.consolidation_rate(t, 2.0, 0.5) == pytest.approx(1 / (math.sqrt(math.pi) * 2.0 * printed), rel=1e-6)


def simpson(values: list[float], nodes: Any) -> float:
    """Integrate equally spaced values."""
    inside = 4 * sum(values[1:-1:2]) + 2 * sum(values[2:-1:2])
    return float((values[0] + inside + values[-1]) * (nodes[1] - nodes[0]) / 3)


def test_limits_of_a_small_threshold_are_those_without_decay() -> None:
    theta, tau, p = 0.01, 1e4, 0.2
    assert theory.mean_transient(theta, tau, p) == pytest.approx(theta / 3, rel=1e-6)
    assert theory.consolidation_rate(theta, tau, p) == pytest.approx(p / theta**2, rel=1e-6)
    for s in (-0.009, 0.0, 0.004):
        triangle = (theta - abs(s)) / theta**2
        assert theory.transient_density(s, theta, tau, p) == pytest.approx(triangle, rel=1e-6)
    assert theory.transient_density(theta, theta, tau, p) == 0.0


def test_a_threshold_out_of_reach_leaves_a_gaussian() -> None:
    tau, p = 100.0, 0.25
    sigma = math.sqrt(tau * p)
    for t in (6.0, 24.9, 25.1, 200.0):
        assert theory.mean_transient(t * sigma, tau, p) == pytest.approx(sigma / math.sqrt(math.pi), rel=2e-3)
    near, far = (theory.consolidation_rate(t * sigma, tau, p) for t in (24.999, 25.001))
    assert far == pytest.approx(near * math.exp(24.999**2 - 25.001**2), rel=2e-3)
    assert theory.consolidation_rate(200 * sigma, tau, p) == 0.0


@pytest.mark.slow
def test_a_simulated_walk_has_these_powers() -> None:
    """Steps ±1 with p = 0.4, τ = 500, θ = 30: steps are small against θ and σ, so the diffusion holds to 5 %."""
    rng, theta, tau, p, n = np.random.default_rng(0), 30.0, 500.0, 0.4, 2000
    s, held, moved = np.zeros(n), 0.0, 0.0
    for step in range(6000):
        s *= 1 - 1 / tau
        s += rng.choice([-1.0, 1.0], n) * (rng.random(n) < p)
        fired = np.abs(s) > theta
        if step >= 2000:
            held += float(np.abs(s).sum())
            moved += float(np.abs(s[fired]).sum())
        s[fired] = 0.0
    assert held / 4000 == pytest.approx(theory.maintenance_power(n, theta, tau, p, 1.0), rel=0.05)
    assert moved / 4000 == pytest.approx(theory.consolidation_power(n, theta, tau, p), rel=0.10)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: theory.mean_transient(0, 10, 0.1), "threshold = 0: must be > 0"),
        (lambda: theory.consolidation_rate(1, math.inf, 0.1), "tau = inf: must be > 0 and finite"),
        (lambda: theory.mean_transient(1, 10, 1.5), "p = 1.5: must be at most 1"),
        (lambda: theory.transient_density(0, 1e3, 10, 0.1), "beyond 25 the density is"),
    ],
)
def test_what_is_impossible_with_decay_is_refused(call: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        call()
    assert said in str(error.value)
