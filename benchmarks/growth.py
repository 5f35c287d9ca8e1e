"""What a process holds (memory, files, threads, children, shared memory), and whether it grows from run to run.

Growth is judged by the Theil-Sen slope over the last half of the samples: the median of the slopes of all pairs, which
neither the warm-up nor a single outlier moves (Sen 1968, https://doi.org/10.1080/01621459.1968.10480934).
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import ArrayLike

__all__ = ["ALLOWED", "SPREAD_KB", "UNITS", "growth", "most_growth", "sample"]

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


def sample(earlier: frozenset[str] = frozenset()) -> dict[str, float]:
    """Return what this process holds now, garbage collected.

    Parameters
    ----------
    earlier : frozenset of str
        Names in /dev/shm that were there before, and are not ours.

    Returns
    -------
    dict
        For each of `UNITS`; semaphores are the named ones, of which Python makes its own.
    """
    gc.collect()
    process = psutil.Process()
    with process.oneshot():
        return {
            "memory": process.memory_info().rss / 1e3,
            "files": process.num_fds(),
            "threads": process.num_threads(),
            "children": len(process.children(recursive=True)),
            "shared memory": len([name for name in shared() - earlier if not name.startswith("sem.")]),
            "semaphores": len([name for name in shared() - earlier if name.startswith("sem.")]),
        }


def shared() -> frozenset[str]:
    """Return the names in /dev/shm, without those that processes outside our tree have mapped: of all else on it."""
    place = Path("/dev/shm")
    return frozenset(os.listdir(place)) - _of_others() if place.is_dir() else frozenset()


def _of_others() -> frozenset[str]:
    process = psutil.Process()
    own = {process.pid, *(child.pid for child in process.children(recursive=True))}
    found: set[str] = set()
    for pid in psutil.pids():
        if pid not in own:
            with contextlib.suppress(OSError):  # it has ended, or is another user's
                found.update(re.findall(r"/dev/shm/(\S+)", Path(f"/proc/{pid}/maps").read_text(errors="replace")))
    return frozenset(found)


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
