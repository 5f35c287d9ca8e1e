"""What an engine is given to train a multilayer network, and what it must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lava_caching.consolidation import Policy
from lava_caching.devices import DeviceSetting
from lava_caching.energy import CostFunctional
from lava_caching.ledger import Ledger
from lava_caching.schedules import Course

__all__ = ["BAND", "LARGEST", "OFF", "ON", "MLPNetwork", "MLPTask", "Resumable", "evidence", "logistic", "outputs"]

Array = NDArray[np.float64]
BAND = 1e-9
"""Ties are decided with a band of 1e-9·η, identically in every engine."""
OFF, ON = 0.01, 0.99
"""Targets of the outputs: the published scripts keep them off the flat ends of the logistic function."""

LARGEST = {"float64": 1e100, "float32": 1e6}
"""Weight and change at which a training ends: their squares and sums, which are booked, must stay finite."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MLPTask:
    """A network of logistic units to train by back-propagation, and how its weights are kept.

    Attributes
    ----------
    start : tuple of ndarray, (n_out, n_in)
        First weights of each layer; with biases the last column belongs to an input that is always 1.
    biases : bool
        Whether there is such an input.
    loss : {"mse", "cross-entropy"}
        What is minimised; with cross-entropy the output's δ is the error itself.
    error_backprop : {"plain", "textbook"}
        What travels back: the errors (as published), or the δ, which follow the gradient.
    policy, threshold, tau : Policy, float, float or None
        When to consolidate; decay time constant in presentations.
    learning_rate : float
        η in weight units.
    course : Course or None
        How θ changes while learning proceeds, in the place of `threshold`; None where it is fixed. An error is a sample
        that is classified wrongly.
    lazy : bool
        Learn only from samples that are classified wrongly (Pache & van Rossum 2023, arXiv:2303.16067).
    competing : float or None
        Share of the synapses of each layer that may change at a sample, those with the largest changes (van Rossum &
        Pache 2024, doi:10.1371/journal.pcbi.1012553); None for all of them.
    write_counts : bool
        Record the persistent writes of every synapse.
    precision : {"float64", "float32"}
        Of weights and activities; sums stay float64.
    device : DeviceSetting or None
        Model of the cells that hold the weights; None where they are ideal.
    """

    start: tuple[Array, ...]
    biases: bool
    loss: Literal["mse", "cross-entropy"]
    error_backprop: Literal["plain", "textbook"]
    policy: Policy
    threshold: float
    tau: float | None
    learning_rate: float
    course: Course | None = None
    lazy: bool = False
    competing: float | None = None
    write_counts: bool = False
    precision: Literal["float64", "float32"] = "float64"
    device: DeviceSetting | None = None

    @property
    def tolerance(self) -> float:
        """Return ε, the band in which a statistic equals the threshold."""
        return BAND * self.learning_rate

    @property
    def largest_change(self) -> float:
        """Return the |η·δ| beyond which a training has diverged and ends."""
        return LARGEST[self.precision]


class MLPNetwork(Protocol):
    """A network in training, as an engine makes it from an `MLPTask`."""

    def train(self, x: Array, labels: NDArray[np.int64]) -> int:
        """Present samples (n, d) one after the other; return how many were, fewer if it diverges."""

    def effective(self) -> list[Array]:
        """Return the weights w = l + s of every layer, (n_out, n_in)."""

    def predict(self, x: Array) -> NDArray[np.int64]:
        """Return the output that is largest (the first of equals) for each sample (n, d)."""

    def account(self) -> Ledger:
        """Return the ledger as if the training ended now; nothing is changed."""

    def energy(self, cost: CostFunctional) -> dict[str, Any]:
        """Return the energies of this account, as they stand in a record."""

    def finish(self) -> Ledger:
        """Consolidate what is left, through the devices if there are any, and return the ledger."""

    def notes(self) -> dict[str, int]:
        """Return what a device model tells."""


class Resumable(MLPNetwork, Protocol):
    """One that can be put aside and taken up again."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Return plain arrays from which `restore` goes on bit by bit."""

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over what `state` returned."""


def logistic(z: Array) -> Array:
    """Return 1/(1 + e^(−z)) without overflow, whatever z."""
    size = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0.0, 1.0, size) / (1.0 + size))


def evidence(weights: Sequence[Array], x: Array, *, biases: bool) -> Array:
    """Return what the outputs sum up, (n, n_out), for samples (n, d); biases are the last columns of the layers."""
    a = z = x
    for w in weights:
        z = a @ w[:, : a.shape[1]].T + (w[:, -1] if biases else 0.0)
        a = logistic(z)
    return z


def outputs(weights: Sequence[Array], x: Array, *, biases: bool) -> Array:
    """Return the outputs themselves, from 0 to 1."""
    return logistic(evidence(weights, x, biases=biases))
