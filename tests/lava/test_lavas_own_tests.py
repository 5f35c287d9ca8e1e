"""Lava's own tests of dense and sparse learning, with our connection in the place of Lava's.

The installed test files are copied and one import is redirected; no expectation is touched.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

REDIRECT = """
import lava.proc.dense.process as _dense, lava.proc.sparse.process as _sparse
from lava_caching.processes.caching_dense.process import CachingDense as _CachingDense
from lava_caching.processes.caching_sparse.process import CachingSparse as _CachingSparse
_dense.LearningDense, _sparse.LearningSparse = _CachingDense, _CachingSparse
"""
FILES = {
    "proc/dense/test_learning.py": 24,
    "proc/dense/test_stdp_sim.py": 10,
    "proc/dense/test_models.py": 22,
    "proc/sparse/test_models.py": 29,
}


def _installed(name: str) -> Path:
    """Find a test file that lava-nc brings along, without importing its package, which is called `tests` as ours is."""
    spec = importlib.util.find_spec("lava.magma")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations))).parents[1] / "tests" / "lava" / name


@pytest.mark.parametrize(("name", "at_least"), FILES.items())
def test_they_pass_with_ours(name: str, at_least: int, tmp_path: Path) -> None:
    source = _installed(name)
    assert source.exists(), f"lava-nc brings no {name} any more: find where its tests went"
    copy = tmp_path / f"redirected_{source.parent.name}_{source.name}"
    copy.write_text(REDIRECT + source.read_text(encoding="utf-8"), encoding="utf-8")
    # in a process of its own: these tests print, warn, and replace classes
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(copy)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    last = done.stdout.strip().splitlines()[-1]
    assert done.returncode == 0, f"{last}\n{done.stdout[-3000:]}"
    assert int(last.split(" passed")[0].split()[-1]) >= at_least, last
    assert "failed" not in last
    assert "error" not in last
