"""The compiled engine: a trial is one call of a kernel; its sums are those of the textbook to the last digit."""

from __future__ import annotations

import copy
import math
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from lava_caching.engines.spiking._spikes import Stimulus
from lava_caching.engines.spiking._task import BAND, SpikingTask, Trial
from lava_caching.kernels import spiking as kernels
from lava_caching.kernels.books import TALLY, tally_of
from lava_caching.kernels.rows import fold_of, trigger_of
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.tally import PersistentChanges, residual_part

__all__ = ["train"]

Array = NDArray[np.float64]


class Neuron:
    """A neuron that starts afresh in each trial, all but its weights."""

    def __init__(self, task: SpikingTask) -> None:
        self.task, model = task, task.neuron
        self._transient, self._persistent = np.zeros((1, task.start.size)), task.start.reshape(1, -1).copy()
        self.tally, self.changes = np.zeros(1, TALLY), PersistentChanges()
        self.tally["largest_weight"] = np.abs(task.start).max()
        self.write_counts = np.zeros(task.start.size if task.write_counts else 0, np.int64)
        self.moves = np.empty(model.n_steps * task.start.size)  # as many as there can be; pages never touched are free
        self.n_ops = self.n_neuron_updates = 0
        numbers = {f.name: getattr(model, f.name) for f in fields(model) if f.name in kernels.Numbers._fields}
        numbers["background"] = float(kernels.BACKGROUNDS.index(model.background))
        self.given = (
            kernels.Numbers(**{name: float(value) for name, value in numbers.items()}),
            trigger_of(task.policy, task.threshold, BAND),
            fold_of(task.policy),
            task.policy.scope == "synapse",
        )
        self.kept = 1.0 if task.tau is None else math.exp(-1.0 / task.tau)

    def present(self, stimulus: Stimulus) -> Trial:
        """Present a trial."""
        spikes = np.zeros(self.task.neuron.n_steps, bool)
        arrived = (stimulus.active, stimulus.inputs, stimulus.teacher, stimulus.background)
        n_moves, change_l1 = kernels.present(
            *(np.ascontiguousarray(each, np.int64) for each in arrived), *self.given, self.transient,
            self.persistent, self.tally, self.moves, self.write_counts, spikes,
        )  # fmt: skip
        self.changes.add(self.moves[:n_moves])
        self.n_ops += int(np.count_nonzero(stimulus.inputs))
        self.n_neuron_updates += spikes.size
        self.rest(1)
        return Trial(spikes=spikes, change_l1=change_l1)

    def rest(self, n_trials: int) -> None:
        """Let trials pass in which nothing arrives."""
        for _ in range(n_trials):
            self.tally["n_steps"] += 1
            self.tally["transient_hold_l1"] += np.abs(self._transient).sum()
            self.tally["persistent_hold_l1"] += np.abs(self._persistent).sum()
            self._transient *= self.kept

    @property
    def transient(self) -> Array:
        """Return s."""
        return np.asarray(self._transient[0])

    @property
    def persistent(self) -> Array:
        """Return l."""
        return np.asarray(self._persistent[0])

    def copy(self) -> Neuron:
        """Return one in the same state."""
        other = copy.copy(self)
        other._transient, other._persistent = self._transient.copy(), self._persistent.copy()
        other.tally, other.write_counts = self.tally.copy(), self.write_counts.copy()
        other.changes = self.changes.copy()
        return other

    def account(self) -> Ledger:
        """Return the ledger as if the training ended now."""
        tally, counted = tally_of(self.tally), self.task.write_counts
        run = tally.part(
            n_synapses=self.task.start.size,
            n_synaptic_ops=self.n_ops,
            n_neuron_updates=self.n_neuron_updates,
            write_counts=tuple(self.write_counts.tolist()) if counted else None,
            **self.changes.copy().fields(),
        )
        displacement = (self._persistent - self.task.start) + self._transient
        residual = residual_part(self._transient, displacement, write_counts=counted)
        return Ledger(layers=(LayerLedger(name="inputs", run=run, residual=residual),))


def train(task: SpikingTask) -> Neuron:
    """Return the neuron, before its first trial."""
    return Neuron(task)
