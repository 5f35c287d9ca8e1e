"""Nothing grows from run to run: a few sweeps and Lava runs here, an hour and a thousand of them on request."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import pytest

from benchmarks.growth import UNITS, growth, most_growth, sample

ENDURANCE = Path(__file__).parents[2] / "benchmarks" / "endurance.py"
linux_only = pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="looks into /proc, which Linux has")


def endure(*words: str) -> str:
    done = subprocess.run([sys.executable, str(ENDURANCE), *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


@linux_only
@pytest.mark.slow
@pytest.mark.parametrize("story", ["sweeps", "lava"])
def test_nothing_grows_in_a_few_runs(story: str) -> None:
    if story == "lava":
        pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    assert f"{story}: nothing grows" in endure(story, "--smoke")


@linux_only
@pytest.mark.long
@pytest.mark.parametrize("story", ["sweeps", "lava"])
def test_nothing_grows_in_an_hour_or_a_thousand_runs(story: str) -> None:
    if story == "lava":
        pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    assert f"{story}: nothing grows" in endure(story)


@pytest.mark.parametrize("name", UNITS)
def test_a_leak_of_one_in_ten_runs_is_found_among_noise(name: str) -> None:
    rng = np.random.default_rng(0)
    size = 1000.0 if name == "memory" else 1.0
    noise = size * (rng.random(200) < 0.1)  # of others, or of what is still on its way
    steady = [{name: 50 * size + extra} for extra in noise]
    leaking = [{name: held[name] + n // 10 * size} for n, held in enumerate(steady)]
    assert growth(steady, name) <= most_growth(name, 200) < growth(leaking, name)


LEAVES = """
import multiprocessing as mp, sys
from multiprocessing.shared_memory import SharedMemory
sys.path.append(sys.argv[1])
from benchmarks.growth import mark_own, sample
if __name__ == "__main__":
    mark_own()
    before, lock, block = sample(), mp.get_context("spawn").Lock(), SharedMemory(create=True, size=9)
    after = sample()
    block.unlink()
    print([after[name] - before[name] for name in ("semaphores", "shared memory")])
"""


@linux_only
def test_what_lies_in_shared_memory_is_seen_where_it_is_ours() -> None:
    theirs = SharedMemory(create=True, size=9)
    try:
        line = [sys.executable, "-c", LEAVES, str(ENDURANCE.parents[1])]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
    finally:
        theirs.unlink()
    assert done.stdout == "[1, 1]\n"


def test_what_is_held_is_seen(tmp_path: Path) -> None:
    before = sample()
    with (tmp_path / "held").open("w"):
        during = sample()
    assert during["files"] - before["files"] == 1
    assert sample()["files"] == before["files"]
