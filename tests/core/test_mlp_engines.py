"""Back-propagation under caching: the compiled engine equals plain NumPy, and plain NumPy equals a few plain lines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lava_caching.consolidation import Policy, get_policy, policy_names
from lava_caching.engines.mlp import MLPTask
from lava_caching.engines.mlp import numba as compiled
from lava_caching.engines.mlp import reference as plain
from lava_caching.schedules import Course, get_schedule, schedule_names
from lava_caching.testing import differences

Array = NDArray[np.float64]


def task_of(rng: np.random.Generator, sizes: list[int], biases: bool = False, **fields: Any) -> MLPTask:
    shapes = zip(sizes[1:], sizes[:-1], strict=True)
    asked: dict[str, Any] = {
        "start": tuple(rng.normal(0, 0.3, (n_out, n_in + biases)) for n_out, n_in in shapes),
        "biases": biases,
        "loss": "mse",
        "error_backprop": "plain",
        "policy": get_policy("local-global"),
        "threshold": 0.02,
        "tau": 30.0,
        "learning_rate": 0.5,
        "write_counts": True,
    }
    return MLPTask(**{**asked, **fields})


def samples(rng: np.random.Generator, n: int, n_inputs: int) -> tuple[Array, NDArray[np.int64]]:
    x = rng.random((n, n_inputs))
    x[rng.random(x.shape) < 0.6] = 0.0
    return x, rng.integers(0, 10, n)


@settings(max_examples=150, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 8), min_size=1, max_size=2),
    biases=st.booleans(),
    loss=st.sampled_from(["mse", "cross-entropy"]),
    error_backprop=st.sampled_from(["plain", "textbook"]),
    name=st.sampled_from(policy_names()),
    scope=st.sampled_from([None, "synapse", "neuron", "layer", "network"]),
    amount=st.sampled_from(["full", "full", "quantum", "pulse"]),
    tau=st.sampled_from([None, 30.0]),
    schedule=st.sampled_from([None, *schedule_names()]),
    lazy=st.booleans(),
    competing=st.sampled_from([None, 0.05, 0.3, 1.0]),
    seed=st.integers(0, 2**16),
)
def test_the_compiled_engine_equals_the_plain_one(
    hidden: list[int], biases: bool, loss: Any, error_backprop: Any, name: str, scope: Any, amount: Any,
    tau: float | None, schedule: str | None, lazy: bool, competing: float | None, seed: int,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    policy = get_policy(name).adapted(scope=scope)
    if amount != "full" and policy.statistic not in ("always", "never"):
        policy = policy.adapted(amount=amount, quantum=0.01)
    n_inputs = int(rng.integers(2, 12))
    threshold = 0.1 if policy.statistic == "sum" else 0.02
    course = schedule and Course(schedule=get_schedule(schedule), start=threshold, end=threshold / 8, steps=15.0)
    task = task_of(
        rng, [n_inputs, *hidden, 10], biases, loss=loss, error_backprop=error_backprop, policy=policy, tau=tau,
        threshold=threshold, course=course, lazy=lazy, competing=competing,
    )  # fmt: skip
    x, y = samples(rng, 40, n_inputs)
    one, other = plain.train(task), compiled.train(task)
    for half in (slice(0, 15), slice(15, 40)):
        assert one.train(x[half], y[half]) == other.train(x[half], y[half]) == len(x[half])
        assert not differences(other.account().to_dict(), one.account().to_dict(), relative=1e-9)
    np.testing.assert_array_equal(other.predict(x), one.predict(x))
    assert not differences(other.finish().to_dict(), one.finish().to_dict(), relative=1e-9)
    for found, expected in zip(other.effective(), one.effective(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13)


def test_a_statistic_of_ones_own_runs_compiled_over_a_neuron_and_over_the_network() -> None:
    for scope in ("synapse", "neuron", "layer", "network"):
        policy = Policy(name="squares", summary="Σs²", statistic=_squares, scope=scope)
        rng = np.random.default_rng(0)
        task = task_of(rng, [6, 4, 10], policy=policy, threshold=2e-4)
        x, y = samples(rng, 40, 6)
        one, other = plain.train(task), compiled.train(task)
        one.train(x, y)
        other.train(x, y)
        assert one.account().total.n_consolidations
        assert not differences(other.account().to_dict(), one.account().to_dict(), relative=1e-9)


def _squares(value: float, s: float) -> float:
    return value + s * s


@pytest.mark.parametrize("error_backprop", ["plain", "textbook"])
def test_the_plain_engine_is_what_the_paper_writes(error_backprop: Any) -> None:
    """One hidden layer, local-global, in the order of PAPER 4: an independent transcription."""
    rng = np.random.default_rng(1)
    task = task_of(rng, [7, 5, 10], error_backprop=error_backprop, tau=20.0)
    x, y = samples(rng, 50, 7)
    l = [w.copy() for w in task.start]
    s = [np.zeros_like(w) for w in task.start]
    maintenance = consolidation = 0.0
    for a, label in zip(x, y, strict=True):
        w = [p + q for p, q in zip(l, s, strict=True)]
        h = 1 / (1 + np.exp(-(w[0] @ a)))
        o = 1 / (1 + np.exp(-(w[1] @ h)))
        target = np.full(10, 0.01)
        target[label] = 0.99
        error = target - o
        delta_2 = error * o * (1 - o)
        delta_1 = (w[1].T @ (error if error_backprop == "plain" else delta_2)) * h * (1 - h)
        s[1] += 0.5 * np.outer(delta_2, h)
        s[0] += 0.5 * np.outer(delta_1, a)
        for k in (0, 1):
            for row in range(len(s[k])):
                if np.abs(s[k][row]).max() > 0.02:
                    consolidation += np.abs(s[k][row]).sum()
                    l[k][row] += s[k][row]
                    s[k][row] = 0.0
            maintenance += np.abs(s[k]).sum()
            s[k] *= math.exp(-1 / 20.0)
    network = plain.train(task)
    network.train(x, y)
    ledger = network.account()
    assert sum(layer.run.persistent_change_l1 or 0.0 for layer in ledger.layers) == pytest.approx(consolidation)
    assert sum(layer.run.transient_hold_l1 or 0.0 for layer in ledger.layers) == pytest.approx(maintenance)
    for found, p, q in zip(network.effective(), l, s, strict=True):
        np.testing.assert_allclose(found, p + q, rtol=1e-12)


def test_at_end_without_decay_reaches_the_minimum_and_learns_as_without_caching() -> None:
    rng = np.random.default_rng(2)
    start = task_of(rng, [20, 8, 10]).start
    x, y = samples(rng, 300, 20)
    networks = []
    for name in ("at-end", "immediate"):
        network = compiled.train(task_of(rng, [20, 8, 10], start=start, policy=get_policy(name), tau=None))
        network.train(x, y)
        networks.append(network)
    total = networks[0].account().total
    assert total.persistent_change_l1 == pytest.approx(total.minimal_l1, rel=1e-12)
    for one, other in zip(networks[0].effective(), networks[1].effective(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_single_precision_is_close() -> None:
    rng = np.random.default_rng(3)
    task = task_of(rng, [20, 8, 10], threshold=0.05)
    x, y = samples(rng, 500, 20)
    exact = compiled.train(task)
    rough = compiled.train(task_of(rng, [20, 8, 10], threshold=0.05, start=task.start, precision="float32"))
    for network in (exact, rough):
        network.train(x, y)
    energies = [network.account().total.persistent_change_l1 or 0.0 for network in (exact, rough)]
    assert energies[1] == pytest.approx(energies[0], rel=2e-4)
    assert np.mean(exact.predict(x) != rough.predict(x)) <= 1e-3


@pytest.mark.parametrize("engine", [plain, compiled])
@pytest.mark.parametrize("learning_rate", [1e103, 1e290, 1.5e308])
def test_training_stops_where_it_diverges(engine: Any, learning_rate: float) -> None:
    rng = np.random.default_rng(4)
    network = engine.train(task_of(rng, [6, 4, 10], learning_rate=learning_rate, tau=3, policy=get_policy("at-end")))
    x, y = samples(rng, 50, 6)
    assert network.train(x, y) == 0
    assert network.finish().total.n_updates == 0


def test_single_precision_stays_finite_over_a_long_silence() -> None:
    rng = np.random.default_rng(4)
    task = task_of(rng, [6, 4, 10], learning_rate=1e6, tau=3, policy=get_policy("at-end"), precision="float32")
    x, y = samples(rng, 400, 6)
    x[:205] = 0.0
    network = compiled.train(task)
    network.train(x, y)
    assert all(np.isfinite(w).all() for w in network.effective())


def test_the_logistic_function_does_not_overflow() -> None:
    from lava_caching.engines.mlp._task import logistic

    z = np.array([-1e308, -750.0, 0.0, 750.0, 1e308])
    np.testing.assert_allclose(logistic(z), [0.0, 0.0, 0.5, 1.0, 1.0], atol=1e-300)
