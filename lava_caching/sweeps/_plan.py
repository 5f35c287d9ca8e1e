"""A plan of a sweep, a small TOML file, and the tasks that follow from it: in order, each with a stable id."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lava_caching._version import __version__
from lava_caching.engines import engine_names
from lava_caching.errors import InputError, unknown
from lava_caching.experiments import Experiment, get_experiment
from lava_caching.hardware import default_pair, load_pair
from lava_caching.toml_files import read_toml

__all__ = ["MOST_TASKS", "Plan", "Task", "read_plan"]

MOST_TASKS = 100_000
KEYS = ("experiment", "engine", "hardware", "fixed", "grid", "zip")
SPACINGS = ("logspace", "linspace")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One run of a plan.

    Attributes
    ----------
    task_id : str
        Follows from experiment, engine, memories, config, seed and the version of the toolkit.
    index : int
        Its place in the plan.
    config : dict
        The fields that the plan sets.
    seed : int
        Of its one random generator.
    """

    task_id: str
    index: int
    config: dict[str, Any]
    seed: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a sweep runs.

    Attributes
    ----------
    experiment, engine, hardware : str
        Names of the experiment, of its engine and of the pair of memories for the bills.
    fixed : mapping
        Values that all tasks share; `seed` may stand in this and in the others.
    grid : mapping from name to list
        Axes that are crossed, the last one varying fastest; ``{"logspace": [lo, hi, n]}`` or ``linspace`` for a list.
    zip : mapping from name to list
        Axes of one length that advance together; they vary more slowly than the grid.

    Raises
    ------
    InputError
        For names that are not known, axes that are empty or set twice, or of different lengths in `zip`.
    """

    experiment: str
    engine: str = "numba"
    hardware: str | None = None
    fixed: Mapping[str, Any]
    grid: Mapping[str, Any]
    zip: Mapping[str, Any]

    def __post_init__(self) -> None:
        cls = get_experiment(self.experiment)
        if self.engine not in engine_names(self.experiment):
            raise unknown(f"engine of {self.experiment}", self.engine, engine_names(self.experiment))
        load_pair(default_pair() if self.hardware is None else self.hardware)
        names = [*self.fixed, *self.grid, *self.zip]
        for name in names:
            if name not in {*cls.model_fields, "seed"}:
                raise unknown(f"field of {self.experiment}", name, [*cls.model_fields, "seed"])
            if names.count(name) > 1:
                raise InputError(f"{name} is set more than once, in fixed, grid or zip: set it in one of them")
        for name, value in self.fixed.items():
            if isinstance(value, (list, Mapping)):
                raise InputError(f"fixed.{name} = {value}: must be one value; lists belong in grid or zip")
        lengths = {name: len(_axis("zip", name, values)) for name, values in self.zip.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name} {n}" for name, n in lengths.items())
            raise InputError(f"the axes of zip advance together and have {shown} values: give all the same number")
        for name, values in self.grid.items():
            _axis("grid", name, values)

    def tasks(self, most: int = MOST_TASKS) -> list[Task]:
        """Return all tasks, each config checked; refused if there are more than `most` or two are the same."""
        crossed = [_axis("grid", name, values) for name, values in self.grid.items()]
        together = [_axis("zip", name, values) for name, values in self.zip.items()]
        n = math.prod(map(len, crossed)) * (len(together[0]) if together else 1)
        if n > most:
            raise InputError(f"max_tasks = {most}: the plan has {n:,} tasks; allow more, or shorten the plan")
        found: list[Task] = []
        places: dict[str, int] = {}
        for index, config in enumerate(self._configs(crossed, together)):
            task = self._task(index, config)
            if task.task_id in places:
                twins = f"tasks {places[task.task_id]} and {index} are the same"
                raise InputError(f"{twins} ({_shown(config)}): drop a value that is there twice")
            places[task.task_id] = index
            found.append(task)
        return found

    def _configs(self, crossed: list[list[Any]], together: list[list[Any]]) -> Iterator[dict[str, Any]]:
        for row in zip(*together, strict=True) if together else ((),):
            for point in itertools.product(*crossed):
                names = [*self.zip, *self.grid]
                yield {**self.fixed, **dict(zip(names, [*row, *point], strict=True))}

    def _task(self, index: int, config: dict[str, Any]) -> Task:
        own = dict(config)
        seed = own.pop("seed", 0)
        try:
            if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
                raise InputError(f"seed = {seed!r}: must be a whole number, not negative and below 2^63")
            asked: Experiment = get_experiment(self.experiment)(**own)
            asked.check_engine(self.engine)
            asked.check_device_on(self.engine)
        except InputError as error:
            raise InputError(f"task {index} ({_shown(config)}): {error}") from None
        whole = {
            "experiment": self.experiment,
            "engine": self.engine,
            "hardware": self.hardware,
            "config": asked.model_dump(mode="json"),
            "seed": seed,
            "version": __version__,
        }
        digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
        return Task(task_id=digest[:16], index=index, config=own, seed=seed)


def read_plan(path: str | Path) -> Plan:
    """Read a plan from a TOML file; nothing in it is executed.

    Raises
    ------
    InputError
        If the file cannot be read, has keys that no plan has, or asks for what cannot be.
    """
    path = Path(path)
    plain = read_toml(path, str(path))
    try:
        for name in plain:
            if name not in KEYS:
                raise unknown("key of a plan", name, KEYS)
        if "experiment" not in plain:
            raise InputError('says no experiment: add, for example, experiment = "perceptron"')
        tables = {name: plain.get(name, {}) for name in ("fixed", "grid", "zip")}
        for name, table in tables.items():
            if not isinstance(table, dict):
                raise InputError(f"{name} = {table!r}: must be a table, [{name}]")
        words = {name: plain[name] for name in ("experiment", "engine", "hardware") if name in plain}
        for name, word in words.items():
            if not isinstance(word, str):
                raise InputError(f"{name} = {word!r}: must be a name")
        return Plan(**words, **tables)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _axis(table: str, name: str, values: Any) -> list[Any]:
    """Return the values of an axis."""
    if isinstance(values, Mapping):
        kind = next(iter(values), "")
        if len(values) != 1 or kind not in SPACINGS:
            raise InputError(
                f"{table}.{name} = {dict(values)}: must be a list, {{ logspace = [lo, hi, n] }} or linspace"
            )
        return _spaced(f"{table}.{name}", kind, values[kind])
    if not isinstance(values, (list, tuple)):
        raise InputError(f"{table}.{name} = {values!r}: must be a list; a single value belongs in fixed")
    if not values:
        raise InputError(f"{table}.{name} has no values: give one at least, or leave it out")
    return list(values)


def _spaced(where: str, kind: str, given: Any) -> list[float]:
    numbers: Any = given if isinstance(given, (list, tuple)) and len(given) == 3 else (None,) * 3
    lo, hi, n = numbers
    fits = all(isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x) for x in (lo, hi, n))
    if not fits or n != int(n) or not 2 <= n <= MOST_TASKS or (kind == "logspace" and min(lo, hi) <= 0):
        raise InputError(
            f"{where}.{kind} = {given}: must be [lo, hi, n], finite numbers, in logspace above 0, n from 2 to"
            f" {MOST_TASKS:,}"
        )
    steps = [k / (int(n) - 1) for k in range(int(n))]
    if kind == "linspace":
        inner = [lo + (hi - lo) * t for t in steps]
    else:
        inner = [float(f"{lo * (hi / lo) ** t:.12g}") for t in steps]  # 10, not 9.99999999999
    return [float(lo), *inner[1:-1], float(hi)]


def _shown(config: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in config.items())
