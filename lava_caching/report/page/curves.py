"""Along the training: what was learned, what it had cost by then, and one against the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lava_caching.report.page.cells import count, energy, number
from lava_caching.report.page.content import Block, Column, Notes, Plot, Scrubber, Section, Table
from lava_caching.report.page.ledgers import FIELDS
from lava_caching.report.page.plots import Spec, axis, curve, from_zero, layout, share_axis
from lava_caching.report.page.runs import Run

__all__ = ["Curve", "curves", "read_curve"]

QUALITY = {
    "accuracy": "accuracy",
    "n_errors": "errors in the epoch",
    "spread": "spread of ten runs (g_max)",
    "weak_persistent": "weak pathway, persistent part",
}
"""What tells how well it learns: of these the one that most curves have."""
LABELS = {
    **QUALITY,
    "n_presentations": "presentations",
    "online_accuracy": "accuracy while learning",
    "energy": "energy (units of the paper)",
}
COST = "energy"
SHARES = ("accuracy", "online_accuracy")
PRESENTED = "n_presentations"
MOST_POINTS = 300
ALIKE = "Without decay caching changes where a weight is kept and not its value l + s: such runs learn alike."
RESIDUAL = "Energies along the way leave out what is left in the transient part and consolidated at the end."


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve as columns of one length, all finite numbers or None; `n_all` points before some were left out.

    `decays` tells whether its transient part did.
    """

    name: str
    columns: Mapping[str, Sequence[float | None]]
    n_all: int
    decays: bool

    def __len__(self) -> int:
        return len(self.columns[PRESENTED])


def curves(runs: Sequence[Run]) -> Section | None:
    """Return the section, or None where no run has a curve."""
    read = [found for run in runs if (found := read_curve(run)) is not None]
    if not read:
        return None
    n_having = {name: sum(name in one.columns for one in read) for name in QUALITY}
    quality = max(n_having, key=lambda name: n_having[name]) if any(n_having.values()) else None
    wanted = [name for name in (quality, COST) if name and any(name in one.columns for one in read)]
    plots = [_along(name, read, quality) for name in wanted]
    if len(wanted) == 2:
        plots.append(_against(wanted[0], read))
    blocks: list[Block] = [
        *([_scrubber(read, wanted, [plot.id for plot in plots[: len(wanted)]])] if plots else []),
        *plots,
    ]
    blocks += [_table(i, one) for i, one in enumerate(read)]
    if unknown := [f"{run.name}: {why}" for run in runs if (why := _why_no_energy(run))]:
        blocks.append(Notes(title="Energy along the way is unknown", items=unknown))
    lead = f"{RESIDUAL}" if COST in wanted else ""
    return Section(id="curve", title="Along the training", lead=lead, blocks=blocks)


