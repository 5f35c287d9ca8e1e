"""Every kernel against its plain twin on the smallest tasks: so few steps that `make mutants` runs them uncompiled.

The drawn tasks go through what can be combined; each is worked through in milliseconds even by plain Python.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lava_caching.consolidation import Policy, Scope, get_policy, policy_names
from lava_caching.devices import Cells, Device, DeviceSetting, Store
from lava_caching.engines import get_engine
from lava_caching.engines.mlp import MLPTask
from lava_caching.engines.mlp import numba as mlp_compiled
from lava_caching.engines.mlp import reference as mlp_plain
from lava_caching.engines.perceptron import PerceptronTask, numba, reference
from lava_caching.engines.replay import ReplayTask
from lava_caching.kernels import books, traces
from lava_caching.ledger import Ledger
from lava_caching.plasticity import Rule, get_rule
from lava_caching.schedules import Course, Schedule, get_schedule, schedule_names
from lava_caching.testing import differences

POLICIES = ("immediate", "local-local", "local-global", "global-global", "at-end")


def sum_of_squares(value: float, s: float) -> float:
    return value + s * s


def delta_rule(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    return learning_rate * (target - output)


def perceptron_task(rng: np.random.Generator, policy: Any, tau: float | None, **fields: Any) -> PerceptronTask:
    """Draw a task; ±1, 0/1 or fractions, centred or not, follow from the generator."""
    n_patterns, n_inputs = rng.integers(3, 9), rng.integers(2, 8)
    values = [(-1.0, 1.0), (0.0, 1.0), (-1.5, 0.7)][rng.integers(3)]
    eta = [1.0, 1.0, 0.3][rng.integers(3)]
    if isinstance(policy, str):
        scopes: list[Scope | None] = [None, None, "synapse", "layer"]
        policy = get_policy(policy).adapted(scope=scopes[rng.integers(4)])
    if policy.statistic not in ("always", "never") and rng.random() < 0.4:
        policy = policy.adapted(amount=("quantum", "pulse")[rng.integers(2)], quantum=1.1 * eta)
    threshold = eta * float(rng.choice([0.0, 1.0, 2.5])) * (n_inputs / 2 if policy.statistic == "sum" else 1.0)
    course = None
    if rng.random() < 0.3:
        schedule = get_schedule(schedule_names()[rng.integers(len(schedule_names()))])
        course = Course(schedule=schedule, start=threshold, end=threshold / 3, steps=12.0)
    asked: dict[str, Any] = {
        "patterns": np.hstack([rng.choice(values, (n_patterns, n_inputs)), np.ones((n_patterns, 1))]),
        "targets": rng.choice([-1.0, 1.0], n_patterns),
        "shift": np.append(np.full(n_inputs, -0.2), 0.0) if rng.random() < 0.3 else None,
        "rule": get_rule("perceptron"),
        "policy": policy,
        "threshold": threshold,
        "tau": tau,
        "learning_rate": eta,
        "max_epochs": 6,
        "course": course,
        "write_counts": True,
    }
    return PerceptronTask(**{**asked, **fields})


def compare(task: PerceptronTask, relative: float = 1e-9) -> list[str]:
    plain, compiled = reference.train(task), numba.train(task)
    assert plain.totals is not None
    assert compiled.totals is not None
    wrong = differences(compiled.errors.tolist(), plain.errors.tolist(), where="errors")
    wrong += differences(compiled.weights.tolist(), plain.weights.tolist(), relative=relative, where="weights")
    wrong += differences(compiled.totals.tolist(), plain.totals.tolist(), relative=relative, where="totals")
    return wrong + differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=relative, where="ledger")


@pytest.mark.parametrize("by_events", ["no", "afresh in each epoch", "carried on"])
@pytest.mark.parametrize("tau", [None, 7.0])
@pytest.mark.parametrize("policy", POLICIES)
def test_the_perceptron(policy: str, tau: float | None, by_events: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_events != "no":  # from the first epoch on
        chunk = 0.0 if by_events == "afresh in each epoch" else 1e8
        for name, cost in {"GRAM_NS": 0.0, "SCAN_NS": 1e-9, "FIELD_NS": 1e-9, "CHUNK_NS": chunk}.items():
            monkeypatch.setattr(numba, name, cost)
    else:
        monkeypatch.setattr(numba, "LARGEST_GRAM_BYTES", 0)
    for seed in range(12):
        task = perceptron_task(np.random.default_rng(seed), policy, tau)
        assert not compare(task), seed


@pytest.mark.parametrize("policy", ["local-global", "global-global"])
def test_what_several_changes_have_left_is_consolidated(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outputs that are kept up to date move from the transient to the persistent part, faded as it has."""
    for name, cost in {"GRAM_NS": 0.0, "SCAN_NS": 1e-9, "FIELD_NS": 1e-9}.items():
        monkeypatch.setattr(numba, name, cost)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        patterns = np.hstack([rng.choice([-1.0, 1.0], (9, 5)), np.ones((9, 1))])
        threshold = 1.5 if policy == "local-global" else 9.0
        task = perceptron_task(
            rng, get_policy(policy), 30.0, patterns=patterns, targets=rng.choice([-1.0, 1.0], 9), shift=None,
            threshold=threshold, learning_rate=1.0, course=None, max_epochs=8,
        )  # fmt: skip
        assert not compare(task), seed


