"""Fig. 5C: the energy to reach an accuracy against the number of hidden units, without caching and with it."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._accuracy import energy_at, paths_of, reaches, trained_on
from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import Best, Value, at_best_threshold, mean_of, select, simulated
from lava_caching.figures._values import ENERGY
from lava_caching.report.panels import Curve, Panel

TARGETS = {"digits": (0.7, 0.85), "mnist": (0.85, 0.93)}


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    paths = paths_of(curves)
    lines: list[Curve] = []
    for k, accuracy in enumerate(TARGETS[rows[0]["config_dataset"]]):
        energy, there = energy_at(paths, accuracy), reaches(paths, accuracy)

        def at_best(best: Best, energy: Value = energy) -> tuple[float, float]:
            return mean_of(best.rows, energy)

        uncached, cached = select(rows, policy="immediate"), select(rows, policy="local-global")
        lines.append(
            simulated(f"no caching, accuracy {accuracy:g}", uncached, "n_hidden", energy, family=2 * k, reached=there)
        )
        lines.append(
            at_best_threshold(
                f"best θ, accuracy {accuracy:g}",
                cached,
                "n_hidden",
                at_best,
                energy=energy,
                family=2 * k + 1,
                reached=there,
            )
        )
    return [Panel(title=trained_on(rows), x_label="hidden units H", y_label=ENERGY, y_log=True, curves=lines)]


figure = Figure(
    name="5c",
    title="With caching, more units cost little more",
    where="Fig. 5C",
    caption="Energy of back-propagation when it first exceeds an accuracy on held-out images, against the size of the"
    " hidden layer, every update written at once, and with caching at the best threshold of the grid.",
    plan="5c",
    panels=_panels,
    curves=True,
)
