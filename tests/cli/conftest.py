"""The command line, called in this process as a shell would call it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from lava_caching import cli
from lava_caching.experiments.perceptron import Perceptron

SMALL = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "15", "--engine", "reference", "--quiet")


class Done(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Done]
Shell = Callable[..., Done]
Write = Callable[..., Path]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Call ``lava-caching`` with words; returns exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["lava-caching", *map(str, words)])
        capfd.readouterr()
        code = cli._main()
        return Done(code, *capfd.readouterr())

    return run


@pytest.fixture
def refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Call with bad input: returns the sentence, which is all there is; nothing is trained."""

    def never(*_: object) -> None:
        raise AssertionError("training started")

    def run(*words: str | Path) -> str:
        done = call(*words)
        assert done.code == 2, done
        assert done.out == ""
        assert done.err.startswith("error: ")
        assert done.err.count("\n") == 1
        return done.err.removeprefix("error: ").rstrip("\n")

    monkeypatch.setattr(Perceptron, "_random", never)
    monkeypatch.setattr("lava_caching.experiments.perceptron.get_engine", never)
    monkeypatch.setattr("lava_caching.experiments.replay.get_engine", never)
    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write arrays into an .npz file."""

    def savez(name: str = "own.npz", **arrays: object) -> Path:
        path = tmp_path / name
        np.savez(path, **arrays)  # type: ignore[arg-type]
        return path

    return savez


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the record of a small run."""
    path = tmp_path_factory.mktemp("record") / "record.json"
    words = [*SMALL, "--maintenance-cost", "0.01", "--out", str(path)]
    subprocess.run([sys.executable, "-m", "lava_caching", *words], check=True, capture_output=True)
    return path


@pytest.fixture
def shell() -> Shell:
    """Call ``lava-caching`` in a process of its own."""

    def run(*words: str | Path, env: dict[str, str] | None = None) -> Done:
        command = [sys.executable, "-m", "lava_caching", *map(str, words)]
        done = subprocess.run(command, capture_output=True, env={**os.environ, **(env or {})}, check=False)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
