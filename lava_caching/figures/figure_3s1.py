"""Fig. 3 supplement 1: energy and learning time against the threshold, for several decay times."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import Value, grouped, level, mean_of, select, simulated
from lava_caching.figures._values import EPOCHS, RATIO, THRESHOLD, epochs, inefficiency, size_of
from lava_caching.report.panels import Curve, Panel

COST = 0.01


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    cached = select(rows, policy="local-global", maintenance_cost=COST)
    uncached = select(rows, policy="immediate", maintenance_cost=COST)

    def lines(y: Value) -> list[Curve]:
        shown = [
            simulated("no decay" if math.isinf(tau) else f"τ = {tau:,.0f}", own, "threshold", y, family=k)
            for k, (tau, own) in enumerate(reversed(grouped(cached, "tau").items()))
        ]
        return [*shown, level("no caching", grouped(cached, "threshold"), mean_of(uncached, y)[0])]

    axes = {"x_label": THRESHOLD, "x_log": True}
    return [
        Panel(
            title=f"energy, {size_of(rows)}, c = {COST:g}",
            y_label=RATIO,
            y_log=True,
            curves=lines(inefficiency),
            **axes,
        ),
        Panel(title="learning time", y_label=EPOCHS, curves=lines(epochs), **axes),
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
