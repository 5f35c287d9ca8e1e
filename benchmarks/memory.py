"""How much memory a training takes at its peak, against the NumPy loop of the benchmark of times on the same patterns.

Each runs in a process of its own; what Python and its libraries take by themselves is part of it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.pairing import Row, row_of

TITLE = "Peak memory"
OURS = """
from lava_caching import Perceptron
Perceptron(n_inputs={n}, n_patterns={p}, max_epochs=2, threshold=5).run(seed=0)
"""
THEIRS = """

import numpy as np, numba
rng = np.random.default_rng(0)
x = np.where(rng.random(({p}, {n} + 1)) < 0.5, 1.0, -1.0)
d = np.where(rng.random({p}) < 0.5, 1.0, -1.0)
from benchmarks.perceptron import in_numpy
in_numpy(x, d, 1.0, 1e-9, 1.0, 5.0, 2)
"""

WATCH = """
import os, subprocess, sys
_, status, used = os.wait4(subprocess.Popen([sys.executable, "-c", sys.argv[1]]).pid, 0)
print(used.ru_maxrss)
sys.exit(status != 0)
"""
"""A small process starts the one that is measured: what is started inherits the peak of who starts it."""


def rows(smoke: bool) -> Iterator[Row]:
    """Yield three sizes."""
    for n, p in ((1000, 1000),) if smoke else ((1000, 1000), (1000, 10_000), (10_000, 10_000)):
        ours, theirs = OURS.format(n=n, p=p), THEIRS.format(n=n, p=p)
        rounds = [(_peak(ours), _peak(theirs)) for _ in range(1 if smoke else 3)]
        case = f"perceptron, N = {n:,}, P = {p:,}, two epochs"
        yield row_of(rounds, case=case, instead="NumPy loop", unit="B", at_least=0.5)


def _peak(script: str) -> float:
    """Return the largest resident memory of a process in bytes."""
    done = subprocess.run([sys.executable, "-c", WATCH, script], check=True, capture_output=True, text=True)
    return int(done.stdout) * (1.0 if sys.platform == "darwin" else 1024.0)
