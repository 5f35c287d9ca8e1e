"""``lava-caching hardware devices``: models of memory cells for ``run --device``, with the source of every number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lava_caching.cli.help import examples
from lava_caching.cli.terminal import console, print_json
from lava_caching.devices import Device, device_names, get_device
from lava_caching.devices._template import template_lines
from lava_caching.errors import InputError
from lava_caching.record import Record

__all__ = ["EXAMPLES", "devices", "outcome_lines"]

EXAMPLES = examples(
    "hardware devices noisy-15-levels", "hardware devices my_cells.toml", "hardware devices --template > my_cells.toml"
)


def devices(
    name: Annotated[str | None, typer.Argument(metavar="[NAME|FILE.toml]", help="One model; all where absent.")] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print a TOML file with every number and what it means, to fill in.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """List the models of memory cells, or check one and print every number of it with its source."""
    if template and name is not None:
        raise InputError(f"{name} and --template: a template is of no model; leave one of them out")
    if template:
        print("\n".join(template_lines()))
        return
    found = [get_device(each) for each in ([name] if name else device_names())]
    if as_json:
        print_json(json.dumps([_plain(device) for device in found], indent=2, ensure_ascii=False, allow_nan=False))
        return
    screen = console()
    if name is None:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        table.add_column("device", no_wrap=True)
        table.add_column("what it is", overflow="fold")
        for device in found:
            table.add_row(device.name, device.summary)
        screen.print(table)
        screen.print("`lava-caching hardware devices NAME` prints the numbers of one with their sources;")
        screen.print("`lava-caching run perceptron --device NAME` trains on it.")
        return
    (device,) = found
    screen.print(Text(f"{device.name}: {device.summary}", style="bold"))
    if device.reference:
        screen.print(device.reference)
    numbers, levels = device.parameters(), device.persistent.n_levels
    two = device.persistent.n_devices == 2
    pair = "a differential pair of devices" if two else "one device beside a reference"
    screen.print(f"a weight is {pair}{'' if levels is None else f' and has {levels} levels'}")
    if not numbers:
        screen.print("every effect is at its ideal limit")
    for key, value in numbers.items():
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        source = device.sources.get(key, "no source is stated")
        screen.print(Text(f"{key} = {shown}", style="bold"))
        screen.print(Padding(Text(source, style="dim"), (0, 0, 0, 2)))


def outcome_lines(record: Record) -> Iterator[str]:
    """Yield what the memory cells of a run did, for its report; nothing where no device was asked for."""
    told = record.outcome.get("device")
    if not told:
        return
    reach = record.config.get("device_range")
    yield f"cells: {told['name']}{'' if reach is None else f', weights within ±{reach:.4g}'}"
    total = record.ledger.total
    if total.n_writes_lost is None:  # ideal ones
        return
    tried = (total.n_persistent_writes or 0) + total.n_writes_lost
    if tried:
        yield f"  {tried:,} writes tried, {total.n_writes_lost:,} of them changed nothing"
    elif total.n_updates:
        yield "  no write was carried out, so nothing was learned: every change was too small for a pulse"
    for name, (one, many) in MEANINGS.items():
        if told.get(name):  # records of other versions lack some
            yield f"  {told[name]:,} {one if told[name] == 1 else many}"


MEANINGS = {
    "n_refused": ("change was refused", "changes were refused: too small for a pulse, or near enough"),
    "n_cut_off": ("pulse ran into the end of a device", "pulses ran into the end of a device"),
    "n_not_verified": ("write missed its target", "writes missed their target after all pulses"),
    "n_stuck": ("device is stuck", "devices are stuck"),
    "n_worn": ("device has worn out", "devices have worn out"),
}
"""Of the counts that a device model keeps besides the ledger's."""


def _plain(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "summary": device.summary,
        "reference": device.reference,
        "parameters": device.parameters(),
        "sources": dict(device.sources),
    }
