"""`SynapticCache` under a loop of one's own: any shape, any number of changes in a step, and clear refusals."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching import InputError, Ledger, Policy, SynapticCache
from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.engines.replay import ReplayTask
from lava_caching.processes.caching import Caching
from lava_caching.testing import differences

POLICIES = ("immediate", "local-local", "local-global", "global-global", "at-end")
UNKNOWN_TO_A_CACHE = ("n_synaptic_ops", "n_neuron_updates", "n_spikes")


def drive(task: PerceptronTask) -> tuple[Ledger, Any, list[Any]]:
    """Train a perceptron in the user's own words, and log every change."""
    cache = SynapticCache(
        np.zeros(task.patterns.shape[1]),
        policy=task.policy,
        threshold=task.threshold,
        tau=task.tau,
        name="output",
        write_counts=True,
    )
    log = []
    for _ in range(task.max_epochs):
        n_errors = 0
        for x, d in zip(task.patterns, task.targets, strict=True):
            wrong = float(cache.effective @ x) * d <= task.tolerance
            change = task.learning_rate * d * x if wrong else np.zeros(len(x))
            n_errors += wrong
            cache.accumulate(change)
            cache.end_step()
            log.append(change[np.newaxis])
        if n_errors == 0:
            break
    return cache.finish(), cache.effective, log


def without_what_a_cache_cannot_know(ledger: Ledger) -> dict[str, Any]:
    layer = ledger.layers[0]
    run = dataclasses.replace(layer.run, n_synaptic_ops=None, n_neuron_updates=None, n_spikes=None)
    return Ledger(layers=(dataclasses.replace(layer, run=run, name="any"),)).to_dict()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("tau", [None, 25.0])
def test_driven_by_the_perceptron_rule_it_gives_the_ledger_of_the_perceptron(
    policy: str, tau: float | None, make_task: Callable[..., PerceptronTask]
) -> None:
    threshold = 60.0 if policy == "global-global" else 3.0
    task = make_task(7, n_inputs=40, n_patterns=50, policy=policy, threshold=threshold, tau=tau)
    ledger, weights, log = drive(task)
    expected = get_engine("perceptron", "reference")(task)
    assert weights.tolist() == expected.weights.tolist()
    wanted = without_what_a_cache_cannot_know(expected.ledger)
    assert not differences(without_what_a_cache_cannot_know(ledger), wanted, where="cache")
    assert {getattr(ledger.total, name) for name in UNKNOWN_TO_A_CACHE} == {None}
    for engine, relative in (("reference", 0.0), ("numba", 0.0 if tau is None else 1e-9)):
        replayed = get_engine("replay", engine)(
            ReplayTask(
                start=np.zeros_like(log[0]),
                changes=np.array(log),
                policy=task.policy,
                threshold=task.threshold,
                tau=tau,
                write_counts=True,
            )
        )
        found = without_what_a_cache_cannot_know(replayed.ledger)
        assert not differences(found, wanted, relative=relative, where=f"replay, {engine}")


@pytest.mark.parametrize("shape", [(), (6,), (1, 6), (2, 3, 4), (4, 3, 2, 2)], ids=str)
@pytest.mark.parametrize("policy", POLICIES)
def test_any_shape_works_and_the_first_axis_counts_neurons(shape: tuple[int, ...], policy: str) -> None:
    rng = np.random.default_rng(1)
    rows = (shape[0], -1) if len(shape) > 1 else (1, -1)
    start = rng.integers(-2, 3, shape).astype(float)
    cache = SynapticCache(start, policy=policy, threshold=2.0, write_counts=True)
    flat = SynapticCache(start.reshape(rows), policy=policy, threshold=2.0, write_counts=True)
    total = start.copy()
    for _ in range(30):
        change = rng.integers(-1, 2, shape).astype(float)
        total += change
        for each, delta in ((cache, change), (flat, change.reshape(rows))):
            each.accumulate(delta)
            each.end_step()
        assert cache.effective.shape == cache.transient.shape == cache.persistent.shape == shape
        assert (cache.effective == total).all()
    assert not differences(cache.finish().to_dict(), flat.finish().to_dict())
    assert cache.finish().total.n_synapses == total.size


def test_a_kernel_of_a_convolution_consolidates_by_output_channel() -> None:
    cache = SynapticCache(np.zeros((3, 2, 2, 2)), policy="local-global", threshold=1.0)
    change = np.full((3, 2, 2, 2), 0.5)
    change[1, 0, 1, 0] = 2.0
    cache.accumulate(change)
    cache.end_step()
    assert (cache.persistent[1] == change[1]).all()
    assert not cache.persistent[[0, 2]].any()
    assert cache.finish().layers[0].run.n_consolidations == 1


