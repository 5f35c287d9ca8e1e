"""The perceptron in Loihi's whole numbers, by hand: what the engines on Lava have to agree with. Needs no Lava."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lava_caching.consolidation import Policy, get_policy
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.engines.perceptron._integer import of_task, train
from lava_caching.errors import InputError
from lava_caching.plasticity import get_rule


def task_of(patterns: Any, targets: Any, policy: str = "local-local", quantum: float = 1.0, **fields: Any) -> Any:
    chosen = {"threshold": 2.0, "tau": None, "learning_rate": 1.0, "max_epochs": 2, "write_counts": True, **fields}
    return PerceptronTask(
        patterns=np.asarray(patterns, float),
        targets=np.asarray(targets, float),
        rule=get_rule("perceptron"),
        policy=get_policy(policy).adapted(amount="pulse", quantum=quantum),
        **chosen,
    )


def random_task(seed: int, **fields: Any) -> Any:
    rng = np.random.default_rng(seed)
    patterns = np.hstack([(rng.random((30, 20)) < 0.5).astype(float), np.ones((30, 1))])
    return task_of(patterns, rng.choice([-1.0, 1.0], 30), **{"max_epochs": 20, **fields})


def test_a_decision_lags_one_presentation() -> None:
    result = train(task_of([[1, 1]], [1], threshold=0.75))
    run, residual = result.ledger.layers[0].run, result.ledger.layers[0].residual
    assert result.errors.tolist() == [1, 0]
    assert result.weights.tolist() == [1.0, 1.0]
    assert (run.n_transient_writes, run.n_consolidations, run.n_persistent_writes) == (2, 2, 2)
    assert run.transient_hold_l1 == 2.0  # nothing is held in the first presentation, η by each synapse in the second
    assert residual.n_persistent_writes == 0


def test_half_a_quantum_moves_at_the_threshold() -> None:
    result = train(task_of([[1, 0]], [1], threshold=1.0))
    run, residual = result.ledger.layers[0].run, result.ledger.layers[0].residual
    assert result.weights.tolist() == [1.0, 0.0]
    assert (run.persistent_change_l1, residual.persistent_change_l1) == (0.5, 0.5)


def test_half_a_unit_is_rounded_by_the_random_stream_of_lava() -> None:
    """A quantum of one unit at the threshold of one: each presentation moves it or not, by the draw below one half."""
    task = task_of([[1], [1]], [1, 1], threshold=1.0, quantum=1.0, weight_scale=1, max_epochs=1)
    random = np.random.default_rng(2)
    second = [random.random() for _ in range(3)][2]
    moved = train(task).ledger.layers[0].run.n_persistent_writes
    assert moved == (second >= 0.5)


@pytest.mark.parametrize(("policy", "threshold"), [("local-global", 0.75), ("global-global", 1.75)])
def test_a_neuron_gives_a_quantum_of_each_synapse_that_holds_one(policy: str, threshold: float) -> None:
    result = train(task_of([[1, 1, 0]], [1], policy=policy, threshold=threshold, quantum=0.5))
    run, residual = result.ledger.layers[0].run, result.ledger.layers[0].residual
    assert (run.n_consolidations, run.n_transferred, run.persistent_change_l1) == (1, 2, 1.0)
    assert residual.persistent_change_l1 == 1.0


@pytest.mark.parametrize("policy", ["local-local", "local-global", "global-global"])
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_transferred_adds_up_to_the_weights(policy: str, seed: int) -> None:
    threshold = 12.0 if policy == "global-global" else 2.0
    result = train(random_task(seed, policy=policy, threshold=threshold, quantum=0.75))
    total = result.ledger.total
    assert (total.n_consolidations or 0) > 0
    assert (total.potentiation_l1 or 0.0) - (total.depression_l1 or 0.0) == result.weights.sum()
    assert total.minimal_l1 == np.abs(result.weights).sum()
    assert sum(total.write_counts or ()) == total.n_persistent_writes
    assert total.n_updates == result.errors.sum()
    assert result.notes == {"n_saturated": 0, "n_rounded": 0}


def test_saturation_is_counted_and_weights_keep_their_width() -> None:
    result = train(random_task(0, threshold=3.0, weight_scale=64))
    assert result.notes["n_saturated"] > 0
    assert result.weights.min() >= -256 / 64
    assert result.weights.max() <= 255 / 64


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tau": 100.0}, "--tau inf"),
        ({"shift": np.full(21, -0.5)}, "--no-center-patterns"),
        ({"threshold": 1.3}, "threshold = 1.3: must be a whole number of units of 0.25 .* use 1.25 or 1.5"),
        ({"threshold": 64.0}, "threshold = 64: is 256 units of 0.25 and must be at most 255, so use 63.75"),
        ({"quantum": 0.1}, "quantum = 0.1: must be a whole number of units of 0.25 .* use 0.25 or 0.5"),
        ({"threshold": 0.5}, "quantum = 1: a synapse just above .* would turn its sign; use 0.75 at most"),
        ({"weight_scale": 9}, "weight_scale = 9: must be 1 to 7 times a power of two"),
        ({"weight_scale": 256}, "weight_scale = 256"),
    ],
)
def test_what_whole_numbers_cannot_hold_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        train(random_task(0, **fields))


def test_the_sum_over_a_neuron_may_exceed_the_width_of_a_tag() -> None:
    assert of_task("lava-fixed", random_task(0, policy="global-global", threshold=100.0)).threshold == 400


def test_other_inputs_than_0_and_1_are_refused() -> None:
    with pytest.raises(InputError, match="patterns hold -1: engine 'lava-fixed' takes inputs of 0 and 1"):
        train(task_of([[-1, 1]], [1]))


def test_a_statistic_of_ones_own_is_refused() -> None:
    own = Policy(
        name="own", summary="own", statistic=lambda v, s: v + s * s, scope="neuron", amount="pulse", quantum=1.0
    )
    with pytest.raises(InputError, match="policy = 'own'"):
        train(random_task(0, policy=own))


def test_a_third_factor_that_is_no_multiple_of_the_rate_is_counted() -> None:
    import dataclasses

    rule = dataclasses.replace(
        get_rule("perceptron"), post_factor=lambda y, d, eta, band: 0.4 * d if y * d <= 0 else 0.0
    )
    result = train(dataclasses.replace(random_task(0, max_epochs=1), rule=rule))
    assert result.notes["n_rounded"] == result.errors.sum() > 0
