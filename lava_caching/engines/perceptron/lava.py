"""Real Lava Processes on the CPU, in floating point: the account must be that of the engine `numba`."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_caching.engines.perceptron._network import PerceptronNetwork, lossless
from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask, result_of
from lava_caching.monitor import Monitor, carry_on
from lava_caching.processes.caching import Caching
from lava_caching.processes.lava_needed import require_lava

__all__ = ["check", "train"]

ENGINE = "lava"


def check(**_: Any) -> None:
    """Refuse to run without Lava."""
    require_lava(f"engine {ENGINE!r}")


def train(task: PerceptronTask, monitor: Monitor = carry_on) -> PerceptronResult:
    """Train until an epoch passes without an error, or for `max_epochs`."""
    require_lava(f"engine {ENGINE!r}")
    from lava.magma.core.learning.constants import GradedSpikeCfg

    from lava_caching.processes.caching_dense.process import CachingDense

    connection = CachingDense(
        weights=np.zeros((1, task.patterns.shape[1])),
        learning_rule=lossless("2*x0*x1*y1"),  # a graded spike of size x leaves x1 = x/2
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
        num_message_bits=24,
        caching=Caching(policy=task.policy, threshold=task.threshold, tau=task.tau, tolerance=task.tolerance),
        write_counts=task.write_counts,
    )
    network = PerceptronNetwork(task, connection, tag="floating_pt")
    with network.running():
        errors, interrupted = network.train(monitor)
        return result_of(
            task,
            connection.read_ledger("output"),
            network.read("weights"),
            errors,
            n_spikes=network.count("n_spikes"),
            interrupted=interrupted,
        )
