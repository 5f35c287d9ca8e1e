"""The spiking neuron: both engines do the same to the last digit, and the textbook does what the equations say."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lava_caching.consolidation import Policy, get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.spiking import NeuronModel, SpikingNeuron, SpikingTask, Stimulus, draw
from lava_caching.engines.spiking._spikes import Drive
from lava_caching.testing import differences

QUIET = NeuronModel(background="none", dt=0.1)


def neuron_of(engine: str, **fields: Any) -> SpikingNeuron:
    chosen = {"start": np.zeros(4), "policy": get_policy("at-end"), "threshold": 0.0, "tau": None, "neuron": QUIET}
    found: SpikingNeuron = get_engine("spiking", engine)(SpikingTask(**{**chosen, **fields}))
    return found


def stimulus(
    model: NeuronModel, inputs: dict[int, int] | None = None, teacher: dict[int, int] | None = None
) -> Stimulus:
    """Return spikes of input 0, and of the teacher, by step."""
    given_, taught = np.zeros((model.n_steps, 1), np.int64), np.zeros(model.n_steps, np.int64)
    for step, count in (inputs or {}).items():
        given_[step] = count
    for step, count in (teacher or {}).items():
        taught[step] = count
    return Stimulus(active=np.array([0]), inputs=given_, teacher=taught, background=np.zeros(model.n_steps, np.int64))


def loudest(value: float, s: float) -> float:
    """Fold: Σ s², a statistic of one's own."""
    return value + s * s


POLICIES = ["immediate", "local-local", "local-global", "global-global", "at-end"]


@settings(max_examples=25)
@given(
    policy=st.sampled_from([*POLICIES, "own"]),
    amount=st.sampled_from(["full", "quantum", "pulse"]),
    scope=st.sampled_from([None, "synapse", "neuron", "layer", "network"]),
    threshold=st.sampled_from([0.0, 0.0004, 0.003, 0.02]),
    tau=st.sampled_from([None, 3.0, 50.0]),
    background=st.sampled_from(["published", "leak", "excitatory", "none"]),
    n_active=st.integers(1, 6),
    seed=st.integers(0, 2**32),
)
def test_engines_agree_to_the_last_digit(
    policy: str, amount: Any, scope: Any, threshold: float, tau: float | None, background: Any, n_active: int, seed: int
) -> None:
    rng, model = np.random.default_rng(seed), NeuronModel(dt=0.5, background=background)
    own = Policy(name="own", summary="Σ s²", statistic=loudest, scope="neuron")
    if policy in ("immediate", "at-end"):
        amount = "full"
    chosen = (own if policy == "own" else get_policy(policy)).adapted(
        scope=scope, amount=amount, quantum=None if amount == "full" else 0.002
    )
    start = np.where(rng.random(8) < 0.3, rng.choice([0.0, 1.0], 8), rng.random(8))
    fields = {
        "start": start,
        "policy": chosen,
        "threshold": threshold,
        "tau": tau,
        "neuron": model,
        "write_counts": True,
    }
    engines = [neuron_of(engine, **fields) for engine in ("reference", "numba")]
    for _ in range(3):
        spikes = draw(
            rng, np.sort(rng.choice(8, n_active, replace=False)), float(rng.choice([0.5, 1.0])), model, Drive()
        )
        plain, compiled = (engine.present(spikes) for engine in engines)
        np.testing.assert_array_equal(compiled.spikes, plain.spikes)
        assert compiled.change_l1 == plain.change_l1
        for engine in engines:
            engine.rest(1)
    plain_, compiled_ = engines
    np.testing.assert_array_equal(compiled_.transient, plain_.transient)
    np.testing.assert_array_equal(compiled_.persistent, plain_.persistent)
    assert differences(compiled_.account().to_dict(), plain_.account().to_dict()) == []


def test_spikes_may_lie_in_memory_as_they_like() -> None:
    rng, model = np.random.default_rng(0), NeuronModel(dt=0.5)
    spikes = draw(rng, np.arange(4), 1.0, model, Drive())
    turned = dataclasses.replace(
        spikes, inputs=np.asfortranarray(spikes.inputs.astype(np.int32)), teacher=np.repeat(spikes.teacher, 2)[::2]
    )
    one, other = (neuron_of("numba", start=np.full(4, 0.5), neuron=model) for _ in range(2))
    assert one.present(turned).change_l1 == other.present(spikes).change_l1 > 0
    np.testing.assert_array_equal(one.transient, other.transient)


