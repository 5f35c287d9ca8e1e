"""Profiles of chips: what loads prices actions at finite energies that are not negative, or at null."""

from __future__ import annotations

import math
from importlib.resources import files

import tomli

from fuzz.harness import RAW, begun, folder, numbers_of, taken, toml_file
from lava_caching.hardware.chips import limit, load_chip, price_actions

FILES = list(files("hardware_profiles").joinpath("chips").iterdir())
TABLES = [tomli.loads(file.read_text("utf-8")) for file in FILES]


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    return [RAW + file.read_bytes() for file in FILES] + begun(8)


def check(data: bytes) -> bool:
    """Load a chip, look at its limits, and price some actions."""
    path = toml_file(data, TABLES, folder() / "chip.toml")
    chip = taken(lambda: load_chip(path))
    if chip is None:
        return False
    counts = {"n_synaptic_ops": 10**9, "n_neuron_updates": 10**6, "n_synaptic_updates": 7, "n_spikes": 0}
    bill = price_actions(chip, **counts).to_dict()
    assert all(math.isfinite(number) and number >= 0 for number in numbers_of(bill["joules"])), "a price"
    assert all((limit(getattr(chip.core, name)) or 1) > 0 for name in type(chip.core).model_fields)
    return True
