"""A sweep as settings: the axes that vary, and mean ± s.e.m. over seeds of what was measured at each point of them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from lava_caching.report.page.cells import any_value, number

__all__ = [
    "ACCURACY",
    "ENERGY",
    "JOULES",
    "LIFETIME",
    "MEASURES",
    "TIME",
    "Axis",
    "Measure",
    "Setting",
    "Sweep",
    "gather_sweep",
    "mean_and_sem",
    "plan_text",
]

Row = Mapping[str, Any]
CHOICES = {"policy", "threshold", "scope", "amount", "quantum", "schedule", "schedule_end", "schedule_steps"}
CHOICES |= {"rule", "learning_rate", "lazy", "competing"}
"""Fields of a config that somebody may choose; the others say what is learned and what things cost."""
CONFIG = "config_"
DIGITS = 9
"""Of means; the files of the sweep have all."""


@dataclass(frozen=True)
class Measure:
    """What is averaged: its column in the rows, what it is called, its unit, and whether less is better."""

    column: str
    label: str
    unit: str = ""
    less_is_better: bool = True

    @property
    def title(self) -> str:
        """Return the label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


ENERGY = Measure("energy_total", "energy", "units of the paper")
JOULES = Measure("joules_nominal", "joules", "J")
TIME = Measure("outcome_n_presentations", "learning time", "presentations")
ACCURACY = Measure("outcome_accuracy", "accuracy", less_is_better=False)
LIFETIME = Measure("lifetime_s_nominal", "lifetime of the hottest cell", "s", less_is_better=False)
MEASURES = (
    ENERGY,
    Measure("energy_consolidation", "consolidation", "units of the paper"),
    Measure("energy_maintenance", "maintenance", "units of the paper"),
    Measure("energy_inefficiency", "energy / minimum"),
    JOULES,
    TIME,
    ACCURACY,
    LIFETIME,
    Measure("ledger_n_persistent_writes", "persistent writes"),
)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A field of the config that takes several values.

    Attributes
    ----------
    name : str
        The field.
    values : tuple
        Ascending; texts in the order of the plan; None, which is no limit or not set, last.
    scale : str
        "linear" or "log" for numbers, "steps" for numbers from 0 over decades, which have no place on either, "words".
    """

    name: str
    values: tuple[Any, ...]
    scale: Literal["linear", "log", "steps", "words"]

    @property
    def numeric(self) -> bool:
        """Return whether something can be plotted against it."""
        return self.scale != "words"

    def text(self, at: int) -> str:
        """Return a value in words."""
        value = self.values[at]
        return ("inf" if self.name == "tau" else "not set") if value is None else any_value(value).text


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One point of the axes: the place on each, the runs there, and their means.

    `mean` and `sem` hold None where any run did not measure it; `sem` also where there is one run. `converged` is the
    share of the runs that did, None where convergence does not apply.
    """

    at: tuple[int, ...]
    n: int
    mean: Mapping[str, float | None]
    sem: Mapping[str, float | None]
    converged: float | None
    rows: Sequence[Row]


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep as read from its folder, and averaged over seeds."""

    name: str
    manifest: Mapping[str, Any]
    axes: Sequence[Axis]
    settings: Sequence[Setting]
    measures: Sequence[Measure]
    seeds: Sequence[Any]
    rows: Sequence[Row]
    failed: Sequence[Row]
    interrupted: Sequence[Row]

    def best(self, measure: Measure, among: Callable[[Setting], bool] = lambda _: True) -> Setting | None:
        """Return the setting with the best mean of a measure, of those in which no run failed to converge."""
        found = [s for s in self.settings if s.mean[measure.column] is not None and s.converged in (None, 1.0)]
        sign = 1 if measure.less_is_better else -1
        return min(filter(among, found), key=lambda s: sign * (s.mean[measure.column] or 0.0), default=None)

    @cached_property
    def conditions(self) -> tuple[int, ...]:
        """Return the axes that nobody chooses, as sizes and prices: a least energy over them means nothing."""
        return tuple(i for i, axis in enumerate(self.axes) if axis.name not in CHOICES)

    def under(self, setting: Setting) -> tuple[int, ...]:
        """Return the place of a setting on the axes of the conditions."""
        return tuple(setting.at[i] for i in self.conditions)

    @cached_property
    def usual(self) -> tuple[int, ...]:
        """Return the conditions that are shown first: those in the middle of what was run."""
        middle = [(len(self.axes[i].values) - 1) // 2 for i in self.conditions]
        return min(
            (self.under(s) for s in self.settings),
            key=lambda at: (sum(abs(a - m) for a, m in zip(at, middle, strict=True)), at),
            default=(),
        )

    def place(self, name: str) -> int | None:
        """Return the index of an axis, None where the field does not vary."""
        return next((i for i, axis in enumerate(self.axes) if axis.name == name), None)


def gather_sweep(name: str, rows: Sequence[Row], manifest: Mapping[str, Any] | None) -> Sweep:
    """Return the sweep of these rows.

    Parameters
    ----------
    name : str
        What the folder is called.
    rows : sequence of dict
        One for each finished task, as `lava_caching.sweeps.read_sweep` returns them.
    manifest : dict or None
        What was planned, where it can be read; else the axes are the fields that vary.
    """
    plan = manifest if isinstance(manifest, dict) else {}
    failed = [row for row in rows if row.get("error") is not None]
    stopped = [row for row in rows if row.get("error") is None and row.get("outcome_interrupted")]
    good = [row for row in rows if row.get("error") is None and not row.get("outcome_interrupted")]
    axes = _axes(good, plan)
    measures = [m for m in MEASURES if any(number(row.get(m.column)) is not None for row in good)]
    return Sweep(
        name=name,
        manifest=plan,
        axes=axes,
        settings=_settings(good, axes, measures),
        measures=measures,
        seeds=sorted({row.get("seed") for row in good}, key=_order),
        rows=good,
        failed=failed,
        interrupted=stopped,
    )


def _axes(rows: Sequence[Row], plan: Mapping[str, Any]) -> list[Axis]:
    planned = {
        name: values
        for kind in ("grid", "zip")
        if isinstance(plan.get(kind), dict)
        for name, values in plan[kind].items()
    }
    fields = [key for key in (rows[0] if rows else {}) if key.startswith(CONFIG)]
    names = [name for name in planned if f"{CONFIG}{name}" in fields] or [key[len(CONFIG) :] for key in fields]
    found = {name: _distinct([row.get(f"{CONFIG}{name}") for row in rows]) for name in names}
    return [_axis(name, values, planned.get(name)) for name, values in found.items() if len(values) > 1]


def _distinct(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(_plain(value) for value in values))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _axis(name: str, values: Sequence[Any], planned: Any) -> Axis:
    numbers = [n for value in values if (n := number(value)) is not None]
    if len(numbers) < max(2, len(values) - 1) or len(numbers) + (None in values) != len(values):
        order = planned if isinstance(planned, list) else []
        place = {str(value): i for i, value in enumerate(order)}
        return Axis(
            name=name, values=tuple(sorted(values, key=lambda v: (place.get(str(v), 0), _order(v)))), scale="words"
        )
    ascending = sorted(numbers)
    positive = [n for n in ascending if n > 0]
    wide = len(positive) > 1 and positive[-1] >= 20 * positive[0]
    scale: Literal["linear", "log", "steps"] = "linear"
    if wide:
        scale = "log" if len(positive) == len(ascending) else "steps"
    return Axis(name=name, values=(*ascending, *([None] if None in values else [])), scale=scale)


def _order(value: Any) -> tuple[int, float, str]:
    """Return a key that sorts numbers, then words, then what is not set."""
    n = number(value)
    return (2, 0.0, "") if value is None else (1, 0.0, str(value)) if n is None else (0, n, "")


def _settings(rows: Sequence[Row], axes: Sequence[Axis], measures: Sequence[Measure]) -> list[Setting]:
    index = [{value: i for i, value in enumerate(axis.values)} for axis in axes]
    columns = [f"{CONFIG}{axis.name}" for axis in axes]
    groups: dict[tuple[int, ...], list[Row]] = {}
    for row in rows:
        at = tuple(places[_plain(row.get(column))] for places, column in zip(index, columns, strict=True))
        groups.setdefault(at, []).append(row)
    return [_setting(at, groups[at], measures) for at in sorted(groups)]


def _setting(at: tuple[int, ...], rows: Sequence[Row], measures: Sequence[Measure]) -> Setting:
    mean, sem = {}, {}
    for measure in measures:
        values = [number(row.get(measure.column)) for row in rows]
        mean[measure.column], sem[measure.column] = mean_and_sem(values)
    ended = [row.get("outcome_converged") for row in rows]
    known = [bool(end) for end in ended if end is not None]
    share = sum(known) / len(known) if known else None
    return Setting(at=at, n=len(rows), mean=mean, sem=sem, converged=share, rows=rows)


def mean_and_sem(values: Sequence[float | None]) -> tuple[float | None, float | None]:
    """Return the mean and its standard error; both None where a value is not known, the error also where it is one."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None, None
    n = len(known)
    mean = math.fsum(known) / n
    if n == 1:
        return _rounded(mean), None
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (n - 1))
    return _rounded(mean), _rounded(spread / math.sqrt(n))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def plan_text(plan: Mapping[str, Any]) -> str | None:
    """Return the plan as TOML, from the manifest; None where the manifest does not tell it."""
    if not isinstance(plan.get("experiment"), str):
        return None
    lines = [f"{name} = {_toml(plan[name])}" for name in ("experiment", "engine", "hardware") if plan.get(name)]
    for kind in ("fixed", "grid", "zip"):
        table = plan.get(kind)
        if isinstance(table, dict) and table:
            lines += ["", f"[{kind}]", *(f"{_key(name)} = {_toml(value)}" for name, value in table.items())]
    return "\n".join(lines)


def _key(name: str) -> str:
    return name if name.replace("_", "a").isalnum() and name.isascii() else json.dumps(name)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return json.dumps(value, ensure_ascii=False)
