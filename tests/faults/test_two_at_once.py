"""Two processes that write to one place: a sweep's folder belongs to the first, a file is that of one of them."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Begin = Callable[..., Any]
PLAN = """
experiment = "perceptron"
[fixed]
n_inputs = 400
n_patterns = 500
[grid]
seed = [{}]
"""


def test_the_second_sweep_into_a_folder_is_refused(begin: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "plan.toml").write_text(PLAN.format(", ".join(map(str, range(3000)))))
    out = tmp_path / "sw"
    words = ("sweep", str(folder / "plan.toml"), "--workers", "1", "--resume", "--quiet", "--out", str(out))
    first = begin(*words, folder=folder)
    end = time.monotonic() + 60
    while not (out / "manifest.json").exists() and time.monotonic() < end:
        time.sleep(0.02)
    second = begin(*words, folder=tmp_path / "second").end()
    assert (second.code, second.out) == (2, "")
    assert second.err == f"error: {out}: another sweep is writing to it; wait for it, or name another folder\n"
    first.send(signal.SIGTERM)
    assert first.end().code == 143
    assert first.left() == []


def test_two_runs_into_one_file_leave_that_of_one_of_them(begin: Begin, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    words = ("run", "perceptron", "--n-inputs", "50", "--n-patterns", "60", "--write-counts", "--quiet", "--out", out)
    runs = [begin(*words, "--seed", str(seed), folder=tmp_path / str(seed)) for seed in range(3)]
    assert [running.end()[::2] for running in runs] == [(0, "")] * 3
    assert json.loads(out.read_bytes())["seed"] in range(3)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".lava-caching")] == []


@pytest.mark.long
def test_readers_see_one_whole_file_or_another(begin: Begin, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    words = ("run", "perceptron", "--n-inputs", "50", "--n-patterns", "60", "--write-counts", "--quiet", "--out", out)
    n_read = 0
    for n in range(20):
        runs = [begin(*words, "--seed", str(seed), folder=tmp_path / f"{n}-{seed}") for seed in range(2)]
        while any(running.process.poll() is None for running in runs):
            if out.exists():
                assert json.loads(out.read_bytes())["experiment"] == "perceptron"
                n_read += 1
        assert [running.end().code for running in runs] == [0, 0]
    assert n_read > 100
