"""The compiled device models do what the plain ones do, write for write, whatever effects are combined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_caching.consolidation import get_policy, policy_names
from lava_caching.devices import Cells, Device, DeviceSetting, Store
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.engines.replay import ReplayTask
from lava_caching.plasticity import get_rule
from lava_caching.schedules import Course, get_schedule, schedule_names
from lava_caching.testing import differences


def maybe(ideal: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([ideal, *others])


cells = st.builds(
    Cells,
    mapping=st.sampled_from(["differential", "single"]),
    bounded=st.booleans(),
    levels=maybe(None, 3, 15, 31),
    nonlinearity_up=maybe(0.0, 1.5),
    nonlinearity_down=maybe(0.0, 3.0),
    cycle_to_cycle=maybe(0.0, 0.03),
    device_to_device=maybe(0.0, 0.2),
    write_noise=maybe(0.0, 0.02),
    stuck_low=maybe(0.0, 0.05),
    stuck_high=maybe(0.0, 0.05),
    drift_exponent=maybe(0.0, 0.1),
    drift_start_s=st.just(2e-6),
    drift_interval_steps=st.integers(1, 40),
    on_off_ratio=maybe(math.inf, 10.0),
    verify_tolerance=maybe(None, 0.02),
    verify_max_pulses=st.integers(1, 20),
    endurance_cycles=maybe(None, 8.0),
    endurance_spread=maybe(0.0, 0.3),
)
stores = st.one_of(
    st.builds(Store, bounded=st.booleans(), share=maybe(1.0, 0.3)),
    st.builds(Store, levels=st.sampled_from([17, 64]), share=maybe(1.0, 0.3), refresh_interval_s=maybe(None, 7e-6)),
)
policies = st.sampled_from(policy_names()).map(get_policy)


def adapted(policy: Any, amount: str) -> Any:
    timid = policy.statistic in ("always", "never") or amount == "full"
    return policy if timid else policy.adapted(amount=amount, quantum=1.0)


@settings(max_examples=60, deadline=None)
@given(
    cells=cells,
    store=stores,
    policy=policies,
    amount=st.sampled_from(["full", "full", "quantum", "pulse"]),
    tau=maybe(None, 20.0),
    centred=st.booleans(),
    schedule=st.sampled_from([None, *schedule_names()]),
    seed=st.integers(0, 2**16),
)
def test_the_perceptron(
    cells: Cells, store: Store, policy: Any, amount: str, tau: float | None, centred: bool, schedule: Any, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    n_patterns, n_inputs = rng.integers(2, 30), rng.integers(2, 25)
    device = Device(name="any", summary="any", persistent=cells, transient=store)
    task = PerceptronTask(
        patterns=np.hstack([rng.choice([-1.0, 1.0], (n_patterns, n_inputs)), np.ones((n_patterns, 1))]),
        targets=rng.choice([-1.0, 1.0], n_patterns),
        shift=np.append(np.full(n_inputs, -0.1), 0.0) if centred else None,
        rule=get_rule("perceptron"),
        policy=adapted(policy, amount),
        threshold=2.0,
        tau=tau,
        learning_rate=1.0,
        max_epochs=20,
        course=schedule and Course(schedule=get_schedule(schedule), start=5.0, end=1.0, steps=60.0),
        write_counts=True,
        device=DeviceSetting(device=device, weight_range=6.0, step_s=1e-6, seed=seed),
    )
    plain, compiled = (get_engine("perceptron", name)(task) for name in ("reference", "numba"))
    assert compiled.errors.tolist() == plain.errors.tolist()
    assert compiled.notes == plain.notes
    assert not differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=1e-9)
    np.testing.assert_allclose(compiled.weights, plain.weights, rtol=1e-9, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    cells=cells,
    store=stores,
    policy=policies,
    amount=st.sampled_from(["full", "quantum", "pulse"]),
    scope=st.sampled_from([None, "synapse", "layer"]),
    tau=maybe(None, 20.0),
    whole=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_a_replayed_log(
    cells: Cells, store: Store, policy: Any, amount: str, scope: Any, tau: float | None, whole: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    changes = rng.integers(-2, 3, (60, 3, 5)).astype(float) if whole else rng.normal(0, 1, (60, 3, 5))
    changes[rng.random(60) < 0.3] = 0.0
    device = Device(name="any", summary="any", persistent=cells, transient=store)
    task = ReplayTask(
        start=rng.uniform(-3, 3, (3, 5)),
        changes=changes,
        policy=adapted(policy, amount).adapted(scope=scope),
        threshold=2.0,
        tau=tau,
        write_counts=True,
        device=DeviceSetting(device=device, weight_range=6.0, step_s=1e-6, seed=seed),
    )
    plain, compiled = (get_engine("replay", name)(task) for name in ("reference", "numba"))
    assert compiled.notes == plain.notes
    assert not differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=1e-9)
    np.testing.assert_allclose(compiled.weights, plain.weights, rtol=1e-9, atol=1e-12)
