"""The figures of Li & van Rossum (2020), doi:10.7554/eLife.50804, each made anew from a plan of runs.

To add one, copy a file of this folder and a plan of `plans/`; it appears in the command line.
"""

from __future__ import annotations

from typing import cast

from lava_caching import plugins
from lava_caching.errors import unknown
from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._make import Made, make_figure

__all__ = ["Figure", "Made", "Row", "figure_names", "get_figure", "make_figure"]

BEFORE = "figure-"
"""What stands before the name in the file's, because no module can be called 2c."""


def figure_names() -> list[str]:
    """Return the names of all figures, those of installed packages included."""
    return [name.removeprefix(BEFORE) for name in plugins.names(__name__, "figure")]


def get_figure(name: str) -> Figure:
    """Return a figure."""
    if name not in figure_names():
        raise unknown("figure", name, figure_names())
    return cast(Figure, plugins.find(__name__, "figure", BEFORE + name, "figure", Figure))
