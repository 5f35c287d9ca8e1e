"""A profile that changes another one: `inherits` names a shipped profile, or a TOML file in the same folder.

Tables are merged key by key; a number is one thing and is replaced as a whole, because its source, basis and scope
belong to its value. Energies that exclude one another (one for both directions of a write, or one for each; one of the
two powers of a hold) take one another's place.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from lava_caching.errors import ProfileError, unknown
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.reading import shortened

__all__ = ["Kind", "Origin", "Shelf", "kind_of", "with_parents"]

Kind = Literal["volatile", "nonvolatile", "pair"]
WORDS: dict[Kind | None, str] = {
    "volatile": "volatile memory",
    "nonvolatile": "nonvolatile memory",
    "pair": "pair",
    None: "profile",
}
DEEPEST = 8
"""Parents in a row; more is a mistake, and each costs a check."""
PAIR_KEYS = {"why", "unit", "volatile", "nonvolatile", "operating_point"}
WHOLE = {"low", "nominal", "high", "unknown", "not_applicable", "value", "declared"}
"""Keys by which a table is a number or a setting."""
PARTS = ("low", "nominal", "high", "per", "source", "where", "basis", "confidence", "scope")
POWERS = {"power_w_per_bit", "power_w_at_full_scale"}


class Origin(NamedTuple):
    """Where a table stands: the file's name in messages, its folder (None for what is shipped), a dotted prefix."""

    shown: str
    folder: Path | None
    prefix: str = ""


class Shelf(Protocol):
    """What is shipped, and how a profile is checked."""

    def names(self, kind: Kind | None) -> list[str]:
        """Return the names of the shipped profiles of a kind, or of all."""

    def read(self, name: str, kind: Kind | None) -> tuple[dict[str, Any], Origin]:
        """Return the bare table of a shipped profile and where it stands."""

    def read_file(self, path: Path) -> dict[str, Any]:
        """Return the bare table of a user's file."""

    def check(self, plain: dict[str, Any], origin: Origin) -> None:
        """Refuse a broken profile under its own name, before another one builds on it."""


def kind_of(plain: dict[str, Any]) -> Kind | None:
    """Return what a table is: a memory says its tier, a pair has keys that no memory has; None where it is open."""
    if "tier" in plain:
        tiers: dict[Any, Kind] = {"volatile": "volatile", "nonvolatile": "nonvolatile"}
        return next((kind for tier, kind in tiers.items() if tier == plain["tier"]), None)
    return "pair" if PAIR_KEYS & set(plain) else None


