"""The experiment `perceptron`: where patterns come from, what is measured, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits as load_digits_of_sklearn

from lava_caching import InputError, Perceptron, Policy
from lava_caching.datasets import load_digits
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.testing import differences

SMALL: dict[str, Any] = {"n_inputs": 40, "n_patterns": 50}
GetTask = Callable[..., PerceptronTask]


@pytest.fixture
def task_of(monkeypatch: pytest.MonkeyPatch) -> GetTask:
    """Return a function that gives what an engine would be asked to learn."""

    def get(seed: int = 0, **fields: Any) -> PerceptronTask:
        asked: list[PerceptronTask] = []
        with monkeypatch.context() as patch:

            def spy(name: str, engine: str) -> Callable[..., PerceptronResult]:
                def train(task: PerceptronTask, monitor: Any) -> PerceptronResult:
                    asked.append(task)
                    result = get_engine(name, engine)(task, monitor)
                    assert isinstance(result, PerceptronResult)
                    return result

                return train

            patch.setattr("lava_caching.experiments.perceptron.get_engine", spy)
            Perceptron(**fields).run(seed=seed)
        return asked[0]

    return get


def save(folder: Path, **arrays: Any) -> Path:
    path = folder / "patterns.npz"
    np.savez(path, **arrays)
    return path


def test_the_seed_decides_everything() -> None:
    seeds: list[Any] = [5, np.int64(5), 6]
    first, again, other = (Perceptron(**SMALL).run(seed=seed) for seed in seeds)
    assert not differences(first.to_dict() | {"versions": None}, again.to_dict() | {"versions": None})
    assert first.weights is not None
    assert other.weights is not None
    assert first.weights.tolist() != other.weights.tolist()
    assert first.config_hash == other.config_hash


def test_both_engines_are_given_the_same_patterns() -> None:
    plain, compiled = (Perceptron(**SMALL, center_patterns=False).run(engine=e, seed=2) for e in ("reference", "numba"))
    assert not differences(compiled.ledger.to_dict(), plain.ledger.to_dict())
    assert not differences(compiled.outcome, plain.outcome)


def test_random_patterns_are_centred_and_followed_by_a_bias(task_of: GetTask) -> None:
    task = task_of(**SMALL)
    assert task.patterns.shape == (50, 41)
    assert (task.inputs[:, -1] == 1.0).all()
    assert task.inputs[:, :-1].mean() == pytest.approx(0.0, abs=1e-15)
    values = np.unique(task.inputs[:, :-1])
    assert values.size == 2
    assert values[1] - values[0] == pytest.approx(2.0)
    assert set(task.targets) == {-1.0, 1.0}


@pytest.mark.parametrize(("coding", "values"), [("pm1", [-1.0, 1.0]), ("binary", [0.0, 1.0])])
def test_coding_says_what_a_pattern_is_made_of(coding: str, values: list[float], task_of: GetTask) -> None:
    task = task_of(**SMALL, coding=coding, center_patterns=False)
    assert np.unique(task.inputs[:, :-1]).tolist() == values
    assert (task.inputs[:, -1] == 1.0).all()


@pytest.mark.parametrize("density", [0.1, 0.5, 0.9])
def test_density_is_the_share_of_the_higher_value(density: float, task_of: GetTask) -> None:
    task = task_of(n_inputs=100, n_patterns=100, density=density, center_patterns=False, max_epochs=1)
    assert (task.inputs[:, :-1] == 1.0).mean() == pytest.approx(density, abs=0.02)
    assert (task.targets == 1.0).mean() == pytest.approx(0.5, abs=0.2)


def test_the_patterns_are_those_of_the_seed_whatever_the_policy(task_of: GetTask) -> None:
    one, other = task_of(3, **SMALL, policy="immediate"), task_of(3, **SMALL, policy="at-end", tau=20.0)
    assert (one.patterns == other.patterns).all()
    assert (one.targets == other.targets).all()


def test_learning_stops_after_the_first_epoch_without_an_error() -> None:
    record = Perceptron(**SMALL).run()
    errors = [point["n_errors"] for point in record.outcome["curve"]]
    assert record.outcome["converged"]
    assert record.outcome["accuracy"] == 1.0
    assert errors[-1] == 0
    assert min(errors[:-1]) > 0
    assert record.outcome["n_updates"] == sum(errors)
    assert record.outcome["n_epochs"] == len(errors)


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_not_to_converge_is_an_outcome(engine: str) -> None:
    record = Perceptron(n_inputs=10, n_patterns=60, max_epochs=7).run(engine=engine)
    assert record.outcome["converged"] is False
    assert record.outcome["interrupted"] is False
    assert (record.outcome["n_epochs"], record.outcome["n_presentations"]) == (7, 420)
    assert record.outcome["accuracy"] < 1.0
    assert record.energy["inefficiency"] > 1.0


def test_a_long_curve_is_thinned_and_ends_with_the_last_epoch() -> None:
    record = Perceptron(n_inputs=10, n_patterns=60, max_epochs=1234).run()
    curve = record.outcome["curve"]
    assert len(curve) <= 201
    assert curve[-1]["n_presentations"] == 1234 * 60
    steps = [point["n_presentations"] for point in curve]
    assert steps == sorted(set(steps))


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_when_asked_to_stop_it_keeps_the_epochs_it_has_finished(engine: str) -> None:
    calls: list[int] = []

    def stop(n_done: int, n_total: int, what: str) -> bool:
        calls.append(n_done)
        assert n_total == 10_000
        return len(calls) < 3

    record = Perceptron(n_inputs=10, n_patterns=60).run(engine=engine, monitor=stop)
    assert record.outcome["interrupted"] is True
    assert record.outcome["converged"] is False
    assert record.outcome["n_epochs"] == calls[-1]
    assert record.ledger.total.n_steps == 60 * calls[-1]
    assert record.energy["total"] >= record.energy["minimal"] > 0


def test_digits_are_those_of_scikit_learn() -> None:
    x, y = load_digits()
    theirs = load_digits_of_sklearn()
    assert (x == theirs.data).all()
    assert (y == theirs.target).all()
    assert x.shape == (1797, 64)


@pytest.mark.parametrize("classes", ["3,8", "0,1", "9,4"])
def test_digits_are_told_apart_on_images_never_seen(classes: str, task_of: GetTask) -> None:
    x, y = load_digits()
    first, second = (int(c) for c in classes.split(","))
    chosen = x[(y == first) | (y == second)]
    record = Perceptron(dataset="digits", classes=classes, max_epochs=300).run()
    n_train = int(0.8 * len(chosen))
    assert (record.config["n_patterns"], record.config["n_inputs"]) == (n_train, 64)
    assert record.outcome["accuracy"] > 0.85
    assert record.outcome["accuracy_of"] == "held-out patterns"
    task = task_of(dataset="digits", classes=classes, max_epochs=1, center_patterns=False)
    assert (task.inputs[:, :-1] == np.where(chosen[:n_train] > 8, 1.0, -1.0)).all()
    assert (task.targets == np.where(y[(y == first) | (y == second)][:n_train] == first, 1.0, -1.0)).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.int64])
def test_own_patterns_are_used_as_they_are(dtype: Any, tmp_path: Path, task_of: GetTask) -> None:
    patterns = np.array([[1, -1, 3], [0, 2, -1], [1, 1, 1], [-5, 0, 0]], dtype=dtype)
    targets = np.array([1, -1, 1, -1], dtype=dtype)
    path = save(tmp_path, patterns=patterns, targets=targets, notes=np.zeros(9))
    task = task_of(patterns=path, center_patterns=False)
    assert (task.inputs == np.hstack([patterns, np.ones((4, 1))])).all()
    assert (task.targets == targets).all()
    centred = task_of(patterns=path)
    assert np.allclose(centred.inputs[:, :-1], patterns - patterns.mean())
    record = Perceptron(patterns=path, n_inputs=3, n_patterns=4).run()
    assert (record.config["n_inputs"], record.config["n_patterns"]) == (3, 4)
    assert record.config["patterns"] == str(path)


def test_own_patterns_of_one_input_and_one_pattern_will_do(tmp_path: Path) -> None:
    path = save(tmp_path, patterns=np.array([[2.0]]), targets=np.array([-1]))
    record = Perceptron(patterns=path, center_patterns=False).run()
    assert record.outcome["converged"]
    assert record.weights is not None
    assert record.weights.tolist() == [-2.0, -1.0]


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"patterns": np.zeros((3, 2))}, "lacks the array 'targets'"),
        ({"patterns": np.zeros((3, 2)), "targets": np.ones(4)}, "targets has shape"),
        ({"patterns": np.zeros((3, 2)), "targets": np.ones((3, 1))}, "targets has shape"),
        ({"patterns": np.zeros(3), "targets": np.ones(3)}, "patterns has shape"),
        ({"patterns": np.zeros((0, 2)), "targets": np.ones(0)}, "patterns has shape"),
        ({"patterns": np.zeros((3, 0)), "targets": np.ones(3)}, "patterns has shape"),
        ({"patterns": np.full((3, 2), np.nan), "targets": np.ones(3)}, "finite"),
        ({"patterns": np.zeros((3, 2)), "targets": np.array([1, 0, -1])}, r"must be -1 or \+1"),
        ({"patterns": np.zeros((3, 2)), "targets": np.array([1, np.inf, -1])}, "finite"),
        ({"patterns": np.full((3, 2), "a"), "targets": np.ones(3)}, "patterns"),
        ({"patterns": np.full((3, 2), None), "targets": np.ones(3)}, "patterns"),
    ],
    ids=range(11),
)
def test_own_patterns_that_do_not_fit_are_refused(arrays: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        Perceptron(patterns=save(tmp_path, **arrays)).run()


@pytest.mark.parametrize(
    ("low", "high", "centre", "says"),
    [
        (-4e-6, 4e-6, False, "the largest entry is 4e-06 in size: must be from 0.001 to 1,000"),
        (1000.0 - 2**-13, 1000.0, True, "in size after centring: must be from 0.001 to 1,000"),
        (-1e8 / 3, 1e8 / 3, False, "the largest entry is 3.33333e[+]07 in size"),
        (-1e308, 1e308, True, "the largest entry is 1e[+]308 in size"),
        (-3e6, 3e6, False, "must be from 0.001 to 1,000,000"),
    ],
)
def test_own_patterns_whose_outputs_would_be_ties_or_rounded_are_refused(
    low: float, high: float, centre: bool, says: str, tmp_path: Path
) -> None:
    path = save(tmp_path, patterns=np.array([[low, high], [high, high]]), targets=np.array([1, -1]))
    with pytest.raises(InputError, match=says):
        Perceptron(patterns=path, center_patterns=centre).run()


@pytest.mark.parametrize("size", [1e-3, 0.1, 7 / 3, 1e3, 65535.0, 1e6])
def test_own_patterns_of_any_size_that_is_taken_are_learned_alike_by_both_engines(size: float, tmp_path: Path) -> None:
    """All entries are alike in size, so that many outputs are 0 but for their rounding, and but for the bias."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        patterns, targets = size * rng.choice([-1.0, 1.0], (24, 20)), rng.choice([-1, 1], 24)
        path = save(tmp_path, patterns=patterns, targets=targets)
        asked = Perceptron(patterns=path, center_patterns=False, threshold=5 * size, max_epochs=300)
        plain, compiled = asked.run(engine="reference"), asked.run(engine="numba")
        assert compiled.outcome["n_updates"] == plain.outcome["n_updates"]
        errors = [[point["n_errors"] for point in record.outcome["curve"]] for record in (plain, compiled)]
        assert errors[0] == errors[1]


