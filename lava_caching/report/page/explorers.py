"""Energy and learning time against each axis of a sweep, the other axes held where the reader wants them.

What is shown first is worked out here, at the best setting; `page.js` does the same again when something is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lava_caching.report.page.cells import count, energy, number, physical, words
from lava_caching.report.page.content import Block, Cell, Column, Control, Explorer, Plot, Section, Table
from lava_caching.report.page.plots import (
    COLOURS,
    DASHES,
    SYMBOLS,
    axis,
    curve,
    decades,
    from_zero,
    label,
    layout,
    share_axis,
)
from lava_caching.report.page.settings import ACCURACY, ENERGY, TIME, Axis, Measure, Setting, Sweep

__all__ = [
    "FEWER_DIGITS",
    "MOST_IN_FULL",
    "MOST_KEPT",
    "against",
    "columns_of",
    "data_of",
    "kept_settings",
    "value_cell",
    "value_cells",
]

MOST_KEPT, MOST_IN_FULL, FEWER_DIGITS = 5000, 2000, 5
DIGITS_OF_ERRORS = 3  # of many settings
MOST_CURVES = 8
NO_CRITERION, ONE_RUN = Cell("no criterion"), Cell("one run")
PHYSICAL = ("J", "s")
"""Units that take a prefix; page.js knows the same two."""
LEAD = (
    "Means over seeds, bars ± 1 s.e.m. (none where there is one run). The axes that are not shown are held:"
    " sizes and prices in the middle, the others where energy is least and every run converged. Choose others."
)


def kept_settings(sweep: Sweep) -> list[Setting]:
    """Return the settings that the page holds: all, or those around the best where they are too many for a page."""
    if len(sweep.settings) <= MOST_KEPT:
        return list(sweep.settings)
    best = _best(sweep)

    def distance(setting: Setting) -> tuple[int, float]:
        apart = sum(a != b for a, b in zip(setting.at, best.at, strict=True))
        spent = setting.mean.get(ENERGY.column)
        return apart, float("inf") if spent is None else spent

    return sorted(sorted(sweep.settings, key=distance)[:MOST_KEPT], key=lambda setting: setting.at)


def against(sweep: Sweep, settings: Sequence[Setting]) -> Section | None:
    """Return plots against each numeric axis, None where there is none."""
    order = sorted(range(len(sweep.axes)), key=lambda i: sweep.axes[i].name != "threshold")  # what is chosen first
    blocks: list[Block] = [
        _explorer(sweep, settings, x) for x in order if sweep.axes[x].numeric and TIME in sweep.measures
    ]
    return Section(id="axes", title="Against each axis", lead=LEAD, blocks=blocks) if blocks else None


def data_of(sweep: Sweep, settings: Sequence[Setting]) -> dict[str, Any]:
    """Return what the script needs to draw the same at other values."""
    return {
        "axes": [
            {
                "label": one.name,
                "scale": one.scale,
                "values": list(one.values),
                "texts": [one.text(i) for i in range(len(one.values))],
                "bound": _bound(settings, i, len(sweep.axes)),
            }
            for i, one in enumerate(sweep.axes)
        ],
        "measures": [{"label": m.label, "title": m.title, "unit": m.unit} for m in sweep.measures],
        "energies": [i for i, m in enumerate(sweep.measures) if m in _energies(sweep)],
        "time": sweep.measures.index(TIME) if TIME in sweep.measures else None,
        "at": [list(s.at) for s in settings],
        "n": [s.n for s in settings],
        "converged": [s.converged for s in settings],
        "mean": [[_short(s.mean[m.column], len(settings), FEWER_DIGITS) for s in settings] for m in sweep.measures],
        "sem": [[_short(s.sem[m.column], len(settings), DIGITS_OF_ERRORS) for s in settings] for m in sweep.measures],
        "style": {"colours": COLOURS, "symbols": SYMBOLS, "dashes": DASHES, "most": MOST_CURVES},
    }


def _short(value: float | None, n_settings: int, digits: int) -> float | None:
    """Return a number with fewer digits where there are so many that the page would become too large."""
    return value if value is None or n_settings <= MOST_IN_FULL else float(f"{value:.{digits}g}")


def _energies(sweep: Sweep) -> list[Measure]:
    """Return what the energy plot may show."""
    return [m for m in sweep.measures if m is not TIME]


def _best(sweep: Sweep) -> Setting:
    """Return the setting with the least energy under the usual conditions."""
    usual = [s for s in sweep.settings if sweep.under(s) == sweep.usual]
    return sweep.best(ENERGY, lambda s: sweep.under(s) == sweep.usual) or usual[0]


def _bound(settings: Sequence[Setting], i: int, n_axes: int) -> list[int]:
    """Return the axes whose value follows from that of axis i, as of axes that advance together."""
    bound = []
    for j in range(n_axes):
        values: dict[int, set[int]] = {}
        for s in settings:
            values.setdefault(s.at[i], set()).add(s.at[j])
        if j != i and all(len(found) == 1 for found in values.values()):
            bound.append(j)
    return bound


def _explorer(sweep: Sweep, settings: Sequence[Setting], x: int) -> Explorer:
    others = [i for i in range(len(sweep.axes)) if i != x]
    by = next((i for i in others if sweep.axes[i].name == "policy"), None)
    by = next((i for i in others if not sweep.axes[i].numeric), None) if by is None else by
    best = _best(sweep)
    held = _held(sweep, settings, x, by, best)
    found = _slices(sweep, settings, x, by, held)
    shown = _drawn(found)
    said = ", ".join(f"{sweep.axes[i].name} = {sweep.axes[i].text(at)}" for i, at in held.items())
    notes = [
        f"Held: {said or 'nothing'}.{'' if len(shown) == len(found) else f' {len(shown)} of {len(found)} curves.'}"
    ]
    id_ = f"{x}-{''.join(c if c.isalnum() else '-' for c in sweep.axes[x].name)}"
    table = _table(sweep, f"t-axis-{id_}", x, shown, notes)
    plots = [
        _plot(f"p-{kind}-{id_}", sweep, x, measure, shown, table.id)
        for kind, measure in (("energy", _energies(sweep)[0]), ("time", TIME))
    ]
    return Explorer(
        id=f"e-{id_}",
        title=f"Against {sweep.axes[x].name}",
        x=x,
        by=by,
        choices=[(None, "nothing: one curve"), *((i, sweep.axes[i].name) for i in others)],
        measures=[m.title for m in _energies(sweep)],
        controls=[_control(sweep.axes[i], i, best.at[i]) for i in others],
        plots=plots,
        shown=table,
    )


def _control(one: Axis, i: int, at: int) -> Control:
    texts = [one.text(k) for k in range(len(one.values))]
    return Control(axis=i, label=one.name, values=texts, at=at, slider=one.numeric and len(texts) > 2)


Slices = Sequence[tuple[str, Sequence[Setting]]]
"""The curves of a plot: what each is called, and its settings."""


def _slices(sweep: Sweep, settings: Sequence[Setting], x: int, by: int | None, held: Mapping[int, int]) -> Slices:
    """Return the settings along x, one curve for each value of `by`."""
    curves: dict[int, list[Setting]] = {}
    for s in settings:
        if all(s.at[i] == at for i, at in held.items()):
            curves.setdefault(0 if by is None else s.at[by], []).append(s)
    names = {k: "all" if by is None else sweep.axes[by].text(k) for k in sorted(curves)}
    return [(name, sorted(curves[k], key=lambda s: s.at[x])) for k, name in names.items()]


def _drawn(shown: Slices) -> Slices:
    """Return at most `MOST_CURVES` of the curves, evenly spread."""
    if len(shown) <= MOST_CURVES:
        return shown
    return [shown[i * (len(shown) - 1) // (MOST_CURVES - 1)] for i in range(MOST_CURVES)]


def _held(sweep: Sweep, settings: Sequence[Setting], x: int, by: int | None, best: Setting) -> dict[int, int]:
    """Return at which value each axis is held; what advances together with x or `by` is not."""
    n = len(sweep.axes)
    free = {i for i in range(n) if i not in (x, by)} - set(_bound(settings, x, n))
    free -= set() if by is None else set(_bound(settings, by, n))
    return {i: best.at[i] for i in sorted(free)}


def _plot(id_: str, sweep: Sweep, i: int, measure: Measure, shown: Slices, beside: str) -> Plot:
    x, data = sweep.axes[i], []
    for k, (name, along) in enumerate(shown):
        placed = [s for s in along if x.values[s.at[i]] is not None]
        xs = [s.at[i] if x.scale == "steps" else x.values[s.at[i]] for s in placed]
        ys = [s.mean[measure.column] for s in placed]
        errors = {"type": "data", "array": [s.sem[measure.column] or 0.0 for s in placed], "thickness": 1.2, "width": 3}
        data.append(curve(name, xs, ys, k, error_y=errors))
    values = [y for trace in data for y in trace["y"] if y is not None]
    spec = layout(_x_axis(x), _y_axis(measure, values), showlegend=len(data) > 1)
    return Plot(id=id_, caption=f"{measure.label.capitalize()} against {x.name}", data=data, layout=spec, beside=beside)


def _x_axis(x: Axis) -> dict[str, Any]:
    if x.scale == "log":
        return axis(x.name, log=True, **decades([number(value) for value in x.values]))
    if x.scale != "steps":
        return axis(x.name)
    places = range(sum(value is not None for value in x.values))
    ticks: dict[str, Any] = {"tickvals": list(places), "ticktext": [label(x.text(i)) for i in places]}
    return axis(f"{x.name} (in steps, not to scale)", **ticks)


def _y_axis(measure: Measure, values: Sequence[float]) -> dict[str, Any]:
    """Return a logarithmic axis where the values span more than a factor of 30."""
    log = bool(values) and min(values) > 0 and max(values) > 30 * min(values)
    if measure is ACCURACY:
        return share_axis(measure.title)
    if log:
        return axis(measure.title, log=True, **decades(values, measure.unit if measure.unit == "J" else ""))
    joules_: dict[str, Any] = (
        {"exponentformat": "SI", "minexponent": 3, "ticksuffix": "J"} if measure.unit == "J" else {}
    )
    return axis(measure.title, **joules_, **from_zero(measure.less_is_better))


def columns_of(measures: Sequence[Measure]) -> list[Column]:
    """Return the columns of numbers that `value_cells` fills."""
    found = [Column("runs", number=True), Column("converged", number=True)]
    for m in measures:
        found += [Column(m.label, m.unit, number=True), Column("± s.e.m.", m.unit, number=True)]
    return found


def value_cell(measure: Measure, value: float | None) -> Cell:
    """Return a mean in the way its measure is read."""
    return physical(value, measure.unit) if measure.unit in PHYSICAL else energy(value)


def value_cells(setting: Setting, measures: Sequence[Measure]) -> list[Cell]:
    """Return runs, convergence, means and errors of a setting."""
    share = NO_CRITERION if setting.converged is None else Cell(f"{setting.converged:.0%}", setting.converged, "number")
    cells = [count(setting.n), share]
    for m in measures:
        error = setting.sem[m.column]
        one_run = setting.n == 1 and setting.mean[m.column] is not None
        cells += [value_cell(m, setting.mean[m.column]), ONE_RUN if one_run else value_cell(m, error)]
    return cells


def _table(sweep: Sweep, id_: str, x: int, shown: Slices, notes: Sequence[str]) -> Table:
    measures = [_energies(sweep)[0], TIME]
    heads = [Column(sweep.axes[x].name, number=True), Column("curve")]
    rows = [
        [_head(sweep.axes[x], s.at[x]), words(name), *value_cells(s, measures)] for name, along in shown for s in along
    ]
    columns = [*heads, *columns_of(measures)]
    caption = f"Energy and learning time against {sweep.axes[x].name}"
    return Table(id=id_, caption=caption, columns=columns, rows=rows, n_heads=2, notes=notes)


def _head(one: Axis, at: int) -> Cell:
    value = one.values[at]
    return Cell(one.text(at), value, "number") if value is not None else words(one.text(at))
