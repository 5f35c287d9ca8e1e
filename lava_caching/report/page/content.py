"""What a page consists of: sections of blocks, each a small frozen record without any markup.

Sections are made by functions of records; templates and `page.js` only show them. A cell keeps its number beside its
text, so that the CSV of a table has all digits of the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

__all__ = [
    "Block",
    "Cell",
    "Code",
    "Column",
    "Control",
    "Explorer",
    "Notes",
    "Page",
    "Piece",
    "Plot",
    "Scrubber",
    "Section",
    "Table",
]


@dataclass(frozen=True)
class Piece:
    """A stretch of text, with the address that it links to, if any."""

    text: str
    href: str | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text : str
        What is shown.
    value : int, float or None
        The number itself, for the CSV; None for words and for what is not known.
    kind : str
        "text", "number", or "unknown", which is an empty cell of the CSV.
    pieces : tuple of Piece
        The text in stretches, where parts of it are links.
    """

    text: str
    value: float | None = None
    kind: Literal["text", "number", "unknown"] = "text"
    pieces: tuple[Piece, ...] = ()
    csv: str | None = None

    @property
    def raw(self) -> str | None:
        """Return what the CSV holds in place of the text; None where it holds the text."""
        return {"text": self.csv, "unknown": ""}.get(self.kind, repr(self.value))


@dataclass(frozen=True)
class Column:
    """The head of a column; the unit stands in the cells, and in the head of the CSV."""

    label: str
    unit: str = ""
    number: bool = False

    @property
    def csv(self) -> str:
        """Return the head of the column in the CSV."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; its first `n_heads` columns say what a row is about."""

    kind: ClassVar[str] = "table"
    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    n_heads: int = 1
    notes: Sequence[str] = ()
    whole: bool = False
    """Whether its CSV holds all settings of the sweep, and not only those shown."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot as Plotly takes it, colours as names (``@c1``) that the page's theme resolves.

    `beside` is the id of the table that holds the same numbers; `notes` say what the plot does not show.
    """

    kind: ClassVar[str] = "plot"
    id: str
    caption: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    beside: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Code:
    """Lines to copy."""

    kind: ClassVar[str] = "code"
    id: str
    caption: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Notes:
    """Sentences under a heading of their own."""

    kind: ClassVar[str] = "notes"
    title: str
    items: Sequence[str]
    tone: Literal["plain", "warning"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Scrubber:
    """A slider along a training, with the values at that place; `plots` are marked there."""

    kind: ClassVar[str] = "scrubber"
    id: str
    label: str
    plots: Sequence[str]
    columns: Sequence[Column]
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Control:
    """An axis of a sweep that is held at a value, which the reader may choose."""

    axis: int
    label: str
    values: Sequence[str]
    at: int
    slider: bool


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """Plots against one axis of a sweep; the reader chooses at which values the other axes are held.

    `shown` is what is to be seen before anything is chosen, and where no script runs.
    """

    kind: ClassVar[str] = "explorer"
    id: str
    title: str
    x: int
    by: int | None
    choices: Sequence[tuple[int | None, str]]
    measures: Sequence[str]
    controls: Sequence[Control]
    plots: Sequence[Plot]
    shown: Table


Block = Table | Plot | Code | Notes | Scrubber | Explorer


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page with a heading."""

    id: str
    title: str
    lead: str = ""
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that is shown, and `data` for the script beside the plots."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    data: Mapping[str, Any] = field(default_factory=dict)
