"""Show advice on a terminal: the verdict first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lava_caching.advice import Advice, Choice, Life
from lava_caching.cli.numbers import duration, engineering, plain
from lava_caching.cli.terminal import console
from lava_caching.hardware import Range

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_advice"]

PLACES = {"hottest": "hottest synapse", "p99": "99th percentile", "median": "median synapse"}


def print_advice(advice: Advice) -> None:
    """Print advice."""
    screen = console()
    _print_verdict(screen, advice)
    _print_paper(screen, advice)
    _print_choices(screen, advice)
    _print_saving(screen, advice)
    _print_lives(screen, advice)
    unknown = tuple(f"{key} is unknown" for key in advice.missing)
    said = [text for text in advice.equivalent_costs["assumptions"] if not text.startswith(unknown)]
    for note in (*(f"b and c: {text}" for text in said), *advice.notes):
        screen.print(Text(f"note: {note}", style="dim"))
    screen.print(f"sources of these numbers: lava-caching hardware show {advice.pair.name}", style="dim")


def _print_verdict(screen: Console, advice: Advice) -> None:
    work = advice.workload
    screen.print(Text(f"{advice.pair.name}: {advice.pair.title}", style="bold"))
    trainings = "1 training" if work.seeds == 1 else f"{work.seeds} trainings"
    screen.print(
        f"{work.n_patterns:,} patterns in {work.n_inputs:,} synapses, {work.policy}, {trainings} each;"
        f" one step takes {engineering(work.step_duration_s, 's')}"
    )
    screen.print()
    screen.print(Text(advice.verdict.sentence, style="bold"))
    for key, reason in advice.missing.items():
        screen.print(Padding(f"{key}: {reason}", (0, 0, 0, 2)))


def _print_paper(screen: Console, advice: Advice) -> None:
    costs, theory, best = advice.equivalent_costs, advice.theory, advice.best
    tau = "no decay" if advice.workload.tau_steps is None else f"τ = {advice.workload.tau_steps:.4g} steps"
    b = _equals("b", costs["change_cost"])
    c = _equals("c", costs["maintenance_cost"])
    screen.print()
    screen.print(Text("in the terms of the paper", style="bold"))
    screen.print(f"{b}, {c} per weight and step, {tau}")
    n_updates = [record.outcome["n_updates"] for record in advice.uncached.records]
    counted = plain(sum(n_updates) / len(n_updates))
    screen.print(f"updates K           {plain(theory['updates'])} by theory, {counted} by simulation without caching")
    if theory["threshold"] is not None:
        at = f"θ = {theory['threshold']:.3g}"
        screen.print(f"best by theory      {_saved(at, theory['saving'])}")
    if best is not None and advice.saving is not None:
        screen.print(f"best by simulation  {_saved(_label(best), advice.saving.nominal)}")
    if theory["immediate_is_best"]:
        screen.print(
            "b ≥ 1: a transient write costs no less than a persistent one, so that by theory immediate consolidation is"
            " best"
        )


def _print_choices(screen: Console, advice: Advice) -> None:
    table = _table("")
    for header in ("energy", "saving\n(×)", "writes of\nhottest", "nonvolatile\nlasts", "volatile\nlasts"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("first\nto fail", no_wrap=True)
    before, last = advice.uncached.joules.nominal, None
    for choice in advice.choices:
        after, first = choice.joules.nominal, choice.first_to_fail
        same, last = last == (after, choice.cycles_of_the_hottest), (after, choice.cycles_of_the_hottest)
        if same and choice is not advice.best and choice.threshold is not None:
            continue  # where changes are whole numbers, near thresholds do the same
        table.add_row(
            f"{'*' if choice is advice.best else ' '} {_label(choice)}",
            engineering(after, "J") if choice.learned else "not learned",
            f"{before / after:.3g}" if before and after and choice.learned else "-",
            f"{choice.cycles_of_the_hottest:,.0f}",
            _runs(choice.life("hottest")),
            _runs(choice.volatile_life),
            first[0] if first else "-",
        )
    screen.print()
    screen.print(Text("energy and lifetime against θ", style="bold"))
    screen.print(table)
    star = "* least energy with caching. " if advice.best else ""
    screen.print(
        f"{star}Energy of one training, the mean of the seeds; lifetimes in trainings, of the seed that fails first.",
        style="dim",
    )


def _print_saving(screen: Console, advice: Advice) -> None:
    saving, holding = advice.saving, advice.holding
    if saving is None or holding is None or advice.best is None:
        return
    screen.print()
    screen.print(Text("how sure: energy without caching over that with it", style="bold"))
    table = _table("", "")
    table.show_header = False
    table.add_row("nominal", f"{saving.nominal:.3g} ×")
    table.add_row("all numbers low, or all high", _between(saving.together))
    table.add_row("each number anywhere in its range", _between(saving.apart))
    table.add_row("seeds", _between(Range(min(saving.by_seed), None, max(saving.by_seed))))
    screen.print(table)
    screen.print()
    screen.print(Text("how slow may learning be", style="bold"))
    if holding.is_free:
        screen.print("holding costs nothing, so it does not matter")
        return
    rest, held = holding.break_even_hold_time_s, holding.held_per_saved_write_s
    if rest is not None and held is not None:
        spread = "" if rest.low == rest.high else f" ({engineering(rest.low, 's')} to {engineering(rest.high, 's')})"
        screen.print(
            f"a write saved pays for {engineering(rest.nominal, 's')}{spread} of holding, and takes"
            f" {engineering(held, 's')} here"
        )
    rate = holding.break_even_update_rate_hz
    here = f"this workload makes {plain(holding.update_rate_hz)}"
    if rate is None:
        screen.print(f"caching costs more at any rate of updates; {here} per synapse and second")
    else:
        screen.print(f"below {plain(rate)} updates per synapse and second it would cost more; {here}")


def _print_lives(screen: Console, advice: Advice) -> None:
    shown = [advice.uncached]
    shown += [choice for choice in (advice.best, advice.longest) if choice is not None and choice not in shown]
    shown = list(dict.fromkeys(shown)) if len(shown) > 1 else [*shown, advice.choices[-1]]
    table = _table("")
    for choice in shown:
        table.add_column(_label(choice), justify="right", no_wrap=True)
    for place, name in PLACES.items():
        table.add_row(name, *(_life(choice.life(place)) for choice in shown))
    table.add_row("volatile memory, mean", *(_life(choice.volatile_life, "unused") for choice in shown))
    screen.print()
    screen.print(Text("lifetime at this rate of learning (and in trainings)", style="bold"))
    screen.print(table)


def _equals(symbol: str, value: float | None) -> str:
    return f"{symbol} not known" if value is None else f"{symbol} = {plain(value)}"


def _saved(at: str, saving: float) -> str:
    """Return where energy is least, and how many times less it is than without caching."""
    return f"{at}: {saving:.3g} × less energy" if saving > 1 else f"{at}: {1 / saving:.3g} × more energy"


def _label(choice: Choice) -> str:
    if choice.threshold is None:
        return "no caching" if choice.policy == "immediate" else "at the end"
    return f"θ = {choice.threshold:.3g}"


def _life(life: Life | None, never: str = "not written") -> str:
    if life is None:
        return never
    if life.seconds.nominal is None:
        return "not stated"
    return f"{duration(life.seconds.nominal)} ({_runs(life)})"


def _runs(life: Life | None) -> str:
    if life is None:
        return "-"
    return "not stated" if life.runs.nominal is None else plain(life.runs.nominal)


def _between(bounds: Range) -> str:
    low, high = (f"{x:.3g}" if x is not None else "-" for x in (bounds.low, bounds.high))
    return "as nominal" if low == high else f"{low} to {high} ×"


def _table(*headers: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table
