"""Energies of a network's training at the moment when it first exceeds an accuracy on held-out images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lava_caching.figures._figure import Row
from lava_caching.figures._statistics import Value, config, mean_of, points
from lava_caching.report.panels import Curve

__all__ = ["ACCURACIES", "Paths", "along_accuracy", "energy_at", "paths_of", "reaches", "trained_on"]

Paths = dict[str, list[Row]]
"""The evaluations of each run in their order, by task."""
ACCURACIES = {
    "digits": (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88),
    "mnist": (0.8, 0.85, 0.88, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.965, 0.97),
}
"""At which energies are compared; the embedded digits, for quick versions, are fewer and coarser."""


def paths_of(curves: Iterable[Row]) -> Paths:
    """Return the evaluations of each run, in their order."""
    found: Paths = {}
    for point in sorted(curves, key=lambda point: int(point["n_presentations"])):
        found.setdefault(point["task_id"], []).append(point)
    return found


def energy_at(paths: Paths, accuracy: float) -> Value:
    """Return what gives a run's energy at its first evaluation strictly above an accuracy; NaN where there is none."""

    def energy(row: Row) -> float:
        above = (point for point in paths[row["task_id"]] if point["accuracy"] > accuracy)
        first = next(above, None)
        return math.nan if first is None else float(first["energy_total"])

    return energy


def reaches(paths: Paths, accuracy: float) -> Callable[[Row], bool]:
    """Return what says whether a run ever exceeds an accuracy."""
    energy = energy_at(paths, accuracy)
    return lambda row: not math.isnan(energy(row))


def along_accuracy(label: str, rows: Sequence[Row], paths: Paths, accuracies: Sequence[float], *, family: int) -> Curve:
    """Return the energy against the accuracies that all seeds exceed."""
    there = [a for a in accuracies if all(map(reaches(paths, a), rows))]
    missed = [f"{a:g}" for a in accuracies if a not in there]
    notes = [f"{label}: not all seeds exceed an accuracy of {', '.join(missed)}"] if missed else []
    return points(label, ((a, *mean_of(rows, energy_at(paths, a))) for a in there), family=family, notes=notes)


def trained_on(rows: Sequence[Row]) -> str:
    """Return the images, for a title."""
    name: Any = config(rows[0], "dataset")
    return "MNIST" if name == "mnist" else f"the embedded {name}"
