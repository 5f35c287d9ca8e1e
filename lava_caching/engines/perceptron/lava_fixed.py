"""Real Lava Processes in the arithmetic of Loihi: `CachingDense` with weights and tags of 8 bits and sign.

Its textbook is `lava_caching.engines.perceptron._integer`. Consolidation lags one presentation and moves one quantum,
so that its account is not that of the engines in floating point.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_caching.engines.perceptron import _integer
from lava_caching.engines.perceptron._integer import WholeNumbers, of_task
from lava_caching.engines.perceptron._integer import train as textbook
from lava_caching.engines.perceptron._network import PerceptronNetwork, lossless
from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask, result_of
from lava_caching.monitor import Monitor, carry_on
from lava_caching.processes.caching import Caching
from lava_caching.processes.lava_needed import require_lava

__all__ = ["check", "textbook", "train"]

ENGINE = "lava-fixed"


def check(**asked: Any) -> WholeNumbers:
    """Refuse what this engine cannot do; see `lava_caching.engines.perceptron._integer.whole_numbers`."""
    require_lava(f"engine {ENGINE!r}")
    return _integer.whole_numbers(ENGINE, **asked)


def train(task: PerceptronTask, monitor: Monitor = carry_on) -> PerceptronResult:
    """Train until an epoch passes without an error, or for `max_epochs`."""
    whole = of_task(ENGINE, task)
    require_lava(f"engine {ENGINE!r}")
    from lava_caching.processes.caching_dense.process import CachingDense

    connection = CachingDense(
        weights=np.zeros((1, task.patterns.shape[1])),
        learning_rule=lossless(f"{whole.scale}*x0*y1 - {whole.scale}*x0*y2"),
        caching=Caching(
            policy=task.policy,
            threshold=whole.threshold,
            scope="synapse" if whole.single else "neuron",  # one neuron is also the layer and the network
            quantum=whole.quantum,
        ),
        write_counts=task.write_counts,
    )
    network = PerceptronNetwork(task, connection, tag="fixed_pt", unit=whole.unit)
    with network.running():
        errors, interrupted = network.train(monitor)
        return result_of(
            task,
            connection.read_ledger("output", weight_unit=whole.unit),
            network.read("weights") * whole.unit,
            errors,
            n_spikes=network.count("n_spikes"),
            interrupted=interrupted,
            notes={"n_saturated": int(network.read("saturated").sum()), "n_rounded": network.count("n_rounded")},
        )