def test_a_layer_consolidates_as_one() -> None:
    policy = get_policy("local-global").adapted(scope="layer")
    cache = SynapticCache(np.zeros((2, 2)), policy=policy, threshold=1.0)
    cache.accumulate([[2.0, 0.0], [0.0, 0.5]])
    cache.end_step()
    assert cache.persistent.tolist() == [[2.0, 0.0], [0.0, 0.5]]
    total = cache.finish().total
    assert (total.n_consolidations, total.n_transferred) == (1, 2)


def test_several_changes_in_a_step_count_as_their_sum() -> None:
    apart, at_once = (SynapticCache(np.zeros((1, 3)), policy="local-local", threshold=2.0) for _ in range(2))
    for pieces in ([[1, 0, 2], [1, 0, -2], [1, 1, 0]], [[1, 1, 1], [-1, -1, -1]], [[0, 0, 0]]):
        for piece in pieces:
            apart.accumulate([piece])
        at_once.accumulate([np.sum(pieces, axis=0)])
        apart.end_step()
        at_once.end_step()
    assert (apart.effective == at_once.effective).all()
    assert not differences(apart.finish().to_dict(), at_once.finish().to_dict())
    assert apart.finish().total.n_updates == 1


def test_the_effective_weight_is_what_the_next_presentation_sees() -> None:
    cache = SynapticCache([8.0], policy="at-end", threshold=1.0, tau=4.0)
    assert cache.effective.tolist() == [8.0]
    cache.accumulate([16.0])
    assert cache.effective.tolist() == [24.0]  # within the step the change has not decayed
    cache.end_step()
    assert cache.transient.tolist() == [12.0]  # the next presentation begins with a decay
    assert cache.effective.tolist() == [20.0]
    cache.end_step()  # nothing changed, and it was held at 12
    assert cache.effective.tolist() == [8.0 + 9.0]
    run = cache.finish().layers[0].run
    assert run.transient_hold_l1 == 12.0
    assert run.persistent_hold_l1 == 16.0
    assert (run.n_steps, run.n_updates) == (2, 1)
    assert cache.finish().layers[0].residual.persistent_change_l1 == 12.0


def test_looking_at_the_weights_changes_nothing() -> None:
    cache = SynapticCache(np.zeros(3), policy="local-global", threshold=1.0, tau=3.0)
    for look in (cache.effective, cache.transient, cache.persistent):
        np.add(look, 5.0, out=look)
    given = np.array([1.0, 2.0, 3.0])
    cache.accumulate(given)
    given += 100.0
    cache.end_step()
    assert cache.persistent.tolist() == [1.0, 2.0, 3.0]


def test_finishing_closes_an_open_step_and_a_second_time_changes_nothing() -> None:
    cache = SynapticCache(np.zeros(2), policy="immediate", threshold=1.0)
    cache.accumulate([3.0, 0.0])
    ledger = cache.finish(n_spikes=4)
    assert cache.finish() is ledger
    assert ledger.total.n_steps == 1
    assert ledger.total.n_spikes == 4
    assert cache.effective.tolist() == [3.0, 0.0]
    assert not cache.transient.any()


def test_steps_without_a_call_of_accumulate_count_as_held() -> None:
    cache = SynapticCache(np.full(2, -3.0), policy="at-end", threshold=1.0)
    for _ in range(5):
        cache.end_step()
    total = cache.finish().total
    assert (total.n_steps, total.n_updates, total.transient_hold_synapse_steps) == (5, 0, 10)
    assert total.persistent_hold_l1 == 30.0
    assert total.minimal_l1 == 0.0
    assert total.largest_weight == 3.0


def test_weights_in_siemens_trigger_as_weights_of_one_do() -> None:
    changes = np.random.default_rng(2).integers(-2, 3, (40, 1, 8))
    ledgers = []
    for unit in (1.0, 2.0**-30):
        cache = SynapticCache(np.zeros((1, 8)), policy="local-local", threshold=3.0 * unit)
        for change in changes:
            cache.accumulate(change * unit)
            cache.end_step()
        ledgers.append(cache.finish().total)
    one, small = ledgers
    assert (one.n_consolidations, one.n_persistent_writes) == (small.n_consolidations, small.n_persistent_writes)
    assert one.persistent_change_l1 == (small.persistent_change_l1 or 0.0) * 2.0**30


