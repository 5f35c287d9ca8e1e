"""What an engine is given to teach a spiking neuron, and what it must be able to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lava_caching.consolidation import Policy
from lava_caching.engines.spiking._neuron import NeuronModel
from lava_caching.engines.spiking._spikes import Stimulus
from lava_caching.ledger import Ledger

__all__ = ["BAND", "BOUNDS", "SpikingNeuron", "SpikingTask", "Trial"]

Array = NDArray[np.float64]
BOUNDS = (0.0, 1.0)
"""Of a weight, in units of g_max."""
BAND = 1e-9
"""Ties are decided with a band of 1e-9 g_max, identically in every engine."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikingTask:
    """A neuron to teach, and how its weights are kept.

    Attributes
    ----------
    start : ndarray, (N,)
        First weights in units of g_max.
    neuron : NeuronModel
        Its numbers.
    policy, threshold, tau : Policy, float, float or None
        When to consolidate, θ in units of g_max; decay time constant in trials.
    write_counts : bool
        Record the persistent writes of every synapse.
    """

    start: Array
    policy: Policy
    threshold: float
    tau: float | None
    neuron: NeuronModel = field(default_factory=NeuronModel)
    write_counts: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """What a trial did: the neuron's spikes, (n_steps,), and Σ|Δw| of all changes, as if each was written directly."""

    spikes: NDArray[np.bool_]
    change_l1: float


class SpikingNeuron(Protocol):
    """A neuron in training, as an engine makes it from a `SpikingTask`."""

    def present(self, stimulus: Stimulus) -> Trial:
        """Present a trial; hold and decay come at its end."""

    def rest(self, n_trials: int) -> None:
        """Let trials pass in which nothing arrives: the transient part is held, and decays."""

    @property
    def transient(self) -> Array:
        """Return s, (N,)."""

    @property
    def persistent(self) -> Array:
        """Return l, (N,)."""

    def copy(self) -> SpikingNeuron:
        """Return one in the same state, which further trials of this one leave alone."""

    def account(self) -> Ledger:
        """Return the ledger as if the training ended now; nothing is changed."""
