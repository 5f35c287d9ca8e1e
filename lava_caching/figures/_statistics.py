"""From the rows of runs to points: means and standard errors over seeds, and the best threshold.

What did not converge is never averaged in: learning less costs less. A point where some seed did not is left out, and
the curve says so.
"""

from __future__ import annotations

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
    "at_best_threshold",
    "best_threshold",
    "config",
    "grouped",
    "level",
    "mean_of",
    "select",
    "simulated",
    "theory",
]

Array = NDArray[np.float64]
Value = Callable[[Row], Any]
FINE = 60
SIGNS = {"threshold": "θ", "maintenance_cost": "c", "n_patterns": "P", "alpha": "α", "learning_rate": "η", "tau": "τ"}
"""Of the config, as the paper writes them."""


def config(row: Row, name: str) -> Any:
    """Return a value of a run's config; τ without decay is inf."""
    value = row[f"config_{name}"]
    return math.inf if name == "tau" and value is None else value


def select(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    """Return the rows whose config has these values; a tuple allows each of its values."""

    def fits(row: Row) -> bool:
        return all(config(row, k) in (v if isinstance(v, tuple) else (v,)) for k, v in wanted.items())

    return [row for row in rows if fits(row)]


def grouped(rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    """Return rows by a value of the config, ascending."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(config(row, name), []).append(row)
    return dict(sorted(found.items()))


def mean_of(rows: Sequence[Row], value: Value) -> tuple[float, float]:
    """Return mean and standard error over runs; the error of one run is NaN."""
    v = np.array([value(row) for row in rows], np.float64)
    error = float(v.std(ddof=1) / math.sqrt(len(v))) if len(v) > 1 else math.nan
    return float(v.mean()), error


def simulated(
    label: str, rows: Sequence[Row], x: str, y: Value, *, family: int = 0, scale: Callable[[float], float] = float
) -> Curve:
    """Return y against a value of the config, over the seeds; `scale` turns that value into what the axis shows."""
    points, left_out = [], []
    for at, group in grouped(rows, x).items():
        there = [row for row in group if _converged(row)]
        if len(there) < len(group):
            left_out.append(f"{label}: {len(there)} of {len(group)} seeds converged at {SIGNS.get(x, x)} = {at:g}")
        else:
            points.append((scale(at), *mean_of(group, y)))
    return Curve(label=label, **_columns(sorted(points)), family=family, left_out=tuple(left_out))


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


def best_threshold(rows: Sequence[Row], energy: Value) -> Best | None:
    """Return the threshold with the least mean energy among those at which every seed converged, if there is one."""
    tried = grouped(rows, "threshold")
    means = {theta: mean_of(at, energy)[0] for theta, at in tried.items() if all(map(_converged, at))}
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
    scale: Callable[[float], float] = float,
) -> Curve:
    """Return y, mean and error, at the best threshold for each value of the config along x."""
    points, left_out = [], []
    for at, group in grouped(rows, x).items():
        best = best_threshold(group, energy)
        if best is None:
            left_out.append(f"{label}: no θ at which every seed converged at {SIGNS.get(x, x)} = {at:g}")
        else:
            points.append((scale(at), *y(best)))
    n_bad = sum(
        not all(map(_converged, g)) for at in grouped(rows, x).values() for g in grouped(at, "threshold").values()
    )
    if n_bad:
        left_out.append(f"{label}: {n_bad} points of the grid, where some seed did not converge")
    return Curve(label=label, **_columns(sorted(points)), family=family, left_out=tuple(left_out))


def _converged(row: Row) -> bool:
    return row["outcome_converged"] is not False  # null: the experiment was given nothing to reach


def _columns(points: list[tuple[float, float, float]]) -> dict[str, Array]:
    x, y, error = np.array(points, np.float64).reshape(-1, 3).T
    return {"x": x, "y": y, "error": error}
