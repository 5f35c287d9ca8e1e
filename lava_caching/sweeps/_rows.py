"""A finished run as a row of typed columns, and its curve as rows of their own."""

from __future__ import annotations

import dataclasses
import json
import math
import typing
from typing import Any

import pyarrow as pa

from lava_caching.experiments import get_experiment
from lava_caching.hardware import CAUSES, TIERS
from lava_caching.ledger import Part
from lava_caching.record import Record
from lava_caching.sweeps._plan import Task

__all__ = ["curve_of", "curve_table", "row_of", "run_table"]

TYPES = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
OUTCOME = {
    "converged": bool,
    "interrupted": bool,
    "n_epochs": int,
    "n_presentations": int,
    "n_updates": int,
    "accuracy": float,
}
"""What every outcome has; the rest stands in the column ``outcome_json``."""
ENERGIES = ("consolidation", "maintenance", "transient_change", "total", "minimal", "inefficiency")
RANGE = ("low", "nominal", "high")
NOT_TABULAR = {"persistent_change_histogram", "minimal_histogram", "write_counts"}


def row_of(task: Task, record: Record) -> dict[str, Any]:
    """Return the row of a run; histograms, counts of single synapses and the curve stay out."""
    outcome, hardware = dict(record.outcome), record.hardware or {}
    outcome.pop("curve", None)
    total = record.ledger.total
    return {
        "task_id": task.task_id,
        "task_index": task.index,
        "experiment": record.experiment,
        "engine": record.engine,
        "seed": record.seed,
        "error": None,
        **{f"config_{name}": value for name, value in record.config.items()},
        **{f"outcome_{name}": outcome.get(name) for name in OUTCOME},
        "outcome_json": json.dumps(outcome, sort_keys=True, allow_nan=False),
        **{f"energy_{name}": record.energy[name] for name in ENERGIES},
        "energy_exact": record.energy["exact"],
        **{f"ledger_{f.name}": getattr(total, f.name) for f in dataclasses.fields(Part) if f.name not in NOT_TABULAR},
        "hardware_profile": hardware.get("profile"),
        **_joules(hardware.get("joules") or {}),
        **_lifetime(hardware.get("lifetime_s")),
        "train_time_s": record.versions.get("train_time_s"),
    }


def curve_of(task: Task, record: Record) -> list[dict[str, Any]]:
    """Return the curve of a run, nested values flattened by their names."""
    return [{"task_id": task.task_id, **_flat(entry)} for entry in record.outcome.get("curve") or []]


def run_table(experiment: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows with the types that the experiment's config, the ledger and the energies have."""
    cls = get_experiment(experiment)
    columns: dict[str, type] = {"task_id": str, "task_index": int, "experiment": str, "engine": str, "seed": int}
    columns["error"] = str
    columns |= {f"config_{name}": _plain(info.annotation) for name, info in cls.model_fields.items()}
    columns |= {f"outcome_{name}": kind for name, kind in OUTCOME.items()} | {"outcome_json": str}
    columns |= {f"energy_{name}": float for name in ENERGIES} | {"energy_exact": bool}
    hints = typing.get_type_hints(Part)
    columns |= {
        f"ledger_{f.name}": _plain(hints[f.name]) for f in dataclasses.fields(Part) if f.name not in NOT_TABULAR
    }
    columns |= {"hardware_profile": str, **dict.fromkeys((*_joules({}), *_lifetime(None)), float)}
    columns |= {"train_time_s": float, "worker_host": str}
    values = {
        name: pa.array([_cast(row.get(name), kind) for row in rows], TYPES[kind]) for name, kind in columns.items()
    }
    return pa.table(values)


def curve_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return the rows of curves: counts as whole numbers, all else as floats."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    kinds = {name: str if name == "task_id" else int if name.startswith("n_") else float for name in names}
    return pa.table(
        {name: pa.array([_cast(row.get(name), kind) for row in rows], TYPES[kind]) for name, kind in kinds.items()}
    )


def _joules(joules: dict[str, Any]) -> dict[str, float | None]:
    """Return the total, each tier and each cause, from low to high."""
    sums = {"": joules.get("total"), **dict.fromkeys((*TIERS, *CAUSES))}
    sums |= (joules.get("by_tier") or {}) | (joules.get("by_cause") or {})
    return {f"joules_{name}_{end}".replace("__", "_"): (sums[name] or {}).get(end) for name in sums for end in RANGE}


def _lifetime(lifetime: dict[str, Any] | None) -> dict[str, float | None]:
    """Return how long the hottest synapse lasts: for ever where it is never written, null where it was not counted."""
    if lifetime is None:
        return {f"lifetime_s_{end}": None for end in RANGE}
    hottest = lifetime["hottest"]
    return {f"lifetime_s_{end}": math.inf if hottest is None else hottest[end] for end in RANGE}


def _plain(annotation: Any) -> type:
    """Return the plain type of an annotation; what is neither number nor truth value becomes text."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)] or [annotation]
    return kinds[0] if kinds[0] in (int, float, bool) else str


def _cast(value: Any, kind: type) -> Any:
    if value is None:
        return None
    return value if kind is str and isinstance(value, str) else kind(value)


def _flat(entry: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in entry.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}_")
        elif not isinstance(value, (list, str)):
            flat[f"{before}{name}"] = value
    return flat
