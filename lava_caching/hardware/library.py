"""Finds the shipped memories and pairs, and loads them, or a user's file, into checked objects.

The data lie in the top-level folder `hardware_profiles`, one TOML file for each memory and one table of pairs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

from lava_caching.errors import ProfileError, unknown
from lava_caching.hardware.inheritance import Kind, Origin, kind_of, with_parents
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.reading import read_profile, shortened, validated
from lava_caching.hardware.review import mixing_warnings
from lava_caching.hardware.schema import (
    Memory,
    NonvolatileMemory,
    OperatingPoint,
    PairSpec,
    Setting,
    VolatileMemory,
)

__all__ = [
    "MemoryPair",
    "default_pair",
    "load",
    "load_memory",
    "load_pair",
    "memory_names",
    "once_for_each_pair",
    "pair_names",
]

T = TypeVar("T")
Tier = Literal["volatile", "nonvolatile"]
TIERS: tuple[Tier, Tier] = ("volatile", "nonvolatile")
OF_CELLS = {"persistent", "transient"}
"""Tables of a device model, which no profile has."""
FOLDER = "hardware_profiles"
"""A namespace package: data without a Python file, found alike in a wheel and in an editable install."""


@dataclass(frozen=True, kw_only=True, eq=False)  # told apart by identity, so that its prices can be kept
class MemoryPair:
    """A volatile memory for the transient and a nonvolatile one for the persistent part.

    Attributes
    ----------
    name, title, why : str
        What it is called, what it is, and what it is good for.
    unit : str
        "joule", or "arbitrary" for the units of the paper; then there are no memories.
    volatile, nonvolatile : VolatileMemory, NonvolatileMemory or None
        The two tiers, costs in SI units.
    volatile_name, nonvolatile_name : str
        Names of their profiles.
    operating_point : OperatingPoint
        What the pair says about step duration, weight range and levels.
    volatile_levels, nonvolatile_levels : int or None
        Levels of one synapse in each tier: the pair's own, or else those of the memory.
    warnings : tuple of str
        Mixed scope, mixed node.
    """

    name: str
    title: str
    why: str
    unit: Literal["joule", "arbitrary"]
    volatile: VolatileMemory | None
    nonvolatile: NonvolatileMemory | None
    volatile_name: str
    nonvolatile_name: str
    operating_point: OperatingPoint
    volatile_levels: int | None
    nonvolatile_levels: int | None
    warnings: tuple[str, ...]

    @property
    def memories(self) -> tuple[VolatileMemory, NonvolatileMemory] | None:
        """Return both memories, or None in the units of the paper."""
        if self.volatile is None or self.nonvolatile is None:
            return None
        return self.volatile, self.nonvolatile


def once_for_each_pair(work: Callable[[MemoryPair], T]) -> Callable[[MemoryPair], T]:
    """Keep what a function works out for a pair as long as the pair is there: a file read again is another pair."""
    place = f"{work.__module__}.{work.__qualname__}"

    def of(pair: MemoryPair) -> T:
        kept = vars(pair)  # beside its fields: looked up ten times faster than in a dictionary of weak references
        if place not in kept:
            kept[place] = work(pair)
        found: T = kept[place]
        return found

    return of


@cache
def _pairs() -> dict[str, Any]:
    return read_profile(files(FOLDER).joinpath("pairs.toml"), f"{FOLDER}/pairs.toml")


def pair_names() -> list[str]:
    """Return the names of the shipped pairs, sorted."""
    return sorted(_pairs()["pairs"])


def default_pair() -> str:
    """Return the name of the pair that is used when none is chosen."""
    return str(_pairs()["default"])


def memory_names(tier: Tier) -> list[str]:
    """Return the names of the shipped memories of a tier, sorted."""
    shipped = (entry.name for entry in files(FOLDER).joinpath(tier).iterdir())
    return sorted(name.removesuffix(".toml") for name in shipped if name.endswith(".toml"))


def is_file(name_or_path: str | Path) -> bool:
    """Return whether a word names a file rather than something shipped."""
    text = str(name_or_path)
    return isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text


def load_pair(name_or_path: str | Path) -> MemoryPair:
    """Load a shipped pair by its name, or a user's by the path of its TOML file.

    Parameters
    ----------
    name_or_path : str or Path
        One of `pair_names`, or a file with the keys of `PairSpec`. There, `volatile` and `nonvolatile` are names of
        shipped memories, names of TOML files in the same folder, or whole tables.

    Raises
    ------
    ProfileError
        If the file or anything it names cannot be read or breaks a rule of the schema.
    InputError
        If no shipped pair has this name; the nearest one is proposed.
    """
    if is_file(name_or_path):
        path = Path(name_or_path)
        plain = _with_parents(read_profile(path, str(path)), Origin(str(path), path.parent))
        if "tier" in plain:
            tiers = ("nonvolatile", "volatile") if plain["tier"] == "volatile" else ("volatile", "nonvolatile")
            raise ProfileError(
                f'{path}: is one memory, and a pair is needed: write a file with title, why, unit = "joule",'
                f' {tiers[1]} = "{path.name}" and a {tiers[0]} memory beside it'
            )
        if OF_CELLS & set(plain):
            raise ProfileError(
                f"{path}: is a model of memory cells, and memories are needed here: give it to run --device, and see"
                " it with lava-caching hardware devices FILE"
            )
        if "pairs" in plain:
            raise ProfileError(f"{path}: pairs: in a file of its own a pair has no [pairs.NAME] header; take it away")
        return _build(str(path), plain, Origin(str(path), path.parent))  # by its path a record finds it again
    return _shipped_pair(str(name_or_path))


@cache
def _shipped_pair(name: str) -> MemoryPair:
    """Load a shipped pair once: a thousand records are priced by its name."""
    if name not in _pairs()["pairs"]:
        raise unknown("pair", name, pair_names())
    plain, origin = _SHELF.read(name, "pair")
    return _build(name, _with_parents(plain, origin, "pair"), origin)


def load(name_or_path: str | Path) -> MemoryPair | VolatileMemory | NonvolatileMemory:
    """Load a pair or a single memory, whichever the name or the file is; a memory's file states its `tier`.

    Raises
    ------
    ProfileError
        If a file cannot be read or breaks a rule of the schema.
    InputError
        If nothing shipped has this name.
    """
    if is_file(name_or_path):
        path = Path(name_or_path)
        keys = _with_parents(read_profile(path, str(path)), Origin(str(path), path.parent))
        return load_memory(path) if {"tier", "write"} & set(keys) else load_pair(path)
    memories = [name for tier in TIERS for name in memory_names(tier)]
    if name_or_path in memories:
        return load_memory(name_or_path)
    if name_or_path in pair_names():
        return load_pair(name_or_path)
    raise unknown("pair or memory", str(name_or_path), [*pair_names(), *memories])


def load_memory(name_or_path: str | Path, tier: Tier | None = None) -> VolatileMemory | NonvolatileMemory:
    """Load one memory: a shipped one by its name, or a user's by the path of its TOML file.

    Parameters
    ----------
    name_or_path : str or Path
        One of `memory_names`, or a file.
    tier : str, optional
        The tier that it must serve.

    Raises
    ------
    ProfileError
        If the file cannot be read, breaks a rule of the schema, or serves another tier.
    InputError
        If no shipped memory has this name.
    """
    if is_file(name_or_path):
        path = Path(name_or_path)
        return _memory(read_profile(path, str(path)), tier, Origin(str(path), path.parent))
    name, tiers = str(name_or_path), (tier,) if tier else TIERS
    for folder in tiers:
        if name in memory_names(folder):
            return _memory(*_SHELF.read_memory(name, folder))
    known = [other for folder in tiers for other in memory_names(folder)]
    raise unknown(f"{tier} memory" if tier else "memory", name, known)


class _Shelf:
    """What is shipped, for profiles that inherit from it."""

    def names(self, kind: Kind | None) -> list[str]:
        if kind == "pair":
            return pair_names()
        memories = [name for tier in TIERS if kind in (None, tier) for name in memory_names(tier)]
        return memories if kind else [*memories, *pair_names()]

    def read(self, name: str, kind: Kind | None) -> tuple[dict[str, Any], Origin]:
        for tier in TIERS:
            if kind in (None, tier) and name in memory_names(tier):
                plain, _, origin = self.read_memory(name, tier)
                return plain, origin
        return _pairs()["pairs"][name], Origin(f"{FOLDER}/pairs.toml", None, f"pairs.{name}.")

    def read_memory(self, name: str, tier: Tier) -> tuple[dict[str, Any], Tier, Origin]:
        shown = f"{FOLDER}/{tier}/{name}.toml"
        found = files(FOLDER).joinpath(tier).joinpath(f"{name}.toml")
        return read_profile(found, shown), tier, Origin(shown, None)

    def read_file(self, path: Path) -> dict[str, Any]:
        return read_profile(path, str(path))

    def check(self, plain: dict[str, Any], origin: Origin) -> None:
        if kind_of(plain) == "pair":
            _build(origin.shown, plain, origin)
        else:
            _memory(plain, None, origin)


_SHELF = _Shelf()


def _with_parents(plain: dict[str, Any], origin: Origin, kind: Kind | None = None) -> dict[str, Any]:
    return with_parents(plain, origin, _SHELF, kind)


def _memory(given: dict[str, Any], tier: Tier | None, origin: Origin) -> VolatileMemory | NonvolatileMemory:
    """Check a memory's table, with what it inherits, against the schema of its tier."""
    plain, (shown, _, prefix) = _with_parents(given, origin, tier), origin
    stated = plain.get("tier")
    if stated not in ("volatile", "nonvolatile"):
        raise ProfileError(f"{shown}: {prefix}tier = {shortened(stated)}: must be 'volatile' or 'nonvolatile'")
    if tier not in (None, stated):
        raise ProfileError(f"{shown}: {prefix}tier = {shortened(stated)}: a {tier} memory is wanted here")
    if stated == "volatile":
        return validated(VolatileMemory, plain, shown, prefix)
    return validated(NonvolatileMemory, plain, shown, prefix)


