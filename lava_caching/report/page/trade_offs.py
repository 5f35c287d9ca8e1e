"""What cannot be had together: accuracy, or learning time, against energy, one point for each setting of a sweep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lava_caching.report.page.content import Block, Notes, Plot, Section
from lava_caching.report.page.plots import COLOURS, SYMBOLS, axis, decades, from_zero, label, layout, share_axis
from lava_caching.report.page.settings import ACCURACY, ENERGY, TIME, Measure, Setting, Sweep

__all__ = ["trade_offs"]

MOST_POINTS = 500
LEAD = "One point for each setting, the mean over seeds. A ring marks settings that no other beats in both."


def trade_offs(sweep: Sweep, settings: Sequence[Setting]) -> Section:
    """Return a plot for each of accuracy and learning time that differs between settings, and why there is none."""
    blocks: list[Block] = []
    for measure in (ACCURACY, TIME):
        known = [s for s in settings if s.mean[ENERGY.column] is not None and s.mean.get(measure.column) is not None]
        values = {s.mean[measure.column] for s in known}
        if len(values) > 1:
            blocks.append(_scatter(sweep, known, measure))
        else:
            said = "is the same in all settings" if values else "is not known"
            blocks.append(Notes(title=f"No plot of {measure.label}", items=[f"It {said}."]))
    if len(settings) > MOST_POINTS:
        text = f"Of {len(settings):,} settings about {MOST_POINTS:,} are drawn, those that no other beats among them."
        blocks.append(Notes(title="Points", items=[text]))
    return Section(id="trade-off", title="Accuracy and time against energy", lead=LEAD, blocks=blocks)


def _scatter(sweep: Sweep, known: Sequence[Setting], measure: Measure) -> Plot:
    front = _unbeaten(known, measure)
    kept, place, data = _thinned(known, front), sweep.place("policy"), []
    names = ["settings"] if place is None else [sweep.axes[place].text(i) for i in range(len(sweep.axes[place].values))]
    for k, name in enumerate(names):
        own = [s for s in kept if place is None or s.at[place] == k]
        marker = {"color": COLOURS[k % len(COLOURS)], "symbol": SYMBOLS[k % len(SYMBOLS)], "size": 7, "opacity": 0.75}
        data.append({**_points(sweep, own, measure), "name": label(name, 40), "marker": marker})
    ring = {"symbol": "circle-open", "size": 14, "color": "@ink", "line": {"width": 1.5}}
    data.append({**_points(sweep, front, measure), "name": "not beaten", "marker": ring, "hoverinfo": "skip"})
    data[-1].pop("hovertemplate")
    x, y = (_axis(m, [s.mean[m.column] for s in known]) for m in (ENERGY, measure))
    caption = f"{measure.label.capitalize()} against energy"
    id_ = "p-accuracy" if measure is ACCURACY else "p-trade-off"
    return Plot(id=id_, caption=caption, data=data, layout=layout(x, y, height=420), beside="t-settings")


def _axis(measure: Measure, values: Sequence[float | None]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    if measure is not ACCURACY and min(known) > 0 and max(known) > 30 * min(known):
        return axis(measure.title, log=True, **decades(known))
    if measure is ACCURACY:
        return share_axis(measure.title)
    return axis(measure.title, **from_zero(True))


def _points(sweep: Sweep, settings: Sequence[Setting], measure: Measure) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [s.mean[ENERGY.column] for s in settings],
        "y": [s.mean[measure.column] for s in settings],
        "customdata": [_told(sweep, s) for s in settings],
        "hovertemplate": f"%{{customdata}}<br>energy %{{x:.4~g}}<br>{measure.label} %{{y:.4~g}}<extra></extra>",
    }


def _told(sweep: Sweep, setting: Setting) -> str:
    said = (f"{one.name} = {one.text(at)}" for one, at in zip(sweep.axes, setting.at, strict=True))
    return label(", ".join(said), 200)


def _unbeaten(settings: Sequence[Setting], measure: Measure) -> list[Setting]:
    """Return the settings that no other beats in energy and the measure, by ascending energy."""
    sign = 1.0 if measure.less_is_better else -1.0
    front: list[Setting] = []
    least = math.inf
    costs = sorted(settings, key=lambda s: (s.mean[ENERGY.column] or 0.0, sign * (s.mean[measure.column] or 0.0), s.at))
    for setting in costs:
        value = sign * (setting.mean[measure.column] or 0.0)
        if value < least:
            front.append(setting)
            least = value
    return front


def _thinned(settings: Sequence[Setting], always: Sequence[Setting]) -> list[Setting]:
    """Return every k-th setting, and those that must be there."""
    step = max(1, -(-len(settings) // MOST_POINTS))
    wanted = {s.at for s in settings[::step]} | {s.at for s in always}
    return [s for s in settings if s.at in wanted]