@pytest.mark.parametrize("by_events", [False, True], ids=["by presentations", "by events"])
def test_a_statistic_and_a_rule_of_ones_own(by_events: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_events:
        for name, cost in {"GRAM_NS": 0.0, "SCAN_NS": 1e-9, "FIELD_NS": 1e-9}.items():
            monkeypatch.setattr(numba, name, cost)
    delta = Rule(name="delta", summary="Δw = η(d − y)x", post_factor=delta_rule, reference="Widrow & Hoff (1960)")
    for seed, scope in itertools.product(range(3), ("synapse", "neuron", "network")):
        policy = Policy(name="squares", summary="Σs² > θ", statistic=sum_of_squares, scope=scope)  # type: ignore[arg-type]
        rng = np.random.default_rng(seed)
        assert not compare(perceptron_task(rng, policy, 9.0, threshold=2.0))
        assert not compare(perceptron_task(rng, policy, None, threshold=0.1, rule=delta, learning_rate=0.05))


@pytest.mark.parametrize("tau", [None, 5.0])
@pytest.mark.parametrize("scope", ["synapse", "neuron", "layer", "network"])
@pytest.mark.parametrize("statistic", ["each", "max", "sum", "always", "never", sum_of_squares])
def test_a_log(statistic: Any, scope: Any, tau: float | None) -> None:
    for seed, amount in enumerate(("full", "quantum", "pulse", "full")):
        rng = np.random.default_rng(seed)
        whole = statistic in ("always", "never") or amount == "full"
        policy = Policy(
            name="drawn", summary="drawn", statistic=statistic, scope=scope,
            amount="full" if whole else amount, quantum=None if whole else 0.4,  # type: ignore[arg-type]
        )  # fmt: skip
        shape = (3, 2) if seed else (1, 5)
        changes = rng.integers(-2, 3, (10, *shape)).astype(float) if seed % 2 else rng.normal(size=(10, *shape))
        changes[rng.random((10, shape[0])) < 0.4] = 0.0
        start = rng.normal(size=shape)
        task = ReplayTask(start=start, changes=changes, policy=policy, threshold=1.5, tau=tau, write_counts=seed != 3)
        plain, compiled = (get_engine("replay", engine)(task) for engine in ("reference", "numba"))
        assert not differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=1e-9)
        np.testing.assert_allclose(compiled.weights, plain.weights, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", policy_names())
@pytest.mark.parametrize("scope", [None, "synapse", "neuron", "layer", "network"])
def test_back_propagation(name: str, scope: Any) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        policy = get_policy(name).adapted(scope=scope)
        if seed == 1 and policy.statistic not in ("always", "never"):
            policy = policy.adapted(amount=("quantum", "pulse")[rng.integers(2)], quantum=0.01)
        threshold = 0.1 if policy.statistic == "sum" else 0.02
        course = Course(schedule=get_schedule("linear"), start=threshold, end=threshold / 8, steps=8.0)
        sizes, biases = ([4, 3, 10], [5, 2, 3, 10], [3, 10])[seed], seed > 0
        task = MLPTask(
            start=tuple(rng.normal(0, 0.3, (m, n + biases)) for m, n in zip(sizes[1:], sizes[:-1], strict=True)),
            biases=biases, loss=("mse", "cross-entropy", "mse")[seed],
            error_backprop=("plain", "textbook", "plain")[seed], policy=policy,
            threshold=threshold, tau=(30.0, None, 2.0)[seed], learning_rate=0.5, write_counts=seed < 2,
            course=course if seed else None, lazy=seed == 1, competing=(None, None, 0.3)[seed],
        )  # fmt: skip
        x, y = rng.random((14, sizes[0])), rng.integers(0, 10, 14)
        x[rng.random(x.shape) < 0.4] = 0.0
        one, other = mlp_plain.train(task), mlp_compiled.train(task)
        assert one.train(x, y) == other.train(x, y) == 14
        np.testing.assert_array_equal(other.predict(x), one.predict(x))
        assert not differences(other.finish().to_dict(), one.finish().to_dict(), relative=1e-9), seed
        for found, expected in zip(other.effective(), one.effective(), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13)


def test_a_long_silence_leaves_the_transient_part_as_it_should() -> None:
    """τ = 2 steps: after 100 steps of silence D has been taken over by s at least once."""
    rng = np.random.default_rng(0)
    task = MLPTask(
        start=(rng.normal(0, 0.3, (3, 4)), rng.normal(0, 0.3, (10, 3))), biases=False, loss="mse",
        error_backprop="plain", policy=get_policy("at-end"), threshold=1.0, tau=2.0, learning_rate=0.5,
        write_counts=False,
    )  # fmt: skip
    x, y = rng.random((110, 4)), rng.integers(0, 10, 110)
    x[3:104] = 0.0
    one, other = mlp_plain.train(task), mlp_compiled.train(task)
    assert one.train(x, y) == other.train(x, y) == 110
    assert not differences(other.account().to_dict(), one.account().to_dict(), relative=1e-9)


def mlp_task(rng: np.random.Generator, sizes: list[int], **fields: Any) -> MLPTask:
    start = tuple(rng.normal(0, 0.3, (m, n)) for m, n in zip(sizes[1:], sizes[:-1], strict=True))
    asked: dict[str, Any] = {
        "start": start, "biases": False, "loss": "mse", "error_backprop": "plain",
        "policy": get_policy("local-global"), "threshold": 0.02, "tau": None, "learning_rate": 0.5,
        "write_counts": True,
    }  # fmt: skip
    return MLPTask(**{**asked, **fields})


def agree_on(task: MLPTask, x: NDArray[np.float64], y: NDArray[np.int64]) -> Ledger:
    one, other = mlp_plain.train(task), mlp_compiled.train(task)
    assert one.train(x, y) == other.train(x, y) == len(x)
    account = one.account()
    assert not differences(other.account().to_dict(), account.to_dict(), relative=1e-9)
    return account


@pytest.mark.parametrize("amount", ["full", "quantum", "pulse"])
@pytest.mark.parametrize("name", ["local-local", "local-global", "global-global"])
def test_what_is_not_touched_consolidates_too(name: str, amount: Any) -> None:
    """A falling threshold, and transfers that leave a rest: later steps find |s| above θ at inputs that are silent."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        policy = get_policy(name).adapted(amount=amount, quantum=None if amount == "full" else 0.004)
        start = 0.06 if name == "global-global" else 0.03
        course = Course(schedule=get_schedule("linear"), start=start, end=0.0, steps=25.0)
        task = mlp_task(
            rng, [6, (3, 1, 2)[seed], 10], policy=policy, threshold=start, course=course, tau=(None, 9.0, None)[seed]
        )
        x = rng.random((30, 6)) * (rng.random((30, 6)) < 0.3)
        assert agree_on(task, x, rng.integers(0, 10, 30)).total.n_consolidations


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("n_active", [0, 1, 2])
def test_changes_of_few_inputs_compete(share: float, n_active: int) -> None:
    rng = np.random.default_rng(n_active)
    x = np.zeros((12, 5))
    for row in x:
        row[rng.choice(5, n_active, replace=False)] = rng.random(n_active)
    for name in ("local-local", "immediate"):
        agree_on(mlp_task(rng, [5, 10], policy=get_policy(name), competing=share), x, rng.integers(0, 10, 12))


@pytest.mark.parametrize("eta", [1e-100, 2.0, 30.0, 1e9, 1e100])
def test_changes_of_any_size_compete(eta: float) -> None:
    """From 2 on the bits of a size are above 2^62, so that twice as much is no number of 64 bits."""
    rng = np.random.default_rng(0)
    x, y = 1.0 + rng.random((1, 6)), np.array([3])
    task = mlp_task(
        rng, [6, 10], policy=get_policy("immediate"), threshold=0.02 * eta, competing=0.3, learning_rate=eta
    )
    assert agree_on(task, x, y).total.n_persistent_writes == round(0.3 * 60)


@pytest.mark.parametrize("scope", ["synapse", "neuron", "layer", "network"])
def test_neurons_that_are_saturated_do_not_learn(scope: Any) -> None:
    start = np.zeros((10, 2))
    start[3:7] = 1000.0  # an output of exactly 1: δ = e·o·(1 − o) = 0
    for name, share in (("immediate", None), ("local-global", None), ("local-global", 0.9)):
        policy = get_policy(name).adapted(scope=scope)
        task = mlp_task(np.random.default_rng(0), [2, 10], start=(start,), policy=policy, competing=share)
        total = agree_on(task, np.ones((3, 2)), np.array([0, 1, 2])).total
        assert (total.n_persistent_writes or 0) + (total.n_transient_writes or 0) > 0


def test_training_that_diverges_stops() -> None:
    for rate, weight in ((1e150, 0.1), (1e300, 0.1), (1e70, 1e60)):  # alone, neither of the last two is too much
        rng = np.random.default_rng(4)
        start = np.full((2, 3), 0.1), np.full((10, 2), weight)
        task = mlp_task(rng, [3, 2, 10], start=start, learning_rate=rate, policy=get_policy("at-end"), tau=3.0)
        for engine in (mlp_plain, mlp_compiled):
            assert engine.train(task).train(rng.random((5, 3)), np.arange(5)) == 0


@pytest.mark.parametrize("policy", ["local-local", "local-global", "global-global"])
def test_a_threshold_that_is_met_exactly_does_not_trigger_under_a_schedule_either(policy: str) -> None:
    for seed in range(4):
        theta = 6.0 if policy == "global-global" else 2.0
        course = Course(schedule=get_schedule("linear"), start=theta, end=theta, steps=10.0)
        asked: dict[str, Any] = {"threshold": theta, "course": course, "learning_rate": 1.0, "shift": None}
        rng = np.random.default_rng(seed)
        asked["patterns"] = np.hstack([rng.choice([-1.0, 1.0], (8, 5)), np.ones((8, 1))])
        asked["targets"] = rng.choice([-1.0, 1.0], 8)
        assert not compare(perceptron_task(rng, get_policy(policy), None, **asked), 0.0)


@pytest.mark.parametrize("statistic", ["each", "max", "always", "never"])
def test_changes_beyond_the_bins_and_too_small_to_matter(statistic: Any) -> None:
    """From 2^24 up and 2^-80 down bins have no end; below 1e-290 a transient part is nothing."""
    policy = Policy(name="drawn", summary="drawn", statistic=statistic, scope="neuron")
    sizes = [1.5e7, 1.7e7, 3e7, 1e9, 1e150, 1e-24, 1e-30, 1e-280, 1e-291, 126.0, 127.0, 128.0, 129.0, 0.5]
    changes = np.array([[[sign * size, 0.0, sign]] for size in sizes for sign in (1.0, -2.0)])
    for tau in (None, 3.0):
        for block in (changes, changes[::2], changes[18:26]):
            task = ReplayTask(
                start=np.zeros((1, 3)), changes=block, policy=policy, threshold=0.0, tau=tau, write_counts=True
            )
            plain, compiled = (get_engine("replay", engine)(task) for engine in ("reference", "numba"))
            assert not differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=1e-9)


CELLS: list[dict[str, Any]] = [
    {},
    {"mapping": "single"},
    {"mapping": "single", "levels": 15, "nonlinearity_up": 1.5, "nonlinearity_down": 3.0},
    {"levels": 31, "cycle_to_cycle": 0.03, "device_to_device": 0.2, "verify_tolerance": 0.02, "verify_max_pulses": 5},
    {"bounded": True, "write_noise": 0.02, "stuck_low": 0.1, "stuck_high": 0.1, "endurance_cycles": 3.0},
    {"levels": 9, "drift_exponent": 0.1, "drift_start_s": 2e-6, "drift_interval_steps": 3, "on_off_ratio": 10.0},
]
STORES: list[dict[str, Any]] = [
    {}, {"levels": 17, "share": 0.3, "refresh_interval_s": 4e-6}, {"bounded": True},
    {"levels": 17, "refresh_interval_s": 1e-6},
]  # fmt: skip


@pytest.mark.parametrize("scope", ["synapse", "neuron", "layer"])
@pytest.mark.parametrize("cells", CELLS, ids=range(len(CELLS)))
@pytest.mark.parametrize("store", STORES, ids=range(len(STORES)))
def test_modelled_cells(cells: dict[str, Any], store: dict[str, Any], scope: Any) -> None:
    device = Device(name="any", summary="any", persistent=Cells(**cells), transient=Store(**store))
    setting = DeviceSetting(device=device, weight_range=6.0, step_s=1e-6, seed=3)
    for seed, name in enumerate(("local-global", "global-global", "immediate", "at-end")):
        rng = np.random.default_rng(seed)
        policy = get_policy(name).adapted(scope=scope)
        if seed == 1:
            policy = policy.adapted(amount="quantum", quantum=1.0)
        changes = rng.normal(0, 1, (9, 2, 3))
        changes[rng.random(9) < 0.3] = 0.0
        log = ReplayTask(
            start=rng.uniform(-3, 3, (2, 3)), changes=changes, policy=policy, threshold=1.5, tau=20.0,
            write_counts=True, device=setting,
        )  # fmt: skip
        plain, compiled = (get_engine("replay", engine)(log) for engine in ("reference", "numba"))
        assert compiled.notes == plain.notes
        assert not differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=1e-9)
        np.testing.assert_allclose(compiled.weights, plain.weights, rtol=1e-9, atol=1e-12)
        course = Course(schedule=get_schedule("linear"), start=2.5, end=0.5, steps=12.0) if seed < 2 else None
        task = perceptron_task(rng, policy, 9.0, device=setting, learning_rate=1.0, max_epochs=3, course=course)
        one, other = reference.train(task), numba.train(task)
        assert other.errors.tolist() == one.errors.tolist()
        assert not differences(other.ledger.to_dict(), one.ledger.to_dict(), relative=1e-9)


@pytest.mark.parametrize("scope", ["synapse", "neuron", "network"])
def test_a_statistic_of_ones_own_on_modelled_cells(scope: Any) -> None:
    policy = Policy(name="squares", summary="Σs² > θ", statistic=sum_of_squares, scope=scope)
    device = Device(name="any", summary="any", persistent=Cells(levels=31), transient=Store())
    setting = DeviceSetting(device=device, weight_range=9.0, step_s=1e-6, seed=1)
    consolidated = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        threshold = 0.5 if scope == "synapse" else 2.5  # met by two changes, not by one
        asked: dict[str, Any] = {"learning_rate": 0.6, "threshold": threshold, "max_epochs": 6, "course": None}
        task = perceptron_task(rng, policy, 30.0, device=setting, **asked)
        one, other = reference.train(task), numba.train(task)
        consolidated.append(one.ledger.total.n_consolidations)
        assert not differences(other.ledger.to_dict(), one.ledger.to_dict(), relative=1e-9)
    assert sum(map(bool, consolidated)) > 1


def test_closed_books_are_kept_once_and_empty() -> None:
    mine, yours = books.new_writes((1, 2), per_synapse=False), books.new_writes((1, 2), per_synapse=False)
    assert books.used_bins(mine.range) == (1, 0)
    for writes in (mine, yours, mine):
        writes.table[0, 128 + 3] = 2
        assert books.changes_of(writes)["persistent_change_l1"] == 6.0
        writes.sums[:] = 0.0
        writes.table[:] = 0
    assert not mine.bins.any()
    assert sum(kept is mine.bins for kept in books._USED) == 1
    assert sum(kept is yours.bins for kept in books._USED) == 1


def jump(start: float, end: float, steps: float, n_presentations: float, error_rate: float) -> float:
    return start if n_presentations < steps else end


@pytest.mark.parametrize("modelled", [False, True], ids=["ideal", "modelled"])
def test_a_schedule_is_asked_for_the_presentation_that_it_is(modelled: bool) -> None:
    """θ falls from never to 0 at one presentation: one too early or too late, and consolidations are others."""
    schedule = Schedule(name="jump", summary="start, then end", threshold=jump, steps_are="before it", reference="none")
    device = Device(name="any", summary="any", persistent=Cells(), transient=Store())
    setting = DeviceSetting(device=device, weight_range=60.0, step_s=1e-6, seed=3) if modelled else None
    found = []
    for steps in range(1, 9):
        rng = np.random.default_rng(5)
        course = Course(schedule=schedule, start=100.0, end=0.0, steps=float(steps))
        policy = get_policy("local-global")
        patterns = np.hstack([rng.choice([-1.0, 1.0], (4, 5)), np.ones((4, 1))])
        task = perceptron_task(
            rng, policy, None, course=course, patterns=patterns, targets=np.array([1.0, -1.0, -1.0, 1.0]), shift=None,
            learning_rate=1.0, threshold=100.0, max_epochs=2, device=setting,
        )  # fmt: skip
        one, other = reference.train(task), numba.train(task)
        assert not differences(other.ledger.to_dict(), one.ledger.to_dict(), relative=1e-9), steps
        found.append(one.ledger.total.n_consolidations)
    assert len(set(found)) > 3


def test_a_trace_decays_and_gains_its_impulse_where_its_neuron_spiked() -> None:
    kept, impulses = np.array([0.5, 0.25]), np.array([16.0, 3.0])
    history = np.full((4, 2, 3), np.nan)
    history[0] = [[8.0, 8.0, 0.0], [4.0, 4.0, 0.0]]
    traces.float_history(np.array([2, 0, 3]), kept, impulses, history)  # spikes in steps 2 and 3; one never spikes
    assert history[:, 0].tolist() == [[8, 8, 0], [4, 4, 0], [2 + 16, 2, 0], [9, 1, 16]]
    assert history[:, 1].tolist() == [[4, 4, 0], [1, 1, 0], [0.25 + 3, 0.25, 0], [0.8125, 0.0625, 3]]


def integer_trace(start: int, spike: int, kept: float, gain: int, fraction: int, draws: tuple[float, int]) -> list[int]:
    history = np.full((4, 1, 1), -99, np.int64)
    history[0] = start
    given = np.array([kept]), np.array([gain], np.int64), np.array([fraction], np.int64)
    traces.integer_history(np.array([spike]), *given, *draws, history)
    return [int(value) for value in history[1:, 0, 0]]


def test_integer_traces_round_by_one_draw_for_the_decay_and_one_for_the_impulse() -> None:
    assert integer_trace(10, 0, 0.75, 5, 0, (0.8, 0)) == [7, 5, 3]  # 7.5, 5.25, 3.75: all down
    assert integer_trace(10, 0, 0.75, 5, 0, (0.6, 0)) == [7, 5, 4]  # the last up
    assert integer_trace(10, 0, 0.75, 5, 0, (0.4, 0)) == [8, 6, 5]  # 7.5 up, 6 stays, 4.5 up
    assert integer_trace(10, 0, 0.75, 5, 0, (0.5, 0)) == [7, 5, 4]  # the draw must be below the fraction: 3.75 up
    assert integer_trace(8, 2, 0.5, 5, 128, (0.9, 127)) == [4, 2 + 6, 4]  # 127 < 128: the impulse is rounded up
    assert integer_trace(8, 2, 0.5, 5, 128, (0.9, 128)) == [4, 2 + 5, 3]
    assert integer_trace(120, 1, 1.0, 5, 0, (0.0, 0)) == [125, 125, 125]
    assert integer_trace(120, 1, 1.0, 9, 0, (0.0, 0)) == [127, 127, 127]  # 7 bits
    assert integer_trace(3, 1, 1.0, -9, 0, (0.0, 0)) == [0, 0, 0]
    assert integer_trace(99, 0, 0.0, 5, 0, (0.0, 0)) == [0, 0, 0]  # what Lava makes of τ = 0
