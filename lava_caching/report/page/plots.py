"""Plots as plain Plotly JSON; colours are names that `page.css` gives a value for light, dark and paper.

Names from files are escaped, because Plotly reads a little markup; categories lie at whole numbers and their names are
only labels, so that two that are shortened alike stay apart.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

from lava_caching.readable import engineering
from lava_caching.report.page.cells import figures

__all__ = [
    "COLOURS",
    "DASHES",
    "SYMBOLS",
    "Spec",
    "axis",
    "bars",
    "curve",
    "decades",
    "from_zero",
    "label",
    "layout",
    "marks",
    "places",
    "ranges",
    "share_axis",
    "value_axis",
]

COLOURS = ("@blue", "@vermilion", "@green", "@purple", "@orange", "@sky", "@ink")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star")
DASHES = ("solid", "dash", "dot", "dashdot")
LONGEST_LABEL = 26
MOST_TICKS = 6
ROW_PX, AROUND_PX = 30, 150

Spec = dict[str, Any]


def label(text: str, longest: int = LONGEST_LABEL) -> str:
    """Return a name that fits beside an axis and that Plotly shows as it is."""
    fits = text if len(text) <= longest else f"{text[: longest // 2]}…{text[-(longest // 2) + 1 :]}"
    return html.escape(fits, quote=False)


def axis(title: str, *, log: bool = False, **more: Any) -> Spec:
    """Return an axis with a title in the words of the page."""
    return {
        "title": {"text": html.escape(title, quote=False), "standoff": 8},
        "automargin": True,
        "gridcolor": "@grid",
        "zerolinecolor": "@grid",
        "linecolor": "@line",
        "showline": True,
        "ticks": "outside",
        "tickcolor": "@line",
        "exponentformat": "power",
        "minexponent": 6,
        "separatethousands": True,
        "ticklabeloverflow": "allow",  # by default the last label of a narrow plot vanishes; margins make room for it
        "type": "log" if log else "linear",
        **more,
    }


def layout(x: Spec, y: Spec, *, height: int = 340, **more: Any) -> Spec:
    """Return a layout whose legend lies above the plot, where it takes no width."""
    return {
        "height": height,
        "margin": {"l": 12, "r": 16, "t": 12, "b": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "@ink"},
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@line", "font": {"color": "@ink"}, "namelength": 40},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "xanchor": "left",
            "yanchor": "bottom",
            "traceorder": "normal",
            "itemsizing": "constant",
        },
        "showlegend": True,
        "dragmode": "zoom",
        "xaxis": x,
        "yaxis": y,
        **more,
    }


def places(names: Sequence[str], *, reversed_: bool = True) -> Spec:
    """Return the axis on which categories lie at 0, 1, … from top to bottom."""
    span = [len(names) - 0.5, -0.5] if reversed_ else [-0.5, len(names) - 0.5]
    ticks: Spec = {"tickvals": list(range(len(names))), "ticktext": [label(name) for name in names]}
    return axis("", range=span, fixedrange=True, showgrid=False, **ticks)


def value_axis(
    title: str, names: Sequence[str], *, stacked: bool = False, log: bool = False, per_row: int = 1, **more: Any
) -> Spec:
    """Return the layout of horizontal bars or ranges, one row for each name; `more` is said of the axis of values."""
    height = AROUND_PX + len(names) * max(ROW_PX, 16 * per_row)
    x = axis(title, log=log, **more, **from_zero(not log))
    return layout(x, places(names), height=height, barmode="stack" if stacked else "group", bargap=0.35)


def share_axis(title: str) -> Spec:
    """Return an axis of an accuracy: as wide as the values, and within 0 and 1."""
    return axis(title, autorangeoptions={"clipmin": 0, "clipmax": 1})


def from_zero(wanted: bool) -> Spec:
    """Return what makes an axis begin at 0, where that is wanted."""
    return {"rangemode": "tozero"} if wanted else {}


def decades(values: Iterable[float | None], unit: str = "") -> Spec:
    """Return the ticks of a logarithmic axis over these values, named as in the tables: 10 nJ, 100 nJ, or 0.01, 0.1."""
    known = [value for value in values if value and value > 0]  # an edited record may have others
    if not known:
        return {}
    first, last = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    last = max(last, first + 1)
    every = -(-(last - first) // MOST_TICKS)
    steps = (1, 2, 5) if last - first <= 2 else (1,)
    ticks = [m * 10.0**power for power in range(first, last + 1, every) for m in steps if power < last or m == 1]
    return {"tickvals": ticks, "ticktext": [engineering(tick, unit) if unit else figures(tick) for tick in ticks]}


def bars(name: str, values: Sequence[float | None], rows: Sequence[str], colour: str) -> Spec:
    """Return a horizontal bar for each row."""
    return {
        "type": "bar",
        "orientation": "h",
        "name": label(name, 40),
        "x": list(values),
        "y": list(range(len(values))),
        "customdata": [label(row, 60) for row in rows],
        "marker": {"color": colour},
        "hovertemplate": "%{customdata}: %{x:.4s}<extra>%{fullData.name}</extra>",
    }


def marks(name: str, values: Sequence[float | None], rows: Sequence[str]) -> Spec:
    """Return a mark for each row of bars."""
    drawn = {"color": "@ink", "symbol": "line-ns", "size": 16, "line": {"width": 3, "color": "@ink"}}
    spec = {**bars(name, values, rows, "@ink"), "type": "scatter", "mode": "markers", "marker": drawn}
    return {key: value for key, value in spec.items() if key != "orientation"}


def ranges(
    name: str, bounds: Sequence[Sequence[float | None]], rows: Sequence[str], colour: str, *, shift: float, symbol: str
) -> Spec:
    """Return a point with its range from low to high for each row; what has no nominal value has no point.

    A high that is not known leaves the range open: it ends at the nominal value.
    """
    low, nominal, high = ([row[i] for row in bounds] for i in range(3))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": label(name, 40),
        "x": nominal,
        "y": [i + shift for i in range(len(rows))],
        "customdata": [label(row, 60) for row in rows],
        "marker": {"color": colour, "symbol": symbol, "size": 9},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": _lengths(nominal, high),
            "arrayminus": _lengths(low, nominal),
            "color": colour,
            "thickness": 1.4,
            "width": 4,
        },
        "hovertemplate": "%{customdata}: %{x:.3s}<extra>%{fullData.name}</extra>",
    }


def _lengths(start: Sequence[float | None], end: Sequence[float | None]) -> list[float]:
    return [0.0 if a is None or b is None else max(b - a, 0.0) for a, b in zip(start, end, strict=True)]


def curve(name: str, x: Sequence[float | None], y: Sequence[float | None], i: int, **more: Any) -> Spec:
    """Return a line with points, the i-th of a plot: told apart by colour, dash and symbol."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": label(name, 40),
        "x": list(x),
        "y": list(y),
        "line": {"color": COLOURS[i % len(COLOURS)], "dash": DASHES[i // len(COLOURS) % len(DASHES)], "width": 2},
        "marker": {"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 6, "color": COLOURS[i % len(COLOURS)]},
        **more,
    }