def test_accounts_agree_beyond_one_batch_of_writes() -> None:
    rng, model, policy = np.random.default_rng(0), NeuronModel(dt=0.5), get_policy("immediate")
    spikes = draw(rng, np.arange(40), 1.0, model, Drive())
    fields = {"start": np.full(40, 0.5), "policy": policy, "neuron": model}
    plain, compiled = (neuron_of(engine, **fields) for engine in ("reference", "numba"))
    for _ in range(25):
        plain.present(spikes)
        compiled.present(spikes)
    assert (plain.account().total.n_persistent_writes or 0) > 2**16
    assert differences(compiled.account().to_dict(), plain.account().to_dict()) == []


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_a_pair_of_spikes_changes_the_weight_by_its_trace(engine: str) -> None:
    """An input's spike, n steps later one of the neuron (forced by the teacher): A₊·(1 − dt/τ)^n."""
    n = 40
    neuron = neuron_of(engine, start=np.full(4, 0.5))
    trial = neuron.present(stimulus(QUIET, inputs={100: 3}, teacher={100 + n: 2000}))
    fired = np.flatnonzero(trial.spikes)
    assert fired[0] == 100 + n
    expected = sum(QUIET.potentiation * (1 - QUIET.dt / QUIET.tau_pre) ** (step - 100) for step in fired)
    assert (neuron.transient + neuron.persistent)[0] - 0.5 == pytest.approx(expected, rel=1e-12)
    assert trial.change_l1 == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_the_other_order_depresses_once_whatever_the_count(engine: str) -> None:
    neuron = neuron_of(engine, start=np.full(4, 0.5))
    trial = neuron.present(stimulus(QUIET, inputs={900: 7}, teacher={100: 2000}))
    fired = np.flatnonzero(trial.spikes)
    assert fired.size
    assert fired[-1] < 900
    trace = sum((1 - QUIET.dt / QUIET.tau_post) ** (900 - step) for step in fired)
    assert (neuron.transient + neuron.persistent)[0] - 0.5 == pytest.approx(-QUIET.depression * trace, rel=1e-12)


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_weights_stay_within_their_bounds_and_only_what_is_left_counts(engine: str) -> None:
    start = np.array([1.0 - 1e-5, 0.0, 0.0, 0.0])
    neuron = neuron_of(engine, start=start)
    trial = neuron.present(stimulus(QUIET, inputs={100: 1}, teacher={101: 2000}))
    assert trial.spikes.any()
    assert (neuron.transient + neuron.persistent)[0] == 1.0
    assert trial.change_l1 == pytest.approx(1e-5, rel=1e-9)


def test_a_single_teacher_spike_gives_the_potential_of_the_equations() -> None:
    """Before any spike V obeys one linear recursion, here written down anew."""
    model = QUIET
    count = 1
    while True:  # the least drive that makes it fire, by the recursion
        v, s, fired = model.e_leak, 0.0, False
        for step in range(model.n_steps):
            s += count * (step == 10)
            v += model.dt / model.capacity * (-model.g_leak * (v - model.e_leak) - model.g_teacher * s * v)
            s *= 1 - model.dt / model.tau_synapse
            fired |= v > model.v_threshold
        if fired:
            break
        count += 1
    for engine in ("reference", "numba"):
        assert not neuron_of(engine).present(stimulus(model, teacher={10: count - 1})).spikes.any()
        assert neuron_of(engine).present(stimulus(model, teacher={10: count})).spikes.any()


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_rest_holds_and_decays_and_a_copy_stands_still(engine: str) -> None:
    neuron = neuron_of(engine, start=np.full(4, 0.5), tau=10.0)
    neuron.present(stimulus(QUIET, inputs={100: 1}, teacher={120: 2000}))
    before: NDArray[np.float64] = neuron.transient.copy()
    held = neuron.account().total.transient_hold_l1
    other = neuron.copy()
    neuron.rest(2)
    assert neuron.transient == pytest.approx(before * np.exp(-0.2))
    assert neuron.account().total.transient_hold_l1 == pytest.approx(held + before.sum() * (1 + np.exp(-0.1)))
    assert other.transient.tolist() == before.tolist()
    assert other.account().total.n_steps == 1


def test_spikes_come_in_their_windows() -> None:
    model = NeuronModel()
    spikes = draw(np.random.default_rng(0), np.array([3, 5]), 1.0, model, Drive(rate_hz=10_000.0))
    assert np.flatnonzero(spikes.inputs.any(axis=1)).tolist() == list(range(1, 500))
    assert np.flatnonzero(spikes.teacher).tolist() == list(range(701, 1200))
    assert spikes.inputs.max() == 15
    weak = draw(np.random.default_rng(0), np.array([3]), 0.5, model, Drive(rate_hz=10_000.0))
    assert weak.teacher.max() == 7
