"""The compiled engine: the log is replayed in blocks, so that progress shows and Ctrl-C is heard."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_caching.cache import default_tolerance
from lava_caching.engines._settle import settle
from lava_caching.engines.replay._task import ReplayResult, ReplayTask
from lava_caching.kernels.books import TALLY, changes_of, new_writes, tally_of
from lava_caching.kernels.replay import replay
from lava_caching.kernels.rows import fold_of, trigger_of
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.monitor import Monitor, carry_on

__all__ = ["takes_devices", "train"]

takes_devices = True

ENTRIES_PER_BLOCK = 30_000_000
"""Changes replayed between two calls of the monitor: about 0.1 s."""


def train(task: ReplayTask, monitor: Monitor = carry_on) -> ReplayResult:
    """Replay all steps."""
    shape = (task.start.shape[0], task.start.shape[1])
    # the kernel tests each row as one unit: a wider scope is one long row, and single synapses need no rows
    units = shape if task.policy.scope == "neuron" else (1, task.start.size)
    devices = None if task.device is None else task.device.state(task.start.astype(np.float64))
    start = (task.start if devices is None else devices.weights).reshape(units).astype(np.float64)
    persistent, transient = start.copy(), np.zeros(units)
    changes = np.ascontiguousarray(task.changes, np.float64).reshape(len(task.changes), *units)
    kept = 1.0 if task.tau is None or task.policy.direct else 1.0 - 1.0 / task.tau
    tally = np.zeros(1, TALLY)
    writes = new_writes(units, per_synapse=task.write_counts)
    tolerance = default_tolerance(task.policy, task.threshold)
    given = kept, trigger_of(task.policy, task.threshold, tolerance), fold_of(task.policy)
    kernel: Any = replay
    cells: tuple[Any, ...] = ()
    if devices is not None:
        from lava_caching.kernels.devices import cells_of  # kernels that most runs do not need
        from lava_caching.kernels.on_devices import replay_on_devices

        kernel, cells = replay_on_devices, (cells_of(devices), devices.rng)
    tally["largest_weight"] = np.abs(start).max()
    block = max(1, ENTRIES_PER_BLOCK // task.start.size)
    n_steps, going_on = 0, True
    while going_on and n_steps < len(changes):
        part = changes[n_steps : n_steps + block]
        kernel(part, *given, transient, persistent, tally, writes, *cells)
        n_steps += len(part)
        going_on = monitor(n_steps, len(changes), "steps")
    sums = tally_of(tally)
    unknown = {"n_synaptic_ops": None, "n_neuron_updates": None, "n_spikes": None}
    counted_writes = writes.per_synapse if devices is None else devices.cycles
    counts = tuple(counted_writes.ravel().tolist()) if task.write_counts else None
    counted = {} if devices is None else devices.ledger_counts()
    run = sums.part(n_synapses=start.size, **changes_of(writes), **unknown, **counted, write_counts=counts)
    residual, weights = settle(transient, persistent, start, devices, sums.n_steps, write_counts=task.write_counts)
    return ReplayResult(
        ledger=Ledger(layers=(LayerLedger(name="synapses", run=run, residual=residual),)),
        weights=weights.reshape(shape),
        n_steps=n_steps,
        interrupted=n_steps < len(changes),
        notes={} if devices is None else devices.report(),
    )
