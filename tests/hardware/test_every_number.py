"""Walks every number of every shipped memory and chip: each has a unit, a range, a source, a place and a scope.

The files are read a second time as bare TOML, so that no number can hide from the walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import tomli

from lava_caching.hardware import load_memory, memory_names
from lava_caching.hardware.chips import chip_names, load_chip
from lava_caching.hardware.numbers import Entry, NotApplicable, Quantity, Unknown
from lava_caching.hardware.reading import entries, unit_of

SHIPPED = [
    *(("volatile", name) for name in memory_names("volatile")),
    *(("nonvolatile", name) for name in memory_names("nonvolatile")),
    *(("chips", name) for name in chip_names()),
]
# fmt: off
DIMENSIONLESS = {
    "levels", "devices_per_synapse", "devices_per_write", "reads_per_write", "pulses_per_write", "overhead_factor",
    "exponent",
    "n_cores", "compartments", "in_axons", "out_axons", "synapse_bits", "weight_bits", "tag_bits", "delay_bits",
    "trace_bits", "word_bits", "synapses_per_block", "block_header_bits",
}
# fmt: on
"""Counts and factors; every other number has an SI unit in its key."""
STATED = {"low", "nominal", "high", "per", "source", "where", "basis", "confidence", "scope"}


def numbers(folder: str, name: str) -> dict[str, Entry]:
    """Return every number of a file as the loader sees it."""
    return dict(entries(load_chip(name) if folder == "chips" else load_memory(name, folder)))  # type: ignore[arg-type]


def tables(plain: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every innermost table of a file that is a number, unknown or not applicable."""
    for key, value in plain.items():
        if isinstance(value, dict) and {"low", "nominal", "high", "unknown", "not_applicable"} & set(value):
            yield prefix + key, value
        elif isinstance(value, dict):
            yield from tables(value, f"{prefix}{key}.")


def test_the_walk_finds_every_file_of_the_folder() -> None:
    root = files("hardware_profiles")
    found = {
        (tier, entry.name) for tier in ("volatile", "nonvolatile", "chips") for entry in root.joinpath(tier).iterdir()
    }
    assert found == {(folder, f"{name}.toml") for folder, name in SHIPPED}
    assert len(SHIPPED) >= 19


@pytest.mark.parametrize(("folder", "name"), SHIPPED)
def test_no_number_hides_from_the_loader(folder: str, name: str) -> None:
    text = files("hardware_profiles").joinpath(folder).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    written = dict(tables(tomli.loads(text)))
    assert set(written) == set(numbers(folder, name))
    for key, table in written.items():
        if "low" in table:
            assert set(table) >= STATED, key
        elif "not_applicable" in table:
            assert set(table) == {"not_applicable", "source", "where"}, key
        else:
            assert set(table) == {"unknown"}, key


@pytest.mark.parametrize(("folder", "name"), SHIPPED)
def test_every_number_has_its_unit_and_its_origin_or_the_reason_why_it_has_none(folder: str, name: str) -> None:
    for key, entry in numbers(folder, name).items():
        last = key.rpartition(".")[2]
        assert (unit_of(last) == "1") == (last in DIMENSIONLESS), f"{key}: neither a unit nor a known count"
        if isinstance(entry, Unknown):
            assert len(entry.unknown) > 10, key
            continue
        assert len(entry.source) > 8, key
        assert len(entry.where) > 2, key
        if isinstance(entry, NotApplicable):
            assert len(entry.not_applicable) > 10, key
            continue
        assert isinstance(entry, Quantity)
        assert 0 < entry.low <= entry.nominal <= entry.high < float("inf"), key
        assert entry.per, key
        assert entry.basis, key
        assert entry.confidence in ("seen", "secondary"), key
        assert entry.scope, key
        assert entry.formula or entry.basis != "derived", key
        if entry.low == entry.high and unit_of(key).startswith(("J", "W")):
            assert entry.note or entry.formula, f"{key}: a range without width needs a word why"


@pytest.mark.parametrize(("folder", "name"), SHIPPED)
def test_a_secondary_source_is_not_called_seen(folder: str, name: str) -> None:
    for key, entry in numbers(folder, name).items():
        if isinstance(entry, Quantity) and "secondary source" in entry.where:
            assert entry.confidence == "secondary", key
