"""The same runs on every shipped pair of memories: what each would cost and how long it would last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lava_caching.errors import InputError
from lava_caching.hardware import MemoryPair, load_pair, pair_names
from lava_caching.hardware.comparable import different_steps
from lava_caching.hardware.missing import missing_numbers
from lava_caching.report.page.cells import UNKNOWN, joules, number, words
from lava_caching.report.page.content import Block, Cell, Column, Plot, Section, Table
from lava_caching.report.page.left_out import left_out
from lava_caching.report.page.plots import COLOURS, SYMBOLS, decades, ranges, value_axis
from lava_caching.report.page.runs import BOUNDS, Run, at
from lava_caching.report.page.summary import lives

__all__ = ["memories"]

LEAD = (
    "The ledgers priced anew on every pair; nothing ran again. Pairs differ in what their numbers include: compare"
    " orders of magnitude, and mind the remarks."
)


@dataclass(frozen=True)
class _NoBill:
    reason: str


def memories(runs: Sequence[Run]) -> Section:
    """Return plot and table."""
    pairs = [load_pair(name) for name in pair_names()]
    pairs += [run.pair for run in runs if run.pair is not None and run.pair.name not in pair_names()]
    offers = [(pair, [_bill(run, pair) for run in runs]) for pair in {pair.name: pair for pair in pairs}.values()]
    several = len(runs) > 1
    columns = [Column("memories"), *([Column("run")] if several else [])]
    columns += [Column(f"total, {bound}", "J", number=True) for bound in BOUNDS]
    columns += [Column(f"{tier} tier", "J", number=True) for tier in ("volatile", "nonvolatile")]
    columns += [Column(f"hottest cell lasts, {bound}", "s", number=True) for bound in BOUNDS]
    rows = [
        [words(pair.name), *([words(run.name)] if several else []), *_row(bill)]
        for pair, bills in offers
        for run, bill in zip(runs, bills, strict=True)
    ]
    steps = different_steps(bill for _, bills in offers for bill in bills if not isinstance(bill, _NoBill))
    notes = ["A total is unknown where a number that it needs is not published, see below. Tiers are nominal."]
    table = Table(
        id="t-memories",
        caption="All pairs of memories",
        columns=columns,
        rows=rows,
        n_heads=2 if several else 1,
        notes=[*notes, *steps],
    )
    blocks: list[Block] = [*_plot(runs, offers, table.id), table, _remarks(runs, offers)]
    return Section(id="memories", title="On other memories", lead=LEAD, blocks=blocks)


def _bill(run: Run, pair: MemoryPair) -> dict[str, Any] | _NoBill:
    try:
        return run.record.bill(pair).to_dict()
    except InputError as error:  # what was said of the run does not fit the pair
        return _NoBill(str(error))


def _row(bill: dict[str, Any] | _NoBill) -> list[Cell]:
    """Return joules and lifetime."""
    n_numbers = 2 * len(BOUNDS) + 2
    if isinstance(bill, _NoBill):
        return [UNKNOWN] * n_numbers
    if bill["joules"] is None:
        return [Cell("no joules")] * n_numbers
    total, tiers, life = bill["joules"]["total"], bill["joules"]["by_tier"], bill["lifetime_s"]
    cells = [joules(total[bound]) for bound in BOUNDS]
    cells += [joules(tiers[tier]["nominal"]) for tier in ("volatile", "nonvolatile")]
    return cells + [UNKNOWN if life is None else lives(life["hottest"], bound) for bound in BOUNDS]


def _remarks(runs: Sequence[Run], offers: Sequence[tuple[MemoryPair, Sequence[Any]]]) -> Table:
    """Return why totals are unknown, and the warnings of the pairs, each with the runs that it is about."""
    rows = []
    for pair, bills in offers:
        whose: dict[tuple[str, str], list[str]] = {}
        for run, bill in zip(runs, bills, strict=True):
            for remark in _of_bill(pair, bill):
                whose.setdefault(remark, []).append(run.name)
        for (kind, text), about in whose.items():
            everyone = len(about) == len(runs)
            rows.append([words(pair.name), words(kind), words(text if everyone else f"{text} ({', '.join(about)})")])
    columns = [Column("memories"), Column("what"), Column("remark")]
    return Table(id="t-remarks", caption="Remarks on these memories", columns=columns, rows=rows, n_heads=1)


def _of_bill(pair: MemoryPair, bill: dict[str, Any] | _NoBill) -> Iterator[tuple[str, str]]:
    if isinstance(bill, _NoBill):
        yield "cannot be priced", bill.reason
        return
    if bill["joules"] is None:
        yield "no joules", "in the units of the paper"
    missing = missing_numbers(pair, bill["unpriced"])
    yield from (("not known", f"{key}: {why}") for key, why in missing.items())
    yield from (("not priced", text) for text in bill["unpriced"] if not missing)
    yield from (("warning", text) for text in bill["warnings"])


def _plot(runs: Sequence[Run], offers: Sequence[tuple[MemoryPair, Sequence[Any]]], beside: str) -> list[Plot]:
    """Return the plot, with the pairs that have a total for any run; what it leaves out is said under it."""
    known = {
        pair.name: [[number(at(bill, "joules", "total", bound)) for bound in BOUNDS] for bill in bills]
        for pair, bills in offers
    }
    totals = {name: [[value or None for value in row] for row in bounds] for name, bounds in known.items()}
    totals = {name: bounds for name, bounds in totals.items() if any(low_high[1] for low_high in bounds)}
    if not totals:
        return []
    ordered = sorted(totals, key=lambda name: max(bounds[1] or 0.0 for bounds in totals[name]))
    data = []
    for i, run in enumerate(runs):
        shift = 0.6 * ((i + 0.5) / len(runs) - 0.5)
        bounds = [totals[name][i] for name in ordered]
        colour, symbol = COLOURS[i % len(COLOURS)], SYMBOLS[i % len(SYMBOLS)]
        data.append(ranges(run.name, bounds, ordered, colour, shift=shift, symbol=symbol))
    ticks = decades([value for bounds in totals.values() for row in bounds for value in row], "J")
    layout = value_axis("energy of the run (J)", ordered, log=True, per_row=len(runs), **ticks)
    layout |= {"showlegend": len(runs) > 1}
    caption = "Joules on each pair that has a total: nominal, and from low to high"
    units = [pair.name for pair, _ in offers if pair.unit == "arbitrary"]
    notes = left_out({name: rows for name, rows in known.items() if name not in units}, [run.name for run in runs])
    if units:
        notes.append(f"In the units of the paper, so without joules: {', '.join(units)}.")
    notes = [" ".join([*notes, "Remarks below say why something is unknown."])] if notes else []
    return [Plot(id="p-memories", caption=caption, data=data, layout=layout, beside=beside, notes=notes)]
