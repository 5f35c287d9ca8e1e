"""A user's file works like a shipped one: by name, with its own memories beside it, or all in one file."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from lava_caching.errors import ProfileError
from lava_caching.hardware import MemoryPair, load, load_pair, price
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory
from lava_caching.ledger import Ledger

HEAD = 'title = "mine"\nwhy = "to try"\n'
LEVELS = """
[operating_point]
volatile_levels = { value = 256, declared = "8 bits" }
nonvolatile_levels = { value = 256, declared = "8 bits" }
"""


def shipped(tier: str, name: str) -> str:
    return files("hardware_profiles").joinpath(tier).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def test_a_users_pair_of_shipped_memories_costs_the_same(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'{HEAD}volatile = "sram_array_22nm"\nnonvolatile = "rram_array_22nm"\n{LEVELS}')
    pair = load_pair(str(path))
    assert pair.name == str(path)  # a record priced on it finds it again
    assert price(ledger, pair).total == price(ledger, load_pair("sram_rram_22nm")).total


def test_memories_beside_the_pair_are_found(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "cells.toml").write_text(shipped("nonvolatile", "rram_array_22nm"), encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(f'{HEAD}volatile = "sram_array_22nm"\nnonvolatile = "cells.toml"\n{LEVELS}')
    assert price(ledger, load_pair(path)).total == price(ledger, load_pair("sram_rram_22nm")).total


def test_a_pair_may_hold_its_memories(tmp_path: Path, ledger: Ledger) -> None:
    text = shipped("nonvolatile", "rram_array_22nm")
    lines = [f"[nonvolatile.{line[1:]}" if line.startswith("[") else line for line in text.splitlines()]
    path = tmp_path / "mine.toml"
    path.write_text(
        f'{HEAD}volatile = "sram_array_22nm"\n{LEVELS}\n[nonvolatile]\n' + "\n".join(lines), encoding="utf-8"
    )
    assert price(ledger, load_pair(path)).total == price(ledger, load_pair("sram_rram_22nm")).total


def test_the_operating_point_of_a_pair_goes_before_the_run(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "mine.toml"
    settings = """step_duration_s = { value = 1e-3, declared = "slow" }
weight_min = { value = -20.0, declared = "wide" }
weight_max = { value = 20.0, declared = "wide" }
"""
    path.write_text(f'{HEAD}volatile = "sram_array_22nm"\nnonvolatile = "rram_array_22nm"\n{LEVELS}{settings}')
    point = price(ledger, load_pair(path)).operating_point
    assert (point["step_duration_s"], point["weight_min"], point["weight_max"]) == (1e-3, -20.0, 20.0)
    assert point["origin"] == {"step_duration_s": "pair", "weight_range": "pair"}
    chosen = price(ledger, load_pair(path), step_duration_s=1e-6, weight_range=(-1.0, 1.0)).operating_point
    assert chosen["origin"] == {"step_duration_s": "caller", "weight_range": "caller"}


def test_pairs_and_memories_are_loaded_by_name() -> None:
    assert isinstance(load("sram_rram_22nm"), MemoryPair)
    assert isinstance(load("sram_array_22nm"), VolatileMemory)
    assert isinstance(load("pcm_gst_90nm"), NonvolatileMemory)


def test_hardware_imports_nothing_heavy() -> None:
    code = (
        "import sys, lava_caching.hardware\n"
        "heavy = ['pandas', 'scipy', 'matplotlib', 'numba', 'lava', 'rich', 'typer', 'pyarrow', 'distributed']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_beside_the_pair_is_named_with_its_ending(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    path = tmp_path / "pair.toml"
    path.write_text(f'{HEAD}volatile = "mine"\nnonvolatile = "rram_array_22nm"\n{LEVELS}')
    with pytest.raises(ProfileError, match=r"write 'mine\.toml' for the file beside it"):
        load_pair(path)


def test_a_memory_is_not_taken_for_a_pair(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('tier = "volatile"\n')
    with pytest.raises(ProfileError, match="is one memory, and a pair is needed"):
        load_pair(path)
    path.write_text('title = "mine"\n[write]\nmodel = "per_bit"\n')
    with pytest.raises(ProfileError, match="tier = None: must be 'volatile' or 'nonvolatile'"):
        load(path)
    path.write_text('[pairs.mine]\ntitle = "mine"\n')
    with pytest.raises(ProfileError, match=r"no \[pairs\.NAME\] header"):
        load_pair(path)
