"""Fig. 5A: without caching, a network that learns in large steps pays more for the same accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._accuracy import energy_at, paths_of, reaches, trained_on
from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import simulated
from lava_caching.figures._values import ENERGY
from lava_caching.report.panels import Panel

TARGETS = {"digits": (0.7, 0.85), "mnist": (0.9, 0.96)}


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    paths = paths_of(curves)
    lines = [
        simulated(f"accuracy {a:g}", rows, "learning_rate", energy_at(paths, a), family=k, reached=reaches(paths, a))
        for k, a in enumerate(TARGETS[rows[0]["config_dataset"]])
    ]
    title = f"no caching, {trained_on(rows)}"
    x_label = "learning rate η (weight)"
    return [Panel(title=title, x_label=x_label, y_label=ENERGY, x_log=True, y_log=True, curves=lines)]


figure = Figure(
    name="5a",
    title="Learning in large steps costs more energy",
    where="Fig. 5A",
    caption="Energy of back-propagation in a network with one hidden layer of 100 units, every update written at once,"
    " when it first exceeds an accuracy on held-out images, against the learning rate.",
    plan="5a",
    panels=_panels,
    curves=True,
)
