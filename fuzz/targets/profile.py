"""Profiles of memories and pairs: what loads has prices that are finite and not negative, or null."""

from __future__ import annotations

import math
from importlib.resources import files

import tomli

from fuzz.harness import RAW, begun, folder, numbers_of, taken, toml_file
from lava_caching import Perceptron
from lava_caching.hardware import break_even_hold_time_s, equivalent_costs, load, load_pair, price
from lava_caching.hardware.library import MemoryPair

ROOT = files("hardware_profiles")
FILES = [*ROOT.joinpath("volatile").iterdir(), *ROOT.joinpath("nonvolatile").iterdir()]
PAIRS = list(tomli.loads(ROOT.joinpath("pairs.toml").read_text("utf-8"))["pairs"].values())
CHILDREN = [{"inherits": "mine.toml"}, {"inherits": "parent.toml", "read": {"energy_j": {"unknown": "x"}}}]
TABLES = [*(tomli.loads(file.read_text("utf-8")) for file in FILES), *PAIRS, *CHILDREN]
PAIR = """
title = "t"
why = "w"
volatile = "{}"
nonvolatile = "{}"
[operating_point]
volatile_levels = {{ value = 16, declared = "d" }}
nonvolatile_levels = {{ value = 16, declared = "d" }}
"""
RECORD = Perceptron(n_inputs=8, n_patterns=8, threshold=2, tau=50, write_counts=True).run(engine="reference")


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    whole = [RAW + file.read_bytes() for file in FILES]
    return whole + begun(len(TABLES))


def check(data: bytes) -> bool:
    """Load a profile, put a memory into a pair, and price a run on it."""
    (folder() / "parent.toml").write_bytes(FILES[len(data) % len(FILES)].read_bytes())
    path = toml_file(data, TABLES, folder() / "mine.toml")
    found = taken(lambda: load(path))
    if found is not None and not isinstance(found, MemoryPair):
        words = ("mine.toml", "rram_array_22nm") if found.tier == "volatile" else ("sram_array_22nm", "mine.toml")
        beside = folder() / "pair.toml"
        beside.write_text(PAIR.format(*words), "utf-8")
        found = taken(lambda: load_pair(beside))
    if not isinstance(found, MemoryPair):
        return False
    pair = found
    bill = taken(lambda: price(RECORD.ledger, pair, tau_steps=50))
    if bill is None:
        return False
    held = break_even_hold_time_s(pair)
    priced = [bill.to_dict()["joules"], bill.to_dict()["lifetime_s"], held and held.to_dict()]
    assert all(math.isfinite(number) and number >= 0 for number in numbers_of(priced)), "a price"
    costs = equivalent_costs(pair, step_duration_s=1e-3, weight_unit=0.1)
    assert all(math.isfinite(number) for number in numbers_of(costs)), "a cost"
    again = taken(lambda: RECORD.price(pair))
    assert again is None or again.to_json()
    return True
