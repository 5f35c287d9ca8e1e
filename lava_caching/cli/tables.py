"""Show a record on a terminal: what came out, what it cost in the paper's units and in joules, what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from lava_caching.cli.devices import outcome_lines
from lava_caching.cli.neuron_lines import neuron_lines
from lava_caching.cli.numbers import duration, engineering, plain, spread
from lava_caching.cli.terminal import console
from lava_caching.consolidation import get_policy
from lava_caching.errors import InputError
from lava_caching.hardware.comparable import different_steps
from lava_caching.record import Record

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["bar", "print_comparison", "print_record"]

BAR_WIDTH = 20
EIGHTHS = " ▏▎▍▌▋▊▉"
ORIGINS = {"caller": "as given", "pair": "of this pair", "default": "by default"}
LIVES = {"hottest": "hottest synapse", "p99": "99th percentile", "median": "median synapse"}


def bar(share: float) -> str:
    """Return a bar for a share between 0 and 1, to an eighth of a character."""
    eighths = round(share * BAR_WIDTH * 8)
    whole, rest = divmod(max(eighths, 1 if share > 0 else 0), 8)
    return "█" * whole + (EIGHTHS[rest] if rest else "")


def print_record(record: Record) -> None:
    """Print one record."""
    screen = console()
    _print_outcome(screen, record)
    _print_energy(screen, record)
    if record.hardware is not None:
        _print_bill(screen, record.hardware, record.ledger.total.n_steps, _as_options(record))


def print_comparison(rows: Sequence[tuple[str, Record]]) -> None:
    """Print several priced records, one row each."""
    table = _table("record", "memories")
    for header in ("energy\n(paper)", "nominal\n(J)", "low to high\n(J)"):
        table.add_column(header, justify="right", no_wrap=True)
    remarks: dict[str, list[str]] = {}  # and the records that they are about
    for name, record in rows:
        bill = record.hardware or {}
        total = (bill.get("joules") or {}).get("total")
        cells = ("-", "-") if total is None else (engineering(total["nominal"], "J"), spread(total, "J"))
        table.add_row(name, bill.get("profile", "-"), f"{record.energy['total']:,.6g}", *cells)
        for label in ("unpriced", "warnings"):
            for text in bill.get(label, ()):
                remarks.setdefault(f"{label.removesuffix('s')}: {bill['profile']}: {text}", []).append(name)
    screen = console()
    screen.print(table)
    for text in different_steps(record.hardware for _, record in rows if record.hardware):
        screen.print(Text(text, style="yellow"))
    everyone = {name for name, _ in rows}
    for remark, about in remarks.items():
        whose = "" if set(about) == everyone else f" ({', '.join(dict.fromkeys(about))})"
        screen.print(Text(f"{remark}{whose}", style="yellow"))


def _print_outcome(screen: Console, record: Record) -> None:
    outcome, config = record.outcome, record.config
    size = (
        f", N = {config['n_inputs']}, P = {config['n_patterns']}" if {"n_inputs", "n_patterns"} <= set(config) else ""
    )
    screen.print(Text.assemble((f"{record.experiment}{size}", "bold"), f"  {', '.join(_caching(config))}"))
    screen.print(Text(f"engine {record.engine}, seed {record.seed}", style="dim"))
    counts = f"{_plural(outcome['n_presentations'], 'presentation')}, {_plural(outcome['n_updates'], 'update')}"
    epochs = _plural(outcome["n_epochs"] or 0, "epoch")
    if outcome["interrupted"]:
        screen.print(Text(f"interrupted after {counts}", style="yellow"))
    elif outcome["converged"] is None:
        screen.print(counts)
    elif outcome["converged"]:
        screen.print(f"converged after {epochs}: {counts}")
    else:
        screen.print(Text(f"not converged after {epochs}: {counts}", style="yellow"))
    if outcome.get("accuracy") is not None:
        settled = " after the last consolidation" if outcome.get("device") else ""  # which devices do not do exactly
        screen.print(f"accuracy {outcome['accuracy']:.4g} on {outcome.get('accuracy_of', 'patterns')}{settled}")
    for line in (*outcome_lines(record), *neuron_lines(record)):
        screen.print(Text(line))
    if outcome.get("diverged_at") is not None:
        text = (
            f"diverged: ended at presentation {outcome['diverged_at']:,}, whose changes leave the range of the weights"
        )
        screen.print(Text(f"{text}; these energies mean little: use a smaller learning rate", style="yellow"))


def _caching(config: dict[str, Any]) -> Iterator[str]:
    """Yield policy, threshold, decay, and what differs from the policy's own scope and amount."""
    yield config["policy"]
    if config.get("scope"):
        yield f"scope {config['scope']}"
    if config.get("amount"):
        quantum = f" of {config['quantum']:g}" if config.get("quantum") else ""
        yield f"amount {config['amount']}{quantum}"
    try:
        tested = get_policy(config["policy"]).statistic not in ("always", "never")
    except InputError:  # a policy of another installation
        tested = True
    if tested:
        end = f" to {config['schedule_end']:g}" if config.get("schedule") else ""
        yield f"θ = {config['threshold']:g}{end}"
        if config.get("schedule"):
            yield f"{config['schedule']} in {config['schedule_steps']:g} steps"
    yield "no decay" if config["tau"] is None else f"τ = {config['tau']:g}"
    if config.get("lazy"):
        yield "lazy"
    if config.get("competing"):
        yield f"{100 * config['competing']:.3g} % of the synapses compete"


