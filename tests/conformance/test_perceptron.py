"""What is known of the perceptron beforehand, on every engine in memory: least and greatest energy, and symmetries."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learners import ON_LAVA, PERSISTENT

from lava_caching import CostFunctional
from lava_caching.consolidation import policy_names
from lava_caching.engines import engine_names, get_engine
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.testing import differences

MakeTask = Callable[..., PerceptronTask]
every_engine = pytest.mark.parametrize("engine", [name for name in engine_names("perceptron") if name not in ON_LAVA])


def train(engine: str, task: PerceptronTask) -> PerceptronResult:
    found = get_engine("perceptron", engine)(task)
    assert isinstance(found, PerceptronResult)
    return found


def any_part(layer: Any, **costs: Any) -> dict[str, Any]:
    return CostFunctional(**costs).price(layer).to_dict()


@every_engine
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("eta", [1.0, 0.1])
@pytest.mark.parametrize("centred", [True, False])
def test_at_end_without_costs_reaches_the_minimum(
    engine: str, alpha: float, eta: float, centred: bool, make_task: MakeTask
) -> None:
    for seed in range(5):
        task = make_task(seed, n_inputs=60, n_patterns=70, policy="at-end", learning_rate=eta, centred=centred)
        assert CostFunctional(alpha=alpha).price(train(engine, task).ledger).inefficiency == 1.0


@every_engine
@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**31),
    n_inputs=st.integers(1, 200),
    n_patterns=st.integers(1, 200),
    eta=st.sampled_from([1.0, 0.25, 3.0]),
)
def test_immediate_pays_for_every_synapse_at_every_update(
    engine: str, seed: int, n_inputs: int, n_patterns: int, eta: float, make_task: MakeTask
) -> None:
    task = make_task(
        seed, n_inputs=n_inputs, n_patterns=n_patterns, policy="immediate", learning_rate=eta, max_epochs=30
    )
    result = train(engine, task)
    n_updates = int(result.errors.sum())
    energy = CostFunctional(change_cost=5.0, maintenance_cost=3.0).price(result.ledger)
    assert energy.total == energy.consolidation == eta * (n_inputs + 1) * n_updates
    total = result.ledger.total
    assert (total.n_transferred, total.n_transient_writes, total.n_transient_reads) == (0, 0, 0)
    assert total.n_consolidations == total.n_updates == n_updates


@every_engine
@pytest.mark.parametrize("policy", ["local-local", "local-global"])
@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.0, 1.0)], ids=["pm1", "binary"])
@pytest.mark.parametrize("tau", [None, 3.0])
@pytest.mark.parametrize(("eta", "theta"), [(1.0, 0.0), (1.0, 0.75), (0.1, 0.0999)])
def test_a_threshold_below_the_learning_rate_caches_nothing(
    engine: str,
    policy: str,
    values: tuple[float, float],
    tau: float | None,
    eta: float,
    theta: float,
    make_task: MakeTask,
) -> None:
    fields: dict[str, Any] = {"n_inputs": 40, "n_patterns": 50, "values": values, "learning_rate": eta, "tau": tau}
    cached = train(engine, make_task(3, policy=policy, threshold=theta, **fields))
    direct = train(engine, make_task(3, policy="immediate", **fields))
    assert cached.weights.tolist() == direct.weights.tolist()
    assert cached.errors.tolist() == direct.errors.tolist()
    for costs in ({}, {"alpha": 0.0}, {"alpha": 2.0}, {"change_cost": 2.0, "maintenance_cost": 1.0}):
        energies = [any_part(result.ledger, **costs) for result in (cached, direct)]
        assert not differences(*energies, relative=1e-9)
    found, expected = ({name: getattr(r.ledger.total, name) for name in PERSISTENT} for r in (cached, direct))
    assert not differences(found, expected, relative=1e-9)
    assert cached.ledger.total.transient_hold_l1 == 0.0
    assert cached.ledger.total.n_transient_writes == 0


@every_engine
@pytest.mark.parametrize("policy", policy_names())
def test_flipping_all_targets_turns_every_weight_around(engine: str, policy: str, make_task: MakeTask) -> None:
    task = make_task(4, n_inputs=30, n_patterns=40, policy=policy)
    flipped = dataclasses.replace(task, targets=-task.targets)
    found, expected = train(engine, flipped), train(engine, task)
    assert found.weights.tolist() == (-expected.weights).tolist()
    assert found.ledger.total.potentiation_l1 == expected.ledger.total.depression_l1
    assert found.ledger.total.persistent_change_l1 == expected.ledger.total.persistent_change_l1
