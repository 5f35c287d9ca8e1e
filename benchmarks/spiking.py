"""How long a trial of the spiking neuron takes with two driven inputs, compiled and in plain NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.pairing import Row, in_turn, row_of
from lava_caching.consolidation import get_policy
from lava_caching.engines.spiking import NeuronModel, SpikingTask, draw
from lava_caching.engines.spiking import numba as compiled
from lava_caching.engines.spiking import reference as plain
from lava_caching.engines.spiking._spikes import Drive

TITLE = "Spiking neuron, STDP, 100 inputs of which two are driven"
AT_LEAST = 200.0


def rows(smoke: bool) -> Iterator[Row]:
    """Yield a trial of one second under three policies."""
    n_rounds, n_plain, n_compiled = (3, 2, 100) if smoke else (7, 10, 1000)
    neuron = NeuronModel()
    stimulus = draw(np.random.default_rng(0), np.array([17, 60]), 1.0, neuron, Drive())
    for name in ("local-global", "local-local", "immediate"):
        task = SpikingTask(start=np.zeros(100), policy=get_policy(name), threshold=0.05, tau=None, neuron=neuron)
        ours, theirs = compiled.train(task), plain.train(task)
        rounds = in_turn(
            partial(_trials, ours, stimulus, n_compiled), partial(_trials, theirs, stimulus, n_plain), n_rounds
        )
        yield row_of(
            rounds, n_ours=n_compiled, n_theirs=n_plain, case=f"{name}, 1 s of neural time",
            instead="NumPy, same account", per="trial", at_least=AT_LEAST,
        )  # fmt: skip


def _trials(network: Any, stimulus: Any, n: int) -> None:
    for _ in range(n):
        network.present(stimulus)