def _print_energy(screen: Console, record: Record) -> None:
    energy, config = record.energy, record.config
    total = energy["total"]
    costs = {"α": "alpha", "b": "change_cost", "c": "maintenance_cost", "c of l": "persistent_maintenance_cost"}
    shown = [f"{symbol} = {config[name]:g}" for symbol, name in costs.items() if config[name] or symbol != "c of l"]
    shown += ["potentiation only"] if config["potentiation_only"] else []
    screen.print()
    screen.print(Text.assemble(("energy in the units of the paper", "bold"), f"  {', '.join(shown)}"))
    table = _table("", "energy", "share", "")
    table.show_header = False
    for cause in ("consolidation", "maintenance", "transient_change"):
        share = energy[cause] / total if total else 0.0
        table.add_row(cause.replace("_", " "), f"{energy[cause]:,.6g}", f"{share:.1%}", bar(share))
    table.add_row("total", f"{total:,.6g}", style="bold")
    table.add_row("minimum", f"{energy['minimal']:,.6g}")
    if energy["inefficiency"] is not None:
        table.add_row("inefficiency", f"{energy['inefficiency']:.4g}", "", "total / minimum")
    screen.print(table)
    if not energy["exact"]:
        screen.print("estimated from the histogram of the writes, within 1e-3", style="dim")


