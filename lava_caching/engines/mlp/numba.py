"""The compiled, event-driven engine: silent inputs cost nothing, decay is one number for each layer."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.energy import CostFunctional, Energy
from lava_caching.engines.mlp._task import OFF, ON, MLPTask
from lava_caching.engines.mlp.reference import Network as OnDevices
from lava_caching.kernels import mlp as kernels
from lava_caching.kernels.books import TALLY, changes_of_layer, new_bins, tally_of, used_bins
from lava_caching.kernels.rows import fold_of, trigger_of
from lava_caching.kernels.schedule import course_of
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.plasticity import n_competing
from lava_caching.synapse import NEGLIGIBLE
from lava_caching.tally import residual_part

__all__ = ["follows_schedules", "takes_devices", "train"]

takes_devices = follows_schedules = True

PLACES = ("n_in", "n_out", "first", "first_neuron")
"""Arrays by which the kernels find their way in others: they follow from the task, whatever a checkpoint says."""

Array = NDArray[np.float64]
SCOPES = {"neuron": kernels.NEURON, "layer": kernels.LAYER, "network": kernels.NETWORK, "synapse": kernels.SYNAPSE}


class Network:
    """Layers of logistic units in the flat arrays of `lava_caching.kernels.mlp.Layers`."""

    def __init__(self, task: MLPTask) -> None:
        self.task = task
        self.kind = np.dtype(task.precision)
        self.shapes = [start.shape for start in task.start]
        n_in = np.array([shape[1] for shape in self.shapes])
        n_out = np.array([shape[0] for shape in self.shapes])
        sizes = n_in * n_out
        self.first = np.concatenate([[0], np.cumsum(sizes)])
        l = np.concatenate([start.T.reshape(-1) for start in task.start]).astype(self.kind)
        self.start = l.copy()
        self.layers = kernels.Layers(
            l=l,
            s=np.zeros(l.size, self.kind),
            n_in=n_in,
            n_out=n_out,
            first=self.first[:-1].copy(),
            first_neuron=np.concatenate([[0], np.cumsum(n_out)[:-1]]),
            decay=np.ones(len(sizes)),
            size=np.zeros(int(n_out.sum())),
            peak=np.concatenate([np.abs(start).max(axis=1) for start in task.start]),
            ceiling=np.zeros(int(n_out.sum())),
            held=np.array([np.abs(l[a:b].astype(float)).sum() for a, b in self._spans()]),
        )
        self.tally = np.zeros(len(sizes), TALLY)
        self.tally["largest_weight"] = [np.abs(start).max() for start in task.start]
        self.n_ops = np.zeros(len(sizes), np.int64)
        self.books = kernels.Books(*new_bins(len(sizes)), np.zeros(l.size if task.write_counts else 0, np.int64))
        schedule, self.course = course_of(task.course)
        share = task.competing
        self.given = (
            task.biases,
            task.error_backprop == "plain",
            task.loss == "mse",
            task.lazy,
            np.array([] if share is None else [n_competing(int(size), share) for size in sizes], np.int64),
            task.learning_rate,
            task.largest_change,
            1.0 if task.tau is None else math.exp(-1.0 / task.tau),
            SCOPES[task.policy.scope],
            trigger_of(task.policy, task.threshold, task.tolerance),
            fold_of(task.policy),
            schedule,
            self.course,
        )

    def _spans(self) -> list[tuple[int, int]]:
        return list(zip(self.first[:-1].tolist(), self.first[1:].tolist(), strict=True))

    def train(self, x: Array, labels: NDArray[np.int64]) -> int:
        """Present samples one after the other; return how many were."""
        images = np.ascontiguousarray(x, self.kind)
        state = (self.layers, self.tally, self.n_ops, self.books)
        return int(kernels.train(images, np.ascontiguousarray(labels, np.int64), *self.given, *state, OFF, ON))

    def _layerwise(self, flat: NDArray[Any]) -> list[Array]:
        """Return what belongs to each layer, (n_out, n_in)."""
        spans = zip(self._spans(), self.shapes, strict=True)
        return [flat[a:b].reshape(shape[::-1]).T.astype(np.float64) for (a, b), shape in spans]

    def _transient(self) -> NDArray[Any]:
        decay = np.repeat(self.layers.decay, np.diff(self.first))
        return self.layers.s * decay

    def effective(self) -> list[Array]:
        """Return the weights of every layer."""
        return self._layerwise(self.layers.l + self._transient())

    def predict(self, x: Array) -> NDArray[np.int64]:
        """Return the largest output for each sample."""
        weights = (self.layers.l + self._transient()).astype(self.kind)
        labels = np.zeros(len(x), np.int64)
        layers, images = self.layers, np.ascontiguousarray(x, self.kind)
        kernels.predict(images, self.task.biases, weights, layers.n_in, layers.n_out, layers.first, labels)
        return labels

    def account(self) -> Ledger:
        """Return the ledger as if the training ended now."""
        parts = []
        persistent, transient, start = (
            self._layerwise(flat) for flat in (self.layers.l, self._transient(), self.start)
        )
        for k, (a, b) in enumerate(self._spans()):
            tally = tally_of(self.tally[k : k + 1])
            counted = self.task.write_counts
            per_synapse = self.books.per_synapse[a:b].reshape(self.shapes[k][::-1]).T if counted else None
            run = tally.part(
                n_synapses=b - a,
                n_synaptic_ops=int(self.n_ops[k]),
                n_neuron_updates=tally.n_steps * self.shapes[k][0],
                n_spikes=None,
                write_counts=None if per_synapse is None else tuple(per_synapse.ravel().tolist()),
                **{**changes_of_layer(self.books.bins[k], self.books.sums[k], self.books.range[k])},
            )
            displacement = (persistent[k] - start[k]) + transient[k]
            residual = residual_part(transient[k], displacement, write_counts=counted)
            parts.append(LayerLedger(name=f"layer {k + 1}", run=run, residual=residual))
        return Ledger(layers=tuple(parts))

    def finish(self) -> Ledger:
        """Consolidate what is left and return the ledger."""
        ledger = self.account()
        self.layers.l[:] = self.layers.l + self._transient()
        self.layers.s[:] = 0.0
        self.layers.size[:] = 0.0
        return ledger

    def energy(self, cost: CostFunctional) -> dict[str, Any]:
        """Return the energies of this account; without histograms where the cost needs none (0.4 instead of 20 ms)."""
        if cost.alpha != 1.0 or cost.potentiation_only:
            return cost.price(self.account()).to_dict()
        rest = np.abs(self._transient().astype(np.float64))
        displacement = (self.layers.l.astype(np.float64) - self.start) + self._transient()
        written = sum(float(bins[:, low : high + 1, 1].sum()) for bins, (low, high) in self._used())
        held, kept = self.tally["transient_hold_l1"].sum(), self.tally["persistent_hold_l1"].sum()
        return Energy(
            consolidation=written + float(rest[rest > NEGLIGIBLE].sum()),
            maintenance=float(cost.maintenance_cost * held + cost.persistent_maintenance_cost * kept),
            transient_change=float(cost.change_cost * self.tally["transient_change_l1"].sum()),
            minimal=float(np.abs(displacement).sum()),
        ).to_dict()

    def _used(self) -> list[tuple[NDArray[np.float64], tuple[int, int]]]:
        return [(bins, used_bins(span)) for bins, span in zip(self.books.bins, self.books.range, strict=True)]

    def notes(self) -> dict[str, int]:
        """Return nothing: cells are ideal here."""
        return {}

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything that changes; of the bins, those that are not empty."""
        places = np.flatnonzero(self.books.bins)
        return {**self._arrays(), "bin_places": places, "bin_values": self.books.bins.reshape(-1)[places]}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take it over again; a ValueError if it is of another network, or no numbers: kernels do not look again."""
        for name, mine in self._arrays().items():
            given = state[name]
            if given.shape != mine.shape or given.dtype != mine.dtype or not np.isfinite(given).all():
                raise ValueError(name)
            if name in PLACES and not np.array_equal(given, mine):
                raise ValueError(name)
            mine[...] = given
        bins = self.books.bins.reshape(-1)
        bins[:] = 0.0
        bins[state["bin_places"]] = state["bin_values"]

    def _arrays(self) -> dict[str, NDArray[Any]]:
        books = {"sums": self.books.sums, "range": self.books.range, "per_synapse": self.books.per_synapse}
        tallies = {f"tally_{name}": self.tally[name] for name in TALLY.names or ()}
        return {**self.layers._asdict(), **books, **tallies, "n_ops": self.n_ops, "course": self.course}


def train(task: MLPTask) -> Network | OnDevices:
    """Return the network, before its first sample; on devices the plain one, whose writes are compiled."""
    if task.device is None:
        return Network(task)
    from lava_caching.kernels.devices import write  # kernels that most runs do not need

    states = task.device.states(list(task.start))
    return OnDevices(task, [dataclasses.replace(state, writer=write) for state in states])
