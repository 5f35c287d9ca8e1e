"""How long a trial of the spiking neuron takes with two driven inputs, compiled and in plain NumPy.

Both engines present the same spikes in turn in one process, and the medians are compared; the times are those of this
machine.

Run ``make bench`` or ``python benchmarks/spiking.py [--smoke]``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

import numpy as np

from lava_caching.consolidation import get_policy
from lava_caching.engines.spiking import NeuronModel, SpikingTask, draw
from lava_caching.engines.spiking import numba as compiled
from lava_caching.engines.spiking import reference as plain
from lava_caching.engines.spiking._spikes import Drive

LEAST_RATIO = 200.0


def _each_us(work: Any, n: int) -> float:
    started = time.perf_counter()
    for _ in range(n):
        work()
    return (time.perf_counter() - started) / n * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="few trials; fails below half the bound only")
    smoke = parser.parse_args().smoke
    n_rounds, n_plain, n_compiled = (3, 2, 100) if smoke else (7, 10, 1000)
    rng, neuron, drive, active = np.random.default_rng(0), NeuronModel(), Drive(), np.array([17, 60])
    stimulus = draw(rng, active, 1.0, neuron, drive)
    slowest = 1e9
    print(f"{'policy':14}{'compiled (µs)':>16}{'with draws':>12}{'plain (µs)':>13}{'plain / compiled':>18}")
    for name in ("local-global", "local-local", "immediate"):
        task = SpikingTask(start=np.zeros(100), policy=get_policy(name), threshold=0.05, tau=None, neuron=neuron)
        ours, textbook = compiled.train(task), plain.train(task)
        works = (
            (lambda ours=ours: ours.present(stimulus), n_compiled),
            (lambda ours=ours: ours.present(draw(rng, active, 1.0, neuron, drive)), n_compiled),
            (lambda textbook=textbook: textbook.present(stimulus), n_plain),
        )
        rounds = [[_each_us(*work) for work in works] for _ in range(n_rounds)]
        alone, drawn, slow = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(b / a for a, _, b in rounds)
        slowest = min(slowest, ratio)
        print(f"{name:14}{alone:16.0f}{drawn:12.0f}{slow:13.0f}{ratio:17.0f}×")
    too_slow = slowest < (LEAST_RATIO / 2 if smoke else LEAST_RATIO)
    if too_slow:
        print(f"below the bound: {LEAST_RATIO}")
    return int(too_slow)


if __name__ == "__main__":
    sys.exit(main())
