"""Fig. 1C: what learning without caching costs, and the least it could cost, against the number of patterns."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import config, grouped, simulated, theory
from lava_caching.figures._values import ENERGY, PATTERNS, column
from lava_caching.report.panels import Panel
from lava_caching.theory import inefficiency_without_caching, updates


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    n = config(rows[0], "n_inputs")
    loads = grouped(rows, "n_patterns")
    lines = [
        simulated("no caching", rows, "n_patterns", column("energy_total")),
        theory("theory: N K", loads, lambda p: n * updates(n, p)),
        simulated("minimum", rows, "n_patterns", column("energy_minimal"), family=1),
        theory(
            "theory: N K / Eq. 3", loads, lambda p: n * updates(n, p) / inefficiency_without_caching(n, p), family=1
        ),
    ]
    return [Panel(title=f"N = {n:,}", x_label=PATTERNS, y_label=ENERGY, y_log=True, curves=lines)]


figure = Figure(
    name="1c",
    title="Learning costs far more than what it changes in the end",
    where="Fig. 1C",
    caption="Energy Σ|Δl| of storing P random patterns in one neuron, every update written at once, and the minimum:"
    " the energy of writing the final weights directly.",
    plan="1c",
    panels=_panels,
)
