"""Fig. 1D: how many times the minimum learning without caching costs, against the number of patterns."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import config, grouped, simulated, theory
from lava_caching.figures._values import PATTERNS, RATIO, inefficiency
from lava_caching.report.panels import Panel
from lava_caching.theory import inefficiency_without_caching


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    n = config(rows[0], "n_inputs")
    loads = grouped(rows, "n_patterns")
    lines = [
        simulated("no caching", rows, "n_patterns", inefficiency),
        theory("theory: √(πP) / (2 − P/N), Eq. 3", loads, lambda p: inefficiency_without_caching(n, p)),
    ]
    return [Panel(title=f"N = {n:,}", x_label=PATTERNS, y_label=RATIO, y_log=True, curves=lines)]


figure = Figure(
    name="1d",
    title="The inefficiency of learning without caching grows with what is stored",
    where="Fig. 1D",
    caption="Energy of storing P random patterns, in units of the minimum. A weight's walk spreads less than theory"
    " assumes, so simulation lies above it.",
    plan="1c",
    panels=_panels,
)
