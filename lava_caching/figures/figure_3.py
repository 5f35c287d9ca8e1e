"""Fig. 3: a transient part that decays: what caching then costs, its best threshold, and how long learning takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import Best, at_best_threshold, grouped, level, mean_of, select
from lava_caching.figures._values import (
    DECAY,
    EPOCHS,
    RATIO,
    THRESHOLD,
    energy_ratio,
    epochs,
    inefficiency,
    rate,
    size_of,
    the_threshold,
)
from lava_caching.report.panels import Curve, Panel


def _learning_time(best: Best) -> tuple[float, float]:
    return mean_of(best.rows, epochs)


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    cached, uncached = select(rows, policy="local-global"), select(rows, policy="immediate")
    rates = [rate(tau) for tau in grouped(rows, "tau")]

    def lines(y: Callable[[Best], tuple[float, float]]) -> list[Curve]:
        return [
            at_best_threshold(f"c = {c:g}", own, "tau", y, energy=inefficiency, family=k, scale=rate)
            for k, (c, own) in enumerate(grouped(cached, "maintenance_cost").items())
        ]

    def panel(title: str, y_label: str, shown: list[Curve], *, y_log: bool = True) -> Panel:
        return Panel(title=title, x_label=DECAY, y_label=y_label, x_log=True, y_log=y_log, curves=shown)

    energies = [*lines(energy_ratio), level("no caching", rates, mean_of(uncached, inefficiency)[0])]
    times = [*lines(_learning_time), level("no caching", rates, mean_of(uncached, epochs)[0])]
    return [
        panel(f"energy, {size_of(rows)}", RATIO, energies),
        panel("threshold", f"best {THRESHOLD}", lines(the_threshold)),
        panel("learning time", EPOCHS, times, y_log=False),
    ]


figure = Figure(
    name="3",
    title="Decay limits what caching saves, and can make learning faster",
    where="Fig. 3",
    caption="At the threshold with the least energy among those at which all seeds learn: energy in units of the"
    " minimum, that threshold, and the epochs until no error is left, against the decay rate of the transient part, for"
    " maintenance costs c. Local threshold, global consolidation.",
    plan="3",
    panels=_panels,
)
