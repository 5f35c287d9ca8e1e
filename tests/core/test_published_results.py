"""The numbers of Li & van Rossum (2020), doi:10.7554/eLife.50804, come out at their size, N = P = 1000."""

from __future__ import annotations

from statistics import fmean, median
from typing import Any

import pytest

from lava_caching import Perceptron, Record

pytestmark = pytest.mark.slow


def run(seed: int = 0, **fields: Any) -> Record:
    return Perceptron(**fields).run(seed=seed)


def test_without_caching_learning_costs_seventy_times_the_minimum() -> None:
    records = [run(seed, policy="immediate") for seed in range(20)]
    assert all(record.outcome["converged"] for record in records)
    assert 65 <= fmean(record.energy["inefficiency"] for record in records) <= 85
    assert 1750 <= fmean(record.outcome["n_updates"] for record in records) <= 2150


@pytest.mark.parametrize(
    ("policy", "thresholds"),
    [
        ("local-local", [4, 8, 16, 32]),
        ("local-global", [8, 16, 40, 80]),
        ("global-global", [3000, 6500, 9000, 20000]),
    ],
)
def test_caching_costs_a_tenth_at_its_best_threshold(policy: str, thresholds: list[float]) -> None:
    """Fig. 4B at c = 0.001; without caching the same patterns cost more than 65 times the minimum."""
    fields: dict[str, Any] = {"policy": policy, "maintenance_cost": 0.001}
    ratios = [fmean(run(seed, threshold=t, **fields).energy["inefficiency"] for seed in range(5)) for t in thresholds]
    assert 7 <= min(ratios) <= 11
    assert min(ratios) not in (ratios[0], ratios[-1])  # holding too long costs as well as writing too often
    assert run(policy="immediate", maintenance_cost=0.001).energy["inefficiency"] > 65


def test_with_decay_and_costly_maintenance_learning_can_be_faster() -> None:
    """Fig. 3, at τ = 1000, c = 0.01, θ = 5."""
    fields: dict[str, Any] = {"policy": "local-global", "threshold": 5.0, "maintenance_cost": 0.01}
    decaying, lasting = (
        fmean(run(seed, tau=tau, **fields).outcome["n_epochs"] for seed in range(5)) for tau in (1000.0, None)
    )
    assert decaying < lasting


def test_only_potentiation_costs_as_much_as_both() -> None:
    """Fig. 1 supplement 1: the inefficiency is virtually unchanged."""
    record = run(policy="immediate")
    both, one = record.energy["inefficiency"], record.price(potentiation_only=True).energy["inefficiency"]
    assert one == pytest.approx(both, rel=0.1)


def test_near_capacity_learning_costs_a_thousand_times_the_minimum() -> None:
    """P = 1900 of at most 2000; the paper says about 900."""
    records = [run(seed, n_patterns=1900, policy="immediate", center_patterns=False) for seed in range(16)]
    assert 800 <= median(record.energy["inefficiency"] for record in records) <= 1400
