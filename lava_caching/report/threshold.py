"""Energy against threshold: consolidation falls, maintenance rises, and the sum has a minimum between.

After Li & van Rossum (2020), doi:10.7554/eLife.50804, Fig. 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from lava_caching.errors import InputError
from lava_caching.files import check_writable
from lava_caching.record import Record

__all__ = ["draw_energy_against_threshold"]

# Okabe & Ito: told apart in every common colour vision, and by line style in print.
COLOURS = {"consolidation": "#0072B2", "maintenance": "#E69F00", "total": "black", "minimal": "#009E73"}
STYLES = {"consolidation": "--", "maintenance": "-.", "total": "-", "minimal": ":"}


def draw_energy_against_threshold(
    cached: Sequence[Record], uncached: Record, path: str | Path, *, title: str | None = None
) -> None:
    """Draw consolidation, maintenance, total and minimum over θ, with learning without caching as a level.

    Parameters
    ----------
    cached : sequence of Record
        The same training at several thresholds θ > 0.
    uncached : Record
        The same training with policy ``immediate``.
    path : str or Path
        Image to write; the ending decides the format (png, pdf, svg).
    title : str, optional
        What was trained.

    Raises
    ------
    InputError
        If there is no record or the file cannot be written.
    """
    if not cached:
        raise InputError("no records to draw: give at least one trained with a threshold policy")
    path = Path(path)
    check_writable(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    records = sorted(cached, key=lambda record: float(record.config["threshold"]))
    thresholds = [record.config["threshold"] for record in records]
    labels = {"minimal": "minimum"}
    for name, colour in COLOURS.items():
        values = [record.energy[name] or math.nan for record in records]  # a 0 has no place on a logarithmic axis
        axes.plot(
            thresholds,
            values,
            STYLES[name],
            color=colour,
            marker="o" if name == "total" else None,
            markersize=3.5,
            linewidth=2 if name == "total" else 1.5,
            label=labels.get(name, name),
        )
    level = uncached.energy["total"]
    axes.axhline(level, color="#D55E00", linewidth=1.5, label="without caching")
    best = min(records, key=lambda record: float(record.energy["total"]))
    saved = level / best.energy["total"]
    axes.annotate(
        f"θ = {best.config['threshold']:.3g}: {saved:.1f} × less",
        (best.config["threshold"], best.energy["total"]),
        xytext=(0, 22),
        textcoords="offset points",
        ha="center",
        arrowprops={"arrowstyle": "-", "color": "0.5"},
    )
    axes.set(
        xscale="log", yscale="log", xlabel="consolidation threshold θ (weight)", ylabel="energy (units of the paper)"
    )
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_ylim(bottom=0.5 * best.energy["minimal"])
    if title:
        axes.set_title(title, fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize="small", ncols=5, loc="outside lower center")
    figure.savefig(path)
