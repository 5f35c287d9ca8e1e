"""How long the nonvolatile memory lasts: its hottest, 99th-percentile and median synapse, in time and in runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lava_caching.report.page.cells import UNKNOWN, energy, number, words
from lava_caching.report.page.content import Block, Cell, Column, Notes, Section, Table
from lava_caching.report.page.runs import BOUNDS, Run, at
from lava_caching.report.page.summary import NEVER, lives

__all__ = ["lifetimes"]

PLACES = {"hottest": "hottest synapse", "p99": "99th percentile", "median": "median synapse"}
LEAD = (
    "Until the endurance of the nonvolatile cells is used up, if learning went on at the rate of the run: endurance /"
    " (writes of the synapse / duration of the run)."
)


def lifetimes(runs: Sequence[Run]) -> Section:
    """Return the table, or why there is none."""
    blocks: list[Block] = []
    known = [run for run in runs if isinstance(run.bill.get("lifetime_s"), dict)]
    if known:
        columns = [Column("run"), Column("synapse")]
        columns += [Column(f"lasts, {bound}", "s", number=True) for bound in BOUNDS]
        columns += [Column(f"in runs, {bound}", number=True) for bound in BOUNDS]
        rows = [_row(run, place) for run in known for place in PLACES if place in run.bill["lifetime_s"]]
        blocks.append(Table(id="t-life", caption="Lifetimes", columns=columns, rows=rows, n_heads=2))
    without = [run for run in runs if run not in known]
    if without:
        blocks.append(Notes(title="Unknown", items=[f"{run.name}: {_why(run)}" for run in without]))
    return Section(id="lifetime", title="Lifetime", lead=LEAD, blocks=blocks)


def _why(run: Run) -> str:
    if run.bill.get("unit") == "arbitrary":
        return f"{run.profile} has no memories"
    if not run.bill:
        return "the record has no bill"
    return "the writes of every synapse were not counted; run with --write-counts"


def _row(run: Run, place: str) -> list[Cell]:
    life = run.bill["lifetime_s"][place]
    times = [lives(life, bound) for bound in BOUNDS]
    return [words(run.name), words(PLACES[place]), *times, *(_in_runs(life, bound, run) for bound in BOUNDS)]


def _in_runs(life: Any, bound: str, run: Run) -> Cell:
    if life is None:
        return Cell(NEVER)
    lasts, step = number(at(life, bound)), number(at(run.bill, "operating_point", "step_duration_s"))
    n_steps = run.record.ledger.total.n_steps
    return UNKNOWN if lasts is None or not step or not n_steps else energy(lasts / (step * n_steps))
