"""Fig. 2C: what caching saves at the best threshold, against the price c of holding a transient part."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import at_best_threshold, grouped, level, mean_of, select, theory
from lava_caching.figures._values import (
    against_holding,
    energy_ratio,
    inefficiency,
    measured,
    the_threshold,
)
from lava_caching.report.panels import Panel
from lava_caching.theory import best_inefficiency, best_threshold


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    cached, uncached = select(rows, policy="local-global"), select(rows, policy="immediate")
    costs = grouped(rows, "maintenance_cost")
    K, T = measured(cached)
    energies = [
        at_best_threshold("caching, best θ", cached, "maintenance_cost", energy_ratio, energy=inefficiency),
        theory("theory: √(2π(1 + cT)/3)", costs, lambda c: best_inefficiency(K, T, c), x_log=True),
        level("no caching", costs, mean_of(uncached, inefficiency)[0]),
        level("minimum", costs, 1.0),
    ]
    thresholds = [
        at_best_threshold("best θ", cached, "maintenance_cost", the_threshold, energy=inefficiency),
        theory("theory: η √(3K/(1 + cT))", costs, lambda c: best_threshold(K, T, c), x_log=True),
    ]
    return against_holding(rows, energies, thresholds)


figure = Figure(
    name="2c",
    title="Caching saves most where holding is cheap",
    where="Fig. 2C",
    caption="Energy at the best threshold, in units of the minimum, and that threshold, against the maintenance cost c"
    " without decay; theory, with updates K and presentations T as measured, lets each synapse cross θ by itself. At"
    " c = 0 it charges a rest at the end that a threshold out of reach never leaves.",
    plan="4b",
    panels=_panels,
)
