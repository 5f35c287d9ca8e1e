"""The engine `numba` has two kernels, by presentations and by events; whichever it takes, the account is the same."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lava_caching import Perceptron
from lava_caching.consolidation import Policy
from lava_caching.engines.perceptron import PerceptronTask, numba, reference
from lava_caching.kernels import perceptron as kernels
from lava_caching.plasticity import Rule
from lava_caching.testing import differences

MakeTask = Callable[..., PerceptronTask]
POLICIES = ("immediate", "local-local", "local-global", "global-global", "at-end")


def sum_of_squares(value: float, s: float) -> float:
    return value + s * s


def number_above_two(value: float, s: float) -> float:
    return value + (1.0 if abs(s) > 2.0 + 1e-9 else 0.0)


def delta(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    return learning_rate * (target - output)


def margin_of_one(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    return learning_rate * target if output * target <= 1.0 + tolerance else 0.0


def name_of(thing: str | Policy | Rule) -> str:
    return thing if isinstance(thing, str) else thing.name


DELTA = Rule(name="delta", summary="Δw = η(d − y)x", post_factor=delta, reference="Widrow & Hoff (1960)")
MARGIN = Rule(name="margin", summary="errors below 1", post_factor=margin_of_one, reference="none", margin=1.0)
ENERGETIC = Policy(name="energetic", summary="Σs² > θ", statistic=sum_of_squares, scope="neuron")
ENERGETIC_ALONE = Policy(name="energetic-alone", summary="s² > θ", statistic=sum_of_squares, scope="synapse")
CROWDED = Policy(name="crowded", summary="how many |s| > 2", statistic=number_above_two, scope="neuron")


def spy(name: str, used: list[str]) -> Callable[..., int]:
    """Return the kernel of that name, which now says when it is used."""
    kernel = getattr(kernels, name)

    def call(*given: Any) -> int:
        used.append(name)
        return int(kernel(*given))

    return call


def by(
    kernel: str, task: PerceptronTask, monkeypatch: pytest.MonkeyPatch, *, epoch_by_epoch: bool
) -> tuple[dict[str, Any], list[int], list[float], list[list[float]]]:
    """Train with one of the kernels alone, in one call or many, and prove that it was this one."""
    used: list[str] = []
    with monkeypatch.context() as patch:
        if kernel == "train_by_events":  # the Gram matrix costs nothing and an update of the fields even less
            patch.setattr(numba, "GRAM_NS", 0.0)
            patch.setattr(numba, "SCAN_NS", 1e-9)
            patch.setattr(numba, "FIELD_NS", 1e-9)
        else:
            patch.setattr(numba, "LARGEST_GRAM_BYTES", 0)
        for name in ("train_by_events", "train_by_presentations"):
            patch.setattr(kernels, name, spy(name, used))
        if epoch_by_epoch:
            patch.setattr(numba, "CHUNK_NS", 0.0)
        result = numba.train(task)
    assert set(used) == {kernel}
    assert result.totals is not None
    return result.ledger.to_dict(), result.errors.tolist(), result.weights.tolist(), result.totals.tolist()


def compare(task: PerceptronTask, monkeypatch: pytest.MonkeyPatch, relative: float) -> list[str]:
    textbook = reference.train(task)
    assert textbook.totals is not None
    run = textbook.ledger.layers[0].run
    told = [run.transient_hold_l1 or 0.0, run.persistent_change_l1 or 0.0]
    assert np.allclose(textbook.totals[-1], told, rtol=1e-12)
    ledger, errors = textbook.ledger.to_dict(), textbook.errors.tolist()
    wrong: list[str] = []
    for kernel in ("train_by_presentations", "train_by_events"):
        for epoch_by_epoch in (True, False):
            found = by(kernel, task, monkeypatch, epoch_by_epoch=epoch_by_epoch)
            wrong += differences(found[0], ledger, relative=relative, where=kernel)
            wrong += differences(found[1], errors, where=f"{kernel}.errors")
            wrong += differences(found[3], textbook.totals.tolist(), relative=relative, where=f"{kernel}.totals")
            wrong += differences(found[2], textbook.weights.tolist(), relative=relative, where=f"{kernel}.weights")
    return wrong


@pytest.mark.parametrize("policy", [*POLICIES, ENERGETIC, ENERGETIC_ALONE, CROWDED], ids=name_of)
@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.0, 1.0), (-3.0, 7.0)], ids=["pm1", "binary", "whole"])
def test_they_agree_exactly_on_whole_numbers(
    policy: str | Policy, values: tuple[float, float], make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    threshold = 30.0 if policy in ("global-global", ENERGETIC) else 3.0
    for seed, (n_inputs, n_patterns) in enumerate([(1, 3), (30, 45), (90, 60)]):
        task = make_task(
            seed, n_inputs=n_inputs, n_patterns=n_patterns, policy=policy, values=values, threshold=threshold
        )
        assert not compare(task, monkeypatch, 0.0)


@pytest.mark.parametrize(
    "policy", ["immediate", "local-global", "global-global", "at-end", ENERGETIC, CROWDED], ids=name_of
)
@pytest.mark.parametrize("tau", [None, 40.0])
@pytest.mark.parametrize("centred", ["no", "by the engine", "beforehand"])
@pytest.mark.parametrize("rule", ["perceptron", DELTA, MARGIN], ids=name_of)
def test_they_agree_with_decay_fractions_and_other_rules(
    policy: str | Policy,
    tau: float | None,
    centred: str,
    rule: str | Rule,
    make_task: MakeTask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    eta = 0.01 if rule is DELTA else 0.3
    threshold = eta * (40.0 if policy in ("global-global", ENERGETIC) else 2.5)
    if policy is CROWDED:
        threshold = 1.0
    for seed in range(2):
        task = make_task(
            seed,
            n_inputs=25,
            n_patterns=30,
            policy=policy,
            rule=rule,
            learning_rate=eta if policy is not CROWDED else 1.0 if rule is not DELTA else 0.02,
            threshold=threshold,
            tau=tau,
            centred=centred == "by the engine",
            fractions=centred == "beforehand",
            max_epochs=25,
        )
        assert not compare(task, monkeypatch, 1e-9)


@pytest.mark.parametrize(
    ("policy", "tau"), [*((policy, None) for policy in POLICIES), *((p, 30.0) for p in POLICIES if p != "local-local")]
)
@pytest.mark.parametrize("values", [(0.0, 2.0), (0.0, 1.0), (-1.0, 1.0), (-1.0, 3.0)], ids=str)
def test_they_agree_where_centred_patterns_are_whole_or_halves(
    policy: str,
    tau: float | None,
    values: tuple[float, float],
    make_task: MakeTask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half of all values high: the mean is no fraction, and outputs are whole numbers although patterns are shifted."""
    rng = np.random.default_rng(1)
    task = make_task(0, n_inputs=30, n_patterns=40, policy=policy, tau=tau, threshold=3.0, max_epochs=25)
    patterns = task.patterns.copy()
    patterns[:, :-1] = rng.permuted(np.repeat(values, 600)).reshape(40, 30)
    shift = np.append(np.full(30, -np.mean(values)), 0.0)
    for one in (shift, shift + 1.0, np.arange(31.0), np.zeros(31)):
        moved = dataclasses.replace(task, patterns=patterns, shift=one)
        assert not compare(moved, monkeypatch, 0.0 if tau is None else 1e-9)


