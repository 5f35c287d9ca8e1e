"""``lava-caching price``: price finished runs again, on other memories or with other costs; nothing runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from lava_caching.cli.help import examples
from lava_caching.cli.options import PAIRS_HELP, Out, StepDuration, WeightRange, completing, number, parse_range
from lava_caching.cli.outputs import check_outputs, inputs_of_hardware, refuse_overwriting
from lava_caching.cli.records import load_record
from lava_caching.cli.tables import print_comparison, print_record
from lava_caching.cli.terminal import print_json
from lava_caching.errors import InputError
from lava_caching.files import write_atomically
from lava_caching.hardware import pair_names
from lava_caching.hardware.export import accelergy_yaml, bill_csv
from lava_caching.hardware.profile_files import profile_files
from lava_caching.record import Record

__all__ = ["EXAMPLES", "price"]

EXPORTS = {".csv": bill_csv, ".yaml": accelergy_yaml}
EXAMPLES = examples(
    "price a.json b.json --hardware li2020 --hardware sram_rram_22nm",
    "price record.json --maintenance-cost 0.01 --json",
    "price record.json --hardware sram_rram_22nm --export bill.csv",
)


def _cost(help: str) -> typer.models.OptionInfo:  # noqa: A002 - the name that typer gives it
    info: typer.models.OptionInfo = typer.Option(metavar="NUMBER", help=f"{help} By default that of the record.")
    return info


def price(
    records: Annotated[list[Path], typer.Argument(metavar="RECORD.json", help="Records written by run --out.")],
    hardware: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PAIR|FILE.toml",
            help=f"{PAIRS_HELP}. Give it several times to compare.",
            autocompletion=completing(pair_names),
        ),
    ] = None,
    alpha: Annotated[str | None, _cost("Exponent α of the write cost, 0 to 2.")] = None,
    change_cost: Annotated[str | None, _cost("b, per weight unit of transient change.")] = None,
    maintenance_cost: Annotated[str | None, _cost("c, per weight unit of transient part and step.")] = None,
    persistent_maintenance_cost: Annotated[str | None, _cost("The same for the persistent part.")] = None,
    potentiation_only: Annotated[
        bool | None,
        typer.Option("--potentiation-only/--no-potentiation-only", help="Only increases of the persistent part cost."),
    ] = None,
    step_duration: StepDuration = None,
    weight_range: WeightRange = None,
    lower_bound: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIER.CAUSE",
            help="Let an action without a price count 0, as in volatile.read; the total is then a lower bound. Give it"
            " several times for several.",
        ),
    ] = None,
    out: Out = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv|FILE.yaml", help="Write every action with its price: a table, or Accelergy's counts."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the record and nothing else (one a line if several).")
    ] = False,
) -> None:
    """Price finished runs again: other memories, other costs, the same ledger."""
    pairs: list[str | None] = [*hardware] if hardware else [None]
    n_results = len(records) * len(pairs)
    if out is not None and n_results > 1:
        raise InputError(f"--out = {out}: takes one record, and there are {n_results}; use --json instead")
    if export is not None:
        _check_export(export, n_results)
    outputs = {"--out": out, "--export": export}
    refuse_overwriting({"--export": export}, [("the file of a record", path) for path in records])
    check_outputs(outputs, inputs_of_hardware(*pairs))  # a record may be replaced by itself, priced anew
    costs: dict[str, Any] = {
        "alpha": number("--alpha", alpha),
        "change_cost": number("--change-cost", change_cost),
        "maintenance_cost": number("--maintenance-cost", maintenance_cost),
        "persistent_maintenance_cost": number("--persistent-maintenance-cost", persistent_maintenance_cost),
        "potentiation_only": potentiation_only,
    }
    point: dict[str, Any] = {
        "step_duration_s": number("--step-duration", step_duration),
        "weight_range": parse_range(weight_range),
        "lower_bound": lower_bound or (),
    }
    loaded = [load_record(path) for path in records]
    if not hardware:
        for path, record in zip(records, loaded, strict=True):
            check_outputs(outputs, [("a file of the record's memories", file) for file in _known_files(path, record)])
    priced = [record.price(pair, **point, **costs) for record in loaded for pair in pairs]
    texts = [record.to_json() for record in priced]
    if export is not None:
        bill = loaded[0].bill(pairs[0], **point)
        write_atomically(export, EXPORTS[export.suffix.lower()](bill).encode())
    if out is not None:
        priced[0].save(out)
    if as_json:
        for text in texts:
            print_json(text)
    elif len(priced) == 1:
        print_record(priced[0])
    else:
        unique = len({path.name for path in records}) == len(records)
        names = [path.name if unique else str(path) for path in records for _ in pairs]
        print_comparison(list(zip(names, priced, strict=True)))


def _check_export(path: Path, n_results: int) -> None:
    """Refuse an export that says no format, or of several bills."""
    if path.suffix.lower() not in EXPORTS:
        raise InputError(f"--export = {path}: the ending says the format; use {' or '.join(EXPORTS)}")
    if n_results > 1:
        raise InputError(
            f"--export = {path}: takes one bill, and there are {n_results}; export one after the other, or"
            " compare them with lava-caching hardware compare --csv"
        )


def _known_files(path: Path, record: Record) -> list[Path]:
    """Return the files of the pair that a record was priced on, none of a shipped one; refuse what is not found."""
    profile = (record.hardware or {}).get("profile")
    if profile in pair_names() or (profile and os.path.isfile(profile)):
        return profile_files(profile)
    found = f"it was priced on {profile!r}, which is not found" if profile else "it was never priced"
    raise InputError(f"{path}: {found}; name the memories with --hardware PAIR|FILE.toml")
