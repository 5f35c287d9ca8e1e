"""Fig. 2 supplement 1: what caching saves a spiking neuron that learns by STDP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import converged, grouped, level, mean_of, points, select, simulated
from lava_caching.figures._values import PATTERNS, column
from lava_caching.report.panels import Curve, Panel

PUBLISHED = 0.8
energy = column("energy_total")


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    uncached, ideal = select(rows, policy="immediate"), select(rows, policy="at-end")
    cached = select(rows, policy="local-global")
    theta = f"caching, θ = {cached[0]['config_threshold']:g} g_max"
    energies = [
        simulated("no caching", uncached, "n_patterns", energy),
        simulated("ideal caching", ideal, "n_patterns", energy, family=1),
        simulated(theta, cached, "n_patterns", energy, family=2),
        replace(simulated("minimum", ideal, "n_patterns", column("energy_minimal")), kind="reference", error=None),
    ]
    saved = [
        _saved("ideal caching", ideal, uncached, family=1),
        _saved(theta, cached, uncached, family=2),
        level("published (ideal)", grouped(rows, "n_patterns"), PUBLISHED),
    ]
    return [
        Panel(title="energy", x_label=PATTERNS, y_label="energy (g_max)", curves=energies),
        Panel(title="saved", x_label=PATTERNS, y_label="share of the energy without caching", curves=saved),
    ]


def _saved(label: str, cached: Sequence[Row], uncached: Sequence[Row], *, family: int) -> Curve:
    """Return the share that caching saves a seed, over the seeds that converged both ways."""
    without = {(row["config_n_patterns"], row["seed"]): row for row in uncached}
    found = []
    for n, group in grouped(cached, "n_patterns").items():
        pairs = [(row, without[n, row["seed"]]) for row in group]
        if all(converged(row) for pair in pairs for row in pair):
            shares = [{"saved": 1.0 - energy(row) / energy(other)} for row, other in pairs]
            found.append((n, *mean_of(shares, column("saved"))))
    return points(label, found, family=family)


figure = Figure(
    name="2s1",
    title="Caching saves a spiking neuron most of its energy",
    where="Fig. 2, figure supplement 1",
    caption="A neuron with adaptation learns patterns by STDP from a teacher, without decay and at c = 0. Ideal caching"
    " consolidates once, when the weights have converged.",
    plan="2s1",
    panels=_panels,
)
