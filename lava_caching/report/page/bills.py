"""The energy of runs in joules: by tier and by cause with ranges, and every line of each bill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lava_caching.hardware import CAUSES, TIERS, Line, Range
from lava_caching.report.page.cells import any_value, count, energy, joules, number, percent, physical, words
from lava_caching.report.page.content import Block, Cell, Column, Notes, Plot, Section, Table
from lava_caching.report.page.left_out import Bounds, left_out
from lava_caching.report.page.plots import COLOURS, SYMBOLS, decades, ranges, value_axis
from lava_caching.report.page.runs import BOUNDS, Run, at, texts
from lava_caching.report.page.summary import across

__all__ = ["LEAD", "PLACES", "Joules", "bills", "plot_of", "table_of"]

ORIGINS = {"caller": "as given", "pair": "of the pair", "run": "of the run", "default": "by default"}
PLACES = (
    *((f"{tier} tier", ("by_tier", tier)) for tier in TIERS),
    *((cause, ("by_cause", cause)) for cause in CAUSES),
    ("total", ("total",)),
)
Joules = Sequence[tuple[str, Mapping[str, Any]]]
"""What is shown side by side: the name of each, and its joules as a bill has them."""
LEAD = (
    "Each range runs from the lowest to the highest value that the sources of the prices state. Causes: write, read,"
    " hold, refresh, verify, transfer (the read before a consolidation) and clear (the transient part back to 0)."
)


def bills(runs: Sequence[Run]) -> Section:
    """Return joules by tier and cause, the lines and the operating points."""
    priced = [run for run in runs if isinstance(at(run.bill, "joules"), dict)]
    blocks: list[Block] = []
    if priced:
        memories = ", ".join(dict.fromkeys(run.profile or "" for run in priced))
        shown = [(run.name, run.bill["joules"]) for run in priced]
        table = table_of("t-joules", memories, shown)
        blocks += [plot_of("p-joules", shown, table.id), table]
    without = [f"{run.name}: {_why(run)}" for run in runs if run not in priced]
    if without:
        blocks.append(Notes(title="Without joules", items=without))
    for i, run in enumerate(runs):
        blocks += _lines(i, run)
    if priced:
        blocks.append(_operating(priced))
    return Section(id="joules", title="Energy in joules", lead=LEAD, blocks=blocks)


def _why(run: Run) -> str:
    if run.bill.get("unit") == "arbitrary":
        return f"{run.profile} is in the units of the paper and has no joules"
    return "the record has no bill"


def _places(shown: Joules) -> list[tuple[str, tuple[str, ...]]]:
    """Return the places where any of them paid something, or where it is not known."""
    return [
        (label, keys)
        for label, keys in PLACES
        if any(number(at(joules_, *keys, bound)) != 0 for _, joules_ in shown for bound in BOUNDS)
    ]


def table_of(id_: str, memories: str, shown: Joules) -> Table:
    """Return joules by tier and by cause, from low to high."""
    several = len(shown) > 1
    columns = [Column("energy"), *([Column("run")] if several else [])]
    columns += [*(Column(bound, "J", number=True) for bound in BOUNDS), Column("share of total", number=True)]
    rows = []
    for label, keys in _places(shown):
        for name, bill in shown:
            cost = at(bill, *keys)
            share = percent(at(cost, "nominal"), at(bill, "total", "nominal"))
            cells = [joules(at(cost, bound)) for bound in BOUNDS]
            rows.append([words(label), *([words(name)] if several else []), *cells, share])
    return Table(
        id=id_,
        caption=f"Joules by tier and cause on {memories}",
        columns=columns,
        rows=rows,
        n_heads=2 if several else 1,
        notes=["The tiers add up to the total, and so do the causes."],
    )


def plot_of(id_: str, shown: Joules, beside: str) -> Plot:
    """Return the same as marks with their ranges."""
    places = _places(shown)
    names = [label for label, _ in places]
    data, seen = [], []
    rows: dict[str, list[Bounds]] = {}
    for i, (name, bill) in enumerate(shown):
        known = [[number(at(bill, *keys, bound)) for bound in BOUNDS] for _, keys in places]
        for label, row in zip(names, known, strict=True):
            rows.setdefault(label, []).append(row)
        bounds = [[value or None for value in row] for row in known]
        seen += [value for row in bounds for value in row]
        shift = 0.6 * ((i + 0.5) / len(shown) - 0.5)
        mark = {"shift": shift, "symbol": SYMBOLS[i % len(SYMBOLS)]}
        data.append(ranges(name, bounds, names, COLOURS[i % len(COLOURS)], **mark))  # type: ignore[arg-type]
    layout = value_axis("energy (J)", names, log=True, per_row=len(shown), **decades(seen, "J")) | {
        "showlegend": len(shown) > 1
    }
    caption = "Joules by tier and cause: nominal value, and the range from low to high"
    notes = left_out(rows, [name for name, _ in shown])
    return Plot(id=id_, caption=caption, data=data, layout=layout, beside=beside, notes=notes)


def _lines(i: int, run: Run) -> Iterator[Block]:
    """Yield the lines of a bill, or why they are not known."""
    if run.lines is None:
        if run.profile is not None and run.bill.get("unit") != "arbitrary":
            yield Notes(title=f"The single actions of {run.name}", items=[f"Not shown: {run.why_no_lines}."])
        return
    columns = [Column("tier"), Column("cause"), Column("action"), Column("count", number=True)]
    columns += [Column(f"price, {bound}", "J", number=True) for bound in BOUNDS]
    columns += [Column(f"energy, {bound}", "J", number=True) for bound in BOUNDS]
    rows = [_line(line) for line in run.lines]
    yield Table(
        id=f"t-lines-{i}",
        caption=f"{run.name}: every action and its price on {run.profile}",
        columns=columns,
        rows=rows,
        n_heads=3,
        notes=["Counts of holding and refreshing are synapse-seconds, their prices joules per synapse-second."],
    )


def _line(line: Line) -> list[Cell]:
    n = energy(line.n) if isinstance(line.n, float) and not line.n.is_integer() else count(_whole(line.n))
    return [words(line.tier), words(line.cause), words(line.action), n, *_three(line.unit), *_three(line.joules)]


def _whole(n: float | None) -> float | None:
    return int(n) if n is not None and float(n).is_integer() else n


def _three(bounds: Range) -> list[Cell]:
    return [joules(value) for value in bounds]


def _operating(runs: Sequence[Run]) -> Table:
    """Return step duration, weight range, levels, and the pair in the terms of the paper."""
    points: list[Any] = [at(run.bill, "operating_point") for run in runs]
    costs: list[Any] = [at(run.bill, "equivalent_costs") for run in runs]
    rows = [
        ("memories", "", [words(run.profile) for run in runs]),
        ("duration of a step", "s", [physical(at(point, "step_duration_s"), "s") for point in points]),
        ("which is", "", [_origin(point, "step_duration_s") for point in points]),
        ("lowest weight", "", [energy(at(point, "weight_min")) for point in points]),
        ("highest weight", "", [energy(at(point, "weight_max")) for point in points]),
        ("which are", "", [_origin(point, "weight_range") for point in points]),
        *(
            (f"{tier} {what}", "", [any_value(at(point, f"{tier}_{what}")) for point in points])
            for tier in TIERS
            for what in ("levels", "bits")
        ),
        ("b of the paper", "", [energy(at(cost, "change_cost")) for cost in costs]),
        ("c of the paper", "", [energy(at(cost, "maintenance_cost")) for cost in costs]),
        ("one write pays for holding", "s", [_hold(cost) for cost in costs]),
    ]
    assumptions = dict.fromkeys(text for cost in costs for text in texts(at(cost, "assumptions")))
    table = across("t-operating", "Operating point, and the memories in the terms of the paper", runs, rows)
    return Table(**{**vars(table), "notes": [f"Assumed: {text}." for text in assumptions]})


def _origin(point: Any, name: str) -> Cell:
    origin = str(at(point, "origin", name))
    return words(ORIGINS.get(origin, origin))


def _hold(costs: Any) -> Cell:
    """Return the break-even hold time; a record that holds null there says that holding costs nothing."""
    if isinstance(costs, dict) and "break_even_hold_time_s" in costs and costs["break_even_hold_time_s"] is None:
        return Cell("none, holding costs nothing")
    return physical(at(costs, "break_even_hold_time_s", "nominal"), "s")
