"""Panels of curves: simulations with their errors, theory as dashed lines, levels to compare with as grey ones.

One drawing function for all figures of the paper; what a figure shows is worked out elsewhere.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError
from lava_caching.files import write_atomically
from lava_caching.report.compare import COLOURS, ENDINGS, SHAPES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["Curve", "Panel", "check_ending", "draw_panels"]

Array = NDArray[np.float64]
Kind = Literal["simulation", "theory", "reference"]
GREYS = (("0.45", ":"), ("0.45", "-."), ("0.65", "--"))
"""Of references, the levels to compare with: no colour, a line style each."""
FEW_DECADES, SHORT = 1000.0, (0.01, 2e5)
FEW_TICKS = 100.0
WIDTH, HEIGHT, LEGEND_LINE = 4.4, 3.3, 0.17
LETTERS_PER_INCH = 18.5
LETTERS_IN_COLUMN = 29
"""Two columns of a legend hold labels of that length."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One line of a panel.

    Attributes
    ----------
    label : str
        What the legend says.
    x, y : ndarray, (n,)
        Points; NaN leaves a gap.
    error : ndarray, (n,), or None
        Standard error of the mean of y, drawn as bars.
    kind : {"simulation", "theory", "reference"}
        Markers, a dashed line, or grey.
    family : int
        Curves of one family share a colour, so that a theory is told to belong to its simulation.
    notes : tuple of str
        What to know of it, such as points that are not shown, and why; a sentence each.
    """

    label: str
    x: Array
    y: Array
    error: Array | None = None
    kind: Kind = "simulation"
    family: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Curves on one pair of axes; labels name the unit."""

    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]
    x_log: bool = False
    y_log: bool = False


def check_ending(path: Path) -> None:
    """Refuse a file whose ending names no format of images."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"cannot draw {path}: the ending says the format; use {', '.join(ENDINGS)}")


def draw_panels(panels: Sequence[Panel], path: Path, *, title: str, caption: str) -> None:
    """Draw panels side by side, legends and caption below them.

    Parameters
    ----------
    panels : sequence of Panel
        At least one.
    path : Path
        Image to write; the ending decides the format (png, pdf, svg).
    title, caption : str
        One line above, a few sentences below.

    Raises
    ------
    InputError
        If the ending is another, or the file cannot be written.
    """
    check_ending(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = max(WIDTH * len(panels), 1.35 * WIDTH)
    said = textwrap.wrap(_plain(caption), int(LETTERS_PER_INCH * width))
    n_legend = max(-(-len(panel.curves) // _columns(panel)) for panel in panels)
    height = HEIGHT + LEGEND_LINE * (n_legend + len(said)) + 0.3
    figure = Figure(figsize=(width, height), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, panel in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
        _draw(axes, panel)
    figure.suptitle(_plain(title), x=0.01, ha="left", fontsize="medium", fontweight="bold")
    figure.supxlabel("\n".join(said), x=0.01, ha="left", fontsize="x-small", color="0.3")
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix.lower()[1:])
    write_atomically(path, content.getvalue())


def _draw(axes: Axes, panel: Panel) -> None:
    greys = iter(GREYS * len(panel.curves))
    for curve in panel.curves:
        y = np.where(curve.y > 0, curve.y, np.nan) if panel.y_log else curve.y
        if curve.kind == "reference":
            colour, line = next(greys)
            axes.plot(curve.x, y, line, color=colour, linewidth=1.6, label=_plain(curve.label), zorder=3.5)
        elif curve.kind == "theory":
            style: dict[str, Any] = {"color": COLOURS[curve.family % len(COLOURS)], "linewidth": 1.3}
            axes.plot(curve.x, y, "--", label=_plain(curve.label), zorder=4, **style)  # above the markers
        else:
            _draw_simulation(axes, curve, y)
    _scale(axes, panel)
    axes.set(xlabel=_plain(panel.x_label), ylabel=_plain(panel.y_label))
    axes.set_title(_plain(panel.title), fontsize="medium", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92", linewidth=0.8)
    axes.set_axisbelow(True)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))  # matplotlib puts lines before bars
    labels = [_plain(curve.label) for curve in panel.curves]
    axes.legend(
        [handles[label] for label in labels],
        labels,
        ncols=_columns(panel),
        frameon=False,
        fontsize="small",
        loc="upper left",
        bbox_to_anchor=(0.0, -0.18),
        borderaxespad=0.0,
        columnspacing=1.0,
    )


def _columns(panel: Panel) -> int:
    return 2 if max(len(curve.label) for curve in panel.curves) <= LETTERS_IN_COLUMN else 1


def _draw_simulation(axes: Axes, curve: Curve, y: Array) -> None:
    colour = COLOURS[curve.family % len(COLOURS)]
    few = len(curve.x) <= 40
    axes.errorbar(
        curve.x,
        y,
        curve.error,
        color=colour,
        marker=SHAPES[curve.family % len(SHAPES)] if few else None,
        markersize=4.5,
        linewidth=1.0 if few else 1.5,
        elinewidth=1.0,
        capsize=2 if few else 0,
        label=_plain(curve.label),
        zorder=3,
    )


def _scale(axes: Axes, panel: Panel) -> None:
    """Set the scales; a 0 gets a place at the left of a logarithmic axis of x."""
    if panel.x_log:
        x = np.concatenate([curve.x for curve in panel.curves])
        if (x <= 0).any():
            _scale_from_zero(axes, float(x[x > 0].min()), float(x.max()))
        else:
            axes.set_xscale("log")
    if panel.y_log:
        axes.set_yscale("log")
    for axis, limits, log in ((axes.xaxis, axes.get_xlim(), panel.x_log), (axes.yaxis, axes.get_ylim(), panel.y_log)):
        _number(axis, limits, log=log)


def _scale_from_zero(axes: Axes, least: float, most: float) -> None:
    """Scale x linearly up to the least value above 0, where matplotlib would crowd its numbers, and then by decades."""
    from matplotlib.ticker import NullLocator

    axes.set_xscale("symlog", linthresh=least, linscale=0.4)
    axes.set_xlim(left=-0.25 * least)
    few = most / least < FEW_TICKS
    decades = 10.0 ** np.arange(np.floor(np.log10(least)), np.floor(np.log10(most)) + 1)
    ticks = np.outer(decades, (1.0, 2.0, 5.0) if few else (1.0,)).ravel()
    axes.set_xticks([0.0, *ticks[(ticks >= least) & (ticks <= most)]])
    axes.xaxis.set_minor_locator(NullLocator())
    if few:
        axes.xaxis.set_major_formatter("{x:g}")


def _number(axis: Axis, limits: tuple[float, float], *, log: bool) -> None:
    """Write the numbers of an axis out where they are few and short; else 10ⁿ, as matplotlib does."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = limits
    if not log:
        axis.set_major_formatter("{x:,g}")
    elif low > 0 and high / low < FEW_DECADES and SHORT[0] < low < high < SHORT[1]:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:,g}")
        axis.set_minor_formatter(NullFormatter())


def _plain(text: str) -> str:
    """Keep $ as it is: matplotlib takes it for a formula otherwise."""
    return text.replace("$", r"\$")
