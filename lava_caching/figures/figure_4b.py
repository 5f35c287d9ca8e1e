"""Fig. 4B: three ways to decide when and where to consolidate cost about the same, each at its own best threshold."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import Best, at_best_threshold, config, grouped, level, mean_of, select
from lava_caching.figures._values import against_holding, energy_ratio, inefficiency, the_threshold
from lava_caching.report.panels import Curve, Panel

POLICIES = {"local-local": "local-local", "local-global": "local-global", "global-global": "global-global, θ / N"}


def _threshold_of_a_synapse(best: Best) -> tuple[float, float]:
    """Return the best threshold; where it is a sum over the neuron, a synapse's share of it."""
    theta, error = the_threshold(best)
    row = best.rows[0]
    return (theta / config(row, "n_inputs") if config(row, "policy") == "global-global" else theta), error


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    costs = grouped(rows, "maintenance_cost")
    energies: list[Curve] = []
    thresholds: list[Curve] = []
    for k, (policy, label) in enumerate(POLICIES.items()):
        own = select(rows, policy=policy)
        for lines, name, y in ((energies, policy, energy_ratio), (thresholds, label, _threshold_of_a_synapse)):
            lines.append(at_best_threshold(name, own, "maintenance_cost", y, energy=inefficiency, family=k))
    energies.append(level("no caching", costs, mean_of(select(rows, policy="immediate"), inefficiency)[0]))
    energies.append(level("minimum", costs, 1.0))
    return against_holding(rows, energies, thresholds)


figure = Figure(
    name="4b",
    title="The policies need about the same energy, each at its own best threshold",
    where="Fig. 4B",
    caption="Energy at the best threshold, in units of the minimum, and that threshold, against the maintenance cost c"
    " without decay. A threshold on one synapse and one on the sum over a neuron are no like quantities.",
    plan="4b",
    panels=_panels,
)
