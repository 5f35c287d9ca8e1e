"""How many tasks a sweep finishes, against the same trainings in a pool of processes that keeps nothing."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.pairing import Row, row_of, seconds_of
from lava_caching import Perceptron
from lava_caching.sweeps import Plan, run_sweep

TITLE = "Sweeps: every task with its row and curve as checksummed Parquet"
FIXED = {"n_inputs": 1000, "n_patterns": 1000}


def rows(smoke: bool) -> Iterator[Row]:
    """Yield one worker, and one for each core; the note tells what starting and ending the workers takes of it."""
    n_tasks, n_rounds = (20, 1) if smoke else (1000, 3)
    for workers in sorted({1, os.cpu_count() or 1}):
        rounds = [(_swept(n_tasks, workers), _pooled(n_tasks, workers)) for _ in range(n_rounds)]
        alone = statistics.median(_swept(workers, workers) for _ in range(n_rounds))
        yield row_of(
            rounds, n_ours=n_tasks, n_theirs=n_tasks, per="task", instead="multiprocessing.Pool, nothing kept",
            case=f"{n_tasks} perceptrons, N = P = 1000, {workers} {'process' if workers == 1 else 'processes'}",
            at_least=None if smoke else 0.75, note=f"{alone:.2g} s for one task each",
        )  # fmt: skip


def _swept(n_tasks: int, workers: int) -> float:
    plan = Plan(experiment="perceptron", fixed=FIXED, grid={"seed": list(range(n_tasks))}, zip={})
    with tempfile.TemporaryDirectory() as folder:
        seconds, summary = seconds_of(lambda: run_sweep(plan, Path(folder) / "runs", workers=workers))
    if summary.n_done != summary.n_tasks or summary.failures:
        raise AssertionError(f"{summary.n_done} of {summary.n_tasks} tasks done")
    return seconds


def _train(seed: int) -> float:
    energy = Perceptron(**FIXED).run(seed=seed).energy["total"]
    return float(energy)


def _pooled(n_tasks: int, workers: int) -> float:
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return seconds_of(lambda: pool.map(_train, range(n_tasks), chunksize=1))[0]
