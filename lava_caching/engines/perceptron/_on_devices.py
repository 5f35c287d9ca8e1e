"""The compiled perceptron on modelled memory cells: presentation by presentation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_caching.devices import DeviceState
from lava_caching.engines._settle import settle
from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask
from lava_caching.kernels._compile import scalar
from lava_caching.kernels.books import TALLY, changes_of, new_writes, tally_of
from lava_caching.kernels.devices import cells_of
from lava_caching.kernels.on_devices import train_on_devices
from lava_caching.kernels.rows import fold_of, trigger_of
from lava_caching.kernels.schedule import course_of
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.monitor import Monitor

__all__ = ["train"]

ENTRIES_PER_CHUNK = 300_000_000
"""Inputs looked at between two calls of the monitor: about 0.1 s."""


def train(task: PerceptronTask, devices: DeviceState, monitor: Monitor) -> PerceptronResult:
    """Train until an epoch passes without an error, or for `max_epochs`."""
    inputs = np.ascontiguousarray(task.inputs, np.float64)
    n_patterns, n_inputs = inputs.shape
    persistent = devices.weights.reshape(1, -1)  # not all 0 where devices are stuck
    start, transient = persistent.copy(), np.zeros((1, n_inputs))
    tally, writes = np.zeros(1, TALLY), new_writes((1, n_inputs), per_synapse=False)
    tally["largest_weight"] = np.abs(start).max()
    given = (
        inputs,
        np.ascontiguousarray(task.targets, np.float64),
        scalar(task.rule.post_factor, 4),
        task.rule.margin + task.tolerance,
        task.learning_rate,
        task.tolerance,
        1.0 if task.tau is None else 1.0 - 1.0 / task.tau,
        trigger_of(task.policy, task.threshold, task.tolerance),
        fold_of(task.policy),
    )
    course = course_of(task.course)
    chunk = max(1, ENTRIES_PER_CHUNK // inputs.size)
    errors: NDArray[np.int64] = np.zeros(0, np.int64)
    going_on = True
    while going_on and errors.size < task.max_epochs and (not errors.size or errors[-1] > 0):
        new = np.zeros(min(chunk, task.max_epochs - errors.size), np.int64)
        cells = cells_of(devices)
        n_done = train_on_devices(*given, transient, persistent, tally, writes, *course, new, cells, devices.rng)
        errors = np.concatenate([errors, new[:n_done]])
        going_on = monitor(errors.size, task.max_epochs, f"epochs, {errors[-1]} errors in the last")
    sums = tally_of(tally)
    run = sums.part(
        n_synapses=n_inputs,
        n_synaptic_ops=int(np.count_nonzero(inputs)) * errors.size,
        n_neuron_updates=errors.size * n_patterns,
        write_counts=tuple(devices.cycles.tolist()) if task.write_counts else None,
        **changes_of(writes),
        **devices.ledger_counts(),
    )
    residual, weights = settle(transient, persistent, start, devices, sums.n_steps, write_counts=task.write_counts)
    return PerceptronResult(
        ledger=Ledger(layers=(LayerLedger(name="output", run=run, residual=residual),)),
        weights=weights.reshape(-1),
        errors=errors,
        interrupted=not going_on and bool(errors[-1] > 0),
        notes=devices.report(),
    )
