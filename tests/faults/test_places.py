"""Places that cannot be written, and disks that are full: one sentence, exit code 2, and nothing half-written."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron

Call = Callable[..., Any]
SMALL = "run perceptron --n-inputs 20 --n-patterns 15 --quiet"
PLAN = """
experiment = "perceptron"
[fixed]
n_inputs = 20
n_patterns = 15
[grid]
seed = [0, 1, 2]
"""
WRITERS = {
    "--out": f"{SMALL} --out {{}}/r.json",
    "--weights-out": f"{SMALL} --weights-out {{}}/w.npz",
    "--checkpoint": "run mlp --max-epochs 1 --quiet --checkpoint {}/c.npz --every 200",
    "sweep": "sweep plan.toml --workers 1 --quiet --out {}/sw",
    "--runs of a figure": "figure 2c --quick --quiet --workers 1 --out f.png --runs {}/runs",
    "figure": "figure 2c --quick --quiet --workers 1 --out {}/f.png --runs runs",
    "report": "report record.json --out {}/page.html",
    "price --out": "price record.json --out {}/r.json",
    "price --export": "price record.json --hardware sram_pcm_90nm --export {}/bill.csv",
    "compare --csv": "hardware compare record.json --csv {}/pairs.csv",
    "compare --figure": "hardware compare record.json --figure {}/pairs.png",
}


def some(names: Iterable[str], *short: str) -> list[Any]:
    """Return parameters, of which the others are for the long form."""
    return [pytest.param(name, marks=() if name in short else pytest.mark.long) for name in names]


SMALLER = {"--weights-out", "compare --figure"}
"""What fits into the bytes that a full disk still has in the tests, or has nothing to draw."""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "plan.toml").write_text(PLAN)
    Perceptron(n_inputs=20, n_patterns=15, write_counts=True).run(seed=0).save(folder / "record.json")
    return folder


def without_the_rights_of_root() -> None:
    """Let write-protection hold for root, too, whose right to pass it over ends with the coming exec."""
    cap_dac_override, pr_capbset_drop = 1, 24
    if os.getuid() == 0:
        assert ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0) == 0


def full_disk(n_bytes: int) -> Callable[[], None]:
    """Return what lets no file grow beyond some bytes, as on a full disk: writing fails, and does not kill."""

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))

    return prepare


def one_sentence(ended: Any) -> str:
    assert ended.code == 2, ended
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    return str(ended.err)


@pytest.mark.parametrize("writer", some(WRITERS, "--out", "sweep", "price --export"))
def test_a_write_protected_folder_is_found_before_the_work(call: Call, work: Path, writer: str) -> None:
    (work / "locked").mkdir(mode=0o555)
    words = WRITERS[writer].format("locked").split()
    assert "cannot write locked" in one_sentence(call(*words, folder=work, prepare=without_the_rights_of_root))
    assert list((work / "locked").iterdir()) == []


@pytest.mark.parametrize("writer", some(["--out", "sweep", "report"], "report"))
def test_a_place_below_a_file_or_of_the_kernel_is_refused(call: Call, work: Path, writer: str) -> None:
    for place in ("record.json", "/proc/sys/kernel"):
        said = one_sentence(call(*WRITERS[writer].format(place).split(), folder=work))
        assert f"cannot write {place}" in said


@pytest.mark.long
def test_a_sweep_in_a_folder_that_became_write_protected_is_refused(call: Call, work: Path) -> None:
    words = WRITERS["sweep"].format(".").split()
    assert call(*words, folder=work).code == 0
    for place in ("sw/runs", "sw/curve", "sw"):
        (work / place).chmod(0o555)
    (work / "sw" / ".lock").chmod(0o444)
    before = sorted(path.name for path in (work / "sw").rglob("*"))
    said = one_sentence(call(*words, "--resume", folder=work, prepare=without_the_rights_of_root))
    assert "Permission denied" in said
    assert sorted(path.name for path in (work / "sw").rglob("*")) == before


@pytest.mark.parametrize("writer", some(sorted(set(WRITERS) - SMALLER), "--out", "--checkpoint", "report"))
def test_a_full_disk_is_told_and_leaves_no_part(call: Call, work: Path, writer: str) -> None:
    (work / "place").mkdir()
    words = WRITERS[writer].format("place").split()
    said = one_sentence(call(*words, folder=work, prepare=full_disk(300)))
    assert "File too large" in said
    found = [path for path in (work / "place").rglob("*") if path.is_file() and path.stat().st_size]
    assert found == []


def test_a_sweep_goes_on_when_there_is_room_again(call: Call, work: Path) -> None:
    words = WRITERS["sweep"].format(".").split()
    manifest = 1000  # has room, the parts have not
    one_sentence(call(*words, folder=work, prepare=full_disk(manifest)))
    again = call(*words, "--resume", folder=work)
    assert (again.code, again.out) == (0, "3 of 3 tasks finished: sw/runs\n"), again


def test_standard_output_without_room_is_told(call: Call, work: Path) -> None:
    said = one_sentence(call("hardware", "list", folder=work, prepare=full_disk(200)))
    assert said == "error: cannot write to standard output: File too large; free some space\n"


def test_no_temporary_folder_is_needed_to_run(call: Call, work: Path) -> None:
    """Nothing at all can be written, and the kernels are there already."""
    ended = call(*SMALL.split(), folder=work, prepare=full_disk(0), stdout=subprocess.DEVNULL)
    assert (ended.code, ended.err) == (0, "")


# ------------------------------------------------------------------------------------------------ compiled kernels
KERNEL = """
from lava_caching.kernels._compile import cache_folder, compiled
from numba import types

@compiled(types.float64(types.float64))
def twice(x):
    return 2.0 * x

assert twice(21.0) == 42.0
print(cache_folder())
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Callable[..., Path]:
    """Compile a kernel in a process of its own; returns the folder of compiled kernels."""
    (tmp_path / "kernel.py").write_text(KERNEL)

    def run(prepare: Callable[[], None] | None = None) -> Path:
        env = {**os.environ, "LAVA_CACHING_KERNEL_CACHE": str(tmp_path / "cache")}
        line = [sys.executable, str(tmp_path / "kernel.py")]
        done = subprocess.run(line, capture_output=True, text=True, env=env, check=False, preexec_fn=prepare)
        assert (done.returncode, done.stderr) == (0, "")
        return Path(done.stdout.strip())

    return run


@pytest.mark.parametrize("ending", some([".nbi", ".nbc"], ".nbi"))
@pytest.mark.parametrize("left", [0, pytest.param(40, marks=pytest.mark.long)])
def test_a_compiled_kernel_that_a_crash_has_cut_off_is_compiled_anew(
    kernel: Callable[..., Path], ending: str, left: int
) -> None:
    folder = kernel()
    (harmed,) = folder.rglob(f"*{ending}")
    harmed.write_bytes(harmed.read_bytes()[:left])
    kernel()
    assert all(path.stat().st_size > 40 for path in folder.rglob("*.nb*"))
    kernel()
    assert len(list(folder.rglob("*.nb*"))) == 2  # as good as new


def test_a_kernel_is_compiled_where_it_cannot_be_kept(kernel: Callable[..., Path]) -> None:
    folder = kernel(full_disk(64))
    assert [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size] == []
