"""How much the event-driven engine saves against a plain compiled loop, paired in one process.

Run ``python -m benchmarks.perceptron``; ``--smoke`` is short and fails where a ratio falls below half its bound.
The loop below is what one would write with numba after reading the paper: every presentation decays, sums |s| and takes
the scalar product over all synapses. It keeps only four numbers of the ledger; the engine fills all of it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from rich.console import Console
from rich.table import Table

from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.plasticity import get_rule


def _plain(x, d, eta, eps, kept, theta, n_epochs):  # type: ignore[no-untyped-def]
    n = x.shape[1]
    s, l = np.zeros(n), np.zeros(n)
    consolidated, held, n_updates, n_steps = 0.0, 0.0, 0, 0
    for _ in range(n_epochs):
        n_errors = 0
        for p in range(x.shape[0]):
            n_steps += 1
            y, size = 0.0, 0.0
            for i in range(n):
                if kept != 1.0:
                    s[i] *= kept
                y += (s[i] + l[i]) * x[p, i]
                size += abs(s[i])
            held += size
            if y * d[p] <= eps:
                n_errors += 1
                over = False
                for i in range(n):
                    s[i] += eta * d[p] * x[p, i]
                    over |= abs(s[i]) > theta + eps
                if over:
                    for i in range(n):
                        consolidated += abs(s[i])
                        l[i] += s[i]
                        s[i] = 0.0
        n_updates += n_errors
        if n_errors == 0:
            break
    for i in range(n):
        consolidated += abs(s[i])
    return consolidated, held, n_updates, n_steps


plain = numba.njit(_plain)
# the same text with leave to reorder sums: what one gets for adding one argument
plain_fast = numba.njit(_plain, fastmath=True)

CASES: dict[str, tuple[dict[str, Any], float]] = {
    "P = 1900, uncentred": ({"n_patterns": 1900}, 10.0),
    "P = 1900, centred": ({"n_patterns": 1900, "center": True}, 5.0),
    "P = 1900, τ = 1000": ({"n_patterns": 1900, "tau": 1000.0, "max_epochs": 1500}, 5.0),
    "P = 500, uncentred": ({"n_patterns": 500}, 1 / 1.1),
    "P = 500, centred": ({"n_patterns": 500, "center": True}, 1 / 1.1),
    "P = 500, τ = 1000": ({"n_patterns": 500, "tau": 1000.0}, 1 / 1.1),
}
"""Name: what differs from N = 1000, local-global, θ = 5; least ratio against the plain loop."""
SMOKE_SHARE = 0.5
"""A smoke run fails below half of that: it is there to catch a broken kernel, and machines are noisy."""


def make_task(
    n_patterns: int,
    center: bool = False,
    tau: float | None = None,
    max_epochs: int = 10_000,
    n_inputs: int = 1000,
    seed: int = 0,
) -> PerceptronTask:
    """Draw ±1 patterns as the experiment does."""
    rng = np.random.default_rng(seed)
    patterns = np.where(rng.random((n_patterns, n_inputs)) < 0.5, 1.0, -1.0)
    targets = np.where(rng.random(n_patterns) < 0.5, 1.0, -1.0)
    shift = np.zeros(n_inputs + 1)
    shift[:-1] = -patterns.mean() if center else 0.0
    return PerceptronTask(
        patterns=np.hstack([patterns, np.ones((n_patterns, 1))]),
        shift=shift,
        targets=targets,
        rule=get_rule("perceptron"),
        policy=get_policy("local-global"),
        threshold=5.0,
        tau=tau,
        learning_rate=1.0,
        max_epochs=max_epochs,
    )


def _seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def compare(task: PerceptronTask, repeats: int, fast: bool) -> tuple[float, float, float | None]:
    """Return the engine's median seconds and the median ratios of the plain loops, timed in turn with it."""
    train = get_engine("perceptron", "numba")
    kept = 1.0 if task.tau is None else 1.0 - 1.0 / task.tau
    given = (task.inputs, task.targets, task.learning_rate, task.tolerance, kept, task.threshold, task.max_epochs)
    plain(*given[:-1], 1), plain_fast(*given[:-1], 1), train(task)  # compile, load
    rows = []
    for _ in range(repeats):
        ours, result = _seconds(lambda: train(task))
        slow, (consolidated, held, n_updates, n_steps) = _seconds(lambda: plain(*given))
        quick = _seconds(lambda: plain_fast(*given))[0] if fast else None
        total = result.ledger.total
        same = np.allclose([total.persistent_change_l1, total.transient_hold_l1], [consolidated, held], rtol=1e-9)
        if not same or (total.n_updates, total.n_steps) != (n_updates, n_steps):
            raise AssertionError(f"engine and plain loop disagree: {total.persistent_change_l1} and {consolidated}")
        rows.append((ours, slow / ours, None if quick is None else quick / ours))
    quick_ratio = statistics.median(r[2] or 0.0 for r in rows) if fast else None
    return statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows), quick_ratio


def main() -> int:
    """Print the table; with ``--smoke`` return 1 where a ratio falls far short of its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="one repeat, and fail below the bounds")
    smoke = parser.parse_args().smoke
    table = Table(title="N = 1000, local-global, θ = 5: engine numba against a compiled presentation loop")
    for name in ("case", "engine [ms]", "plain loop / engine", "fastmath loop / engine", "at least"):
        table.add_column(name, justify="left" if name == "case" else "right")
    failed = False
    for name, (change, bound) in CASES.items():
        long = change["n_patterns"] > 1000
        seconds, ratio, quick = compare(make_task(**change), (1 if smoke else 5) if long else 15, fast=not smoke)
        failed |= ratio < SMOKE_SHARE * bound
        table.add_row(
            name, f"{seconds * 1e3:.1f}", f"{ratio:.1f}", "" if quick is None else f"{quick:.1f}", f"{bound:.2g}"
        )
    Console(width=100).print(table)
    return int(smoke and failed)


if __name__ == "__main__":
    sys.exit(main())
