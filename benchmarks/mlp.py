"""How long a sample of back-propagation takes, compiled and in NumPy with and without an account, and how it grows.

Images are MNIST where it is at hand, or else noise of which 19 % is not 0, as in MNIST.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.machine import peak_operations
from benchmarks.pairing import Row, row_of, seconds_of
from lava_caching.consolidation import get_policy
from lava_caching.datasets import load_images
from lava_caching.engines.mlp import MLPTask
from lava_caching.engines.mlp import numba as compiled
from lava_caching.engines.mlp import reference as plain
from lava_caching.errors import InputError

TITLE = "Back-propagation, 784-H-10, θ = 0.05, τ = 1000"
LEAST = {"local-global": 15.0, "local-local": 10.0}
HIDDEN = (25, 50, 200, 400)


class _WithoutCaching:
    """The network as NumPy users write it: no cache, no account, one sample at a time."""

    def __init__(self, start: tuple[Any, Any]) -> None:
        self.w1, self.w2 = (w.copy() for w in start)

    def train(self, x: Any, labels: Any) -> None:
        for sample, label in zip(x, labels, strict=True):
            hidden = 1.0 / (1.0 + np.exp(-self.w1 @ sample))
            output = 1.0 / (1.0 + np.exp(-self.w2 @ hidden))
            error = -output
            error[label] += 1.0
            error *= output * (1.0 - output)
            back = self.w2.T @ error * hidden * (1.0 - hidden)
            self.w2 += 0.1 * np.outer(error, hidden)
            self.w1 += 0.1 * np.outer(back, sample)


def rows(smoke: bool) -> Iterator[Row]:
    """Yield both policies at 100 hidden units, then other numbers of units."""
    n_rounds, n_plain, n_compiled = (3, 30, 500) if smoke else (5, 200, 5000)
    what, x, y = _images(500 + n_rounds * n_compiled)
    for policy, least in LEAST.items():
        task, case = _task(100, policy), f"H = 100, {policy}, {what}"
        yield _row(case, task, plain.train(task), "NumPy, same account", x, y, n_rounds, (n_compiled, n_plain), least)
    if smoke:
        return
    for n_hidden in (100, *HIDDEN):
        task = _task(n_hidden, "local-global")
        other = _WithoutCaching(task.start)  # type: ignore[arg-type]
        case = f"H = {n_hidden}, local-global, {what}"
        yield _row(case, task, other, "NumPy, no caching", x, y, n_rounds, (n_compiled, 500), None)


def _images(n: int) -> tuple[str, Any, Any]:
    try:
        images = load_images("mnist")
        return "MNIST", images.inputs(images.x_train[:n]), images.y_train[:n]
    except InputError:
        rng = np.random.default_rng(0)
        x = rng.random((n, 784))
        x[rng.random(x.shape) > 0.19] = 0.0
        return "noise", x, rng.integers(0, 10, n)


def _task(n_hidden: int, policy: str) -> MLPTask:
    rng = np.random.default_rng(0)
    return MLPTask(
        start=(rng.normal(0, 0.01, (n_hidden, 784)), rng.normal(0, 0.01, (10, n_hidden))),
        biases=False,
        loss="mse",
        error_backprop="plain",
        policy=get_policy(policy),
        threshold=0.05,
        tau=1000.0,
        learning_rate=0.1,
    )


def _row(
    case: str, task: MLPTask, other: Any, instead: str, x: Any, y: Any, n_rounds: int, n: tuple[int, int],
    at_least: float | None,
) -> Row:  # fmt: skip
    """Time both in turn on the same images, after 500 of warming up."""
    ours, rounds = compiled.train(task), []
    ours.train(x[:500], y[:500])
    for k in range(n_rounds):
        at = 500 + k * n[0]
        a, b = (slice(at, at + m) for m in n)
        rounds.append((seconds_of(partial(ours.train, x[a], y[a]))[0], seconds_of(partial(other.train, x[b], y[b]))[0]))
    n_hidden = len(task.start[0])
    driven = np.count_nonzero(x) / len(x)
    flops = (
        4 * n_hidden * driven + 6 * 10 * n_hidden
    )  # forward and change of the driven inputs; the output layer thrice
    share = flops * n[0] / min(a for a, _ in rounds) / peak_operations()
    return row_of(
        rounds, n_ours=n[0], n_theirs=n[1], case=case, instead=instead, per="sample", at_least=at_least,
        note=f"{share:.0%} of the core's peak operations",
    )  # fmt: skip