@pytest.mark.parametrize("amount", ["quantum", "pulse"])
def test_what_is_less_than_a_quantum_stays_behind(amount: Any) -> None:
    policy = get_policy("local-global").adapted(amount=amount, quantum=1.0)
    cache = SynapticCache(np.zeros((1, 4)), policy=policy, threshold=2.0)
    cache.accumulate([[2.5, -1.0, 0.75, 1e-10]])
    cache.end_step()
    assert cache.persistent.tolist() == [[2.0 if amount == "quantum" else 1.0, -1.0, 0.0, 0.0]]
    run = cache.finish().layers[0].run
    assert (run.n_persistent_writes, run.n_transient_writes) == (2, 2)
    assert cache.effective.tolist() == [[2.5, -1.0, 0.75, 1e-10]]


def test_three_tenths_are_three_quanta_of_a_tenth() -> None:
    policy = get_policy("local-local").adapted(amount="quantum", quantum=0.1)
    cache = SynapticCache([0.0], policy=policy, threshold=0.25)
    for _ in range(3):
        cache.accumulate([0.1])
        cache.end_step()
    assert cache.transient.tolist() == [0.0]
    assert cache.finish().layers[0].run.n_persistent_writes == 1


def test_a_trace_that_has_decayed_to_nothing_needs_no_write() -> None:
    cache = SynapticCache(np.zeros(2), policy="at-end", threshold=1.0, tau=10.0)
    cache.accumulate([1.0, 0.0])
    for _ in range(8000):
        cache.accumulate([0.0, 1.0])
        cache.end_step()
    total = cache.finish().total
    assert (total.n_persistent_writes, total.minimal_writes) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"weights": [1.0, math.nan]}, "NaN or infinite"),
        ({"weights": [[math.inf]]}, "NaN or infinite"),
        ({"weights": []}, r"shape \(0,\)"),
        ({"weights": [1.0, 1e301]}, "weights has entries that are larger than 1e\\+300"),
        ({"weights": [1.0, 2j]}, "weights: must be an array of real numbers"),
        ({"weights": "x"}, "weights: must be an array of real numbers"),
        ({"weights": None}, "weights: must be an array of real numbers"),
        ({"weights": [[1.0], [1.0, 2.0]]}, "every row of one length"),
        ({"threshold": True}, "threshold = True"),
        ({"threshold": -1.0}, "threshold = -1.0"),
        ({"threshold": math.nan}, "threshold = nan"),
        ({"threshold": math.inf}, "threshold = inf"),
        ({"tau": 1.0}, "tau = 1.0"),
        ({"tau": -math.inf}, "tau = -inf"),
        ({"tau": math.nan}, "tau = nan"),
        ({"policy": "local-gobal"}, "did you mean 'local-global'"),
    ],
    ids=str,
)
def test_a_cache_that_cannot_work_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        SynapticCache(**{"weights": np.zeros(2), "threshold": 1.0, **fields})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"amount": "pulse"}, "needs a quantum > 0 as well"),
        ({"amount": "quantum", "quantum": 0.0}, "quantum = 0.0"),
        ({"amount": "quantum", "quantum": -1.0}, "quantum = -1.0"),
        ({"amount": "quantum", "quantum": math.inf}, "quantum = inf"),
        ({"amount": "quantum", "quantum": "2"}, "quantum = '2'"),
        ({"quantum": 1.0}, "'full' takes none"),
        ({"amount": "half"}, "unknown amount 'half'"),
        ({"scope": "nueron"}, "did you mean 'neuron'"),
        ({"statistic": "maximum"}, "unknown statistic 'maximum'"),
        ({"statistic": "never", "amount": "pulse", "quantum": 1.0}, "does not go with"),
        ({"statistic": "always", "amount": "quantum", "quantum": 1.0}, "does not go with"),
    ],
    ids=str,
)
def test_a_policy_that_makes_no_sense_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Policy(**{"name": "mine", "summary": "mine", "statistic": "max", "scope": "neuron", **fields})


