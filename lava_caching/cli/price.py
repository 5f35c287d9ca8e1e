"""``lava-caching price``: price finished runs again, on other memories or with other costs; nothing runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lava_caching.cli.options import Out, StepDuration, WeightRange, parse_range
from lava_caching.cli.tables import print_comparison, print_record
from lava_caching.errors import InputError
from lava_caching.files import check_writable
from lava_caching.record import Record

__all__ = ["price"]


def price(
    records: Annotated[list[Path], typer.Argument(metavar="RECORD.json...", help="Records written by run --out.")],
    hardware: Annotated[
        list[str] | None,
        typer.Option(metavar="PAIR|FILE.toml", help="Memories to price on; may be given several times."),
    ] = None,
    alpha: Annotated[float | None, typer.Option(metavar="NUMBER", help="Exponent of the write cost.")] = None,
    change_cost: Annotated[float | None, typer.Option(metavar="NUMBER", help="b of the paper.")] = None,
    maintenance_cost: Annotated[float | None, typer.Option(metavar="NUMBER", help="c of the paper.")] = None,
    persistent_maintenance_cost: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="The same for the persistent part.")
    ] = None,
    potentiation_only: Annotated[
        bool | None, typer.Option("--potentiation-only/--no-potentiation-only", help="Only increases cost.")
    ] = None,
    step_duration: StepDuration = None,
    weight_range: WeightRange = None,
    out: Out = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the record and nothing else (one a line if several).")
    ] = False,
) -> None:
    """Price finished runs again: other memories, other costs, the same ledger."""
    if out is not None:
        check_writable(out)
    loaded = [Record.load(path) for path in records]
    priced = [
        record.price(
            pair,
            step_duration_s=step_duration,
            weight_range=parse_range(weight_range),
            alpha=alpha,
            change_cost=change_cost,
            maintenance_cost=maintenance_cost,
            persistent_maintenance_cost=persistent_maintenance_cost,
            potentiation_only=potentiation_only,
        )
        for record in loaded
        for pair in hardware or [None]
    ]
    if out is not None:
        if len(priced) > 1:
            raise InputError(f"--out takes one result and there are {len(priced)}: use --json, one record a line")
        priced[0].save(out)
    if as_json:
        for record in priced:
            print(record.to_json())
    elif len(priced) == 1:
        print_record(priced[0])
    else:
        names = [path.name for path in records for _ in hardware or [None]]
        print_comparison(list(zip(names, priced, strict=True)))
