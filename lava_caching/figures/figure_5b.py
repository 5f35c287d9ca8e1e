"""Fig. 5B: the energy of a network against the accuracy it has reached, without caching, with it, and the least."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._accuracy import ACCURACIES, along_accuracy, paths_of, trained_on
from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import grouped, select
from lava_caching.figures._values import ENERGY
from lava_caching.report.panels import Panel


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    paths = paths_of(curves)
    groups = {
        "no caching": select(rows, policy="immediate"),
        **{f"caching, θ = {t:g}": own for t, own in grouped(select(rows, policy="local-global"), "threshold").items()},
        "minimum": select(rows, policy="at-end"),
    }
    accuracies = ACCURACIES[rows[0]["config_dataset"]]
    lines = [along_accuracy(label, own, paths, accuracies, family=k) for k, (label, own) in enumerate(groups.items())]
    x_label = "accuracy on held-out images"
    return [Panel(title=trained_on(rows), x_label=x_label, y_label=ENERGY, y_log=True, curves=lines)]


figure = Figure(
    name="5b",
    title="Caching saves a network most of its energy at the same accuracy",
    where="Fig. 5B",
    caption="Energy of back-propagation when an accuracy is first exceeded. Caching: local threshold, global"
    " consolidation, τ = 1000 presentations, c = 0.001. Minimum: the same training, consolidated once, without"
    " decay and cost.",
    plan="5b",
    panels=_panels,
    curves=True,
)