def _print_bill(screen: Console, bill: dict[str, Any], n_steps: int | None, size: str) -> None:
    screen.print()
    joules = bill["joules"]
    if joules is None:
        screen.print(f"no joules: {bill['profile']} is in the units of the paper; choose others with --hardware")
        return
    screen.print(Text(f"joules on {bill['profile']}", style="bold"))
    table = _table("", "nominal", "low to high", "share", "")
    total = joules["total"]["nominal"]
    for cause, cost in joules["by_cause"].items():
        if cost["nominal"] != 0:
            table.add_row(cause, *_costs(cost, total))
    table.add_row()
    for tier, cost in joules["by_tier"].items():
        table.add_row(f"{tier} tier", *_costs(cost, total))
    table.add_row("total", *_costs(joules["total"], None)[:2], style="bold")
    screen.print(table)
    screen.print()
    point = bill["operating_point"]
    origin = point["origin"]["step_duration_s"]
    screen.print(f"one step takes {engineering(point['step_duration_s'], 's')} ({ORIGINS.get(origin, origin)})")
    screen.print(f"in the terms of the paper: {_equivalent(bill['equivalent_costs'])}")
    if bill["lifetime_s"] is None:
        screen.print("lifetime: not known; --write-counts records the writes of every synapse", style="dim")
    else:
        seconds = point["step_duration_s"] * (n_steps or 0)
        lives = {LIVES[name]: _life(life, seconds) for name, life in bill["lifetime_s"].items()}
        if len(set(lives.values())) == 1:  # with most policies a whole row is written at once
            lives = {"hottest and median synapse alike": next(iter(lives.values()))}
        said = "; ".join(f"{name} {life}" for name, life in lives.items())
        screen.print(f"lifetime of the nonvolatile memory at this rate of learning: {said}")
    if total is None:
        screen.print("the total is not known; price RECORD --lower-bound TIER.CAUSE leaves an unpriced action out")
    for label, style in (("unpriced", "yellow"), ("warnings", "yellow"), ("estimated", "dim")):
        for text in bill[label]:
            screen.print(Text(f"{label.removesuffix('s')}: {text}", style=style))
    screen.print(Text(f"not in these joules: {'; '.join(bill['excluded'])}", style="dim"))
    screen.print(f"sources of these numbers: lava-caching hardware show {bill['profile']}", style="dim")
    screen.print(f"does caching pay on it: lava-caching hardware advise {bill['profile']}{size}", style="dim")


def _as_options(record: Record) -> str:
    """Return the size of a perceptron as advice takes it; it answers for random patterns."""
    names = ("n_inputs", "n_patterns") if record.experiment == "perceptron" else ()
    given = {name: record.config[name] for name in names if name in record.config}
    return "".join(f" --{name.replace('_', '-')} {value}" for name, value in given.items())


def _equivalent(costs: dict[str, Any]) -> str:
    """Return b, c, τ and the break-even hold time of a pair."""
    named = {"b": costs["change_cost"], "c": costs["maintenance_cost"]}
    said = [f"{name} = {'not known' if value is None else plain(value)}" for name, value in named.items()]
    said.append("no τ is stated" if costs["tau_steps"] is None else f"τ = {costs['tau_steps']:.4g} steps")
    rest = costs.get("break_even_hold_time_s")  # records of older versions lack it
    if rest is None:
        return ", ".join(said)
    shown = "not known" if rest["nominal"] is None else engineering(rest["nominal"], "s")
    return f"{', '.join(said)}; one write pays for holding {shown}"


def _life(life: dict[str, float | None] | None, run_s: float) -> str:
    """Return a lifetime, and in runs; None is a synapse never written, a nominal None an endurance not stated."""
    nominal = None if life is None else life["nominal"]
    if life is not None and nominal is None:
        return "not known, no endurance is stated"
    if nominal is None or not run_s:
        return duration(nominal)
    assert life is not None
    low, high = life["low"], life["high"]
    width = "" if low == high else f", from {duration(low)} to {duration(high)}"
    return f"{duration(nominal)} or {plain(nominal / run_s)} such runs{width}"


def _costs(cost: dict[str, float | None], total: float | None) -> tuple[str, str, str, str]:
    """Return nominal cost, range, share and bar."""
    nominal = cost["nominal"]
    if nominal is None or not total:
        return engineering(nominal, "J"), spread(cost, "J"), "unknown" if nominal is None or total is None else "", ""
    return engineering(nominal, "J"), spread(cost, "J"), f"{nominal / total:.1%}", bar(nominal / total)


def _plural(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _table(*headers: str) -> Table:
    """Return a table without lines: words to the left, numbers to the right, a bar last."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    numbers = {"energy", "nominal", "low to high", "share"}
    for header in headers:
        table.add_column(
            header, overflow="fold", no_wrap=header in numbers, justify="right" if header in numbers else "left"
        )
    return table
