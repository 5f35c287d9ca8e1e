"""The textbook: one step after the other, its eight acts in their order; the weights lie in a `SynapticCache`.

Source: D'Souza, Liu & Hahnloser (2010), doi:10.1073/pnas.0909394107; Li & van Rossum (2020), Fig. 2 supplement 1.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from lava_caching.cache import SynapticCache
from lava_caching.engines.spiking._spikes import Stimulus
from lava_caching.engines.spiking._task import BAND, BOUNDS, SpikingTask, Trial
from lava_caching.ledger import Ledger
from lava_caching.tally import summed

__all__ = ["train"]

Array = NDArray[np.float64]


class Neuron:
    """A neuron that starts afresh in each trial, all but its weights."""

    def __init__(self, task: SpikingTask) -> None:
        self.task = task
        self.cache = SynapticCache(
            task.start,
            policy=task.policy,
            threshold=task.threshold,
            tau=task.tau,
            order="mlp",
            bounds=BOUNDS,
            tolerance=BAND,
            name="inputs",
            write_counts=task.write_counts,
        )
        self.n_ops = self.n_neuron_updates = self.n_spikes = 0

    def present(self, stimulus: Stimulus) -> Trial:
        """Present a trial."""
        n, dt, active = self.task.neuron, self.task.neuron.dt, stimulus.active
        v, g_k = n.e_leak, 0.0
        s_inputs, s_teacher, s_background = np.zeros(active.size), 0.0, 0.0
        pre, post = np.zeros(active.size), 0.0
        spikes, change_l1 = np.zeros(n.n_steps, bool), 0.0
        for step in range(n.n_steps):
            arrived = stimulus.inputs[step] > 0
            s_inputs = s_inputs + stimulus.inputs[step]
            s_teacher = s_teacher + stimulus.teacher[step]
            s_background = s_background + stimulus.background[step]

            driven = 0.0
            for w, s in zip(self.cache.effective[active].tolist(), s_inputs.tolist(), strict=True):
                driven += w * s
            g_excitatory = n.g_max * driven + n.g_teacher * s_teacher
            current = -n.g_leak * (v - n.e_leak) + g_excitatory * (n.e_excitatory - v) - g_k * (v - n.e_leak)
            v = v + dt / n.capacity * (current + self._background(n.g_background * s_background, v))
            spiked = v > n.v_threshold
            v = n.e_leak if spiked else v
            g_k = max(g_k + n.g_adaptation * spiked - g_k * dt / n.tau_adaptation, 0.0)

            pre = pre * (1.0 - dt / n.tau_pre) + arrived
            post = post * (1.0 - dt / n.tau_post) + spiked
            change = np.zeros(self.task.start.size)
            change[active] = n.potentiation * pre * spiked - n.depression * post * arrived
            before = self.cache.transient
            self.cache.accumulate(change)
            change_l1 += summed(self.cache.transient - before)
            self.cache.settle()

            s_inputs = s_inputs * (1.0 - dt / n.tau_synapse)
            s_teacher = s_teacher * (1.0 - dt / n.tau_synapse)
            s_background = s_background * (1.0 - dt / n.tau_synapse)
            spikes[step] = spiked
        self.cache.end_step()
        self.n_ops += int(np.count_nonzero(stimulus.inputs))
        self.n_neuron_updates += n.n_steps
        self.n_spikes += int(spikes.sum())
        return Trial(spikes=spikes, change_l1=change_l1)

    def _background(self, g: float, v: float) -> float:
        """Return the current of the background (published: its sign is that of a negative leak)."""
        n = self.task.neuron
        if n.background == "none":
            return 0.0
        if n.background == "excitatory":
            return g * (n.e_excitatory - v)
        return g * (v - n.e_leak) if n.background == "published" else -g * (v - n.e_leak)

    def rest(self, n_trials: int) -> None:
        """Let trials pass in which nothing arrives."""
        for _ in range(n_trials):
            self.cache.end_step()

    @property
    def transient(self) -> Array:
        """Return s."""
        return self.cache.transient

    @property
    def persistent(self) -> Array:
        """Return l."""
        return self.cache.persistent

    def copy(self) -> Neuron:
        """Return one in the same state."""
        return copy.deepcopy(self)

    def account(self) -> Ledger:
        """Return the ledger as if the training ended now."""
        return copy.deepcopy(self.cache).finish(
            n_synaptic_ops=self.n_ops, n_neuron_updates=self.n_neuron_updates, n_spikes=self.n_spikes
        )


def train(task: SpikingTask) -> Neuron:
    """Return the neuron, before its first trial."""
    return Neuron(task)
