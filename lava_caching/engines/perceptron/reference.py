"""The textbook: one presentation after the other in plain NumPy (Li & van Rossum 2020, doi:10.7554/eLife.50804)."""

from __future__ import annotations

import numpy as np

from lava_caching.cache import SynapticCache
from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask
from lava_caching.monitor import Monitor, carry_on
from lava_caching.schedules import Thresholds

__all__ = ["follows_schedules", "takes_devices", "train"]

takes_devices = follows_schedules = True


def train(task: PerceptronTask, monitor: Monitor = carry_on) -> PerceptronResult:
    """Train until an epoch passes without an error, or for `max_epochs`."""
    start = np.zeros((1, task.patterns.shape[1]))
    devices = None if task.device is None else task.device.state(start)
    cache = SynapticCache(
        start,
        policy=task.policy,
        threshold=task.threshold,
        tau=task.tau,
        tolerance=task.tolerance,
        name="output",
        write_counts=task.write_counts,
        device=devices,
    )
    thresholds = None if task.course is None else Thresholds(task.course)
    inputs = task.inputs
    errors: list[int] = []
    totals: list[tuple[float, float]] = []
    n_spikes = 0
    interrupted = False
    while not interrupted and len(errors) < task.max_epochs and (not errors or errors[-1] > 0):
        errors.append(0)
        for x, target in zip(inputs, task.targets, strict=True):
            output = float(cache.effective[0] @ x)
            n_spikes += output > task.tolerance
            factor = task.rule.post_factor(output, float(target), task.learning_rate, task.tolerance)
            if factor != 0.0:
                errors[-1] += 1
                cache.accumulate(factor * x[np.newaxis])
            if thresholds is not None:
                cache.threshold = thresholds.after(error=factor != 0.0)
            cache.end_step()
        totals.append(cache.totals)
        interrupted = not monitor(len(errors), task.max_epochs, f"epochs, {errors[-1]} errors in the last")
    ledger = cache.finish(
        n_synaptic_ops=int(np.count_nonzero(inputs)) * len(errors),
        n_neuron_updates=len(errors) * len(task.targets),
        n_spikes=n_spikes,
    )
    return PerceptronResult(
        ledger=ledger,
        weights=cache.effective[0],
        errors=np.array(errors),
        interrupted=interrupted and errors[-1] > 0,
        totals=np.array(totals) if devices is None else None,
        notes={} if devices is None else devices.report(),
    )
