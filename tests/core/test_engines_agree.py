"""The compiled engine keeps the same account as the textbook: exactly on whole numbers, else to 1e-9."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.schedules import Course, get_schedule, schedule_names
from lava_caching.testing import differences

POLICIES = ("immediate", "local-local", "local-global", "global-global", "at-end")
MakeTask = Callable[..., PerceptronTask]

sizes = st.integers(1, 200)
seeds = st.integers(0, 2**31)


def compare(task: PerceptronTask, relative: float = 0.0) -> list[str]:
    plain, compiled = (get_engine("perceptron", engine)(task) for engine in ("reference", "numba"))
    wrong = differences(compiled.errors.tolist(), plain.errors.tolist(), where="errors")
    wrong += differences(compiled.weights.tolist(), plain.weights.tolist(), relative=relative, where="weights")
    size = plain.ledger.total.transient_change_l1 or 1.0  # what never was transferred is a difference of such sums
    totals, expected = ((result.totals / size).tolist() for result in (compiled, plain))
    wrong += differences(totals, expected, relative=relative, where="totals")
    return wrong + differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=relative, where="ledger")


def scaled(policy: str, threshold: float, n_inputs: int) -> float:
    """Give the policy that sums over a neuron a threshold that it sometimes reaches and sometimes not."""
    return threshold * (n_inputs + 1) / 2 if policy == "global-global" else threshold


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=12)
@given(n_inputs=sizes, n_patterns=sizes, seed=seeds, threshold=st.integers(0, 8), binary=st.booleans())
def test_whole_numbers_agree_to_the_last_digit(
    policy: str, n_inputs: int, n_patterns: int, seed: int, threshold: int, binary: bool, make_task: MakeTask
) -> None:
    task = make_task(
        seed,
        n_inputs=n_inputs,
        n_patterns=n_patterns,
        values=(0.0, 1.0) if binary else (-1.0, 1.0),
        policy=policy,
        threshold=scaled(policy, threshold, n_inputs),
        max_epochs=20,
    )
    assert not compare(task)


@pytest.mark.parametrize("policy", ["local-local", "local-global", "global-global"])
@pytest.mark.parametrize("amount", ["quantum", "pulse"])
@pytest.mark.parametrize("scope", [None, "synapse", "layer", "network"])
@settings(max_examples=4)
@given(n_inputs=sizes, n_patterns=sizes, seed=seeds, threshold=st.integers(0, 5), quantum=st.integers(1, 3))
def test_quanta_and_scopes_agree_to_the_last_digit(
    policy: str,
    amount: str,
    scope: str | None,
    n_inputs: int,
    n_patterns: int,
    seed: int,
    threshold: int,
    quantum: int,
    make_task: MakeTask,
) -> None:
    task = make_task(
        seed,
        n_inputs=n_inputs,
        n_patterns=n_patterns,
        policy=policy,
        threshold=scaled(policy, threshold, n_inputs) if scope is None else threshold,
        amount=amount,
        quantum=float(quantum),
        scope=scope,
        max_epochs=15,
    )
    assert not compare(task)


@pytest.mark.parametrize("quantum", [2, np.float32(2.0), np.int64(2)], ids=["int", "float32", "int64"])
def test_a_quantum_is_the_same_whatever_the_type_of_the_number(quantum: Any, make_task: MakeTask) -> None:
    tasks = [make_task(1, policy="local-local", amount="quantum", quantum=number) for number in (quantum, 2.0)]
    found, expected = (get_engine("perceptron", "numba")(task).ledger.to_dict() for task in tasks)
    assert not differences(found, expected)
    assert not compare(tasks[0])


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=12)
@given(
    n_inputs=sizes,
    n_patterns=sizes,
    seed=seeds,
    multiple=st.floats(0.0, 8.0),
    learning_rate=st.sampled_from([1.0, 0.1]),
    tau=st.none() | st.floats(1.01, 5000.0),
    centred=st.sampled_from(["no", "by the engine", "beforehand"]),
    quantum=st.none() | st.floats(0.3, 2.0),
    pulse=st.booleans(),
)
def test_fractions_agree_in_every_count_and_to_nine_digits(
    policy: str,
    n_inputs: int,
    n_patterns: int,
    seed: int,
    multiple: float,
    learning_rate: float,
    tau: float | None,
    centred: str,
    quantum: float | None,
    pulse: bool,
    make_task: MakeTask,
) -> None:
    caches = policy not in {"immediate", "at-end"} and quantum is not None
    task = make_task(
        seed,
        n_inputs=n_inputs,
        n_patterns=n_patterns,
        policy=policy,
        threshold=scaled(policy, multiple * learning_rate, n_inputs),
        learning_rate=learning_rate,
        tau=tau,
        centred=centred == "by the engine",
        fractions=centred == "beforehand",
        amount=("pulse" if pulse else "quantum") if caches else None,
        quantum=(quantum or 0.0) * learning_rate if caches else None,
        max_epochs=20,
    )
    assert not compare(task, 1e-9)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("tau", [None, 2.0])
def test_a_statistic_at_the_threshold_does_not_trigger_in_any_engine(
    policy: str, tau: float | None, make_task: MakeTask
) -> None:
    """η = 0.1 three times is 0.30000000000000004 in floats: mathematics says θ = 0.3 is not exceeded."""
    for multiple in (1, 2, 3, 7):
        for n_inputs in (1, 4, 33):
            threshold = multiple * 0.1 * (n_inputs + 1 if policy == "global-global" else 1)
            task = make_task(
                5,
                n_inputs=n_inputs,
                n_patterns=30,
                policy=policy,
                threshold=threshold,
                learning_rate=0.1,
                tau=tau,
                max_epochs=30,
            )
            assert not compare(task, 1e-9)


@pytest.mark.parametrize("engine", ["reference", "numba"])
@pytest.mark.parametrize(("n_patterns", "n_consolidations"), [(3, 0), (4, 1)])
def test_three_tenths_are_no_more_than_three_tenths(
    engine: str, n_patterns: int, n_consolidations: int, make_task: MakeTask
) -> None:
    """Orthogonal patterns, each new to the neuron (y = 0): the first synapse grows by 0.1 at each."""
    orthogonal = np.array(
        [[1.0, 1.0, 1.0, 1.0], [1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, 1.0]]
    )
    task = make_task(threshold=0.3, learning_rate=0.1)
    task = dataclasses.replace(task, patterns=orthogonal[:n_patterns], targets=np.ones(n_patterns), max_epochs=1)
    result = get_engine("perceptron", engine)(task)
    assert 0.1 + 0.1 + 0.1 > 0.3
    assert result.errors.tolist() == [n_patterns]
    assert result.ledger.total.n_consolidations == n_consolidations


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_an_output_of_zero_is_an_error(engine: str, make_task: MakeTask) -> None:
    """The same pattern with both targets: each update undoes the one before, and leaves y = 0 for the next."""
    task = make_task(n_inputs=1, n_patterns=2)
    opposite = dataclasses.replace(
        task, patterns=np.array([[1.0, 1.0], [1.0, 1.0]]), targets=np.array([1.0, -1.0]), max_epochs=3
    )
    result = get_engine("perceptron", engine)(opposite)
    assert result.errors.tolist() == [2, 2, 2]
    assert result.weights.tolist() == [0.0, 0.0]
    assert result.ledger.total.n_spikes == 3  # every second presentation sees y = 2, the others y = 0


@pytest.mark.parametrize("learning_rate", [0.1, 0.3, 1e-6, 1e6])
def test_an_output_that_is_zero_but_for_rounding_is_an_error_in_both(learning_rate: float, make_task: MakeTask) -> None:
    for seed in range(4):
        task = make_task(
            seed,
            n_inputs=9,
            n_patterns=14,
            learning_rate=learning_rate,
            threshold=3 * learning_rate,
            max_epochs=60,
        )
        whole = dataclasses.replace(task, learning_rate=1.0, threshold=3.0)
        assert not compare(task, 1e-9)
        expected: Any = get_engine("perceptron", "reference")(whole).errors.tolist()
        assert get_engine("perceptron", "numba")(task).errors.tolist() == expected


@pytest.mark.parametrize("schedule", schedule_names())
@pytest.mark.parametrize("policy", ["local-local", "local-global", "global-global"])
@settings(max_examples=8)
@given(
    n_inputs=st.integers(1, 80),
    n_patterns=sizes,
    seed=seeds,
    ends=st.tuples(st.floats(0.0, 8.0), st.floats(0.0, 8.0)),
    steps=st.floats(1.0, 3000.0),
    tau=st.none() | st.floats(1.01, 500.0),
    amount=st.sampled_from([None, "quantum", "pulse"]),
)
def test_a_threshold_that_changes_is_the_same_in_both(
    schedule: str, policy: str, n_inputs: int, n_patterns: int, seed: int, ends: tuple[float, float], steps: float,
    tau: float | None, amount: str | None, make_task: MakeTask,
) -> None:  # fmt: skip
    start, end = (scaled(policy, theta, n_inputs) for theta in ends)
    task = make_task(
        seed, n_inputs=n_inputs, n_patterns=n_patterns, policy=policy, threshold=start, tau=tau, max_epochs=20,
        course=Course(schedule=get_schedule(schedule), start=start, end=end, steps=steps),
        amount=amount, quantum=1.0 if amount else None,
    )  # fmt: skip
    assert not compare(task, 1e-9)
