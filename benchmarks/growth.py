"""What a process holds (memory, files, threads, children, shared memory), and whether it grows from run to run.

Growth is judged by the Theil-Sen slope over the last half of the samples: the median of the slopes of all pairs, which
neither the warm-up nor a single outlier moves (Sen 1968, https://doi.org/10.1080/01621459.1968.10480934).
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from multiprocessing import shared_memory
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import ArrayLike

__all__ = ["ALLOWED", "SPREAD_KB", "UNITS", "growth", "mark_own", "most_growth", "sample"]

SHARED = Path("/dev/shm")
UNITS = {
    "memory": "kB",
    "files": "",
    "threads": "",
    "children": "",
    "shared memory": "",
    "semaphores": "",
}
ALLOWED = {name: 20.0 if name == "memory" else 0.01 for name in UNITS}
"""Most growth a run. Whatever is forgotten each time, or in each tenth run, is a slope of 1 or 0.1: 0.01 is above noise
and below both. Memory: 20 kB a run are 20 MB in a thousand runs, a thirtieth of what stock Lava takes for a network."""
SPREAD_KB = 4000.0
"""What the allocator may keep back by chance, whatever the number of runs."""


def mark_own() -> None:
    """Let what this process, and those that it starts, put into /dev/shm bear its number.

    What a process that was killed has left there belongs to nobody any more, and others may be killing theirs.
    """
    multiprocessing.current_process()._config["semprefix"] = f"/mp-{os.getpid()}"  # type: ignore[attr-defined]
    shared_memory._SHM_NAME_PREFIX = f"/p{os.getpid()}_"  # type: ignore[attr-defined]  # short: a name has 14 letters


def sample() -> dict[str, float]:
    """Return what this process holds now, garbage collected, for each of `UNITS`.

    Semaphores are the named ones, of which Python makes its own; they and shared memory are counted after `mark_own`.
    """
    gc.collect()
    process = psutil.Process()
    shared = os.listdir(SHARED) if SHARED.is_dir() else []
    with process.oneshot():
        return {
            "memory": process.memory_info().rss / 1e3,
            "files": process.num_fds(),
            "threads": process.num_threads(),
            "children": len(process.children(recursive=True)),
            "shared memory": sum(name.startswith(f"p{process.pid}_") for name in shared),
            "semaphores": sum(name.startswith(f"sem.mp-{process.pid}-") for name in shared),
        }


def growth(samples: Sequence[Mapping[str, float]], name: str) -> float:
    """Return the Theil-Sen slope of one resource over the last half of the samples, per run."""
    values = np.array([held[name] for held in samples[len(samples) // 2 :]])
    return theil_sen(values)


def theil_sen(values: ArrayLike) -> float:
    """Return the median slope of all pairs.

    Examples
    --------
    >>> theil_sen([0, 1, 2, 90, 4, 5])
    1.0
    """
    y = np.asarray(values, np.float64)
    first, second = np.triu_indices(len(y), 1)
    return float(np.median((y[second] - y[first]) / (second - first)))


def most_growth(name: str, n_samples: int) -> float:
    """Return the largest slope that is no leak."""
    spread = SPREAD_KB / (n_samples - n_samples // 2) if name == "memory" else 0.0
    return ALLOWED[name] + spread
