"""Fig. 2B: consolidation falls with the threshold, maintenance rises, and their sum has a minimum between."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import config, grouped, level, mean_of, select, simulated, theory
from lava_caching.figures._values import ENERGY, column, measured, size_of
from lava_caching.report.panels import Panel
from lava_caching.theory import consolidation_energy, maintenance_energy


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    cached, uncached = select(rows, policy="local-global"), select(rows, policy="immediate")
    n, c = config(rows[0], "n_inputs"), config(rows[0], "maintenance_cost")
    K, T = measured(cached)
    tried = grouped(cached, "threshold")
    total, minimal = column("energy_total"), column("energy_minimal")
    lines = [
        simulated("total", cached, "threshold", total),
        simulated("consolidation", cached, "threshold", column("energy_consolidation"), family=1),
        simulated("maintenance", cached, "threshold", column("energy_maintenance"), family=2),
        theory(
            "theory: total", tried, lambda x: consolidation_energy(n, K, x) + maintenance_energy(n, T, x, c), x_log=True
        ),
        theory("theory: consolidation", tried, lambda x: consolidation_energy(n, K, x), family=1, x_log=True),
        theory("theory: maintenance", tried, lambda x: maintenance_energy(n, T, x, c), family=2, x_log=True),
        level("no caching", tried, mean_of(uncached, total)[0]),
        level("minimum", tried, mean_of(cached, minimal)[0]),
    ]
    title = f"{size_of(rows)}, c = {c:g}"
    x_label = "consolidation threshold θ (weight)"
    return [Panel(title=title, x_label=x_label, y_label=ENERGY, x_log=True, y_log=True, curves=lines)]


figure = Figure(
    name="2b",
    title="There is a best threshold: consolidation against maintenance",
    where="Fig. 2B",
    caption="Energy of one neuron that stores random patterns with synaptic caching, local threshold and global"
    " consolidation. Theory, with updates K and presentations T as measured, is for thresholds of many steps of η = 1"
    " and lets each synapse cross θ by itself.",
    plan="2b",
    panels=_panels,
)
