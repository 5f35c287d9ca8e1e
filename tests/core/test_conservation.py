"""What must hold whatever is learned: nothing is lost between the tiers, and costs behave as costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_caching import CostFunctional, SynapticCache
from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.ledger import Part
from lava_caching.testing import differences

POLICIES = ("immediate", "local-local", "local-global", "global-global", "at-end")
PERSISTENT = (
    "persistent_change_l1",
    "persistent_change_sq",
    "persistent_hold_l1",
    "n_persistent_writes",
    "n_potentiations",
    "n_depressions",
    "potentiation_l1",
    "depression_l1",
    "minimal_l1",
    "minimal_writes",
    "minimal_sq",
    "largest_weight",
    "write_counts",
)
MakeTask = Callable[..., PerceptronTask]


def train(task: PerceptronTask) -> PerceptronResult:
    found = get_engine("perceptron", "numba")(task)
    assert isinstance(found, PerceptronResult)
    return found


def any_part(layer: Any, **costs: Any) -> dict[str, Any]:
    return CostFunctional(**costs).price(layer).to_dict()


def number(value: float | None) -> float:
    assert value is not None
    return value


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("amount", ["full", "quantum", "pulse"])
@settings(max_examples=10)
@given(seed=st.integers(0, 2**31), tau=st.sampled_from([None, 2.0, 8.0]), theta=st.integers(0, 8))
def test_what_was_changed_is_transferred_or_left_or_decayed(
    policy: str, amount: Any, seed: int, tau: float | None, theta: int
) -> None:
    """Σ transferred + residual s = Σ changes − decayed; powers of two keep every number exact."""
    rng = np.random.default_rng(seed)
    chosen = get_policy(policy)
    if amount != "full" and chosen.statistic not in ("always", "never"):
        chosen = chosen.adapted(amount=amount, quantum=1.0)
    start = rng.integers(-3, 4, (3, 4)).astype(float)
    cache = SynapticCache(start, policy=chosen, threshold=float(theta), tau=tau)
    changed, decayed, transferred = np.zeros_like(start), np.zeros_like(start), np.zeros_like(start)
    kept = 1.0 if tau is None else 1.0 - 1.0 / tau
    for step in range(12):
        if step:
            decayed += cache.transient / kept - cache.transient  # between steps the next decay is shown already
        change = rng.integers(-2, 3, start.shape).astype(float)
        cache.accumulate(change)
        changed += change
        before, persistent = cache.effective, cache.persistent
        open_transient = cache.transient
        cache.end_step()
        moved = cache.persistent - persistent
        transferred += moved
        # consolidation moves weight from one part to the other and leaves their sum
        assert np.allclose(cache.transient / kept, open_transient - moved, rtol=0, atol=1e-12)
        assert np.allclose(cache.persistent + (open_transient - moved), before, rtol=0, atol=1e-12)
    ledger = cache.finish()
    run, residual = ledger.layers[0].run, ledger.layers[0].residual
    assert np.allclose(cache.persistent, start + changed - decayed, rtol=0, atol=1e-12)
    signed = [number(p.potentiation_l1) - number(p.depression_l1) for p in (run, residual)]
    assert signed[0] == pytest.approx(transferred.sum(), abs=1e-12)
    assert sum(signed) == pytest.approx((changed - decayed).sum(), abs=1e-12)
    assert ledger.total.minimal_l1 == pytest.approx(np.abs(changed - decayed).sum(), abs=1e-12)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("tau", [None, 12.0])
def test_parts_sum_to_totals(policy: str, tau: float | None, make_task: MakeTask) -> None:
    threshold = 40.0 if policy == "global-global" else 3.0
    task = make_task(2, n_inputs=30, n_patterns=40, policy=policy, threshold=threshold, tau=tau)
    ledger = train(task).ledger
    run, residual = ledger.layers[0].run, ledger.layers[0].residual
    for field in dataclasses.fields(Part):
        a, b, both = (getattr(part, field.name) for part in (run, residual, ledger.total))
        if field.name == "largest_weight":
            assert both == max(a, b)
        elif isinstance(both, (int, float)):
            assert both == a + b, field.name
    for part in (run, residual, ledger.total):
        signs = part.persistent_change_histogram
        assert part.n_persistent_writes == number(part.n_potentiations) + number(part.n_depressions)
        assert part.persistent_change_l1 == pytest.approx(number(part.potentiation_l1) + number(part.depression_l1))
        assert signs.potentiation.n.sum() == part.n_potentiations
        assert signs.depression.n.sum() == part.n_depressions
        assert signs.potentiation.l1.sum() == pytest.approx(number(part.potentiation_l1))
        assert signs.potentiation.sq + signs.depression.sq == pytest.approx(number(part.persistent_change_sq))
        assert part.write_counts is not None
        assert sum(part.write_counts) == part.n_persistent_writes
        if policy != "immediate" or part is residual:
            assert part.n_transferred == part.n_persistent_writes
    assert run.n_transferred == (0 if policy == "immediate" else run.n_persistent_writes)
    assert ledger.total.transient_hold_synapse_steps == number(run.n_synapses) * number(run.n_steps)
    assert residual.n_consolidations == residual.n_synapses == residual.n_steps == 0


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**31),
    tau=st.none() | st.floats(1.1, 500),
    theta=st.floats(0, 10),
    eta=st.sampled_from([1.0, 0.1]),
)
def test_nothing_learns_for_less_than_the_minimum(
    policy: str, seed: int, tau: float | None, theta: float, eta: float, make_task: MakeTask
) -> None:
    task = make_task(
        seed,
        n_inputs=15,
        n_patterns=20,
        policy=policy,
        tau=tau,
        threshold=theta * eta,
        learning_rate=eta,
        max_epochs=50,
    )
    energy = CostFunctional().price(train(task).ledger)
    assert energy.total >= energy.minimal * (1 - 1e-12)
    assert energy.minimal > 0


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("eta", [1.0, 0.1])
@pytest.mark.parametrize("centred", [True, False])
def test_at_end_without_costs_reaches_the_minimum(alpha: float, eta: float, centred: bool, make_task: MakeTask) -> None:
    for seed in range(5):
        task = make_task(seed, n_inputs=60, n_patterns=70, policy="at-end", learning_rate=eta, centred=centred)
        assert CostFunctional(alpha=alpha).price(train(task).ledger).inefficiency == 1.0


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**31),
    n_inputs=st.integers(1, 200),
    n_patterns=st.integers(1, 200),
    eta=st.sampled_from([1.0, 0.25, 3.0]),
)
def test_immediate_pays_for_every_synapse_at_every_update(
    seed: int, n_inputs: int, n_patterns: int, eta: float, make_task: MakeTask
) -> None:
    task = make_task(
        seed, n_inputs=n_inputs, n_patterns=n_patterns, policy="immediate", learning_rate=eta, max_epochs=30
    )
    result = train(task)
    n_updates = int(result.errors.sum())
    energy = CostFunctional(change_cost=5.0, maintenance_cost=3.0).price(result.ledger)
    assert energy.total == energy.consolidation == eta * (n_inputs + 1) * n_updates
    total = result.ledger.total
    assert (total.n_transferred, total.n_transient_writes, total.n_transient_reads) == (0, 0, 0)
    assert total.n_consolidations == total.n_updates == n_updates


@pytest.mark.parametrize("policy", ["local-local", "local-global"])
@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.0, 1.0)], ids=["pm1", "binary"])
@pytest.mark.parametrize("tau", [None, 3.0])
@pytest.mark.parametrize(("eta", "theta"), [(1.0, 0.0), (1.0, 0.75), (0.1, 0.0999)])
def test_a_threshold_below_the_learning_rate_caches_nothing(
    policy: str, values: tuple[float, float], tau: float | None, eta: float, theta: float, make_task: MakeTask
) -> None:
    fields: dict[str, Any] = {"n_inputs": 40, "n_patterns": 50, "values": values, "learning_rate": eta, "tau": tau}
    cached = train(make_task(3, policy=policy, threshold=theta, **fields))
    direct = train(make_task(3, policy="immediate", **fields))
    assert cached.weights.tolist() == direct.weights.tolist()
    assert cached.errors.tolist() == direct.errors.tolist()
    for costs in ({}, {"alpha": 0.0}, {"alpha": 2.0}, {"change_cost": 2.0, "maintenance_cost": 1.0}):
        energies = [any_part(result.ledger, **costs) for result in (cached, direct)]
        assert not differences(*energies, relative=1e-9)
    found, expected = ({name: getattr(r.ledger.total, name) for name in PERSISTENT} for r in (cached, direct))
    assert not differences(found, expected, relative=1e-9)
    assert cached.ledger.total.transient_hold_l1 == 0.0
    assert cached.ledger.total.n_transient_writes == 0


@settings(max_examples=10)
@given(seed=st.integers(0, 2**31), theta=st.integers(0, 9), binary=st.booleans())
def test_without_decay_the_policy_changes_the_bill_and_not_the_weights(
    seed: int, theta: int, binary: bool, make_task: MakeTask
) -> None:
    fields: dict[str, Any] = {"n_inputs": 30, "n_patterns": 40, "values": (0.0, 1.0) if binary else (-1.0, 1.0)}
    results = [train(make_task(seed, policy=policy, threshold=float(theta), **fields)) for policy in POLICIES]
    assert len({tuple(result.weights) for result in results}) == 1
    assert len({tuple(result.errors) for result in results}) == 1
    assert len({result.ledger.total.minimal_l1 for result in results}) == 1


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**31), b=st.floats(0, 5), c=st.floats(0, 5), more=st.floats(0, 5))
def test_energies_never_fall_as_costs_rise(
    policy: str, seed: int, b: float, c: float, more: float, make_task: MakeTask
) -> None:
    ledger = train(make_task(seed, policy=policy, tau=50.0)).ledger
    base = CostFunctional(change_cost=b, maintenance_cost=c).price(ledger).total
    assert CostFunctional(change_cost=b + more, maintenance_cost=c).price(ledger).total >= base
    assert CostFunctional(change_cost=b, maintenance_cost=c + more).price(ledger).total >= base


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("tau", [None, 20.0])
def test_energies_scale_with_the_unit_of_weight(policy: str, tau: float | None, make_task: MakeTask) -> None:
    costs = {"change_cost": 0.5, "maintenance_cost": 0.25}
    energies = []
    for unit in (1.0, 2.0**-10):
        theta = unit * (40.0 if policy == "global-global" else 3.0)
        task = make_task(8, n_inputs=30, n_patterns=40, policy=policy, tau=tau, learning_rate=unit, threshold=theta)
        energies.append(any_part(train(task).ledger, **costs))
    for name in ("consolidation", "maintenance", "transient_change", "total", "minimal"):
        assert energies[1][name] * 2.0**10 == energies[0][name]
    assert energies[0]["inefficiency"] == energies[1]["inefficiency"]


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**31))
def test_the_order_of_the_inputs_means_nothing(policy: str, seed: int, make_task: MakeTask) -> None:
    threshold = 40.0 if policy == "global-global" else 3.0
    task = make_task(seed, n_inputs=30, n_patterns=40, policy=policy, threshold=threshold)
    order = np.random.default_rng(seed).permutation(task.patterns.shape[1])
    shuffled = dataclasses.replace(task, patterns=np.ascontiguousarray(task.patterns[:, order]))
    found, expected = train(shuffled), train(task)
    assert found.weights.tolist() == expected.weights[order].tolist()
    totals = [result.ledger.total for result in (found, expected)]
    counts = [np.array(total.write_counts) for total in totals]
    assert counts[0].tolist() == counts[1][order].tolist()
    assert not differences(*({**total.to_dict(), "write_counts": None} for total in totals))


@pytest.mark.parametrize("policy", POLICIES)
def test_flipping_all_targets_turns_every_weight_around(policy: str, make_task: MakeTask) -> None:
    task = make_task(4, n_inputs=30, n_patterns=40, policy=policy)
    flipped = dataclasses.replace(task, targets=-task.targets)
    found, expected = train(flipped), train(task)
    assert found.weights.tolist() == (-expected.weights).tolist()
    assert found.ledger.total.potentiation_l1 == expected.ledger.total.depression_l1
    assert found.ledger.total.persistent_change_l1 == expected.ledger.total.persistent_change_l1
