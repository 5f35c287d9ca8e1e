"""The textbook: `SynapticCache` is driven with one logged change after the other."""

from __future__ import annotations

from lava_caching.cache import SynapticCache
from lava_caching.engines.replay._task import ReplayResult, ReplayTask
from lava_caching.monitor import Monitor, carry_on

__all__ = ["takes_devices", "train"]

takes_devices = True


def train(task: ReplayTask, monitor: Monitor = carry_on) -> ReplayResult:
    """Replay all steps."""
    devices = None if task.device is None else task.device.state(task.start)
    cache = SynapticCache(
        task.start,
        policy=task.policy,
        threshold=task.threshold,
        tau=task.tau,
        write_counts=task.write_counts,
        device=devices,
    )
    n_steps, going_on = 0, True
    while going_on and n_steps < len(task.changes):
        cache.accumulate(task.changes[n_steps])
        cache.end_step()
        n_steps += 1
        going_on = monitor(n_steps, len(task.changes), "steps")
    interrupted = n_steps < len(task.changes)
    ledger = cache.finish()
    return ReplayResult(
        ledger=ledger,
        weights=cache.effective,
        n_steps=n_steps,
        interrupted=interrupted,
        notes={} if devices is None else devices.report(),
    )
