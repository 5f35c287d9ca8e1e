"""What a sweep was to run and what became of it: axes, plan, failed tasks, and every setting with its means."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence

from lava_caching.report.page.cells import any_value, count, words
from lava_caching.report.page.content import Block, Cell, Code, Column, Section, Table
from lava_caching.report.page.explorers import FEWER_DIGITS, MOST_IN_FULL, columns_of, value_cells
from lava_caching.report.page.settings import ENERGY, Axis, Setting, Sweep, plan_text

__all__ = ["all_settings", "failures", "planned"]

MOST_FAILURES, MOST_ROWS = 200, 100
MOST_VALUES = 12


def planned(sweep: Sweep) -> Section:
    """Return how much there is, the axes, and the plan with the command that repeats it."""
    n_planned = sweep.manifest.get("n_tasks")
    finished = len(sweep.rows)
    first = (sweep.rows or sweep.failed or sweep.interrupted)[0]
    rows = [
        [words("experiment"), words(first.get("experiment"))],
        [words("engine"), words(first.get("engine") or sweep.manifest.get("engine") or "unknown")],
        [words("memories"), words(first.get("hardware_profile") or sweep.manifest.get("hardware") or "unknown")],
        [words("tasks planned"), count(n_planned)],
        [words("runs finished"), count(finished)],
        [words("failed"), count(len(sweep.failed))],
        [words("interrupted"), count(len(sweep.interrupted))],
        [words("settings"), count(len(sweep.settings))],
        [words("seeds"), count(len(sweep.seeds))],
    ]
    columns = [Column("quantity"), Column("value")]
    blocks: list[Block] = [Table(id="t-summary", caption="Summary", columns=columns, rows=rows)]
    axes = [[words(axis.name), count(len(axis.values)), words(_listed(axis))] for axis in sweep.axes]
    heads = [Column("axis"), Column("values", number=True), Column("which")]
    blocks.append(Table(id="t-axes", caption="Axes that vary", columns=heads, rows=axes))
    text = plan_text(sweep.manifest)
    if text is not None:
        command = f"lava-caching sweep plan.toml --out {shlex.quote(sweep.name)}"
        blocks.append(Code(id="c-plan", caption="The plan, as plan.toml", text=text))
        blocks.append(Code(id="c-sweep", caption="Repeats it, in a folder that is empty", text=command))
    return Section(id="summary", title="At a glance", blocks=blocks)


def _listed(axis: Axis) -> str:
    texts = [axis.text(i) for i in range(len(axis.values))]
    if len(texts) <= MOST_VALUES:
        return ", ".join(texts)
    return f"{', '.join(texts[:3])}, … {', '.join(texts[-2:])}"


def failures(sweep: Sweep) -> Section | None:
    """Return the tasks that failed, each with its error, and how often each error occurred."""
    if not sweep.failed:
        return None
    kinds = Counter(str(row.get("error")) for row in sweep.failed)
    blocks: list[Block] = []
    if len(kinds) < len(sweep.failed):
        rows = [[words(error), count(n)] for error, n in kinds.most_common(MOST_FAILURES)]
        heads = [Column("error"), Column("tasks", number=True)]
        blocks.append(Table(id="t-errors", caption="Errors", columns=heads, rows=rows))
    names = _told(sweep)
    columns = [Column("task", number=True), *(Column(name) for name in names), Column("seed"), Column("error")]
    rows = [
        [
            any_value(row.get("task_index")),
            *(any_value(row.get(f"config_{name}")) for name in names),
            any_value(row.get("seed")),
            words(row.get("error")),
        ]
        for row in sweep.failed[:MOST_FAILURES]
    ]
    more = len(sweep.failed) - len(rows)
    notes = [f"{more:,} more are in the column error of the folder's files."] if more else []
    notes.append("lava-caching sweep --resume tries them again.")
    blocks.append(Table(id="t-failed", caption="Failed tasks", columns=columns, rows=rows, notes=notes))
    return Section(id="failed", title="Failed tasks", blocks=blocks)


def _told(sweep: Sweep) -> list[str]:
    """Return the fields that failed rows tell apart; a task may have failed before its config was known."""
    names = [axis.name for axis in sweep.axes]
    return [name for name in names if any(row.get(f"config_{name}") is not None for row in sweep.failed)]


def all_settings(sweep: Sweep, settings: Sequence[Setting]) -> Section:
    """Return the settings with the least energy; the CSV has all that the page holds."""

    def spent(setting: Setting) -> float:
        value = setting.mean.get(ENERGY.column)
        return float("inf") if value is None else value

    shown = sorted(settings, key=spent)[:MOST_ROWS]
    heads = [Column(axis.name, number=axis.numeric) for axis in sweep.axes]
    rows = []
    for setting in shown:
        places = zip(sweep.axes, setting.at, strict=True)
        rows.append([*(_place(axis, at) for axis, at in places), *value_cells(setting, sweep.measures)])
    notes = ["Means over seeds; least energy in the units of the paper first."]
    if len(shown) < len(settings):
        digits = f" with {FEWER_DIGITS} digits" if len(settings) > MOST_IN_FULL else ""
        notes.append(f"{len(shown):,} of {len(settings):,} settings are shown; the CSV has all, by their axes{digits}.")
    table = Table(
        id="t-settings",
        caption="Settings",
        columns=[*heads, *columns_of(sweep.measures)],
        rows=rows,
        n_heads=len(heads),
        notes=notes,
        whole=len(shown) < len(settings),
    )
    return Section(id="settings", title="All settings", blocks=[table])


def _place(axis: Axis, at: int) -> Cell:
    value = axis.values[at]
    return words(axis.text(at)) if value is None else any_value(value)