def with_parents(
    plain: dict[str, Any],
    origin: Origin,
    shelf: Shelf,
    kind: Kind | None = None,
    chain: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """Return a table with everything that it inherits filled in.

    Parameters
    ----------
    plain : dict
        The table as read from TOML; returned as it is where it does not inherit.
    origin : Origin
        Where it stands.
    shelf : Shelf
        What is shipped.
    kind : str, optional
        "volatile", "nonvolatile" or "pair", where only that will do.
    chain : tuple of (str, str)
        Identity and name of the files that led here, the first one first.

    Raises
    ------
    ProfileError
        If the parent does not exist, is of another kind or broken, lies in another folder, or inherits in turn from
        one that is already in the chain; if a number is changed in part.
    """
    if "inherits" not in plain:
        return plain
    name, (shown, folder, prefix) = plain["inherits"], origin
    place = f"{shown}: {prefix}inherits = {shortened(name)}"
    if not isinstance(name, str) or not name:
        raise ProfileError(f"{place}: must name a shipped profile or a TOML file in this folder")
    wanted = kind_of(plain) or kind
    chain = chain or ((_identity(shown, folder), Path(shown).name),)
    if _is_file(name):
        where = Origin(str(_beside(name, folder, place)), folder)
        identity, link = _identity(where.shown, folder), name
    else:
        known = shelf.names(wanted)
        if name not in known:
            raise ProfileError(_not_shipped(name, wanted, known, shelf, folder, place))
        identity, link = f"shipped {wanted} {name}", name
    chain = (*chain, (identity, link))
    if identity in (seen for seen, _ in chain[:-1]):
        circle = " → ".join(step for _, step in chain)
        raise ProfileError(f"{shown}: {prefix}inherits: goes round in a circle, {circle}; take one of them away")
    if len(chain) > DEEPEST + 1:
        raise ProfileError(f"{place}: is parent number {len(chain) - 1} in a row; at most {DEEPEST}, so join some")
    if _is_file(name):
        parent = with_parents(shelf.read_file(Path(where.shown)), where, shelf, None, chain)
    else:
        bare, where = shelf.read(name, wanted)
        parent = with_parents(bare, where, shelf, wanted, chain)
    found = kind_of(parent)
    if wanted is not None and found != wanted:
        raise ProfileError(f"{place}: is a {WORDS[found]}, and a {WORDS[wanted]} is wanted here")
    if where.folder is not None:
        shelf.check(parent, where)
    changes = {key: value for key, value in plain.items() if key != "inherits"}
    return _merged(parent, changes, shown, prefix)


def _is_file(name: str) -> bool:
    return name.endswith(".toml") or "/" in name or "\\" in name


def _identity(shown: str, folder: Path | None) -> str:
    return shown if folder is None else str(Path(shown).resolve())


def _beside(name: str, folder: Path | None, place: str) -> Path:
    """Return the file of this name in the folder; nothing outside the folder is read."""
    if folder is None or Path(name).name != name or "\\" in name or not name.isprintable():
        raise ProfileError(f"{place}: must be a shipped profile or a TOML file in this folder")
    if not os.path.isfile(folder / name):  # unlike Path.is_file, also where no file can have the name
        near = difflib.get_close_matches(name, sorted(path.name for path in folder.glob("*.toml")), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "write the file, or name a shipped profile"
        raise ProfileError(f"{place}: no such file in this folder; {hint}")
    return folder / name


def _not_shipped(
    name: str, wanted: Kind | None, known: list[str], shelf: Shelf, folder: Path | None, place: str
) -> str:
    """Say why a name is not found, with the way out."""
    if folder is not None and os.path.isfile(folder / f"{name}.toml"):
        return f"{place}: names a shipped profile; write '{name}.toml' for the file beside it"
    kinds: tuple[Kind, ...] = ("volatile", "nonvolatile", "pair")
    for kind in kinds:
        if wanted is not None and name in shelf.names(kind):
            return f"{place}: is a {WORDS[kind]}, and a {WORDS[wanted]} is wanted here"
    return f"{place}: {unknown(WORDS[wanted], name[:80], known)}"


def _merged(parent: dict[str, Any], changes: dict[str, Any], shown: str, prefix: str) -> dict[str, Any]:
    """Return the parent with the changes in it."""
    merged = _without_replaced(parent, changes)
    for key, new in changes.items():
        old, where = merged.get(key), f"{prefix}{key}"
        if not isinstance(new, dict) or "inherits" in new:
            merged[key] = new
        elif isinstance(old, str) and key in ("volatile", "nonvolatile"):
            merged[key] = {"inherits": old, **new}  # changes of the memory that the parent names
        elif isinstance(old, dict) and WHOLE & set(old):
            missing = [part for part in PARTS if part not in new]
            if "low" in old and missing and not {"unknown", "not_applicable"} & set(new):
                odd = [shortened(part) for part in new if part not in Quantity.model_fields]
                other = f", {', '.join(odd[:3])} not known" if odd else ""
                raise ProfileError(
                    f"{shown}: {where}: changes a number in part ({', '.join(missing)} missing{other}); give it as a"
                    " whole, for its source belongs to its value"
                )
            merged[key] = new
        elif isinstance(old, dict) and not WHOLE & set(new):
            merged[key] = _merged(old, new, shown, f"{where}.")
        else:
            merged[key] = new
    return merged


def _without_replaced(parent: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the parent without the energies and powers that those of the changes exclude."""
    kept = dict(parent)
    write, hold = changes.get("write"), changes.get("hold")
    if isinstance(write, dict) and "energy_j" in write:
        kept = {key: value for key, value in kept.items() if key not in ("set", "reset")}
    if {"set", "reset"} & set(changes) and isinstance(kept.get("write"), dict):
        kept["write"] = {key: value for key, value in kept["write"].items() if key != "energy_j"}
    if isinstance(hold, dict) and POWERS & set(hold) and isinstance(kept.get("hold"), dict):
        kept["hold"] = {key: value for key, value in kept["hold"].items() if key not in POWERS - set(hold)}
    return kept
