"""``lava-caching loihi check``: map a network to the cores of a chip, and name what is in the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lava_caching.cli.help import examples
from lava_caching.cli.options import size
from lava_caching.cli.signals import unwinding
from lava_caching.cli.terminal import console, print_json
from lava_caching.errors import InputError
from lava_caching.hardware.chips import chip_names, load_chip

if TYPE_CHECKING:
    from rich.console import Console

    from lava_caching.processes.to_chip import ChipReport

__all__ = ["EXAMPLES", "NInputs", "NPatterns", "Target", "check", "network"]

EXAMPLES = examples(
    "loihi check perceptron --n-inputs 784",
    "loihi check net.py",
    "loihi check net.py:make_network --chip loihi2 --json",
)
PERCEPTRON = "perceptron"
SIZE = 1000
Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="perceptron, or FILE.py[:NAME]: a Process, or a function that returns one (build where it is left out).",
    ),
]
NInputs = Annotated[str | None, typer.Option(metavar="INT", help=f"Inputs of the perceptron.  [default: {SIZE}]")]
NPatterns = Annotated[str | None, typer.Option(metavar="INT", help=f"Patterns of the perceptron.  [default: {SIZE}]")]
HEADERS = {
    "compartments": "compart-\nments",
    "in_axons": "in-axons\n",
    "out_axons": "out-axons\n",
    "synapse_bits": "synapse\nbits",
}


def check(
    target: Target,
    chip: Annotated[
        str, typer.Option(metavar="NAME|FILE.toml", help=f"The chip: a file or one of {', '.join(chip_names())}.")
    ] = "loihi1",
    n_inputs: NInputs = None,
    n_patterns: NPatterns = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Map a network to the cores of a chip; say what it uses, what it loses, and what is in the way.

    Exit code 0: it fits. 2: it does not, and the last line says which Process, which limit, and what to do.
    """
    from lava_caching.processes.to_chip import check_network

    limits = load_chip(chip)
    with network(target, n_inputs, n_patterns) as (process, folder):
        report = check_network(process, limits, folder=folder)
    if as_json:
        plain = {"target": target, **report.to_dict()}
        print_json(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(target, report)
    if not report.fits:
        raise InputError(report.verdict)


@contextmanager
def network(target: str, n_inputs: str | None, n_patterns: str | None) -> Iterator[tuple[Any, Path | None]]:
    """Give one Process of the network of a target, and the folder of the file that built it."""
    from lava_caching.processes.lava_needed import require_lava

    sizes = {"--n-inputs": n_inputs, "--n-patterns": n_patterns}
    if target != PERCEPTRON:
        from lava_caching.processes.chip_target import network_of, split_target

        file, _ = split_target(target)
        for option, given in sizes.items():
            if given is not None:
                raise InputError(f"{option} = {given}: belongs to the target perceptron; {file} says its own sizes")
        require_lava(f"the network of {file}")
        with unwinding(), network_of(target) as process:  # what a network of others holds is let go
            yield process, file.resolve().parent
        return
    from lava_caching.processes.to_chip import perceptron_network

    numbers = [SIZE if given is None else size(option, given) for option, given in sizes.items()]
    yield perceptron_network(*numbers), None


def _print(target: str, report: ChipReport) -> None:
    screen = console()
    screen.print(Text(f"{target} on {report.chip.name}: {report.chip.title}", style="bold"))
    screen.print()
    screen.print(_cores(report))
    screen.print("used/available on the fullest core; ? = not published or not counted", style="dim")
    _print_rules(screen, report)
    screen.print()
    if report.host_side:
        screen.print(f"on the host or an embedded processor: {', '.join(report.host_side)}")
    for loss in report.losses:
        screen.print(Text(f"precision: {loss}", style="yellow"))
    if not report.losses:
        screen.print("precision: integers hold every weight, tag and trace parameter as it was given")
    for warning in report.warnings:
        screen.print(Text(f"warning: {warning}", style="yellow"))
    unknown = [name.replace("_", "-", 1) if name.endswith("axons") else name for name in report.mapping.not_checked]
    if unknown:
        screen.print(Text(f"unknown, not checked: {', '.join(unknown)} of {report.chip.name}", style="yellow"))
    _print_assumptions(screen)
    screen.print()
    if report.fits:
        screen.print(Text(report.verdict, style="bold green"))
    for culprit in report.culprits[1:]:
        screen.print(Text(f"in the way too: {culprit}", style="yellow"))


def _cores(report: ChipReport) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("process\n", overflow="fold")
    for header in ("cores\n", *HEADERS.values()):
        table.add_column(header, justify="right", no_wrap=True)
    mapping = report.mapping
    for placed in mapping.placed:
        if placed.place == "host":
            continue
        kind = "" if placed.kind == placed.label else f"\n  {placed.kind}"
        into = f"\n  into {placed.target}" if placed.target else ""
        name = Text.assemble((placed.label, "bold"), f"{kind}{into}")
        if placed.place == "none":
            table.add_row(name, "none", *["-"] * len(HEADERS))
            continue
        cells = [_share(placed.used[key], mapping.available[key]) for key in HEADERS]
        table.add_row(name, str(placed.n_cores), *cells)
    return table


def _share(used: int | None, available: int | None) -> Text:
    exceeded = used is not None and available is not None and used > available
    return Text(f"{_or(used)}/{_or(available)}", style="bold red" if exceeded else "")


def _or(number: int | None) -> str:
    return "?" if number is None else str(number)


def _print_rules(screen: Console, report: ChipReport) -> None:
    for rule in report.rules:
        factors = {2: "two", 3: "three"}[rule.n_factors]
        verdict = "not legal" if rule.problems else f"legal, {rule.n_products} products"
        screen.print()
        screen.print(Text(f"learning rule of {rule.label}: {verdict}, {factors} factors, t_epoch = {rule.t_epoch}"))
        for name in ("dw", "dt", "dd"):
            text = getattr(rule, name)
            if text is not None:
                screen.print(Padding(Text(f"{name} = {' '.join(text.split())}"), (0, 0, 0, 2)))
        for note in (*rule.problems, *rule.notes):
            screen.print(Padding(Text(note, style="yellow"), (0, 0, 0, 2)))


def _print_assumptions(screen: Console) -> None:
    from lava_caching.processes.resources import ASSUMPTIONS

    for assumption in ASSUMPTIONS:
        screen.print(Text(f"assumed: {assumption}", style="dim"))
