"""What other packages declare appears, runs, and, where it is broken, neither hides nor breaks what is whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXPERIMENT = """
from typing import ClassVar

from lava_caching.experiments.perceptron import Perceptron


class Twice(Perceptron):
    name: ClassVar[str] = "twice-over"
    summary: ClassVar[str] = "Store patterns, twice as many."

    def train(self, engine, seed, monitor):
        twice = self.model_copy(update={"n_patterns": 2 * self.n_patterns})
        return Perceptron.train(Perceptron(**twice.model_dump(exclude_unset=True)), engine, seed, monitor)
"""
POINTS = """
[lava_caching]
experiment.twice-over = twice:Twice
engine.twice-over.numba = lava_caching.engines.perceptron.numba:train
experiment.gone = not_there:Experiment
policy.broken = twice:no_such_policy
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    told = tmp_path / "twice-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: twice\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(POINTS)
    (tmp_path / "twice.py").write_text(EXPERIMENT)
    return tmp_path


def call(package: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(package), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "lava_caching", *words],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=package,
    )


def test_an_experiment_of_another_package_runs_and_its_record_is_one(package: Path) -> None:
    ran = call(package, "run", "twice-over", "--n-inputs", "20", "--n-patterns", "5", "--out", "r.json", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert call(package, "price", "r.json").returncode == 0
    told = call(package, "run", "twice-over", "--help").stdout
    assert "--threshold" in told
    assert "What computes it: numba." in " ".join(told.split())


def test_help_names_what_cannot_be_loaded_and_goes_on(package: Path) -> None:
    told = call(package, "run", "--help")
    assert told.returncode == 0
    assert "Store patterns, twice as many." in told.stdout
    assert "perceptron" in told.stdout
    assert "experiment 'gone' of the package twice cannot be loaded" in told.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "gone"), "error: experiment 'gone' of the package twice cannot be loaded (ModuleNotFoundError: "),
        (
            ("run", "perceptron", "--policy", "broken", "--n-inputs", "9", "--n-patterns", "3"),
            "error: policy 'broken' of the package twice cannot be loaded (AttributeError: ",
        ),
        (
            ("run", "twice-over", "--engine", "nmba"),
            "error: unknown engine of twice-over 'nmba'; did you mean",
        ),
    ],
)
def test_what_is_broken_is_named_with_its_package(package: Path, words: tuple[str, ...], said: str) -> None:
    ended = call(package, *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(said)
    assert len(ended.stderr.splitlines()) == 1


def test_names_complete(package: Path) -> None:
    def offered(line: str) -> str:
        words = {"_LAVA_CACHING_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
        env = {**os.environ, "PYTHONPATH": str(package), **words}
        done = subprocess.run(
            [sys.executable, "-m", "lava_caching"], capture_output=True, text=True, check=True, env=env
        )
        return done.stdout

    assert "twice-over" in offered("lava-caching run tw")
    assert "sram_rram_22nm" in offered("lava-caching hardware show sram_r")
    assert "2c" in offered("lava-caching figure 2")
