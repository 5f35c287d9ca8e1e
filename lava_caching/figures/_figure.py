"""What a figure of the paper is: a plan of runs, and the panels that follow from their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lava_caching.report.panels import Panel

__all__ = ["Figure", "Row"]

PAPER = "Li & van Rossum (2020), doi:10.7554/eLife.50804"
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of Li & van Rossum (2020), doi:10.7554/eLife.50804.

    Attributes
    ----------
    name : str
        As users type it, such as 2c.
    title : str
        What it is about, in a line.
    where : str
        Where the paper shows it, such as "Fig. 2C".
    caption : str
        What is plotted, in a sentence or two.
    plan : str
        Plan in `plans/` that it is drawn from, which figures may share; its quick version is called the same with
        ``_quick``.
    panels : callable
        Takes the rows of the plan's runs and the rows of their curves; returns what to draw.
    curves : bool
        Whether it needs the curves.
    """

    name: str
    title: str
    where: str
    caption: str
    plan: str
    panels: Callable[[Sequence[Row], Sequence[Row]], list[Panel]]
    curves: bool = False

    @property
    def source(self) -> str:
        """What it reproduces."""
        return f"{self.where} of {PAPER}"

    def plan_path(self, *, quick: bool) -> Path:
        """Return the file of the plan; it can be run by `lava-caching sweep` too."""
        name = f"{self.plan}_quick.toml" if quick else f"{self.plan}.toml"
        return Path(str(files("lava_caching.figures") / "plans" / name))
