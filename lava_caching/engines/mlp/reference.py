"""The textbook: one sample after the other in plain NumPy, as Li & van Rossum (2020), doi:10.7554/eLife.50804, Fig. 5.

Per sample: forward with w = l + s; errors travel back through the weights before this sample's update; s takes the
changes; trigger and consolidation; maintenance; decay.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.cache import SynapticCache
from lava_caching.devices import DeviceState
from lava_caching.energy import CostFunctional
from lava_caching.engines.mlp._task import OFF, ON, MLPTask, logistic, outputs
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.plasticity import largest_changes
from lava_caching.schedules import Thresholds

__all__ = ["follows_schedules", "takes_devices", "train"]

takes_devices = follows_schedules = True
Array = NDArray[np.float64]


class Network:
    """Layers of logistic units; each keeps its weights in a `SynapticCache`."""

    def __init__(self, task: MLPTask, devices: Sequence[DeviceState] = ()) -> None:
        self.task, self.devices = task, list(devices)
        self.caches = [
            SynapticCache(
                start,
                policy=task.policy,
                threshold=task.threshold,
                tau=task.tau,
                order="mlp",
                tolerance=task.tolerance,
                name=f"layer {k + 1}",
                write_counts=task.write_counts,
                device=self.devices[k] if self.devices else None,
            )
            for k, start in enumerate(task.start)
        ]
        self.thresholds = None if task.course is None else Thresholds(task.course)
        self.n_ops = [0] * len(self.caches)
        self.n_steps = 0

    @np.errstate(over="ignore", invalid="ignore")  # what is not finite ends the training
    def train(self, x: Array, labels: NDArray[np.int64]) -> int:
        """Present samples one after the other; return how many were."""
        for n_done, (pixels, label) in enumerate(zip(x, labels, strict=True)):
            weights = self.effective()
            activities = self._forward(pixels, weights)
            deltas = self._deltas(activities, int(label), weights)
            if not all((np.abs(self.task.learning_rate * d) <= self.task.largest_change).all() for d in deltas):
                return n_done
            is_error = int(np.argmax(activities[-1])) != label
            learns = is_error or not self.task.lazy
            changes = [
                self._competing(self.task.learning_rate * np.outer(delta if learns else 0.0 * delta, a))
                for delta, a in zip(deltas, activities[:-1], strict=True)
            ]
            if self.thresholds is not None:
                theta = self.thresholds.after(error=is_error)
                for cache in self.caches:
                    cache.threshold = theta
            for k, (cache, change) in enumerate(zip(self.caches, changes, strict=True)):
                self.n_ops[k] += int(np.count_nonzero(activities[k])) * change.shape[0]
                cache.accumulate(change)
            self.n_steps += 1
            fire = self._over_all_layers()
            for k, cache in enumerate(self.caches):
                cache.end_step(fire=fire, counts=k == 0)
        return len(x)

    def _forward(self, pixels: Array, weights: list[Array]) -> list[Array]:
        """Return the activities that enter each layer, the always-on input last, and the outputs."""
        activities = [self._with_bias(pixels)]
        for w in weights:
            activities.append(self._with_bias(logistic(w @ activities[-1])))
        activities[-1] = activities[-1][: weights[-1].shape[0]]
        return activities

    def _deltas(self, activities: list[Array], label: int, weights: list[Array]) -> list[Array]:
        """Return δ of each layer (PAPER: errors travel back in `plain`, δ in `textbook`)."""
        output = activities[-1]
        error = np.where(np.arange(output.size) == label, ON, OFF) - output
        deltas = [error * output * (1.0 - output) if self.task.loss == "mse" else error]
        for w, a in zip(weights[:0:-1], activities[-2:0:-1], strict=True):
            hidden = a[: a.size - self.task.biases]
            error = (w.T @ (error if self.task.error_backprop == "plain" else deltas[0]))[: hidden.size]
            deltas.insert(0, error * hidden * (1.0 - hidden))
        return deltas

    def _competing(self, change: Array) -> Array:
        return change if self.task.competing is None else largest_changes(change, self.task.competing)

    def _with_bias(self, a: Array) -> Array:
        return np.append(a, 1.0) if self.task.biases else a

    def _over_all_layers(self) -> bool | None:
        """Return the decision of a trigger whose unit is the whole network; None where units are smaller."""
        policy = self.task.policy
        if policy.scope != "network":
            return None
        changed = any(cache.has_changed for cache in self.caches)
        if policy.statistic in ("always", "never"):
            return changed and policy.statistic == "always"
        value = 0.0
        for cache in self.caches:
            value = cache.statistic(value)
        return changed and value > self.caches[0].threshold + self.task.tolerance

    def effective(self) -> list[Array]:
        """Return the weights of every layer."""
        return [cache.effective for cache in self.caches]

    def predict(self, x: Array) -> NDArray[np.int64]:
        """Return the largest output for each sample."""
        return np.asarray(outputs(self.effective(), x, biases=self.task.biases).argmax(axis=1))

    def account(self) -> Ledger:
        """Return the ledger as if the training ended now."""
        aside = copy.deepcopy(self)
        return aside.finish()

    def energy(self, cost: CostFunctional) -> dict[str, Any]:
        """Return the energies of this account."""
        return cost.price(self.account()).to_dict()

    def finish(self) -> Ledger:
        """Consolidate what is left and return the ledger."""
        layers: list[LayerLedger] = []
        for cache, n_ops, start in zip(self.caches, self.n_ops, self.task.start, strict=True):
            ledger = cache.finish(n_synaptic_ops=n_ops, n_neuron_updates=self.n_steps * start.shape[0])
            layers += ledger.layers
        return Ledger(layers=tuple(layers))

    def notes(self) -> dict[str, int]:
        """Return what the devices of all layers tell together."""
        reports = [devices.report() for devices in self.devices]
        return {name: sum(report[name] for report in reports) for name in (reports[0] if reports else {})}


def train(task: MLPTask) -> Network:
    """Return the network, before its first sample."""
    return Network(task, () if task.device is None else task.device.states(list(task.start)))
