"""All benchmarks, or those that are named: one table of what we take, what users would take instead, and the ratio.

``make bench`` runs them in full, ``make bench-smoke`` the small ones, which end with 1 where a ratio falls far short of
its bound. ``--markdown`` prints the table as in the README.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from benchmarks.pairing import Row
from lava_caching.readable import engineering

GROUPS = ("perceptron", "mlp", "spiking", "lava_step", "pricing", "sweep", "start_up", "memory")
HEADS = ("what", "ours", "instead", "takes", "range", "note")


def main() -> int:
    """Run, print, and return 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", help=f"some of {', '.join(GROUPS)}; all if none is named")
    parser.add_argument("--smoke", action="store_true", help="few and small; fails below half the bounds only")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    asked = parser.parse_args()
    if unknown := [name for name in asked.groups if name not in GROUPS]:
        parser.error(f"unknown group {unknown[0]}; known: {', '.join(GROUPS)}")
    short = []
    for name in asked.groups or GROUPS:
        module = importlib.import_module(f"benchmarks.{name}")
        title, rows = module.TITLE, _told(module.rows(asked.smoke))
        print(_markdown(title, rows)) if asked.markdown else Console(width=150).print(_table(title, rows))
        short += [row for row in rows if row.falls_short(asked.smoke)]
    for row in short:
        print(
            f"too slow: {row.case} against {row.instead}: {row.ratio:.2g}, must be {row.at_least:.2g}", file=sys.stderr
        )
    return int(bool(short))


def _told(rows: Iterator[Row]) -> list[Row]:
    """Return the rows, naming each as soon as it is there."""
    done = []
    for row in rows:
        print(f"{row.case} against {row.instead}: {row.ratio:.2g} ×", file=sys.stderr, flush=True)
        done.append(row)
    return done


def _factor(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2g}"


def _cells(row: Row) -> tuple[str, ...]:
    spread = f"{_factor(min(row.ratios))} to {_factor(max(row.ratios))}" if len(row.ratios) > 1 else "one round"
    ours = engineering(row.ours, row.unit) + (f" a {row.per}" if row.per != "run" else "")
    return row.case, ours, row.instead, f"{_factor(row.ratio)} ×", spread, row.note


def _table(title: str, rows: list[Row]) -> Table:
    table = Table(title=title, title_justify="left")
    for head in HEADS:
        table.add_column(head, justify="right" if head in ("ours", "takes", "range") else "left")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _markdown(title: str, rows: list[Row]) -> str:
    lines = [f"**{title}**", "", f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(_cells(row))} |" for row in rows), ""])


if __name__ == "__main__":
    sys.exit(main())
