"""How much the event-driven engine saves against a plain loop over presentations, and how its cost grows.

The compiled loop below is what one would write with numba after reading the paper: every presentation decays, sums |s|
and takes the scalar product over all synapses. Both loops keep four numbers of the ledger; the engine fills all of it,
and must agree with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np

from benchmarks.machine import memory_bandwidth
from benchmarks.pairing import Row, row_of, seconds_of
from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.plasticity import get_rule

TITLE = "Perceptron, local-global, θ = 5"


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


def in_numpy(x, d, eta, eps, kept, theta, n_epochs):  # type: ignore[no-untyped-def]
    """Do the same with NumPy, one presentation at a time."""
    s, l = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    consolidated, held, n_updates, n_steps = 0.0, 0.0, 0, 0
    for _ in range(n_epochs):
        n_errors = 0
        for pattern, target in zip(x, d, strict=True):
            n_steps += 1
            if kept != 1.0:
                s *= kept
            held += np.abs(s).sum()
            if (s + l) @ pattern * target <= eps:
                n_errors += 1
                s += eta * target * pattern
                if np.abs(s).max() > theta + eps:
                    consolidated += np.abs(s).sum()
                    l += s
                    s[:] = 0.0
        n_updates += n_errors
        if n_errors == 0:
            break
    return consolidated + np.abs(s).sum(), held, n_updates, n_steps


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


CASES: tuple[tuple[str, dict[str, Any], float | None], ...] = (
    ("P = 1900, N = 1000", {"n_patterns": 1900}, 10.0),
    ("P = 1900, N = 1000, centred", {"n_patterns": 1900, "center": True}, 5.0),
    ("P = 1900, N = 1000, τ = 1000", {"n_patterns": 1900, "tau": 1000.0, "max_epochs": 1500}, 5.0),
    ("P = 500, N = 1000", {"n_patterns": 500}, 1 / 1.1),
    ("P = 500, N = 1000, centred", {"n_patterns": 500, "center": True}, 1 / 1.1),
    ("P = 500, N = 1000, τ = 1000", {"n_patterns": 500, "tau": 1000.0}, 1 / 1.1),
)
"""What differs, and the least ratio against the compiled loop."""
SIZES, LOADS = (100, 1000, 10_000), (0.1, 0.5, 1.0, 1.5, 1.9)
MOST_EPOCHS = 100
"""At the largest size and load, where a training would take the compiled loop ten minutes."""
FAST = "numba loop, fastmath"


def rows(smoke: bool) -> Iterator[Row]:
    """Yield the cases with bounds, then how cost grows with N and P."""
    for name, change, bound in CASES:
        long = change["n_patterns"] > 1000
        task = make_task(**change)
        yield _row(name, task, plain, "numba loop", (1 if smoke else 5) if long else 15, at_least=bound)
        if not smoke:
            yield _row(name, task, plain_fast, FAST, 5 if long else 15)
    if smoke:
        return
    yield _row("P = 500, N = 1000", make_task(500), in_numpy, "NumPy loop", 3)
    for n in SIZES:
        for load in LOADS:
            huge = n == SIZES[-1]
            task = make_task(int(load * n), n_inputs=n, max_epochs=MOST_EPOCHS if huge and load > 1 else 10_000)
            capped = f", first {MOST_EPOCHS} epochs" if task.max_epochs == MOST_EPOCHS else ""
            yield _row(f"P = {load:g} N, N = {n:,}{capped}", task, plain_fast, FAST, 1 if huge and load >= 1 else 5)


def _row(
    case: str,
    task: PerceptronTask,
    loop: Callable[..., tuple[float, float, int, int]],
    instead: str,
    n_rounds: int,
    at_least: float | None = None,
) -> Row:
    """Time engine and loop in turn, and compare what they counted."""
    train = get_engine("perceptron", "numba")
    kept = 1.0 if task.tau is None else 1.0 - 1.0 / task.tau
    given = (task.inputs, task.targets, task.learning_rate, task.tolerance, kept, task.threshold)
    loop(*given, 1), train(make_task(20, n_inputs=20))  # compile, load
    rounds = []
    for _ in range(n_rounds):
        ours, result = seconds_of(lambda: train(task))
        theirs, (consolidated, held, n_updates, n_steps) = seconds_of(lambda: loop(*given, task.max_epochs))
        total = result.ledger.total
        same = np.allclose([total.persistent_change_l1, total.transient_hold_l1], [consolidated, held], rtol=1e-9)
        if not same or (total.n_updates, total.n_steps) != (n_updates, n_steps):
            raise AssertionError(f"engine and loop disagree: {total.persistent_change_l1} and {consolidated}")
        rounds.append((ours, theirs))
    rate = 8.0 * task.patterns.shape[1] * n_steps / min(ours for ours, _ in rounds)
    note = f"as if reading x at {rate / memory_bandwidth():.2g} × the memory's speed"
    return row_of(
        rounds, n_ours=n_steps, n_theirs=n_steps, case=case, instead=instead, per="presentation", at_least=at_least,
        note=note,
    )  # fmt: skip
