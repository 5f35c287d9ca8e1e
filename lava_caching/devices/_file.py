"""A device model of one's own from a TOML file: tables ``[persistent]`` and ``[transient]``; nothing is executed."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from lava_caching.devices._device import Cells, Device, Store
from lava_caching.errors import InputError, unknown
from lava_caching.toml_files import read_toml

__all__ = ["device_from_file"]

TEXTS = ("summary", "reference")
TIERS = {"persistent": Cells, "transient": Store}


def device_from_file(path: Path) -> Device:
    """Read a device model.

    Parameters
    ----------
    path : Path
        TOML file: ``summary``, ``reference`` and the tables ``persistent``, ``transient`` with fields of `Cells` and
        `Store`, and ``sources`` with a text for each of their numbers.

    Raises
    ------
    InputError
        If it cannot be read or breaks a rule; the sentence names file, key, value and rule.
    """
    plain = read_toml(path, str(path))
    known = [*TEXTS, *TIERS, "sources"]
    for key in plain:
        if key not in known:
            raise InputError(f"{path}: {unknown('key', key, known)}")
    if not set(TIERS) & set(plain):
        raise InputError(f"{path}: says nothing of cells: add a table [persistent] or [transient]")
    for key in TEXTS:
        text = plain.get(key, "")
        if not isinstance(text, str) or not text.isprintable():
            raise InputError(f"{path}: {key} = {text!r}: must be a text in one line")
    tiers = {name: _tier(path, name, plain.get(name, {}), kind) for name, kind in TIERS.items()}
    device = Device(
        name=str(path),
        summary=plain.get("summary", "a device of one's own"),
        reference=plain.get("reference", ""),
        sources=_sources(path, plain.get("sources", {})),
        **tiers,
    )
    for name in device.sources:
        if name not in device.parameters():
            raise InputError(f"{path}: [sources]: {unknown('number', name, device.parameters())}")
    return device


def _tier(path: Path, name: str, table: Any, kind: type[Cells] | type[Store]) -> Any:
    if not isinstance(table, dict):
        raise InputError(f"{path}: {name} = {table!r}: must be a table, [{name}]")
    known = [f.name for f in fields(kind)]
    for key in table:
        if key not in known:
            raise InputError(f"{path}: [{name}]: {unknown('key', key, known)}")
    try:
        return kind(**table)
    except InputError as error:
        raise InputError(f"{path}: {name}.{error}") from None


def _sources(path: Path, table: Any) -> dict[str, str]:
    texts = table.values() if isinstance(table, dict) else [None]
    if not all(isinstance(text, str) and text and text.isprintable() for text in texts):
        raise InputError(f'{path}: sources: must be a table of texts, "persistent.levels" = "where it is from"')
    return dict(table)
