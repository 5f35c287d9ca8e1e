"""The joules of a sweep by tier and cause with their ranges, and lifetimes, at the best setting of each policy."""

from __future__ import annotations

from lava_caching.hardware import CAUSES, TIERS
from lava_caching.report.page.best import best_of_policies, mean_of
from lava_caching.report.page.bills import LEAD, plot_of, table_of
from lava_caching.report.page.cells import seconds, words
from lava_caching.report.page.content import Block, Column, Section, Table
from lava_caching.report.page.runs import BOUNDS
from lava_caching.report.page.settings import Setting, Sweep

__all__ = ["joules_of_best"]

COUNTED = "lifetime_s_nominal"


def joules_of_best(sweep: Sweep) -> Section | None:
    """Return the bill of each policy at its least energy, means over seeds; None where nothing is priced."""
    found = [(name, s) for name, s in best_of_policies(sweep) if mean_of(s, "joules_nominal") is not None]
    if not found:
        return None
    memories = ", ".join(sorted({str(row.get("hardware_profile")) for _, s in found for row in s.rows}))
    shown = [(name, _bill(setting)) for name, setting in found]
    table = table_of("t-joules", memories, shown)
    blocks: list[Block] = [plot_of("p-joules", shown, table.id), table]
    lives = [(name, s) for name, s in found if mean_of(s, COUNTED) is not None]
    if lives:
        columns = [Column("run"), *(Column(f"lasts, {bound}", "s", number=True) for bound in BOUNDS)]
        rows = [[words(name), *(seconds(mean_of(s, f"lifetime_s_{b}")) for b in BOUNDS)] for name, s in lives]
        caption = "Until the hottest nonvolatile cell wears out, if learning went on at this rate"
        blocks.append(Table(id="t-life", caption=caption, columns=columns, rows=rows))
    lead = f"Of each policy at its least energy in the units of the paper, means over seeds. {LEAD}"
    return Section(id="joules", title="Joules of the best settings", lead=lead, blocks=blocks)


def _bill(setting: Setting) -> dict[str, object]:
    """Return the means of a setting in the form of a bill."""

    def bounds(name: str) -> dict[str, float | None]:
        return {bound: mean_of(setting, f"joules_{name}{bound}") for bound in BOUNDS}

    parts = {"by_tier": TIERS, "by_cause": CAUSES}
    return {"total": bounds(""), **{key: {n: bounds(f"{n}_") for n in names} for key, names in parts.items()}}
