"""What a logarithmic plot of ranges has no mark for: what is 0, and what is not known; said in words under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["Bounds", "left_out"]

Bounds = Sequence[float | None]
"""Low, nominal, high."""
SAID = {
    "unknown": "Unknown, so without a mark",
    "zero": "Nominally 0 J, which has no place on a logarithmic axis",
    "from zero": "The range begins at 0 J, left of the axis",
    "open": "One end of the range is unknown and drawn at the nominal value",
}


def left_out(rows: Mapping[str, Sequence[Bounds]], names: Sequence[str]) -> list[str]:
    """Return a sentence for each reason why something of the plot is missing, with all that it is about.

    Parameters
    ----------
    rows : mapping of str to sequence of Bounds
        What stands in each row of the plot: its bounds, one for each name.
    names : sequence of str
        What is shown side by side in a row; they are named where a reason is not about all of them.
    """
    found: dict[str, list[str]] = {why: [] for why in SAID}
    for row, bounds in rows.items():
        reasons = [_reason(one) for one in bounds]
        for why, about in found.items():
            whose = [name for name, reason in zip(names, reasons, strict=True) if reason == why]
            if whose:
                about.append(row if len(whose) == len(names) else f"{row} ({', '.join(whose)})")
    return [f"{SAID[why]}: {', '.join(about)}." for why, about in found.items() if about]


def _reason(bounds: Bounds) -> str | None:
    low, nominal, high = bounds
    if nominal is None:
        return "unknown"
    if nominal == 0:
        return "zero"
    if low == 0:
        return "from zero"
    return "open" if low is None or high is None else None
