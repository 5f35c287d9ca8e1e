"""The best threshold: near that of an exhaustive grid for a fraction of its runs, and honest about the rest."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching import Perceptron
from lava_caching.cli import _main
from lava_caching.errors import InputError
from lava_caching.sweeps import optimize
from lava_caching.sweeps._optimize import _beaten

SMALL: dict[str, Any] = {"n_inputs": 100, "n_patterns": 100, "maintenance_cost": 0.003}


@pytest.mark.parametrize("policy", ["local-global", "local-local"])
def test_it_is_within_ten_percent_of_an_exhaustive_grid_at_a_quarter_of_the_runs(policy: str) -> None:
    config = {**SMALL, "policy": policy}
    best = optimize("perceptron", config, seeds=4)
    grid = np.geomspace(5 / 30, 150, 49)
    energies = [
        np.mean([Perceptron(**config, threshold=theta).run(seed=seed).energy["total"] for seed in range(4)])
        for theta in grid
    ]
    at = list(best.thresholds).index(best.threshold)
    assert best.mean("energy")[at] <= 1.1 * min(energies)
    assert best.n_runs <= 0.25 * 4 * len(grid)
    assert best.interval is not None
    assert best.interval[0] <= best.threshold <= best.interval[1]


def test_means_and_errors_are_those_of_the_runs() -> None:
    best = optimize("perceptron", SMALL, seeds=3, objectives=("energy", "accuracy", "time"), low=1, high=9)
    at = list(best.thresholds).index(best.threshold)
    runs = [Perceptron(**SMALL, threshold=best.threshold).run(seed=seed) for seed in range(3)]
    energies = [run.energy["total"] for run in runs]
    assert best.values["energy"][at].tolist() == energies
    assert best.standard_error("energy")[at] == pytest.approx(np.std(energies, ddof=1) / np.sqrt(3))
    assert best.mean("accuracy")[at] == pytest.approx(np.mean([run.outcome["accuracy"] for run in runs]))
    assert best.threshold in best.pareto


def test_what_does_not_converge_is_no_candidate() -> None:
    """With a fast decay and a high threshold nothing is learned, at little cost."""
    config = {**SMALL, "tau": 20.0, "max_epochs": 40}
    best = optimize("perceptron", config, seeds=2)
    at = list(best.thresholds).index(best.threshold)
    assert not best.candidates[-1]
    assert best.candidates[at]
    assert np.nanmin(best.mean("energy")) < best.mean("energy")[at]
    with pytest.raises(InputError, match="no threshold at which all seeds converge"):
        optimize("perceptron", {**SMALL, "max_epochs": 1}, seeds=2)


@pytest.mark.slow
def test_workers_find_the_same() -> None:
    here, there = (optimize("perceptron", SMALL, seeds=2, workers=workers) for workers in (1, 2))
    assert here.threshold == there.threshold
    assert (here.values["energy"] == there.values["energy"]).all()


def test_a_point_is_beaten_by_one_that_is_no_worse_anywhere_and_better_somewhere() -> None:
    points = np.array([[1.0, 2.0, 2.0, 1.0], [2.0, 1.0, 2.0, 2.0]])
    assert [_beaten(points, points[:, i]) for i in range(4)] == [False, False, True, False]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"low": 0.0}, "low = 0 and high = 150: must be above 0"),
        ({"low": 9.0, "high": 3.0}, "the lower one first"),
        ({"seeds": 0}, "seeds = 0: must be at least 1"),
        ({"workers": 0}, "workers = 0: must be at least 1"),
        ({"objectives": ("enrgy",)}, "did you mean 'energy'"),
        ({"config": {"policy": "at-end"}}, "has no threshold"),
        ({"config": {"threshold": 3.0}}, "is what is looked for"),
        ({"config": {"n_inputs": -3}}, "n_inputs = -3"),
        ({"config": SMALL, "objectives": ("joules",), "hardware": "loihi2", "seeds": 1}, "no run tells it"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        optimize("perceptron", **{"config": {}, **fields})
    assert said in str(error.value)


def test_the_command_tells_the_best_and_everything_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["optimize", "perceptron", "--n-inputs", "60", "--n-patterns", "50", "--seeds", "2", "--quiet"]

    def call(*more: str) -> str:
        monkeypatch.setattr(sys, "argv", ["lava-caching", *words, *more])
        assert _main() == 0
        return capsys.readouterr().out

    told = json.loads(call("--json", "--objective", "energy,lifetime"))
    assert told["n_runs"] == 2 * len(told["tried"])
    shown = call("--objective", "energy,lifetime")
    assert f"best θ = {told['threshold']:.4g}" in shown
    assert "Pareto" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_where_the_seed_changes_nothing_one_run_a_threshold_is_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    own = tmp_path / "own.npz"
    np.savez(own, patterns=rng.choice([-1.0, 1.0], (30, 40)), targets=rng.choice([-1.0, 1.0], 30))
    config = {"patterns": own, "maintenance_cost": 0.003}
    best = optimize("perceptron", config, seeds=3, objectives=("accuracy",))
    assert best.interval is None
    assert best.values["accuracy"].shape == (len(best.thresholds), 1)
    assert best.n_runs == len(best.thresholds)
    monkeypatch.setattr(sys, "argv", ["lava-caching", "optimize", "perceptron", "--patterns", str(own), "--quiet"])
    assert _main() == 0
    assert "every seed gave the same, for nothing is drawn here: one run tells all" in capsys.readouterr().out
