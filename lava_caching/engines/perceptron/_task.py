"""What an engine is given to train a perceptron, and what it gives back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lava_caching.consolidation import Policy
from lava_caching.devices import DeviceSetting
from lava_caching.ledger import Ledger
from lava_caching.plasticity import Rule
from lava_caching.schedules import Course

__all__ = ["PerceptronResult", "PerceptronTask", "result_of"]

BAND = 1e-9
"""Ties are decided with a band of 1e-9·η, identically in every engine; on integer data it changes nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PerceptronTask:
    """Patterns to store in one neuron, and how.

    Attributes
    ----------
    patterns : ndarray, (P, N + 1)
        Inputs, the always-on bias input last.
    shift : ndarray, (N + 1,), optional
        Added to every pattern: minus the grand mean where patterns are centred. Kept apart, because whole numbers
        travel eight times as fast as their centred values.
    targets : ndarray, (P,)
        −1 or +1.
    rule, policy : Rule, Policy
        Plasticity and consolidation.
    threshold : float
        θ in weight units.
    tau : float or None
        Decay time constant in presentations; None for no decay.
    learning_rate : float
        η in weight units.
    max_epochs : int
        Passes through all patterns at most.
    write_counts : bool
        Record the persistent writes of every synapse.
    weight_scale : int or None
        Integer units per η where an engine computes in whole numbers; None for its default.
    course : Course or None
        How θ changes while learning proceeds, in the place of `threshold`; None where it is fixed.
    device : DeviceSetting or None
        Model of the cells that hold the weights; None where they are ideal.
    """

    patterns: NDArray[np.float64]
    shift: NDArray[np.float64] | None = None
    targets: NDArray[np.float64]
    rule: Rule
    policy: Policy
    threshold: float
    tau: float | None
    learning_rate: float
    max_epochs: int
    write_counts: bool = False
    weight_scale: int | None = None
    course: Course | None = None
    device: DeviceSetting | None = None

    @property
    def inputs(self) -> NDArray[np.float64]:
        """Return the patterns as the neuron sees them, (P, N + 1)."""
        return self.patterns if self.shift is None else self.patterns + self.shift

    @property
    def tolerance(self) -> float:
        """Return ε, the band in which equality counts as a tie."""
        return BAND * self.learning_rate


@dataclass(frozen=True, kw_only=True, eq=False)
class PerceptronResult:
    """A trained perceptron and the account of its training.

    Attributes
    ----------
    ledger : Ledger
        One layer, ``output``.
    weights : ndarray, (N + 1,)
        Final weights, all of them persistent.
    errors : ndarray of int, (n_epochs,)
        Errors in each epoch.
    interrupted : bool
        Whether the monitor asked to stop.
    totals : ndarray, (n_epochs, 2), or None
        Σ_t Σ|s| and Σ|Δl| from the start to the end of each epoch; None where the engine does not tell.
    notes : dict
        What else has to be told of the run, such as how often a weight met its limit; goes into the outcome.
    """

    ledger: Ledger
    weights: NDArray[np.float64]
    errors: NDArray[np.int64]
    interrupted: bool = False
    totals: NDArray[np.float64] | None = None
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def converged(self) -> bool:
        """Return whether the last epoch was free of errors."""
        return bool(self.errors[-1] == 0)


def result_of(
    task: PerceptronTask,
    ledger: Ledger,
    weights: NDArray[np.float64],
    errors: NDArray[np.int64],
    *,
    n_spikes: int,
    interrupted: bool,
    notes: dict[str, int] | None = None,
) -> PerceptronResult:
    """Return the result, with the counts in the ledger that only the network knows."""
    layer, n_epochs = ledger.layers[0], len(errors)
    run = dataclasses.replace(
        layer.run,
        n_synaptic_ops=int(np.count_nonzero(task.inputs)) * n_epochs,
        n_neuron_updates=n_epochs * len(task.targets),
        n_spikes=n_spikes,
    )
    return PerceptronResult(
        ledger=Ledger(layers=(dataclasses.replace(layer, name="output", run=run),)),
        weights=weights,
        errors=errors,
        interrupted=interrupted and bool(errors[-1] > 0),
        notes=notes or {},
    )
