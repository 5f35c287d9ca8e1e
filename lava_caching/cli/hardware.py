"""`lava-caching hardware`: the shipped memories, their numbers and sources, and a check of one's own file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lava_caching.cli.hardware_sources import modes, of_memory, of_pairs, plain_sources, print_sources
from lava_caching.cli.help import Command, examples
from lava_caching.cli.later import ByModule
from lava_caching.cli.numbers import engineering, spread
from lava_caching.cli.options import completing
from lava_caching.cli.terminal import console, print_json
from lava_caching.errors import InputError
from lava_caching.hardware.bill import Range
from lava_caching.hardware.equivalent import break_even_hold_time_s, write_energies_j
from lava_caching.hardware.library import MemoryPair, default_pair, load, load_pair, pair_names
from lava_caching.hardware.numbers import Entry, NotApplicable, Quantity, Unknown
from lava_caching.hardware.operating import operating_point
from lava_caching.hardware.reading import entries, unit_of
from lava_caching.hardware.review import plausibility_warnings, unknown_warnings
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["app", "engineering"]


class _Commands(ByModule):
    LATER: ClassVar = {
        "advise": ("advise", "Say whether caching pays on a memory."),
        "compare": ("compare", "Price runs on all pairs."),
        "devices": ("devices", "Show models of memory cells."),
    }


app = typer.Typer(
    cls=_Commands,
    help="Memories to price a run on: list them, show their numbers, check a file.",
    epilog=examples("hardware list", "hardware show sram_rram_22nm"),
    no_args_is_help=True,
    rich_markup_mode=None,
)

AnyMemory = VolatileMemory | NonvolatileMemory
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.command("list", cls=Command, short_help="List the shipped pairs.", epilog=examples("hardware list"))
def list_(as_json: Json = False) -> None:
    """List the shipped pairs with the energy of one write of one weight in each tier."""
    pairs = [load_pair(name) for name in pair_names()]
    if as_json:
        print_json(json.dumps([_summary(pair) for pair in pairs], indent=2, ensure_ascii=False, allow_nan=False))
        return
    table = _table("pair and its memories")
    for header in ("one write (J),\nnominal", "\nlow to high"):
        table.add_column(header, justify="right", no_wrap=True)
    for pair in pairs:
        energies = write_energies_j(pair)
        what = "" if energies else "no joules: units of the paper"
        table.add_row(Text(pair.name + (" *" if pair.name == default_pair() else ""), style="bold"), "", what)
        tiers = (f"  volatile: {pair.volatile_name}", f"  nonvolatile: {pair.nonvolatile_name}")
        for name, energy in zip(tiers, energies or (), strict=False):
            known = spread(energy.to_dict(), "J") or "not known"
            table.add_row(name, engineering(energy.nominal, "J"), known)
    screen = console()
    screen.print(table)
    screen.print(
        "* default. A write changes one weight by one nonvolatile level; a volatile one includes the read before it."
    )
    screen.print("`lava-caching hardware show NAME` prints every number with its source.")


@app.command(
    cls=Command,
    short_help="Print every number with its source.",
    epilog=examples(
        "hardware show sram_rram_22nm", "hardware show pcm_gst_90nm --json", "hardware show --sources > review.txt"
    ),
)
def show(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE",
            help="A pair, a memory, or a TOML file.",
            show_default=False,
            autocompletion=completing(pair_names),
        ),
    ] = None,
    sources: Annotated[
        bool,
        typer.Option("--sources", help="Print a table for review: each number and, below it, where it comes from."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Print every number of a pair or of one memory with its range, unit, basis, scope and source.

    With --sources, the name may be left out: then every shipped pair is printed.
    """
    if sources:
        _print_sources(name, as_json)
        return
    if name is None:
        raise InputError("NAME|FILE is missing: see lava-caching hardware show --help, or add --sources for all pairs")
    found = load(name)
    if as_json:
        plain = _details(found) if isinstance(found, MemoryPair) else found.model_dump(mode="json", exclude_none=True)
        print_json(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False))
        return
    screen = console()
    if not isinstance(found, MemoryPair):
        _print_memory(screen, name, found)
        return
    screen.print(Text(f"{found.name}: {found.title}", style="bold"))
    screen.print(found.why)
    for line in _operating_lines(found):
        screen.print(line)
    for warning in found.warnings:
        screen.print(Text(f"warning: {warning}", style="yellow"))
    if found.memories is not None:
        volatile, nonvolatile = found.memories
        screen.print()
        _print_memory(screen, found.volatile_name, volatile)
        screen.print()
        _print_memory(screen, found.nonvolatile_name, nonvolatile)


