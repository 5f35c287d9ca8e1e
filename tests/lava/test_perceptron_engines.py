"""The perceptron on real Lava Processes: floats as `numba`, whole numbers as their textbook, stock Lava as ours."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import LearningDense
from lava.proc.monitor.process import Monitor

from lava_caching import Perceptron
from lava_caching.consolidation import Policy, get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.engines.perceptron._integer import train as textbook
from lava_caching.engines.perceptron._network import lossless
from lava_caching.errors import InputError
from lava_caching.plasticity import get_rule
from lava_caching.processes.error_neuron.process import ErrorNeuron
from lava_caching.processes.pattern_source.process import PatternSource
from lava_caching.processes.running import LavaRunError, running
from lava_caching.testing import check_experiment, differences

# networkx, with which Lava draws its graphs, warns that pandas and others are not there
pytestmark = pytest.mark.filterwarnings("ignore:.* not found, skipping conversion test:ImportWarning")
N_INPUTS, N_PATTERNS = 50, 60


def task_of(
    seed: int, *, policy: Any, values: tuple[float, float], amount: Any = None, **fields: Any
) -> PerceptronTask:
    rng = np.random.default_rng(seed)
    patterns = rng.choice(np.array(values), (N_PATTERNS, N_INPUTS))
    chosen = {"threshold": 2.0, "tau": None, "learning_rate": 1.0, "write_counts": True, **fields}
    quantum = chosen.pop("quantum", None)
    return PerceptronTask(
        patterns=np.hstack([patterns, np.ones((N_PATTERNS, 1))]),
        targets=rng.choice([-1.0, 1.0], N_PATTERNS),
        rule=get_rule("perceptron"),
        policy=get_policy(policy).adapted(amount=amount, quantum=quantum),
        **chosen,
    )


def whole(seed: int, *, policy: str = "local-local", **fields: Any) -> PerceptronTask:
    chosen = {"threshold": 2.0, "quantum": 1.0, "max_epochs": 9, **fields}
    return task_of(seed, policy=policy, values=(0.0, 1.0), amount="pulse", **chosen)


def compare(found: PerceptronResult, expected: PerceptronResult, relative: float = 0.0) -> list[str]:
    wrong = differences(found.errors.tolist(), expected.errors.tolist(), where="errors")
    wrong += differences(found.weights.tolist(), expected.weights.tolist(), relative=relative, where="weights")
    return wrong + differences(found.ledger.to_dict(), expected.ledger.to_dict(), relative=relative, where="ledger")


@pytest.mark.parametrize(
    ("seed", "threshold", "quantum", "scale", "saturates"),
    [(0, 2.0, 1.0, 4, False), (1, 5.0, 1 / 3, 12, False), (4, 2.0, 1.0, 32, True)],
)
def test_stock_lava_our_lava_and_the_textbook_keep_one_account(
    seed: int, threshold: float, quantum: float, scale: int, saturates: bool
) -> None:
    task = whole(seed, threshold=threshold, quantum=quantum, weight_scale=scale)
    fixed, native = (get_engine("perceptron", name) for name in ("lava-fixed", "loihi-native"))
    expected = textbook(task)
    assert len(expected.errors) * N_PATTERNS >= 500
    assert (expected.ledger.total.n_consolidations or 0) > 50
    assert (expected.notes["n_saturated"] > 0) == saturates
    for train in (fixed, native):
        found = train(task)
        assert not compare(found, expected)
        assert found.notes == expected.notes


@pytest.mark.parametrize(("policy", "threshold"), [("local-global", 3.0), ("global-global", 30.0)])
def test_policies_of_a_neuron_in_whole_numbers_keep_the_account_of_the_textbook(policy: str, threshold: float) -> None:
    task = whole(3, policy=policy, threshold=threshold, quantum=0.75)
    expected = textbook(task)
    assert not compare(get_engine("perceptron", "lava-fixed")(task), expected)
    assert (expected.ledger.total.n_consolidations or 0) > 10


def sum_of_squares(value: float, s: float) -> float:
    return value + s * s


OWN = Policy(name="energy-of-s", summary="Σs² > θ over a neuron", statistic=sum_of_squares, scope="neuron")


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        ("local-local", {"amount": "quantum", "quantum": 0.7, "tau": 40.0}),
        ("global-global", {"amount": "pulse", "quantum": 0.3, "threshold": 40.0, "learning_rate": 0.1}),
        (OWN, {"threshold": 100.0}),
    ],
)
def test_floats_keep_the_account_of_numba(policy: Any, fields: dict[str, Any]) -> None:
    task = task_of(5, policy=policy, values=(-1.0, 1.0), max_epochs=6, **fields)
    centred = dataclasses.replace(task, shift=np.append(np.full(N_INPUTS, -0.123), 0.0))
    found, expected = (get_engine("perceptron", name)(centred) for name in ("lava", "numba"))
    assert not compare(found, expected, 1e-9)
    assert found.ledger.total.n_spikes == expected.ledger.total.n_spikes


def test_the_experiment_runs_in_whole_numbers_on_all_engines() -> None:
    fields: dict[str, Any] = {
        "n_inputs": 12,
        "n_patterns": 8,
        "max_epochs": 30,
        "coding": "binary",
        "center_patterns": False,
    }
    caching: dict[str, Any] = {"policy": "local-local", "amount": "pulse", "quantum": 1.0, "threshold": 2.0}
    assert check_experiment(Perceptron, **fields, **caching) == {}
    record = Perceptron(**fields, **caching).run(engine="lava-fixed")
    assert record.config["weight_scale"] == 4
    assert record.outcome["n_saturated"] == 0


def test_a_monitor_can_stop_a_run_and_keep_it() -> None:
    task = task_of(0, policy="local-global", values=(-1.0, 1.0), max_epochs=50)
    stopped = get_engine("perceptron", "lava")(task, lambda n_done, n_total, what: n_done < 2)
    assert stopped.interrupted
    assert stopped.ledger.total.n_steps == 2 * N_PATTERNS


# ---------------------------------------------------------------------------------------------- the two Processes alone
def connected(dense: Any, source: PatternSource, error: ErrorNeuron) -> None:
    source.s_out.connect(dense.s_in)
    source.target_out.connect(error.target_in)
    dense.a_out.connect(error.a_in)
    for factor in ("bap", "y1", "y2", "y3"):
        getattr(error, f"s_out_{factor}").connect(getattr(dense, f"s_in_{factor}"))


@pytest.mark.parametrize("t_epoch", [2, 3])
def test_a_rule_of_ours_teaches_a_stock_connection_of_several_neurons(t_epoch: int) -> None:
    rng = np.random.default_rng(0)
    patterns, targets = rng.normal(size=(7, 5)), rng.choice([-1.0, 1.0], (7, 3))
    rule = lossless("2*x0*x1*y1")
    rule.t_epoch = t_epoch
    dense = LearningDense(
        weights=np.zeros((3, 5)),
        learning_rule=rule,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
        num_message_bits=24,
    )
    source = PatternSource(patterns=patterns, targets=targets, t_epoch=t_epoch)
    error = ErrorNeuron(shape=(3,), learning_rate=0.5, t_epoch=t_epoch)
    connected(dense, source, error)
    with running(dense, Loihi2SimCfg(select_tag="floating_pt")) as network:
        network.run(2 * 7 * t_epoch)
        found, n_errors, time = dense.weights.get(), error.n_errors.get(), error.time.get()
    weights, expected = np.zeros((3, 5)), 0
    for x, d in [*zip(patterns, targets, strict=True)] * 2:
        wrong = (weights @ x) * d <= 1e-9
        weights += 0.5 * np.outer(wrong * d, x)
        expected += wrong.sum()
    assert np.allclose(found, weights, rtol=1e-12, atol=1e-12)
    assert (n_errors, time) == (expected, 14)


def test_a_pattern_is_held_and_its_target_goes_with_it() -> None:
    source = PatternSource(patterns=[[1, 0], [0, 1], [1, 1]], targets=[1, -1, 1], t_epoch=2)
    seen = {name: Monitor() for name in ("s_out", "target_out")}
    for name, monitor in seen.items():
        monitor.probe(getattr(source, name), 8)
    with running(source, Loihi2SimCfg(select_tag="fixed_pt")) as network:
        network.run(8)
        data = {name: monitor.get_data()[source.name][name] for name, monitor in seen.items()}
    assert data["s_out"].tolist() == [[1, 0]] * 2 + [[0, 1]] * 2 + [[1, 1]] * 2 + [[1, 0]] * 2
    assert data["target_out"].ravel().tolist() == [1, 1, -1, -1, 1, 1, 1, 1]


def test_fractions_do_not_become_spikes() -> None:
    source = PatternSource(patterns=[[0.5, 1.0]])
    with (
        pytest.raises(LavaRunError, match="fractions"),
        running(source, Loihi2SimCfg(select_tag="fixed_pt")) as network,
    ):
        network.run(1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PatternSource(patterns=[1.0, 2.0]), "patterns has shape"),
        (lambda: PatternSource(patterns=[[np.nan]]), "finite"),
        (lambda: PatternSource(patterns=[[1.0]], targets=[1, 1]), "must have 1 rows"),
        (lambda: PatternSource(patterns=[[1.0]], t_epoch=1), "t_epoch = 1"),
        (lambda: ErrorNeuron(t_epoch=1), "t_epoch = 1"),
        (lambda: ErrorNeuron(shape=(2, 2)), "shape"),
        (lambda: ErrorNeuron(learning_rate=0.0), "learning_rate = 0"),
        (lambda: ErrorNeuron(rule="perceptrom"), "did you mean 'perceptron'"),
    ],
)
def test_processes_refuse_what_they_cannot_present(make: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()


def test_the_engines_leave_no_trace_of_lava_behind_when_named() -> None:
    assert "lava_caching.engines.perceptron.lava" in sys.modules
    for name in ("lava", "lava_fixed", "loihi_native"):
        module = sys.modules[f"lava_caching.engines.perceptron.{name}"]
        assert not any(str(getattr(value, "__module__", "")).startswith("lava.") for value in vars(module).values())
