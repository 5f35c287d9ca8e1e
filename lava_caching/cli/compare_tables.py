"""The comparison of pairs as a table on a terminal, and as plain rows for CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from lava_caching.cli.numbers import duration, engineering, spread
from lava_caching.cli.terminal import console
from lava_caching.hardware import MemoryPair, default_pair
from lava_caching.hardware.comparable import different_steps
from lava_caching.hardware.missing import missing_numbers

__all__ = ["BOUNDS", "Row", "csv_table", "plainly", "print_table"]

BOUNDS = ("low", "nominal", "high")
SUMS = ("total", "volatile", "nonvolatile")
POINT = ("step_duration_s", "weight_min", "weight_max")

Bill = dict[str, Any]
Row = tuple[str, MemoryPair, Bill]
"""What the run is called, the pair, and the bill as it stands in a record."""


def print_table(rows: Sequence[Row]) -> None:
    """Print one row for each pair and run, and under them why a pair has no total."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("pair and run\n", overflow="fold")
    for header in ("total\n", "low to high\n", "volatile\ntier", "nonvol.\ntier", "hottest\nlasts"):
        table.add_column(header, justify="right", no_wrap=True)
    last = None
    for name, pair, bill in rows:
        if pair is not last:
            marks = (" *" if pair.name == default_pair() else "") + (" !" if bill["warnings"] else "")
            table.add_row(Text(pair.name + marks, style="bold"))
            last = pair
        if bill["joules"] is None:
            continue
        costs = [bill["joules"]["total"], *bill["joules"]["by_tier"].values()]
        total, volatile, nonvolatile = (engineering(cost["nominal"], "J") for cost in costs)
        width = "-" if costs[0]["nominal"] is None else spread(costs[0], "J")
        table.add_row(Text(f"  {name}"), total, width, volatile, nonvolatile, _life(bill))
    screen = console()
    screen.print(table)
    screen.print("* default. ! has warnings: lava-caching price RECORD --hardware PAIR prints them.", style="dim")
    if any(bill["lifetime_s"] is None and bill["joules"] for _, _, bill in rows):
        screen.print("lifetime -: run with --write-counts to record the writes of every synapse", style="dim")
    for text in different_steps(bill for _, _, bill in rows):
        screen.print(Text(text, style="yellow"))
    for why in _without_total(rows):
        screen.print(Text(why, style="yellow"))


def _without_total(rows: Sequence[Row]) -> Iterator[str]:
    """Yield, for each pair without a total, why it has none."""
    unpriced: dict[str, list[str]] = {}
    pairs = {}
    for _, pair, bill in rows:
        pairs[pair.name] = pair
        unpriced.setdefault(pair.name, []).extend(bill["unpriced"])
    for name, pair in pairs.items():
        if pair.memories is None:
            yield f"{name}: in the units of the paper, no joules"
        elif texts := unpriced[name]:
            missing = ", ".join(missing_numbers(pair, texts)) or "; ".join(texts)
            yield f"{name}: no total, for these are not known: {missing}"


def _life(bill: Bill) -> str:
    if bill["lifetime_s"] is None:
        return "-"
    life = bill["lifetime_s"]["hottest"]
    return "not stated" if life is not None and life["nominal"] is None else duration(life and life["nominal"])


def plainly(row: Row) -> dict[str, Any]:
    """Return a row for JSON."""
    name, pair, bill = row
    told = ("unit", "joules", "lifetime_s", "operating_point", "unpriced", "warnings")
    return {"pair": pair.name, "run": name, **{key: bill[key] for key in told}}


def csv_table(rows: Sequence[Row]) -> tuple[list[str], list[list[object]]]:
    """Return header and rows for CSV; what is not known is None."""
    header = ["pair", "run", "unit", *(f"{name}_{bound}_j" for name in SUMS for bound in BOUNDS)]
    header += [*(f"hottest_{bound}_s" for bound in BOUNDS), *POINT, "unpriced", "warnings"]
    table: list[list[object]] = []
    for name, pair, bill in rows:
        joules = bill["joules"] or {"total": {}, "by_tier": {}}
        sums = {"total": joules["total"], **joules["by_tier"]}
        life = (bill["lifetime_s"] or {}).get("hottest") or {}
        numbers = [*(sums.get(key, {}).get(bound) for key in SUMS for bound in BOUNDS), *map(life.get, BOUNDS)]
        numbers += map(bill["operating_point"].get, POINT)
        table.append([pair.name, name, pair.unit, *numbers, "; ".join(bill["unpriced"]), "; ".join(bill["warnings"])])
    return header, table
