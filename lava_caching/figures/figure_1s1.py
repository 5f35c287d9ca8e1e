"""Fig. 1 supplement 1: inefficiency under other prices of a write, |Δl|^α and potentiation only.

In a walk of K steps of size η a weight ends Gaussian with variance Kη², so Σ|Δ|^α over its minimum is
K^(1−α/2) √π / (2^(α/2) Γ((α+1)/2)); at α = 1 this is Eq. 3, at α = 2 it is 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import grouped, select, simulated, theory
from lava_caching.figures._values import RATIO, inefficiency, measured, size_of
from lava_caching.report.panels import Panel


def walk_inefficiency(K: float, alpha: float) -> float:
    """Return the inefficiency of an unbiased walk of K steps at an exponent α.

    Examples
    --------
    >>> round(walk_inefficiency(2000.0, 2.0), 9)
    1.0
    """
    return math.pow(K, 1.0 - alpha / 2.0) * math.sqrt(math.pi / 2.0**alpha) / math.gamma((alpha + 1.0) / 2.0)


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    alphas = grouped(rows, "alpha")
    K, _ = measured(rows)
    lines = [
        simulated("all changes cost", select(rows, potentiation_only=False), "alpha", inefficiency),
        simulated("potentiation only", select(rows, potentiation_only=True), "alpha", inefficiency, family=1),
        theory("theory: Gaussian weights after K updates", alphas, lambda alpha: walk_inefficiency(K, alpha)),
    ]
    return [
        Panel(title=size_of(rows), x_label="exponent α of the cost |Δl|^α", y_label=RATIO, y_log=True, curves=lines)
    ]


figure = Figure(
    name="1s1",
    title="Learning is inefficient under other prices of a write too",
    where="Fig. 1, figure supplement 1",
    caption="Energy of learning without caching, in units of the minimum at the same price: Σ|Δl|^α of all changes, or"
    " of potentiation only.",
    plan="1s1",
    panels=_panels,
)
