"""How long a sample of back-propagation takes at 784-100-10, compiled and in plain NumPy.

Images are MNIST where it is at hand, or else noise of which 19 % is not 0, as in MNIST. Both engines are timed in turn
in one process, after 500 samples of warming up, and the medians compared; the times are those of this machine.

Run ``make bench`` or ``python benchmarks/mlp.py [--smoke]``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

import numpy as np

from lava_caching.consolidation import get_policy
from lava_caching.datasets import load_images
from lava_caching.engines.mlp import MLPTask
from lava_caching.engines.mlp import numba as compiled
from lava_caching.engines.mlp import reference as plain
from lava_caching.errors import InputError

LEAST_RATIO = {"local-global": 15.0, "local-local": 10.0}


def _images(n: int) -> tuple[str, Any, Any]:
    try:
        images = load_images("mnist")
        return "MNIST", images.inputs(images.x_train[:n]), images.y_train[:n]
    except InputError:
        rng = np.random.default_rng(0)
        x = rng.random((n, 784))
        x[rng.random(x.shape) > 0.19] = 0.0
        return "noise", x, rng.integers(0, 10, n)


def _each_us(network: Any, x: Any, y: Any) -> float:
    started = time.perf_counter()
    network.train(x, y)
    return (time.perf_counter() - started) / len(y) * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="few samples; fails below half the bounds only")
    smoke = parser.parse_args().smoke
    n_rounds, n_plain, n_compiled = (3, 30, 500) if smoke else (5, 200, 5000)
    what, x, y = _images(500 + n_rounds * n_compiled)
    rng = np.random.default_rng(0)
    start = (rng.normal(0, 0.01, (100, 784)), rng.normal(0, 0.01, (10, 100)))
    too_slow = False
    print(f"{what:14}{'compiled (µs)':>16}{'plain (µs)':>14}{'plain / compiled':>18}")
    for name, least in LEAST_RATIO.items():
        task = MLPTask(
            start=start,
            biases=False,
            loss="mse",
            error_backprop="plain",
            policy=get_policy(name),
            threshold=0.05,
            tau=1000.0,
            learning_rate=0.1,
        )
        ours, textbook = compiled.train(task), plain.train(task)
        ours.train(x[:500], y[:500])
        rounds = []
        for k in range(n_rounds):
            at = 500 + k * n_compiled
            rounds.append(
                (
                    _each_us(ours, x[at : at + n_compiled], y[at : at + n_compiled]),
                    _each_us(textbook, x[at : at + n_plain], y[at : at + n_plain]),
                )
            )
        ratio = statistics.median(b / a for a, b in rounds)
        a, b = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{name:14}{a:16.1f}{b:14.0f}{ratio:17.0f}×")
        too_slow |= ratio < (least / 2 if smoke else least)
    if too_slow:
        print(f"below the bounds: {LEAST_RATIO}")
    return int(too_slow)


if __name__ == "__main__":
    sys.exit(main())