@app.command(cls=Command, short_help="Check a profile of your own.", epilog=examples("hardware check my_pair.toml"))
def check(file: Annotated[str, typer.Argument(metavar="FILE", help="TOML file of a pair or of one memory.")]) -> None:
    """Say whether a file is a valid profile, and what in it will make bills incomplete or hard to compare."""
    found = load(file)
    memories = (found.memories or ()) if isinstance(found, MemoryPair) else (found,)
    warnings = list(found.warnings) if isinstance(found, MemoryPair) else []
    for memory in memories:
        warnings += [*unknown_warnings(memory), *plausibility_warnings(memory)]
    n_numbers = sum(isinstance(entry, Quantity) for memory in memories for _, entry in entries(memory))
    what = "pair" if isinstance(found, MemoryPair) else f"{found.tier} memory"
    screen = console()
    screen.print(Text(f"{file}: ok, a {what} with {n_numbers} numbers, each with its unit and source", style="green"))
    for warning in warnings:
        screen.print(Text(f"warning: {warning}", style="yellow"))


@app.command(
    cls=Command,
    short_help="Print the JSON schema of profiles, for an editor.",
    epilog=examples("hardware schema nonvolatile > nonvolatile.schema.json"),
)
def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="volatile, nonvolatile, pair or chip.")],
) -> None:
    """Print the JSON schema of a kind of profile.

    With a first line `#:schema nonvolatile.schema.json`, editors that know TOML by Taplo check a file as it is written.
    """
    from lava_caching.hardware.json_schema import schema_text  # pydantic takes its time to make one

    print_json(schema_text(kind))


def _print_sources(name: str | None, as_json: bool) -> None:
    """Print the review table of a pair, of one memory, or of all shipped pairs."""
    found = None if name is None else load(name)
    if name is None:
        profiles = of_pairs([load_pair(known) for known in pair_names()])
    elif isinstance(found, MemoryPair):
        profiles = of_pairs([found])
    else:
        assert found is not None, "there is a name"
        profiles = [of_memory(name, found)]
    if as_json:
        print_json(json.dumps(plain_sources(profiles), indent=2, ensure_ascii=False, allow_nan=False))
        return
    print_sources(console(), profiles)


