"""From the rows of runs to points: means and standard errors over seeds, and the best threshold.

What did not converge is never averaged in: learning less costs less. A point where some seed did not is left out, and
the curve says so.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.figures._figure import Row
from lava_caching.report.panels import Curve

__all__ = [
    "Best",
    "Value",
    "at_best_threshold",
    "best_threshold",
    "config",
    "converged",
    "grouped",
    "level",
    "mean_of",
    "points",
    "select",
    "simulated",
    "theory",
]

Array = NDArray[np.float64]
Value = Callable[[Row], Any]
Point = tuple[float, float, float]
FINE = 60
SIGNS = {
    **{"threshold": "θ", "maintenance_cost": "c", "n_patterns": "P", "alpha": "α", "learning_rate": "η", "tau": "τ"},
    **{"n_hidden": "H"},
}
"""Of the config, as the paper writes them."""


def config(row: Row, name: str) -> Any:
    """Return a value of a run's config; τ without decay is inf, and a single hidden layer a number."""
    value = row[f"config_{name}"]
    if name == "tau" and value is None:
        return math.inf
    return int(value) if name == "n_hidden" else value


def select(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    """Return the rows whose config has these values."""
    return [row for row in rows if all(config(row, name) == value for name, value in wanted.items())]


def grouped(rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    """Return rows by a value of the config, ascending."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(config(row, name), []).append(row)
    return dict(sorted(found.items()))


def converged(row: Row) -> bool:
    """Whether a run reached what it was to reach."""
    return bool(row["outcome_converged"])


def mean_of(rows: Iterable[Row], value: Value) -> tuple[float, float]:
    """Return mean and standard error over runs; the error of one run is NaN."""
    v = np.array([value(row) for row in rows], np.float64)
    error = float(v.std(ddof=1) / math.sqrt(len(v))) if len(v) > 1 else math.nan
    return float(v.mean()), error


def simulated(
    label: str,
    rows: Sequence[Row],
    x: str,
    y: Value,
    *,
    family: int = 0,
    reached: Callable[[Row], bool] = converged,
) -> Curve:
    """Return y against a value of the config, over the seeds; where some seed did not get there, it is left out."""
    groups = grouped(rows, x)
    n_there = {at: sum(map(reached, group)) for at, group in groups.items()}
    found = [(at, *mean_of(group, y)) for at, group in groups.items() if n_there[at] == len(group)]
    bad = [at for at, group in groups.items() if n_there[at] < len(group)]
    notes = []
    if bad:
        n_none = sum(1 for _ in itertools.takewhile(lambda at: n_there[at] == 0, reversed(list(groups))))
        shown = [f"{at:g} ({n_there[at]})" for at in (bad[:-n_none] if n_none > 1 else bad)]
        shown += [f"{bad[-n_none]:g} and above (0)"] if n_none > 1 else []
        n = len(next(iter(groups.values())))
        notes = [f"{label}: left out, as not all {n} seeds get there: {SIGNS.get(x, x)} = {', '.join(shown)}"]
    return points(label, found, family=family, notes=notes)


def points(label: str, found: Iterable[Point], *, family: int = 0, notes: Sequence[str] = ()) -> Curve:
    """Return a curve through points of x, y and the error of y."""
    x, y, error = np.array(list(found), np.float64).reshape(-1, 3).T
    return Curve(label=label, x=x, y=y, error=error, family=family, notes=tuple(notes))


def theory(
    label: str, x: Iterable[float], y: Callable[[float], float], *, family: int = 0, x_log: bool = False
) -> Curve:
    """Return a formula from the least x to the largest, in as many steps as look smooth; a 0 on a log axis is kept."""
    given = np.array(sorted(x), np.float64)
    if x_log:
        above = given[given > 0]
        places = np.concatenate([given[given <= 0], np.geomspace(above[0], above[-1], FINE)])
    else:
        places = np.linspace(given[0], given[-1], FINE)
    return Curve(label=label, x=places, y=np.array([y(float(at)) for at in places]), kind="theory", family=family)


def level(label: str, x: Iterable[float], y: float) -> Curve:
    """Return a level to compare with, from the least x to the largest."""
    given = list(x)
    ends = np.array([min(given), max(given)], np.float64)
    return Curve(label=label, x=ends, y=np.full(2, y), kind="reference")


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best threshold of a grid, and the runs at it."""

    threshold: float
    rows: list[Row]


def best_threshold(rows: Sequence[Row], energy: Value, reached: Callable[[Row], bool] = converged) -> Best | None:
    """Return the threshold with the least mean energy among those at which every seed got there, if there is one."""
    tried = grouped(rows, "threshold")
    means = {theta: mean_of(at, energy)[0] for theta, at in tried.items() if all(map(reached, at))}
    if not means:
        return None
    theta = min(means, key=means.__getitem__)
    return Best(threshold=theta, rows=tried[theta])


def at_best_threshold(
    label: str,
    rows: Sequence[Row],
    x: str,
    y: Callable[[Best], tuple[float, float]],
    *,
    energy: Value,
    family: int = 0,
    reached: Callable[[Row], bool] = converged,
    scale: Callable[[float], float] = float,
) -> Curve:
    """Return y, mean and error, at the best threshold for each value of the config along x, which `scale` turns."""
    found: list[Point] = []
    bad: list[str] = []
    for at, group in grouped(rows, x).items():
        best = best_threshold(group, energy, reached)
        if best is None:
            bad.append(f"{at:g}")
        else:
            found.append((scale(at), *y(best)))
    notes = [f"{label}: no θ at which all seeds get there: {SIGNS.get(x, x)} = {', '.join(bad)}"] if bad else []
    return points(label, sorted(found), family=family, notes=notes)