def test_an_adapted_policy_keeps_what_was_not_named() -> None:
    coarse = get_policy("local-global").adapted(amount="quantum", quantum=0.5)
    assert (coarse.name, coarse.statistic, coarse.scope, coarse.amount) == ("local-global", "max", "neuron", "quantum")
    by_layer = coarse.adapted(scope="layer")
    assert (by_layer.scope, by_layer.amount, by_layer.quantum) == ("layer", "quantum", 0.5)
    pulsed = coarse.adapted(amount="pulse")
    assert (pulsed.scope, pulsed.amount, pulsed.quantum) == ("neuron", "pulse", 0.5)
    assert coarse.adapted(quantum=2.0).quantum == 2.0
    whole = pulsed.adapted(amount="full")
    assert (whole.amount, whole.quantum) == ("full", None)
    assert get_policy("local-global").adapted() == get_policy("local-global")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ([1.0, 2.0, 3.0], r"shape \(3,\)"),
        (1.0, r"shape \(\)"),
        ([[1.0, 2.0]], "shape"),
        ([1.0, math.nan], "NaN"),
        ([1.0, -1e301], "larger"),
    ],
    ids=str,
)
def test_a_change_that_does_not_fit_is_refused_and_leaves_no_trace(change: Any, says: str) -> None:
    cache = SynapticCache(np.zeros(2), policy="at-end", threshold=1.0)
    cache.accumulate([1.0, 1.0])
    with pytest.raises(InputError, match=says):
        cache.accumulate(change)
    cache.end_step()
    assert cache.effective.tolist() == [1.0, 1.0]
    assert cache.finish().total.transient_change_l1 == 2.0


def test_a_finished_cache_takes_no_more_changes() -> None:
    cache = SynapticCache(np.zeros(2), policy="at-end", threshold=1.0)
    cache.finish()
    with pytest.raises(InputError, match="finished"):
        cache.accumulate([1.0, 0.0])
    with pytest.raises(InputError, match="finished"):
        cache.end_step()
    assert cache.effective.tolist() == [0.0, 0.0]


def test_a_step_may_settle_several_times_and_is_held_once() -> None:
    cache = SynapticCache(np.zeros(2), policy="local-local", threshold=1.0, order="mlp", tau=10.0)
    for change in ([0.6, 0.0], [0.6, 0.2], [0.0, 0.0], [0.5, 0.0]):
        cache.accumulate(change)
        cache.settle()
    cache.end_step()
    cache.settle()  # of a step in which nothing changes
    ledger = cache.finish()
    run = ledger.layers[0].run
    assert (run.n_steps, run.n_updates, run.n_consolidations, run.n_persistent_writes) == (2, 3, 1, 1)
    assert run.persistent_change_l1 == 1.2
    assert run.n_transient_writes == 3
    assert run.transient_change_l1 == pytest.approx(0.6 + 0.2 + 0.5)
    assert run.transient_hold_l1 == pytest.approx(0.7 * (1 + math.exp(-0.1)))


@given(st.lists(st.floats(-0.7, 0.7), min_size=1, max_size=30), st.sampled_from(["local-local", "immediate", "at-end"]))
def test_bounds_cut_changes_off_and_only_the_rest_counts(changes: list[float], policy: str) -> None:
    cache = SynapticCache([0.5], policy=policy, threshold=0.3, bounds=(0, 1))
    w, total = 0.5, 0.0
    for change in changes:
        after = min(max(w + change, 0.0), 1.0)
        total, w = total + abs(after - w), after
        cache.accumulate([change])
        cache.end_step()
        assert cache.effective[0] == pytest.approx(w, abs=1e-12)
        assert -1e-15 <= cache.effective[0] <= 1 + 1e-15
    run = cache.finish().layers[0].run
    if policy == "immediate":
        assert run.persistent_change_l1 == pytest.approx(total, abs=1e-12)
    if policy == "at-end":
        assert run.transient_change_l1 == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"bounds": (1, 0)}, "bounds = .*the lower one first"),
        ({"bounds": (0, math.inf)}, "two finite numbers"),
        ({"bounds": (0, 1), "weights": [0.5, 2.0]}, "weights has 2: must lie within the bounds, 0 to 1"),
        ({"bounds": (0, 1), "device": "noisy-15-levels", "device_range": 1.0}, "devices have ends of their own"),
    ],
)
def test_bounds_that_cannot_be_are_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        SynapticCache(**{"weights": [0.5, 0.5], "threshold": 1.0, **fields})


@pytest.mark.parametrize("policy", [3, None, [], {}])
@pytest.mark.parametrize("make", [SynapticCache, Caching])
def test_what_is_no_name_of_a_policy_is_refused_with_those_that_are(make: Any, policy: Any) -> None:
    given = (np.zeros(2),) if make is SynapticCache else ()
    with pytest.raises(InputError, match=rf"unknown policy {re.escape(repr(policy))}; known: .*local-global"):
        make(*given, policy=policy, threshold=1.0)


@pytest.mark.parametrize("order", [3, None, []])
def test_what_is_no_name_of_an_order_is_refused_with_those_that_are(order: Any) -> None:
    with pytest.raises(InputError, match=rf"unknown order {re.escape(repr(order))}; known: mlp, perceptron"):
        SynapticCache(np.zeros(2), threshold=1.0, order=order)