def _table(*headers: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _print_memory(screen: Console, name: str, memory: AnyMemory) -> None:
    """Print the numbers of a memory, then the sources and the notes they refer to."""
    screen.print(Text(f"{memory.tier}: {name}", style="bold"))
    screen.print(memory.title)
    if memory.note:
        screen.print(memory.note.strip(), style="dim")
    for line in modes(memory):
        screen.print(line)
    screen.print()
    table = _table("number")
    for header in ("low\n(unit)", "nominal\n(unit)", "high\n(unit)"):
        table.add_column(header, justify="right", no_wrap=True)
    for header in ("per\n", "basis,\nconfidence", "scope,\nconditions", "source\n"):
        table.add_column(header, no_wrap=True)
    sources: dict[tuple[str, str], int] = {}
    notes: list[tuple[str, str]] = []
    for key, entry in entries(memory):
        number = "-"
        if isinstance(entry, (Quantity, NotApplicable)):
            number = f"[{sources.setdefault((entry.source, entry.where), len(sources) + 1)}]"
        table.add_row(Text(key.replace(".", ".\n")), *_cells(key, entry), Text(number))
        notes += [(key, text) for text in _remarks(entry)]
    screen.print(table)
    listed = _table("", "")
    for (source, where), number_of in sources.items():
        listed.add_row(Text(f"[{number_of}]"), Text(f"{source}\n{where}"))
    for key, text in notes:
        listed.add_row("", Text(f"{key}: {text}"))
    listed.show_header = False
    screen.print()
    screen.print(Text("sources and notes", style="bold"))
    screen.print(Padding(listed, (0, 0, 0, 1)))


def _cells(key: str, entry: Entry) -> tuple[str, ...]:
    """Return low, nominal, high, per, basis, and scope with conditions of an entry."""
    if isinstance(entry, Unknown):
        return "-", "unknown", "-", "-", "-", "-"
    if isinstance(entry, NotApplicable):
        return "-", "none", "-", "-", "not\napplicable", "-"
    unit = unit_of(key).partition("/")[0]
    bounds = (engineering(value, unit) for value in (entry.low, entry.nominal, entry.high))
    per = f"word of\n{entry.word_bits} bit" if entry.word_bits else entry.per
    conditions = [" ".join(f"{node * 1e9:g} nm" for node in entry.nodes_m)] if entry.nodes_m else []
    conditions += [f"{entry.temperature_k:g} K"] if entry.temperature_k else []
    conditions += [f"{entry.voltage_v:g} V"] if entry.voltage_v else []
    return *bounds, per, f"{entry.basis},\n{entry.confidence}", "\n".join((*entry.scope, *conditions))


def _remarks(entry: Entry) -> list[str]:
    """Return what the table has no room for."""
    if isinstance(entry, Unknown):
        return [f"unknown: {entry.unknown}"]
    if isinstance(entry, NotApplicable):
        return [f"does not occur: {entry.not_applicable}"]
    formula = [f"formula: {entry.formula}"] if entry.formula else []
    return [*formula, entry.note.strip()] if entry.note else formula


def _operating_lines(pair: MemoryPair) -> list[str]:
    """Return the operating point in words."""
    if pair.memories is None:
        return ["no memories: energies stay in the units of the paper"]
    point = operating_point(pair)
    lines = [f"step duration {engineering(point.step_duration_s, 's')} ({point.origin['step_duration_s']})"]
    said = pair.operating_point
    tiers = (
        ("volatile", pair.volatile_levels, said.volatile_levels),
        ("nonvolatile", pair.nonvolatile_levels, said.nonvolatile_levels),
    )
    for tier, levels, setting in tiers:
        origin = "stated by the memory"
        if setting is not None:
            origin = f"declared: {setting.declared}" if setting.declared else f"{setting.source}, {setting.where}"
        lines.append(f"{tier}: {levels} levels = {point.bits(tier)} bits a weight ({origin})")
    rest = break_even_hold_time_s(pair)
    if rest is None:
        return [*lines, "break-even hold time: none, holding costs nothing"]
    if rest.nominal is None:
        return [*lines, "break-even hold time: not known"]
    between = "" if rest.low == rest.high else f" ({spread(rest.to_dict(), 's')})"
    nominal = engineering(rest.nominal, "s")
    return [*lines, f"break-even hold time: {nominal}{between}; held longer, s costs more than one write"]


def _summary(pair: MemoryPair) -> dict[str, Any]:
    """Return what `list` says about a pair, in SI units."""
    energies, rest = write_energies_j(pair), break_even_hold_time_s(pair)
    volatile, nonvolatile = energies or (Range(None, None, None), Range(None, None, None))
    return {
        "name": pair.name,
        "default": pair.name == default_pair(),
        "title": pair.title,
        "why": pair.why,
        "unit": pair.unit,
        "volatile": pair.volatile_name or None,
        "nonvolatile": pair.nonvolatile_name or None,
        "volatile_write_j": energies and volatile.to_dict(),
        "nonvolatile_write_j": energies and nonvolatile.to_dict(),
        "break_even_hold_time_s": rest and rest.to_dict(),
        "warnings": list(pair.warnings),
    }


def _details(pair: MemoryPair) -> dict[str, Any]:
    """Return everything about a pair."""
    volatile, nonvolatile = pair.memories or (None, None)
    return {
        **_summary(pair),
        "operating_point": operating_point(pair).to_dict(),
        "settings": pair.operating_point.model_dump(mode="json", exclude_none=True),
        "volatile_memory": volatile and volatile.model_dump(mode="json", exclude_none=True),
        "nonvolatile_memory": nonvolatile and nonvolatile.model_dump(mode="json", exclude_none=True),
    }
