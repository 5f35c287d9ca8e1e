"""Fig. 3 supplement 1: energy and learning time against the threshold, for several decay times."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import Value, grouped, level, mean_of, select, simulated
from lava_caching.figures._values import EPOCHS, RATIO, THRESHOLD, epochs, inefficiency, size_of
from lava_caching.report.panels import Curve, Panel

COST = 0.01
MOST = 5
"""Of the decay times of the plan, so that lines can be told apart."""


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    taus = list(grouped(rows, "tau"))[::-1]
    chosen = taus[:: -(-len(taus) // MOST)]
    cached = select(rows, policy="local-global", maintenance_cost=COST)
    uncached = select(rows, policy="immediate", maintenance_cost=COST)

    def lines(y: Value) -> list[Curve]:
        lasting = [
            simulated(
                "no decay" if math.isinf(tau) else f"τ = {tau:,.0f}", select(cached, tau=tau), "threshold", y, family=k
            )
            for k, tau in enumerate(chosen)
        ]
        return [*lasting, level("no caching", grouped(cached, "threshold"), mean_of(uncached, y)[0])]

    def panel(title: str, y_label: str, shown: list[Curve], *, y_log: bool) -> Panel:
        return Panel(title=title, x_label=THRESHOLD, y_label=y_label, x_log=True, y_log=y_log, curves=shown)

    return [
        panel(f"energy, {size_of(rows)}, c = {COST:g}", RATIO, lines(inefficiency), y_log=True),
        panel("learning time", EPOCHS, lines(epochs), y_log=False),
    ]


figure = Figure(
    name="3s1",
    title="With decay a large threshold ends learning",
    where="Fig. 3, figure supplement 1",
    caption="Energy in units of the minimum, and epochs until no error is left, against the threshold for decay times τ"
    " in presentations. A curve ends where a transient part decays before it is consolidated, so that not all seeds"
    " learn.",
    plan="3",
    panels=_panels,
)