@pytest.mark.parametrize("centre", [False, True])
def test_patterns_that_are_all_alike_are_taken(centre: bool, tmp_path: Path) -> None:
    path = save(tmp_path, patterns=np.full((3, 2), 0.1), targets=np.ones(3))
    assert Perceptron(patterns=path, center_patterns=centre).run().outcome["converged"]


def test_sizes_that_contradict_the_file_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, patterns=np.ones((3, 2)), targets=np.ones(3))
    with pytest.raises(InputError, match="n_patterns = 4"):
        Perceptron(patterns=path, n_patterns=4).run()
    with pytest.raises(InputError, match="n_inputs = 3"):
        Perceptron(patterns=path, n_inputs=3).run()
    with pytest.raises(InputError, match="n_inputs = 60"):
        Perceptron(dataset="digits", n_inputs=60).run()
    with pytest.raises(InputError, match="give one of the two"):
        Perceptron(dataset="digits", patterns=path)
    with pytest.raises(InputError, match="cannot read"):
        Perceptron(patterns=tmp_path / "absent.npz").run()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"n_inputs": 0}, "n_inputs = 0"),
        ({"n_patterns": -3}, "n_patterns = -3"),
        ({"n_inputs": 1.5}, "n_inputs = 1.5"),
        ({"threshold": -1}, "threshold = -1"),
        ({"threshold": math.inf}, "threshold = inf"),
        ({"threshold": math.nan}, "threshold = nan"),
        ({"tau": 1.0}, "tau = 1.0"),
        ({"tau": math.nan}, "tau = nan"),
        ({"tau": "soon"}, "tau = 'soon'"),
        ({"alpha": 2.5}, "alpha = 2.5"),
        ({"change_cost": -1}, "change_cost = -1"),
        ({"maintenance_cost": math.inf}, "maintenance_cost = inf"),
        ({"density": 0}, "density = 0"),
        ({"density": 1}, "density = 1"),
        ({"learning_rate": 0}, "learning_rate = 0"),
        ({"max_epochs": 0}, "max_epochs = 0"),
        ({"threshold": True}, "threshold = True: must be a number"),
        ({"threshold": "50"}, "threshold = '50': must be a number"),
        ({"tau": "long"}, "tau = 'long': must be a number"),
        ({"n_inputs": True}, "n_inputs = True: must be a whole number"),
        ({"center_patterns": 1}, "center_patterns = 1: must be true or false"),
        ({"write_counts": "yes"}, "write_counts = 'yes': must be true or false"),
        ({"coding": "ternary"}, "coding = 'ternary'"),
        ({"classes": "3,3"}, "must differ"),
        ({"classes": "three"}, "classes = 'three'"),
        ({"dataset": "letters"}, "dataset = 'letters'"),
        ({"policy": "local-gobal"}, "did you mean 'local-global'"),
        ({"rule": "perceptrom"}, "did you mean 'perceptron'"),
        ({"amount": "pulse"}, "quantum"),
        ({"amount": "some", "quantum": 1.0}, "unknown amount 'some'"),
        ({"scope": "neurons"}, "did you mean 'neuron'"),
        ({"quantum": 1.0}, "takes none"),
        ({"policy": "at-end", "amount": "pulse", "quantum": 1.0}, "does not go with"),
        ({"treshold": 3}, "did you mean 'threshold'"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_in_one_sentence(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        Perceptron(**fields)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("how", "says"),
    [({"engine": "nmba"}, "available: lava, "), ({"seed": -1}, "seed = -1"), ({"hardware": "x"}, "'x'")],
    ids=str,
)
def test_a_run_that_cannot_be_made_is_refused_before_it_starts(how: dict[str, Any], says: str) -> None:
    def fail(n_done: int, n_total: int, what: str) -> bool:
        raise AssertionError("it ran")

    with pytest.raises(InputError, match=says):
        Perceptron(**SMALL).run(**how, monitor=fail)


def test_a_config_does_not_change() -> None:
    chosen = Perceptron(**SMALL)
    with pytest.raises(ValueError, match="frozen"):
        chosen.threshold = 7.0  # type: ignore[misc]
    assert chosen.threshold == 5.0


def test_a_policy_of_ones_own_runs_as_an_instance() -> None:
    own = Policy(name="mine", summary="|s| > θ takes the neuron along", statistic="max", scope="neuron")
    found, expected = (Perceptron(**SMALL, policy=policy).run() for policy in (own, "local-global"))
    assert not differences(found.ledger.to_dict(), expected.ledger.to_dict())
    assert found.config["policy"] == "mine"
