"""What a record tells of a policy, rule or schedule of one's own: its words, and a digest of its function.

Its name alone would say nothing: two people call different things ``mine``, and a record is found by the hash of what
was asked.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from lava_caching.consolidation import Policy, get_policy, policy_names
from lava_caching.errors import InputError
from lava_caching.plasticity import Rule, get_rule, rule_names
from lava_caching.schedules import Schedule, get_schedule, schedule_names

__all__ = ["own_things"]

Thing = Policy | Rule | Schedule
FOUND: dict[str, tuple[Callable[[], list[str]], Callable[[str], Thing]]] = {
    "policy": (policy_names, get_policy),
    "rule": (rule_names, get_rule),
    "schedule": (schedule_names, get_schedule),
}
SAME_FOR_ALL = ("summary", "reference", "steps_are", "scope", "amount", "quantum")
"""What a thing that is found by its name may say otherwise: words, and what the config tells apart."""


def own_things(fields: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is to be told of each of the things that nobody finds by its name.

    Parameters
    ----------
    fields : dict
        Of an experiment; things under ``policy``, ``rule`` and ``schedule``, by name or as they are.

    Raises
    ------
    InputError
        If one has the name of another that is found.
    """
    own = {}
    for field, (names, get) in FOUND.items():
        thing = fields.get(field)
        if not isinstance(thing, (Policy, Rule, Schedule)):
            continue
        if thing.name not in names():
            own[field] = _told(thing)
        elif _decides(thing) != _decides(get(thing.name)):
            raise InputError(f"{field} {thing.name!r}: is the name of another one, which is found by it; rename yours")
    return own


def _decides(thing: Thing) -> dict[str, Any]:
    return {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing) if f.name not in SAME_FOR_ALL}


def _told(thing: Thing) -> dict[str, Any]:
    values = {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing)}
    return {name: _digest(value) if callable(value) else _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return str(value) if value == float("inf") else value  # a record holds no infinity


def _digest(function: Any) -> str:
    """Return a digest of a function's source, or of its code where there is no source, and of the values it uses."""
    function = getattr(function, "py_func", function)  # compiled already
    try:
        text = textwrap.dedent(inspect.getsource(function)).encode()
    except (OSError, TypeError):
        text = getattr(getattr(function, "__code__", None), "co_code", repr(type(function)).encode())
    used: dict[str, Any] = {}
    if inspect.isfunction(function):
        found = inspect.getclosurevars(function)
        used = {**found.globals, **found.nonlocals, "(defaults)": function.__defaults__}
    plain = {name: value for name, value in used.items() if isinstance(value, (bool, int, float, str, tuple))}
    return "sha256 " + hashlib.sha256(text + repr(sorted(plain.items())).encode()).hexdigest()[:16]