def read_curve(run: Run) -> Curve | None:
    """Return the curve of a record, at most `MOST_POINTS` of it, with the energy at each point where it is known."""
    plain = run.record.outcome.get("curve")
    entries = [entry for entry in plain if isinstance(entry, dict)] if isinstance(plain, list) else []
    entries = [_flat(run, entry) for entry in entries]
    entries = [entry for entry in entries if entry.get(PRESENTED) is not None]
    if not entries:
        return None
    step = -(-len(entries) // MOST_POINTS)
    kept = [*entries[:-1:step], entries[-1]]
    names = dict.fromkeys(name for entry in kept for name in entry)
    columns = {name: [entry.get(name) for entry in kept] for name in names}
    known = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    decays = run.record.config.get("tau") is not None
    return Curve(name=run.name, columns=known, n_all=len(entries), decays=decays)


def _flat(run: Run, entry: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the numbers of an entry, its energy as one of them."""
    flat = {str(name): number(value) for name, value in entry.items() if not isinstance(value, (dict, bool, str))}
    stated = entry.get("energy")
    if isinstance(stated, dict):
        flat[COST] = number(stated.get("total"))
    elif not _why_no_energy(run):
        written, held = flat.get("persistent_change_l1"), flat.get("transient_hold_l1")
        if written is not None and held is not None:
            flat[COST] = written + run.record.config["maintenance_cost"] * held
    return flat


def _why_no_energy(run: Run) -> str:
    """Return why sums of |Δl| and |s| do not give the energy of this run, empty where they do."""
    plain, config = run.record.outcome.get("curve"), run.record.config
    if not isinstance(plain, list) or not any(isinstance(e, dict) and "persistent_change_l1" in e for e in plain):
        return ""
    if config["alpha"] != 1 or config["potentiation_only"]:
        return "its curve holds Σ|Δl|, and these writes cost something else (α, or only potentiation)"
    if config["change_cost"] or config["persistent_maintenance_cost"]:
        return "its curve does not hold what b or the maintenance of l cost by then"
    return ""


def _along(name: str, read: Sequence[Curve], quality: str | None) -> Plot:
    data = [curve(one.name, one.columns[PRESENTED], one.columns[name], i) for i, one in _having(name, read)]
    spec = layout(axis("presentations", rangemode="tozero"), _axis(name), showlegend=len(read) > 1)
    part = "learned" if name == quality else "cost"
    notes = [ALIKE] if name == quality and _alike(name, read) else []
    return Plot(
        id=f"p-{part}",
        caption=f"{_capital(LABELS[name])} along the training",
        data=data,
        layout=spec,
        beside="t-curve-0",
        notes=notes,
    )


def _alike(name: str, read: Sequence[Curve]) -> bool:
    """Return whether runs without decay have learned the same at every point."""
    without = [one for one in read if not one.decays and name in one.columns]
    drawn = [(tuple(one.columns[PRESENTED]), tuple(one.columns[name])) for one in without]
    return len(set(drawn)) < len(drawn)


def _against(quality: str, read: Sequence[Curve]) -> Plot:
    both = [(i, one) for i, one in _having(quality, read) if COST in one.columns]
    data = [curve(one.name, one.columns[COST], one.columns[quality], i, mode="lines+markers") for i, one in both]
    x = axis(LABELS[COST], rangemode="tozero")
    spec = layout(x, _axis(quality), showlegend=len(read) > 1)
    caption = f"{_capital(LABELS[quality])} against energy spent"
    return Plot(id="p-against", caption=caption, data=data, layout=spec, beside="t-curve-0")


def _axis(name: str) -> Spec:
    if name in SHARES:
        return share_axis(LABELS[name])
    return axis(LABELS[name], **from_zero(name in ("n_errors", COST)))


def _having(name: str, read: Sequence[Curve]) -> list[tuple[int, Curve]]:
    return [(i, one) for i, one in enumerate(read) if name in one.columns]


def _scrubber(read: Sequence[Curve], wanted: Sequence[str], plots: Sequence[str]) -> Scrubber:
    """Return the slider; it stops wherever any of the runs has a point."""
    stops = sorted({n for one in read for n in one.columns[PRESENTED] if n is not None})
    step = -(-len(stops) // MOST_POINTS)
    data = {
        "stops": [*stops[:-1:step], stops[-1]],
        "runs": [
            {
                "name": one.name,
                "n": list(one.columns[PRESENTED]),
                "values": [list(one.columns[name]) if name in one.columns else None for name in wanted],
            }
            for one in read
        ],
    }
    columns = [Column("run"), Column("presentations", number=True)]
    columns += [Column(LABELS[name], number=True) for name in wanted]
    return Scrubber(id="s-curve", label="Presentations", plots=plots, columns=columns, data=data)


def _table(i: int, one: Curve) -> Table:
    names = list(one.columns)
    rows = []
    for k in range(len(one)):
        cells = [one.columns[name][k] for name in names]
        rows.append([count(n) if name == PRESENTED else energy(n) for name, n in zip(names, cells, strict=True)])
    columns = [Column(_label(name), number=True) for name in names]
    notes = [] if len(one) == one.n_all else [f"{len(one):,} of the {one.n_all:,} points of the record are shown."]
    caption = f"Curve of {one.name}"
    return Table(id=f"t-curve-{i}", caption=caption, columns=columns, rows=rows, n_heads=1, notes=notes)


def _label(name: str) -> str:
    return LABELS.get(name) or FIELDS.get(name) or name.replace("_", " ")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
