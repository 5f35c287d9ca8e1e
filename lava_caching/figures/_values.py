"""What the axes of several figures show: values of a run, and their names with units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lava_caching.figures._figure import Row
from lava_caching.figures._statistics import Best, config, mean_of
from lava_caching.report.panels import Curve, Panel

__all__ = [
    "DECAY",
    "ENERGY",
    "EPOCHS",
    "HOLDING",
    "PATTERNS",
    "RATIO",
    "THRESHOLD",
    "against_holding",
    "column",
    "energy_ratio",
    "epochs",
    "inefficiency",
    "measured",
    "rate",
    "size_of",
    "the_threshold",
]

ENERGY = "energy (units of the paper)"
RATIO = "energy / minimum"
PATTERNS = "patterns P"
EPOCHS = "epochs until no error is left"
DECAY = "decay rate 1/τ (1 / step)"
THRESHOLD = "θ (weight)"
HOLDING = "maintenance cost c (energy / weight / step)"


def column(name: str) -> Any:
    """Return what reads a column of a row."""
    return lambda row: row[name]


inefficiency = column("energy_inefficiency")
epochs = column("outcome_n_epochs")


def energy_ratio(best: Best) -> tuple[float, float]:
    """Return energy / minimum at the best threshold, mean and standard error."""
    return mean_of(best.rows, inefficiency)


def the_threshold(best: Best) -> tuple[float, float]:
    """Return the best threshold; a place on a grid has no standard error."""
    return best.threshold, math.nan


def rate(tau: float) -> float:
    """Return 1/τ, 0 without decay."""
    return 1.0 / tau


def measured(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the mean number of updates K and of presentations T."""
    return mean_of(rows, column("outcome_n_updates"))[0], mean_of(rows, column("outcome_n_presentations"))[0]


def size_of(rows: Sequence[Row]) -> str:
    """Return the size of a perceptron that all runs share, for a title."""
    n, p = config(rows[0], "n_inputs"), config(rows[0], "n_patterns")
    return f"N = P = {n:,}" if n == p else f"N = {n:,}, P = {p:,}"


def against_holding(rows: Sequence[Row], energies: Sequence[Curve], thresholds: Sequence[Curve]) -> list[Panel]:
    """Return two panels against the maintenance cost: energies, and the best thresholds."""

    def panel(title: str, y_label: str, lines: Sequence[Curve]) -> Panel:
        return Panel(title=title, x_label=HOLDING, y_label=y_label, x_log=True, y_log=True, curves=lines)

    return [panel(f"energy, {size_of(rows)}", RATIO, energies), panel("threshold", f"best {THRESHOLD}", thresholds)]