@pytest.mark.parametrize("policy", ["local-local", "local-global"])
@pytest.mark.parametrize("amount", ["quantum", "pulse"])
def test_they_agree_where_a_rest_stays_behind(
    policy: str, amount: str, make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = make_task(3, n_inputs=40, n_patterns=60, policy=policy, amount=amount, quantum=2.0)
    assert not compare(task, monkeypatch, 0.0)


def test_whole_inputs_too_large_for_bytes_are_taken_as_fractions(
    make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for values in ((-300.0, 200.0), (-128.0, 127.0), (0.0, 40_000.0)):
        task = make_task(1, n_inputs=12, n_patterns=20, values=values, threshold=500.0)
        assert not compare(task, monkeypatch, 1e-9)


def test_large_steps_overrun_no_integer(make_task: MakeTask, monkeypatch: pytest.MonkeyPatch) -> None:
    for eta in (1e6, 2.0**27, 1e12):
        task = make_task(1, n_inputs=30, n_patterns=50, learning_rate=eta, threshold=3 * eta, max_epochs=300)
        assert not compare(task, monkeypatch, 1e-9)


def test_left_alone_the_engine_begins_by_presentations_and_goes_over_to_events(
    make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    for name in ("train_by_events", "train_by_presentations"):
        monkeypatch.setattr(kernels, name, spy(name, used))
    numba.train(make_task(0, n_inputs=300, n_patterns=540, threshold=5.0, max_epochs=2000))
    assert used[0] == "train_by_presentations"
    assert used[-1] == "train_by_events"


def test_uncompiled_the_kernels_do_the_same() -> None:
    """A debugger can go through them: NUMBA_DISABLE_JIT is numba's own switch."""
    asked = "n_inputs=12, n_patterns=14, max_epochs=5, threshold=2.0, tau=20.0"
    code = f"from lava_caching import Perceptron; print(Perceptron({asked}).run(seed=1).to_json())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    here = Perceptron(n_inputs=12, n_patterns=14, max_epochs=5, threshold=2.0, tau=20.0).run(seed=1)
    assert not differences(json.loads(done.stdout)["ledger"], here.ledger.to_dict(), relative=1e-12)
