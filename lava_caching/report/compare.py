"""Joules against lifetime, one marker per pair of memories: where a memory is cheap, and where it lasts.

Right of the plot is expensive, the bottom fails soon. Bars are the ranges of the profiles' numbers.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lava_caching.errors import InputError
from lava_caching.files import check_writable, write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ENDINGS", "Point", "draw_joules_against_lifetime"]

ENDINGS = (".png", ".pdf", ".svg")
# Okabe & Ito: told apart in every common colour vision; with as many shapes, which also tell pairs apart in print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "black")
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "<", ">")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One run on one pair: joules and seconds, each low, nominal, high."""

    joules: tuple[float, float, float]
    seconds: tuple[float, float, float]


def draw_joules_against_lifetime(
    points: Mapping[str, Sequence[Point]], runs: Sequence[str], path: str | Path, *, left_out: Sequence[str] = ()
) -> None:
    """Draw the runs on every pair.

    Parameters
    ----------
    points : dict of str to sequence of Point
        For each pair its points, one for each run. Where there are two runs, an arrow leads from the first to the
        second.
    runs : sequence of str
        What the runs are called.
    path : str or Path
        Image to write; the ending decides the format (png, pdf, svg).
    left_out : sequence of str
        Pairs that have no place in the plot, named below it.

    Raises
    ------
    InputError
        If there is no point, the ending is another, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"cannot draw {path}: the ending says the format; use {', '.join(ENDINGS)}")
    if not points:
        raise InputError(
            "nothing to draw: no pair has both a total and a lifetime that ends (runs need --write-counts, and a write)"
        )
    check_writable(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 4.8), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for i, (pair, of_runs) in enumerate(points.items()):
        _draw_pair(axes, pair, of_runs, COLOURS[i % len(COLOURS)], SHAPES[i % len(SHAPES)])
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="energy of the run (J)",
        ylabel="life of the hottest nonvolatile synapse\nat this rate of learning (s)",
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.set_title(textwrap.fill(_key(runs), 80), fontsize="medium", loc="left")
    if left_out:
        said = textwrap.fill(f"without a total or a lifetime: {', '.join(map(_name, left_out))}", 110)
        figure.supxlabel(said, x=0.01, ha="left", fontsize="x-small", color="0.35")
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix.lower()[1:])
    write_atomically(path, content.getvalue())


def _draw_pair(axes: Axes, pair: str, points: Sequence[Point], colour: str, shape: str) -> None:
    for i, point in enumerate(points):
        place = point.joules[1], point.seconds[1]
        # thin and pale: several pairs share a corner of the plot, and their ranges span decades
        axes.errorbar(
            *place,
            xerr=_errors(point.joules),
            yerr=_errors(point.seconds),
            fmt="none",
            ecolor=colour,
            elinewidth=0.9,
            capsize=2,
            alpha=0.45,
        )
        axes.plot(
            *place,
            color=colour,
            marker=shape,
            markersize=7,
            markerfacecolor="white" if len(points) == 2 and i == 0 else colour,
            linestyle="none",
            label=_name(pair) if i == len(points) - 1 else None,
            zorder=3,
        )
        if len(points) > 2:
            axes.annotate(str(i + 1), place, xytext=(5, 3), textcoords="offset points", fontsize="x-small")
    if len(points) == 2:
        start, end = ((point.joules[1], point.seconds[1]) for point in points)
        arrow = {"arrowstyle": "->", "color": colour, "alpha": 0.75, "shrinkA": 5, "shrinkB": 5, "linewidth": 1.1}
        axes.annotate("", xy=end, xytext=start, arrowprops=arrow)


def _key(runs: Sequence[str]) -> str:
    """Say which mark is which run."""
    if len(runs) == 2:
        return f"hollow: {_name(runs[0])}; filled: {_name(runs[1])}"
    return "; ".join(_name(run) if len(runs) == 1 else f"{i}: {_name(run)}" for i, run in enumerate(runs, 1))


def _name(text: str) -> str:
    """Return a name that fits, a path by its end, and with $ as it is: matplotlib takes it for a formula otherwise."""
    return (text if len(text) <= 32 else f"…{text[-31:]}").replace("$", r"\$")


def _errors(bounds: tuple[float, float, float]) -> list[list[float]]:
    """Return the lengths of an error bar below and above the nominal value."""
    low, nominal, high = bounds
    return [[max(nominal - low, 0.0)], [max(high - nominal, 0.0)]]
