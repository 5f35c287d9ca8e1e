"""Tagging and capture: both parts of both pathways over time, and what is captured against the delay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lava_caching.errors import InputError
from lava_caching.files import check_writable
from lava_caching.record import Record

__all__ = ["draw_tagging"]

# Okabe & Ito: told apart in every common colour vision, and by line style in print.
COLOURS = {"weak": "#0072B2", "strong": "#D55E00"}
STYLES = {"transient": "--", "persistent": "-"}
MARKERS = "os^Dv"


def draw_tagging(example: Record, captured: Mapping[str, Sequence[Record]], path: str | Path) -> None:
    """Draw one run over its trials, and the captured fraction against delay/τ, its mean and s.e.m. over seeds.

    Parameters
    ----------
    example : Record
        A run of the experiment `tagging`.
    captured : mapping from label to records
        Runs over delays and seeds, with a decay, by the label of their curve.
    path : str or Path
        Image to write; the ending decides the format (png, pdf, svg).

    Raises
    ------
    InputError
        If a record is of another experiment or has no decay, or the file cannot be written.
    """
    for record in (example, *(r for records in captured.values() for r in records)):
        if (
            record.experiment != "tagging"
            or record.config["tau"] is None
            or record.outcome["captured_fraction"] is None
        ):
            raise InputError(
                f"a record of {record.experiment}, tau = {record.config['tau']}: give records of tagging with a tau, in"
                " which the weak pathway left tags"
            )
    path = Path(path)
    check_writable(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 3.8), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    trials = [entry["n_presentations"] for entry in example.outcome["curve"]]
    for pathway, colour in COLOURS.items():
        size = example.config[f"n_{pathway}"]
        for part, style in STYLES.items():
            values = [entry[f"{pathway}_{part}"] / size for entry in example.outcome["curve"]]
            left.plot(trials, values, style, color=colour, linewidth=1.5, label=f"{pathway}, {part}")
    left.set(xlabel="trial", ylabel="mean weight (g_max)", title=f"θ = {example.config['threshold']:g} g_max")
    for k, (label, records) in enumerate(captured.items()):
        delays = sorted({record.config["delay"] for record in records})
        fractions = [[r.outcome["captured_fraction"] for r in records if r.config["delay"] == d] for d in delays]
        right.errorbar(
            [delay / records[0].config["tau"] for delay in delays],
            [float(np.mean(f)) for f in fractions],
            [float(np.std(f) / np.sqrt(len(f))) for f in fractions],
            marker=MARKERS[k % len(MARKERS)],
            markersize=4,
            capsize=2,
            linewidth=1.5,
            label=label,
        )
    right.set(xlabel="delay / τ", ylabel="captured fraction of the tags", ylim=(-0.03, 1.03))
    for axes, free in ((left, "upper left"), (right, "upper right")):  # both known: "best" is slow, and says so
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize="small", loc=free)
    figure.savefig(path)
