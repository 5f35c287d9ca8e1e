"""Pricing anew changes energies and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


def test_the_same_prices_give_the_same_record(call: Call, record: Path) -> None:
    done = call("price", record, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.out == record.read_text(encoding="utf-8")


def test_new_costs_change_energies_alone(call: Call, record: Path) -> None:
    before = json.loads(record.read_text(encoding="utf-8"))
    after = json.loads(call("price", record, "--alpha", "0", "--change-cost", "2", "--json").out)
    total = before["ledger"]["total"]
    assert after["energy"]["consolidation"] == total["n_persistent_writes"]
    assert after["energy"]["transient_change"] == 2 * total["transient_change_l1"]
    assert after["hardware"] == before["hardware"]
    assert after["ledger"] == before["ledger"]
    assert after["outcome"] == before["outcome"]


def test_a_new_pair_changes_joules_alone(call: Call, record: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.json"
    assert call("price", record, "--hardware", "sram_rram_22nm", "--out", out).code == 0
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (record, out))
    assert after.pop("hardware")["profile"] == "sram_rram_22nm"
    del before["hardware"]
    assert after == before


def test_a_record_may_replace_itself(call: Call, record: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_bytes(record.read_bytes())
    assert call("price", path, "--maintenance-cost", "1", "--out", path).code == 0
    assert json.loads(path.read_text(encoding="utf-8"))["config"]["maintenance_cost"] == 1


def test_several_are_one_a_line(call: Call, record: Path) -> None:
    done = call("price", record, record, "--hardware", "li2020", "--hardware", "sram_rram_22nm", "--json")
    profiles = [json.loads(line)["hardware"]["profile"] for line in done.out.splitlines()]
    assert profiles == ["li2020", "sram_rram_22nm"] * 2


def test_a_record_finds_the_users_pair_again(call: Call, record: Path, tmp_path: Path) -> None:
    pair, out = tmp_path / "mine.toml", tmp_path / "priced.json"
    levels = '[operating_point]\nvolatile_levels = { value = 256, declared = "d" }\n'
    levels += 'nonvolatile_levels = { value = 256, declared = "d" }\n'
    memories = 'title = "t"\nwhy = "w"\nvolatile = "sram_array_22nm"\nnonvolatile = "rram_array_22nm"\n'
    pair.write_text(memories + levels, encoding="utf-8")
    assert call("price", record, "--hardware", pair, "--out", out).code == 0
    assert call("price", out, "--json").out == out.read_text(encoding="utf-8")


def test_a_comparison_keeps_the_warnings(call: Call, record: Path) -> None:
    done = call("price", record, "--hardware", "li2020", "--hardware", "sram_pcm_90nm")
    assert done.code == 0
    text = " ".join(done.out.split())
    assert "warning: sram_pcm_90nm: mixed scope" in text
    assert all(len(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize("pair", ["li2020", "sram_rram_22nm"])
def test_a_printed_record_fits_80_columns(call: Call, record: Path, pair: str) -> None:
    done = call("price", record, "--hardware", pair, "--alpha", "1.5")
    assert done.code == 0
    assert all(len(line) <= 80 and line == line.rstrip() for line in done.out.splitlines())
    assert ("no joules: li2020 is in the units of the paper" in done.out) == (pair == "li2020")
