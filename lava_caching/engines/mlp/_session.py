"""A training from its first sample to its stop: blocks between evaluations, the curve, and checkpoints.

Evaluations come every so many presentations, at the end of each epoch and at the stop, never twice at the same
presentation. Energies on the curve count what is left in the transient part as if it were consolidated there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.datasets import ImageSet
from lava_caching.energy import CostFunctional
from lava_caching.engines.mlp._task import MLPNetwork
from lava_caching.ledger import Ledger
from lava_caching.monitor import Monitor

__all__ = ["MLPResult", "Progress", "Stops", "run"]

ROWS = 1000
"""Images turned into inputs at a time: 6 MB of MNIST."""


@dataclass(frozen=True, kw_only=True)
class Stops:
    """When a training is looked at, and when it ends.

    Attributes
    ----------
    max_epochs, max_samples : int, int or None
        Passes through all images, and presentations over all of them.
    evaluate_every : int
        Presentations between two evaluations.
    target_accuracy : float or None
        Ends at the first evaluation strictly above it.
    patience : int or None
        Ends after so many epochs without a new best accuracy at their end.
    """

    max_epochs: int
    max_samples: int | None
    evaluate_every: int
    target_accuracy: float | None
    patience: int | None

    def most(self, n_train: int) -> int:
        """Return the presentations after which it ends in any case."""
        return min(self.max_epochs * n_train, self.max_samples or self.max_epochs * n_train)


@dataclass(kw_only=True)
class Progress:
    """How far a training has come; plain values, as they stand in a checkpoint."""

    n_presentations: int = 0
    curve: list[dict[str, Any]] = field(default_factory=list)
    best_of_epochs: float = -1.0
    epochs_without_best: int = 0
    failed_at: int | None = None

    @property
    def accuracy(self) -> float | None:
        """Return the last accuracy."""
        return self.curve[-1]["accuracy"] if self.curve else None


@dataclass(frozen=True, kw_only=True, eq=False)
class MLPResult:
    """A trained network, its account, and what its device model tells."""

    ledger: Ledger
    weights: list[NDArray[np.float64]]
    progress: Progress
    interrupted: bool
    notes: dict[str, int]


def run(
    network: MLPNetwork,
    images: ImageSet,
    stops: Stops,
    cost: CostFunctional,
    monitor: Monitor,
    progress: Progress,
    checkpoint: Callable[[Progress], None] | None = None,
    checkpoint_every: int | None = None,
) -> MLPResult:
    """Train until one of the stops, or until the monitor says so."""
    n_train, p = len(images.x_train), progress
    most = stops.most(n_train)
    held_out, going_on = images.inputs(images.x_test), True
    while going_on and p.n_presentations < most and not _is_over(p, stops, n_train):
        at = p.n_presentations % n_train
        pauses = [ROWS, n_train - at, most - p.n_presentations]
        pauses += [every - p.n_presentations % every for every in (stops.evaluate_every, checkpoint_every) if every]
        n = min(pauses)
        done = network.train(images.inputs(images.x_train[at : at + n]), images.y_train[at : at + n])
        p.n_presentations += done
        if done < n:
            p.failed_at = p.n_presentations + 1
        ends = p.n_presentations % n_train == 0
        if ends or p.n_presentations % stops.evaluate_every == 0 or done < n:
            _evaluate(network, images, held_out, cost, p)
        if ends and p.failed_at is None:
            better = (p.accuracy or 0.0) > p.best_of_epochs
            p.best_of_epochs = max(p.best_of_epochs, p.accuracy or 0.0)
            p.epochs_without_best = 0 if better else p.epochs_without_best + 1
        if checkpoint and checkpoint_every and p.n_presentations % checkpoint_every == 0:
            checkpoint(p)
        shown = "" if p.accuracy is None else f", accuracy {p.accuracy:.4f}"
        going_on = monitor(p.n_presentations, most, f"samples{shown}")
    interrupted = not going_on and p.n_presentations < most and not _is_over(p, stops, n_train)
    if checkpoint and p.failed_at is None:  # before an evaluation that a longer training would not make
        checkpoint(p)
    _evaluate(network, images, held_out, cost, p)
    ledger = network.finish()
    return MLPResult(
        ledger=ledger,
        weights=network.effective(),
        progress=p,
        interrupted=interrupted,
        notes=network.notes(),
    )


def _is_over(p: Progress, stops: Stops, n_train: int) -> bool:
    if p.failed_at is not None:
        return True
    if not p.curve or p.curve[-1]["n_presentations"] != p.n_presentations:
        return False
    if stops.target_accuracy is not None and p.curve[-1]["accuracy"] > stops.target_accuracy:
        return True
    at_end = p.n_presentations % n_train == 0
    return stops.patience is not None and at_end and p.epochs_without_best >= stops.patience


def _evaluate(
    network: MLPNetwork, images: ImageSet, held_out: NDArray[np.float64], cost: CostFunctional, p: Progress
) -> None:
    """Measure the accuracy on the held-out images and the energies, once at a presentation."""
    if p.curve and p.curve[-1]["n_presentations"] == p.n_presentations:
        return
    accuracy = float(np.mean(network.predict(held_out) == images.y_test))
    p.curve.append({"n_presentations": p.n_presentations, "accuracy": accuracy, "energy": network.energy(cost)})
