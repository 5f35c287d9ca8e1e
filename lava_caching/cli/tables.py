"""Show a record on a terminal: what came out, what it cost in the paper's units and in joules, and what is not in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lava_caching.cli.hardware import engineering
from lava_caching.record import Record

__all__ = ["bar", "print_comparison", "print_record"]

BAR_WIDTH = 20
EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float) -> str:
    """Return a bar for a share between 0 and 1, to an eighth of a character."""
    eighths = round(share * BAR_WIDTH * 8)
    whole, rest = divmod(max(eighths, 1 if share > 0 else 0), 8)
    return "█" * whole + (EIGHTHS[rest] if rest else "")


def print_record(record: Record) -> None:
    """Print one record."""
    console = Console(highlight=False)
    _print_outcome(console, record)
    _print_energy(console, record)
    if record.hardware is not None:
        _print_bill(console, record.hardware)


def print_comparison(rows: Sequence[tuple[str, Record]]) -> None:
    """Print several priced records, one row each."""
    table = _table("record", "memories")
    for header in ("energy\n(paper)", "nominal\n(J)", "low to high\n(J)"):
        table.add_column(header, justify="right", no_wrap=True)
    for name, record in rows:
        bill = record.hardware or {}
        joules = (bill.get("joules") or {}).get("total") or {"low": None, "nominal": None, "high": None}
        spread = f"{engineering(joules['low'], 'J')} to {engineering(joules['high'], 'J')}"
        table.add_row(
            name,
            bill.get("profile", ""),
            f"{record.energy['total']:.6g}",
            engineering(joules["nominal"], "J"),
            spread if joules["low"] is not None else "-",
        )
    Console(highlight=False).print(table)


def _print_outcome(console: Console, record: Record) -> None:
    outcome, config = record.outcome, record.config
    size = f", N = {config['n_inputs']}, P = {config['n_patterns']}" if "n_inputs" in config else ""
    console.print(Text(f"{record.experiment}{size}", style="bold"), end="  ")
    tau = "no decay" if config["tau"] is None else f"τ = {config['tau']:g}"
    console.print(f"{config['policy']}, θ = {config['threshold']:g}, {tau}; engine {record.engine}, seed {record.seed}")
    counts = f"{outcome['n_presentations']:,} presentations, {outcome['n_updates']:,} updates"
    if outcome["interrupted"]:
        console.print(Text(f"interrupted after {counts}", style="yellow"))
    elif outcome["converged"] is None:
        console.print(counts)
    elif outcome["converged"]:
        console.print(f"converged after {outcome['n_epochs']:,} epochs: {counts}")
    else:
        console.print(Text(f"not converged after {outcome['n_epochs']:,} epochs: {counts}", style="yellow"))
    if outcome.get("accuracy") is not None:
        console.print(f"accuracy {outcome['accuracy']:.4g} on {outcome['accuracy_of']}")


def _print_energy(console: Console, record: Record) -> None:
    energy = record.energy
    total = energy["total"]
    table = _table("energy (units of the paper)")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("share", no_wrap=True)
    for cause in ("consolidation", "maintenance", "transient_change"):
        share = energy[cause] / total if total else 0.0
        table.add_row(cause.replace("_", " "), f"{energy[cause]:,.6g}", f"{bar(share)} {share:.1%}")
    table.add_row("total", f"{total:,.6g}", style="bold")
    ratio = energy["inefficiency"]
    table.add_row("minimum", f"{energy['minimal']:,.6g}", "" if ratio is None else f"inefficiency {ratio:.4g}")
    console.print()
    console.print(table)
    if not energy["exact"]:
        console.print("estimated from the histogram of the writes, within 1e-3", style="dim")


def _print_bill(console: Console, bill: dict[str, Any]) -> None:
    console.print()
    joules = bill["joules"]
    if joules is None:
        console.print(f"no joules: {bill['profile']} is in the units of the paper; choose others with --hardware")
        return
    console.print(Text(f"joules on {bill['profile']}", style="bold"))
    table = _table("")
    for header in ("nominal", "low to high"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("share", no_wrap=True)
    total = joules["total"]["nominal"]
    rows = [(cause, joules["by_cause"][cause]) for cause in joules["by_cause"]]
    for cause, cost in rows:
        if cost["nominal"] != 0:
            table.add_row(cause, *_costs(cost), _share(cost["nominal"], total))
    table.add_section()
    for tier, cost in joules["by_tier"].items():
        table.add_row(f"{tier} tier", *_costs(cost), _share(cost["nominal"], total))
    table.add_row("total", *_costs(joules["total"]), style="bold")
    console.print(table)
    console.print()
    point = bill["operating_point"]
    console.print(f"one step = {engineering(point['step_duration_s'], 's')} ({point['origin']['step_duration_s']})")
    if bill["lifetime_s"] is None:
        console.print("lifetime: not known; --write-counts records the writes of every synapse", style="dim")
    else:
        lives = (f"{name} {engineering(life and life['nominal'], 's')}" for name, life in bill["lifetime_s"].items())
        console.print(f"lifetime at this rate of learning: {', '.join(lives)}")
    for label in ("unpriced", "warnings", "estimated"):
        for text in bill[label]:
            style = "dim" if label == "estimated" else "yellow"
            console.print(Text(f"{label.removesuffix('s')}: {text}", style=style))
    console.print(f"sources of these numbers: lava-caching hardware show {bill['profile']}", style="dim")


def _share(cost: float | None, total: float | None) -> str:
    if cost is None or not total:
        return "unknown" if cost is None or total is None else ""
    return f"{bar(cost / total)} {cost / total:.1%}"


def _costs(cost: dict[str, float | None]) -> tuple[str, str]:
    low, high = cost["low"], cost["high"]
    spread = "" if low == high else f"{engineering(low, 'J')} to {engineering(high, 'J')}"
    return engineering(cost["nominal"], "J"), spread


def _table(*headers: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table
