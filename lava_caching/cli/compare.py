"""``lava-caching hardware compare``: the same runs on all pairs of memories, as a table, a figure, CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from lava_caching.cli.compare_tables import BOUNDS, Row, csv_table, plainly, print_table
from lava_caching.cli.help import examples
from lava_caching.cli.options import Quiet, StepDuration, Verbose, WeightRange, completing, number, parse_range
from lava_caching.cli.outputs import check_outputs, inputs_of_hardware
from lava_caching.cli.progress import FIRST_OF_MANY, ProgressBar
from lava_caching.cli.records import load_record
from lava_caching.cli.run import load_engine
from lava_caching.cli.terminal import print_json
from lava_caching.errors import InputError
from lava_caching.experiments.perceptron import Perceptron
from lava_caching.files import write_atomically
from lava_caching.hardware import load_pair, pair_names
from lava_caching.hardware.export import csv_text
from lava_caching.record import Record

__all__ = ["EXAMPLES", "compare"]

EXAMPLES = examples("hardware compare", "hardware compare before.json after.json --figure pairs.png")
SIZE, THRESHOLD = 300, 20.0


def compare(
    records: Annotated[
        list[Path] | None,
        typer.Argument(metavar="RECORD.json", help="Records written by run --out; a small training where none."),
    ] = None,
    hardware: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PAIR|FILE.toml",
            help="Only these memories; may be given several times.",
            autocompletion=completing(pair_names),
        ),
    ] = None,
    step_duration: StepDuration = None,
    weight_range: WeightRange = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.png|pdf|svg", help="Draw joules against lifetime here.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write the table here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Price the same runs on all pairs: joules by tier, lifetime, and what keeps a pair from having a total.

    Where no record is given, a small perceptron is trained without caching and with it.
    """
    seconds, weights = number("--step-duration", step_duration), parse_range(weight_range)
    pairs = [load_pair(name) for name in dict.fromkeys(hardware or pair_names())]
    _check_endings(figure, csv)
    taken = [("the file of a record", path) for path in records or ()]
    check_outputs({"--figure": figure, "--csv": csv}, [*taken, *inputs_of_hardware(*(hardware or ()))])
    runs = (
        [(name, load_record(path)) for name, path in _named(records)]
        if records
        else _small_trainings(quiet=quiet, verbose=verbose)
    )
    rows: list[Row] = []
    for pair in pairs:
        for name, record in runs:
            rows.append((name, pair, record.bill(pair, step_duration_s=seconds, weight_range=weights).to_dict()))
    if figure is not None:
        _draw(figure, rows, [name for name, _ in runs])  # first, for it refuses where there is nothing to draw
    if csv is not None:
        write_atomically(csv, csv_text(*csv_table(rows)).encode())
    if as_json:
        print_json(json.dumps([plainly(row) for row in rows], indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_table(rows)


def _check_endings(figure: Path | None, csv: Path | None) -> None:
    """Refuse files of a format that is not written."""
    from lava_caching.report.compare import ENDINGS

    for name, path, endings in (("figure", figure, ENDINGS), ("csv", csv, (".csv",))):
        if path is not None and path.suffix.lower() not in endings:
            raise InputError(f"--{name} = {path}: must end in {' or '.join(endings)}")


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    unique = len({path.name for path in paths}) == len(paths)
    return [(path.stem if unique else str(path), path) for path in paths]


def _small_trainings(*, quiet: bool, verbose: bool) -> list[tuple[str, Record]]:
    """Train without caching and with it; the same patterns."""
    with ProgressBar("compare", quiet=quiet, verbose=verbose, first=FIRST_OF_MANY) as monitor:
        load_engine("perceptron", "numba")

        def train(policy: str) -> Record:
            small = Perceptron(n_inputs=SIZE, n_patterns=SIZE, policy=policy, threshold=THRESHOLD, write_counts=True)
            record = small.run(monitor=monitor)
            if record.outcome["interrupted"]:
                raise KeyboardInterrupt
            return record

        return [("no caching", train("immediate")), (f"caching, θ = {THRESHOLD:g}", train("local-global"))]


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
