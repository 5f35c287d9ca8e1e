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


NUMBER = 3
"""
POINTS = """
[lava_caching]
experiment.twice-over = twice:Twice
engine.twice-over.numba = lava_caching.engines.perceptron.numba:train
experiment.gone = not_there:Experiment
policy.broken = twice:no_such_policy
"""
WRONG = {
    "policy.number": "twice:NUMBER",
    "rule.number": "twice:NUMBER",
    "schedule.number": "twice:NUMBER",
    "device.number": "twice:NUMBER",
    "experiment.number": "twice:NUMBER",
    "engine.perceptron.number": "twice:NUMBER",
    "policy.a-class": "lava_caching.consolidation:Policy",
    "policy.local-local": "twice:NUMBER",
}
"""Of the wrong kind, and one that bears a name of our own."""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    told = tmp_path / "twice-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: twice\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(POINTS)
    (tmp_path / "twice.py").write_text(EXPERIMENT)
    return tmp_path


@pytest.fixture
def wrong(package: Path) -> Path:
    points = package / "twice-1.0.dist-info" / "entry_points.txt"
    points.write_text(POINTS + "".join(f"{name} = {thing}\n" for name, thing in WRONG.items()))
    return package


def path_with(package: Path) -> str:
    return os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))


def call(package: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": path_with(package), "COLUMNS": "80"}
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


SMALL = ("run", "perceptron", "--n-inputs", "9", "--n-patterns", "3", "--quiet")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*SMALL, "--policy", "number"), "policy 'number' of the package twice: twice:NUMBER is of type int: must be"),
        (
            (*SMALL, "--policy", "a-class"),
            "policy 'a-class' of the package twice: lava_caching.consolidation:Policy is",
        ),
        ((*SMALL, "--rule", "number"), "rule 'number' of the package twice: twice:NUMBER is of type int: must be"),
        (
            (*SMALL, "--schedule", "number", "--schedule-steps", "5"),
            "schedule 'number' of the package twice: twice:NUMBER is of type int: must be",
        ),
        ((*SMALL, "--device", "number"), "device 'number' of the package twice: twice:NUMBER is of type int: must be"),
        ((*SMALL, "--engine", "number"), "engine.perceptron 'number' of the package twice: twice:NUMBER is of type"),
        (
            ("run", "number"),
            "experiment 'number' of the package twice: twice:NUMBER is of type int: must be a subclass",
        ),
        (
            (*SMALL, "--policy", "local-local"),
            "policy 'local-local' of the package twice bears a name of lava-caching's",
        ),
    ],
)
def test_what_is_of_the_wrong_kind_is_named_with_its_package(wrong: Path, words: tuple[str, ...], said: str) -> None:
    ended = call(wrong, *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error: {said}")
    assert len(ended.stderr.splitlines()) == 1


def test_what_is_of_the_wrong_kind_stops_nothing_else(wrong: Path) -> None:
    helped = call(wrong, "run", "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "Store patterns, twice as many." in helped.stdout
    ran = call(wrong, *SMALL, "--device", "ideal", "--out", "r.json")
    assert (ran.returncode, ran.stderr) == (0, "")
    told = call(wrong, "doctor")
    assert told.returncode == 0
    for point in ("policy 'number'", "rule 'number'", "engine.perceptron 'number'", "policy 'local-local'"):
        assert f"{point} of the package twice" in " ".join(told.stdout.split())


def test_names_complete(package: Path) -> None:
    def offered(line: str) -> str:
        words = {"_LAVA_CACHING_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
        env = {**os.environ, "PYTHONPATH": path_with(package), **words}
        done = subprocess.run(
            [sys.executable, "-m", "lava_caching"], capture_output=True, text=True, check=True, env=env
        )
        return done.stdout

    assert "twice-over" in offered("lava-caching run tw")
    assert "sram_rram_22nm" in offered("lava-caching hardware show sram_r")
    assert "2c" in offered("lava-caching figure 2")
