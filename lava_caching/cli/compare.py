"""``lava-caching hardware compare``: the same runs on all pairs of memories, as a table, a figure, CSV or JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lava_caching.cli.help import examples
from lava_caching.cli.numbers import duration, engineering, spread
from lava_caching.cli.options import StepDuration, WeightRange, number, parse_range
from lava_caching.cli.progress import ProgressBar
from lava_caching.cli.records import load_record
from lava_caching.cli.run import load_engine
from lava_caching.cli.terminal import console, print_json
from lava_caching.errors import InputError
from lava_caching.experiments.perceptron import Perceptron
from lava_caching.files import check_writable, write_atomically
from lava_caching.hardware import MemoryPair, default_pair, load_pair, pair_names
from lava_caching.hardware.export import csv_text
from lava_caching.hardware.missing import missing_numbers
from lava_caching.record import Record

__all__ = ["EXAMPLES", "compare"]

EXAMPLES = examples("hardware compare", "hardware compare without.json with.json --figure pairs.png --csv pairs.csv")
SIZE, THRESHOLD = 300, 20.0
BOUNDS = ("low", "nominal", "high")
SUMS = ("total", "volatile", "nonvolatile")

Bill = dict[str, Any]
Row = tuple[str, MemoryPair, Bill]
"""What the run is called, the pair, and the bill as it stands in a record."""


def compare(
    records: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RECORD.json]", help="Records written by run --out; a small training where none."),
    ] = None,
    hardware: Annotated[
        list[str] | None,
        typer.Option(metavar="PAIR|FILE.toml", help="Only these memories; may be given several times."),
    ] = None,
    step_duration: StepDuration = None,
    weight_range: WeightRange = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.png|pdf|svg", help="Draw joules against lifetime here.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write the table here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Price the same runs on all pairs: joules by tier, lifetime, and what keeps a pair from having a total.

    Where no record is given, a small perceptron is trained without caching and with it.
    """
    seconds, weights = number("--step-duration", step_duration), parse_range(weight_range)
    pairs = [load_pair(name) for name in dict.fromkeys(hardware or pair_names())]
    _check_outputs(figure, csv, records or [])
    runs = [(name, load_record(path)) for name, path in _named(records)] if records else _small_trainings(quiet=quiet)
    rows: list[Row] = []
    for pair in pairs:
        for name, record in runs:
            rows.append((name, pair, record.bill(pair, step_duration_s=seconds, weight_range=weights).to_dict()))
    if csv is not None:
        write_atomically(csv, csv_text(*_csv_table(rows)).encode())
    if figure is not None:
        _draw(figure, rows, [name for name, _ in runs])
    if as_json:
        print_json(json.dumps([_plainly(row) for row in rows], indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(rows)


def _check_outputs(figure: Path | None, csv: Path | None, records: Sequence[Path]) -> None:
    """Refuse what cannot be written, has another ending, or would overwrite something."""
    from lava_caching.report.compare import ENDINGS

    taken = {os.path.realpath(path) for path in records}
    for name, path, endings in (("figure", figure, ENDINGS), ("csv", csv, (".csv",))):
        if path is None:
            continue
        if path.suffix.lower() not in endings:
            raise InputError(f"--{name} = {path}: must end in {' or '.join(endings)}")
        check_writable(path)
        if os.path.realpath(path) in taken:
            raise InputError(f"--{name} = {path}: is the file of a record too; choose another name")


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    unique = len({path.name for path in paths}) == len(paths)
    return [(path.stem if unique else str(path), path) for path in paths]


def _small_trainings(*, quiet: bool) -> list[tuple[str, Record]]:
    """Train without caching and with it; the same patterns."""
    with ProgressBar("compare", quiet=quiet) as monitor:
        load_engine("perceptron", "numba")

        def train(policy: str) -> Record:
            small = Perceptron(n_inputs=SIZE, n_patterns=SIZE, policy=policy, threshold=THRESHOLD, write_counts=True)
            return small.run(monitor=monitor)

        return [("no caching", train("immediate")), (f"caching, θ = {THRESHOLD:g}", train("local-global"))]


def _print(rows: Sequence[Row]) -> None:
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
            yield f"{name}: no total, for these are not known: {', '.join(missing_numbers(pair, texts)) or '; '.join(texts)}"


def _life(bill: Bill) -> str:
    if bill["lifetime_s"] is None:
        return "-"
    life = bill["lifetime_s"]["hottest"]
    return "not stated" if life is not None and life["nominal"] is None else duration(life and life["nominal"])


def _plainly(row: Row) -> dict[str, Any]:
    name, pair, bill = row
    told = ("unit", "joules", "lifetime_s", "unpriced", "warnings")
    return {"pair": pair.name, "run": name, **{key: bill[key] for key in told}}


def _csv_table(rows: Sequence[Row]) -> tuple[list[str], list[list[object]]]:
    header = ["pair", "run", "unit", *(f"{name}_{bound}_j" for name in SUMS for bound in BOUNDS)]
    header += [*(f"hottest_{bound}_s" for bound in BOUNDS), "unpriced", "warnings"]
    table: list[list[object]] = []
    for name, pair, bill in rows:
        joules = bill["joules"] or {"total": {}, "by_tier": {}}
        sums = {"total": joules["total"], **joules["by_tier"]}
        life = (bill["lifetime_s"] or {}).get("hottest") or {}
        numbers = [*(sums.get(key, {}).get(bound) for key in SUMS for bound in BOUNDS), *map(life.get, BOUNDS)]
        table.append([pair.name, name, pair.unit, *numbers, "; ".join(bill["unpriced"]), "; ".join(bill["warnings"])])
    return header, table


def _draw(path: Path, rows: Sequence[Row], runs: Sequence[str]) -> None:
    """Draw the pairs that have joules and a lifetime for every run."""
    from lava_caching.report.compare import Point, draw_joules_against_lifetime

    points: dict[str, list[Point]] = {}
    for _, pair, bill in rows:
        of_pair = points.setdefault(pair.name, [])
        total = (bill["joules"] or {}).get("total") or {}
        life = (bill["lifetime_s"] or {}).get("hottest") or {}
        joules, seconds = ([cost.get(bound) for bound in BOUNDS] for cost in (total, life))
        if all(joules) and all(seconds):
            of_pair.append(Point(joules=tuple(joules), seconds=tuple(seconds)))  # type: ignore[arg-type]  # three each
    drawn = {name: of_pair for name, of_pair in points.items() if len(of_pair) == len(runs)}
    draw_joules_against_lifetime(drawn, runs, path, left_out=[name for name in points if name not in drawn])
