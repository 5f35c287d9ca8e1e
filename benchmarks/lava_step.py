"""How long a step of Lava takes with `CachingDense`, against ``LearningDense``, and what caching as a rule costs there.

Pair STDP, one learning step per time-step, 10 % of the inputs and 5 % of the neurons spike. "silent" is a connection
with the ports and the learning phase of ``LearningDense`` that does nothing in them, the cost of Lava's messages;
"mute" has no learning phase either, as `CachingDense`, which learns at the end of the spiking phase.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pairing import Row, row_of

TITLE = "A step of Lava, pair STDP"
SIZES = ((100, 784), (10, 100), (200, 2000))
"""Neurons and inputs; the first is the one that has bounds."""


def rows(smoke: bool) -> Iterator[Row]:
    """Yield both arithmetics, other sizes, and the native caching rule."""
    try:
        from lava.proc.dense.process import LearningDense

        sys.path.insert(0, str(Path(__file__).parent))
        from silent_dense.process import SilentDense
    except ImportError:
        print("lava-nc installs on Python 3.10 only: no step of Lava to time here", file=sys.stderr)
        return
    from lava_caching.processes import CachingDense, native_caching_rule

    n_steps, n_rounds = (100, 3) if smoke else (500, 7)
    for tag in ("floating_pt", "fixed_pt"):
        for size in SIZES[:1] if smoke else SIZES:
            bound = 6.0 if size == SIZES[0] else None
            ours = _stepper(CachingDense, tag, size, caching=_caching(tag))
            stock = _stepper(LearningDense, tag, size)
            case = f"CachingDense, {size[0]} × {size[1]}, {tag}"
            yield _row(ours, stock, (n_steps, n_steps // 2), n_rounds, case, "LearningDense, no caching", bound)
    if smoke:
        return
    size = SIZES[0]
    for tag in ("floating_pt", "fixed_pt"):
        ours, case = _stepper(CachingDense, tag, size, caching=_caching(tag)), f"CachingDense, 100 × 784, {tag}"
        for kind, name in ((True, "silent connection"), (False, "mute connection")):
            yield _row(
                ours, _stepper(SilentDense, tag, size, learning_phase=kind), (n_steps, n_steps), n_rounds, case, name
            )
        native = _stepper(
            LearningDense, tag, size, rule=native_caching_rule(_stdp(), threshold=20, quantum=8).learning_rule
        )
        case = f"native caching rule, 100 × 784, {tag}"
        yield _row(
            native, _stepper(LearningDense, tag, size), (n_steps // 2,) * 2, n_rounds, case, "LearningDense, no caching"
        )
        yield _row(native, ours, (n_steps // 2, n_steps), n_rounds, case, "CachingDense")


def _row(
    ours: Callable[[int, int], float], theirs: Callable[[int, int], float], n_steps: tuple[int, int], n_rounds: int,
    case: str, instead: str, at_least: float | None = None,
) -> Row:  # fmt: skip
    rounds = [(ours(n_steps[0], seed), theirs(n_steps[1], seed)) for seed in range(n_rounds)]
    return row_of(rounds, case=case, instead=instead, per="step", at_least=at_least)


def _stdp() -> Any:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule

    dw = "2^-4*x1*y0 - 2^-4*y1*x0"
    return Loihi2FLearningRule(dw=dw, x1_impulse=16, x1_tau=10, y1_impulse=16, y1_tau=10, t_epoch=1, rng_seed=1)


def _caching(tag: str) -> Any:
    from lava_caching.processes import Caching

    caching = Caching(policy="local-global", threshold=100)
    whole = {"amount": "pulse", "quantum": 16, "tolerance": None}
    return caching if tag == "floating_pt" else replace(caching, **whole)  # type: ignore[arg-type]


def _stepper(
    kind: Any, tag: str, size: tuple[int, int], *, rule: Any = None, **more: Any
) -> Callable[[int, int], float]:
    """Return a function of steps and seed that runs a connection and returns the seconds of a step."""
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.source import RingBuffer

    n_post, n_pre = size

    def run(n_steps: int, seed: int) -> float:
        rng = np.random.default_rng(seed)
        spikes = RingBuffer(data=(rng.random((n_pre, 100)) < 0.10).astype(int))
        echoes = RingBuffer(data=(rng.random((n_post, 100)) < 0.05).astype(int))
        connection = kind(weights=rng.integers(-20, 21, (n_post, n_pre)), learning_rule=rule or _stdp(), **more)
        spikes.s_out.connect(connection.s_in)
        echoes.s_out.connect(connection.s_in_bap)
        configuration = Loihi2SimCfg(select_tag=tag)
        try:
            connection.run(RunSteps(20), configuration)
            started = time.perf_counter()
            connection.run(RunSteps(n_steps), configuration)
            return (time.perf_counter() - started) / n_steps
        finally:
            connection.stop()

    return run