def _build(name: str, plain: dict[str, Any], origin: Origin) -> MemoryPair:
    """Replace the memories of a pair by checked ones, then check the pair itself."""
    shown, beside, prefix = origin
    filled, names = dict(plain), {"volatile": "", "nonvolatile": ""}
    for tier in TIERS:
        given = plain.get(tier)
        if isinstance(given, dict):
            filled[tier] = _memory(given, tier, Origin(shown, beside, f"{prefix}{tier}."))
            names[tier] = name
        elif isinstance(given, str):
            names[tier] = given
            found = _beside(given, beside, f"{shown}: {prefix}{tier}")
            if isinstance(found, str) and found not in memory_names(tier):
                raise ProfileError(f"{shown}: {prefix}{tier}: {unknown(f'{tier} memory', found, memory_names(tier))}")
            filled[tier] = load_memory(found, tier)
        elif given is not None:
            raise ProfileError(f"{shown}: {prefix}{tier} = {shortened(given)}: must be the name of a memory or a table")
    spec = validated(PairSpec, filled, shown, prefix)
    assert not isinstance(spec.volatile, str), "names have been replaced above"
    assert not isinstance(spec.nonvolatile, str), "names have been replaced above"
    return MemoryPair(
        name=name,
        title=spec.title,
        why=spec.why,
        unit=spec.unit,
        volatile=spec.volatile,
        nonvolatile=spec.nonvolatile,
        volatile_name=names["volatile"],
        nonvolatile_name=names["nonvolatile"],
        operating_point=spec.operating_point,
        volatile_levels=_levels(spec.volatile, spec.operating_point.volatile_levels, f"{shown}: {prefix}", "volatile"),
        nonvolatile_levels=_levels(
            spec.nonvolatile, spec.operating_point.nonvolatile_levels, f"{shown}: {prefix}", "nonvolatile"
        ),
        warnings=mixing_warnings(spec.volatile, spec.nonvolatile) if spec.volatile and spec.nonvolatile else (),
    )


def _levels(memory: Memory | None, chosen: Setting | None, place: str, tier: Tier) -> int | None:
    """Return the levels of one synapse: the pair's choice, or else what the memory states."""
    if memory is None:
        return None
    if chosen is not None:
        return int(chosen.value)
    if isinstance(memory.levels, Quantity):
        return int(memory.levels.nominal)
    raise ProfileError(
        f"{place}operating_point.{tier}_levels: is missing; the {tier} memory states no levels, so the pair must"
    )


def _beside(given: str, folder: Path | None, place: str) -> str | Path:
    """Return a shipped name as it is, and a file name as a file in the folder of the pair's own file."""
    if not is_file(given):
        if folder is not None and os.path.isfile(folder / f"{given}.toml"):
            raise ProfileError(
                f"{place} = {shortened(given)}: names a shipped memory; write '{given}.toml' for the file beside it"
            )
        return given
    if folder is None or Path(given).name != given or "\\" in given or not given.isprintable():
        raise ProfileError(f"{place} = {shortened(given)}: must be a shipped memory or a TOML file in this folder")
    return folder / given
