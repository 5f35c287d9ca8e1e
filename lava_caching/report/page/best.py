"""The best settings of a sweep: by each goal, and the least energy of each policy under each of the conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lava_caching.report.page.cells import energy, joules, number, words
from lava_caching.report.page.content import Block, Cell, Column, Notes, Section, Table
from lava_caching.report.page.explorers import columns_of, value_cells
from lava_caching.report.page.ledgers import FIELDS
from lava_caching.report.page.settings import ACCURACY, ENERGY, JOULES, LIFETIME, TIME, Setting, Sweep, mean_and_sem

__all__ = ["best", "best_of_policies", "ledger_of_best", "mean_of"]

MOST_ROWS = 60
GOALS = (
    (ENERGY, "least energy"),
    (JOULES, "least joules"),
    (TIME, "fastest"),
    (ACCURACY, "most accurate"),
    (LIFETIME, "longest lifetime"),
)
UNCACHED = "immediate"
LEAD = (
    "Of the settings in which every run converged, where that applies. Sizes and prices are not chosen: settings are"
    " compared where these agree. “Saving” is against no caching (immediate) at the same values of the other axes."
)
Found = tuple[str, Setting]


def best(sweep: Sweep) -> Section:
    """Return the best settings by several goals, and for each policy."""
    blocks: list[Block] = []
    if by_goal := list(_by_goal(sweep)):
        where = ", ".join(
            f"{sweep.axes[i].name} = {sweep.axes[i].text(at)}"
            for i, at in zip(sweep.conditions, sweep.usual, strict=True)
        )
        blocks.append(_table(sweep, "t-goals", f"Best settings{f' at {where}' if where else ''}", by_goal, goals=True))
    by_policy = list(_by_policy(sweep))
    if len(by_policy) > 1:
        table = _table(sweep, "t-best", "Least energy of each policy", by_policy[:MOST_ROWS], goals=False)
        more = len(by_policy) - MOST_ROWS
        notes = [f"{more:,} more are left out; all settings are below."] if more > 0 else []
        blocks.append(Table(**{**vars(table), "notes": notes}))
    if not blocks:
        blocks.append(Notes(title="None", items=["In no setting did every run converge."], tone="warning"))
    return Section(id="best", title="Best settings", lead=LEAD, blocks=blocks)


def _table(sweep: Sweep, id_: str, caption: str, found: Sequence[Found], *, goals: bool) -> Table:
    """Return a table of settings, with or without the goal of each."""
    measures = [m for m in (ENERGY, JOULES, TIME, ACCURACY, LIFETIME) if m in sweep.measures]
    bounds = ("low", "high") if JOULES in sweep.measures else ()
    columns = [*([Column("goal")] if goals else []), *(Column(one.name, number=one.numeric) for one in sweep.axes)]
    columns += [Column("saving in energy", "×", number=True), *columns_of(measures)]
    columns += [Column(f"joules, {bound}", "J", number=True) for bound in bounds]
    baselines = _without_caching(sweep)
    rows = [
        [
            *([words(goal)] if goals else []),
            *(words(one.text(at)) for one, at in zip(sweep.axes, setting.at, strict=True)),
            _saving(sweep, setting, baselines),
            *value_cells(setting, measures),
            *(joules(mean_of(setting, f"joules_{bound}")) for bound in bounds),
        ]
        for goal, setting in found
    ]
    return Table(id=id_, caption=caption, columns=columns, rows=rows, n_heads=max(1, len(sweep.axes) + goals))


def _by_goal(sweep: Sweep) -> Iterator[Found]:
    """Yield the goals that tell settings apart, each with its best setting under the usual conditions."""
    usual = [s for s in sweep.settings if sweep.under(s) == sweep.usual]
    for measure, goal in GOALS:
        if measure not in sweep.measures or (len(usual) > 1 and len({s.mean[measure.column] for s in usual}) == 1):
            continue
        setting = sweep.best(measure, lambda s: sweep.under(s) == sweep.usual)
        if setting is not None:
            yield goal, setting


def _by_policy(sweep: Sweep) -> Iterator[Found]:
    """Yield the setting of least energy under each of the conditions, for each policy where these vary."""
    place = sweep.place("policy")
    groups: dict[tuple[tuple[int, ...], int], list[Setting]] = {}
    for s in sweep.settings:
        if s.converged in (None, 1.0) and s.mean[ENERGY.column] is not None:
            groups.setdefault((sweep.under(s), 0 if place is None else s.at[place]), []).append(s)
    for key in sorted(groups):
        yield "least energy", min(groups[key], key=lambda s: s.mean[ENERGY.column] or 0.0)


def _without_caching(sweep: Sweep) -> dict[tuple[int, ...], float | None]:
    """Return the energy without caching, by the values of all axes but the policy."""
    place = sweep.place("policy")
    if place is None or UNCACHED not in sweep.axes[place].values:
        return {}
    uncached = sweep.axes[place].values.index(UNCACHED)
    return {_others(s, place): s.mean[ENERGY.column] for s in sweep.settings if s.at[place] == uncached}


def _others(setting: Setting, place: int) -> tuple[int, ...]:
    return (*setting.at[:place], *setting.at[place + 1 :])


def _saving(sweep: Sweep, setting: Setting, baselines: dict[tuple[int, ...], float | None]) -> Cell:
    """Return how many times less energy it takes than learning without caching."""
    place = sweep.place("policy")
    without = None if place is None else baselines.get(_others(setting, place))
    own = setting.mean[ENERGY.column]
    if without is None or not own:
        return Cell("no run without")
    return Cell(f"{without / own:.3g} ×", without / own, "number")


def best_of_policies(sweep: Sweep) -> list[Found]:
    """Return each policy with its setting of least energy under the usual conditions."""
    place = sweep.place("policy")
    found = [s for _, s in _by_policy(sweep) if sweep.under(s) == sweep.usual]
    return [(sweep.axes[place].text(s.at[place]) if place is not None else "least energy", s) for s in found]


def ledger_of_best(sweep: Sweep) -> Section | None:
    """Return what was counted at the best settings of the usual conditions, means over seeds."""
    named = best_of_policies(sweep)
    if not named:
        return None
    heads, found = [name for name, _ in named], [setting for _, setting in named]
    columns = [Column("quantity"), Column("field"), *(Column(head, number=True) for head in heads)]
    means = {name: [energy(mean_of(s, f"ledger_{name}")) for s in found] for name in FIELDS}
    rows = [
        [words(FIELDS[name]), words(name), *cells]
        for name, cells in means.items()
        if any(cell.kind == "number" for cell in cells)
    ]
    told = [", ".join(f"{one.name} = {one.text(at)}" for one, at in zip(sweep.axes, s.at, strict=True)) for s in found]
    notes = [f"{head}: {text}." for head, text in zip(heads, told, strict=True)]
    lead = "Of each policy at its least energy. Means over seeds of the totals that the sweep kept; prices come later."
    table = Table(id="t-ledger", caption="Ledger of the best settings", columns=columns, rows=rows, notes=notes)
    return Section(id="ledger", title="Ledger of the best settings", lead=lead, blocks=[table])


def mean_of(setting: Setting, column: str) -> float | None:
    """Return the mean of a column over the seeds, None where any run does not know it."""
    return mean_and_sem([number(row.get(column)) for row in setting.rows])[0]
