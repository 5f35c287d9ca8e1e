"""A broken profile gives one sentence with file, key, value and rule, and never a traceback of the reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching.errors import InputError, ProfileError
from lava_caching.hardware import load, load_memory, load_pair
from lava_caching.hardware.reading import validated
from lava_caching.hardware.schema import NonvolatileMemory, OperatingPoint, VolatileMemory

Make = Callable[..., Any]
HEAD = b'title = "t"\nwhy = "w"\n'
PCM = b'nonvolatile = "pcm_gst_90nm"\n'
PARTS = ["low", "nominal", "high", "per", "source", "where", "basis", "confidence", "scope"]


def refusal(model: type[Any], plain: Any) -> str:
    with pytest.raises(ProfileError) as caught:
        validated(model, plain, "my.toml")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("my.toml: ")
    return message.removeprefix("my.toml: ")


def test_a_negative_energy_is_refused_with_its_unit(nonvolatile: Make, number: Make) -> None:
    up, down = {"energy_j": number(-1.35e-11, -1.35e-11, 1)}, {"energy_j": number(1e-12)}
    message = refusal(NonvolatileMemory, nonvolatile(write={"model": "per_bit"}, set=up, reset=down))
    assert message.startswith("set.energy_j.low = -1.35e-11 J: must be > 0; ")


def test_zero_is_no_energy(nonvolatile: Make, number: Make) -> None:
    message = refusal(NonvolatileMemory, nonvolatile(read={"destructive": False, "energy_j": number(0.0)}))
    assert message.startswith("read.energy_j.low = 0 J: must be > 0; write { unknown")


def test_a_key_without_unit_is_refused(nonvolatile: Make, number: Make) -> None:
    message = refusal(NonvolatileMemory, nonvolatile(write={"model": "per_bit", "energy": number(1e-12)}))
    assert message == "write.energy: the key lacks its unit; write energy_j"


def test_an_unknown_key_gets_the_nearest_known_one(volatile: Make, number: Make) -> None:
    message = refusal(VolatileMemory, volatile(enduranse={"mode": "full", "cycles": number(1)}))
    assert message.startswith("enduranse: unknown key; did you mean 'endurance'? known: clear, decay, endurance, ")
    inside = refusal(VolatileMemory, volatile(clear={"energy_j": number(1, sorce="x")}))
    assert inside.startswith("clear.energy_j.sorce: unknown key; did you mean 'source'?")


@pytest.mark.parametrize("missing", PARTS)
def test_a_number_without_one_of_its_parts_is_refused(volatile: Make, number: Make, missing: str) -> None:
    plain = number(1e-12)
    del plain[missing]
    message = refusal(VolatileMemory, volatile(clear={"energy_j": plain}))
    assert message.startswith(f"clear.energy_j.{missing}: is missing; a number is a table")


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"low": 2e-12}, "clear.energy_j: low = 2e-12, nominal = 1e-12, high = 1e-12: must ascend"),
        ({"high": float("nan")}, "clear.energy_j.high = nan J: must be a finite number"),
        ({"high": float("inf")}, "clear.energy_j.high = inf J: must be a finite number"),
        ({"nominal": "1e-12"}, "clear.energy_j.nominal = '1e-12' J: must be a number"),
        ({"nominal": True}, "clear.energy_j.nominal = True J: must be a number"),
        ({"unit": "pJ"}, "clear.energy_j.unit = 'pJ': the key says J; convert the number to J"),
        ({"basis": "guessed"}, "clear.energy_j.basis = 'guessed': must be 'measured', 'simulated', "),
        ({"basis": "derived"}, "clear.energy_j: formula: is missing; a derived number states its formula"),
        ({"confidence": "hearsay"}, "clear.energy_j.confidence = 'hearsay': must be 'seen' or 'secondary'"),
        ({"per": "word"}, "clear.energy_j: word_bits: belongs to per = 'word', and only there"),
        ({"word_bits": 64}, "clear.energy_j: word_bits: belongs to per = 'word', and only there"),
        ({"per": "byte"}, "clear.energy_j.per = 'byte': must be 'bit', 'word', "),
        ({"scope": []}, "clear.energy_j.scope = []: must name one at least"),
        ({"scope": ["cell"]}, "clear.energy_j.scope.0 = 'cell': must be 'device', "),
        ({"source": ""}, "clear.energy_j.source = '': "),
    ],
)
def test_a_wrong_part_of_a_number_is_refused(volatile: Make, number: Make, fields: dict[str, Any], rule: str) -> None:
    assert refusal(VolatileMemory, volatile(clear={"energy_j": {**number(1e-12), **fields}})).startswith(rule)


def test_a_bare_number_is_refused(volatile: Make) -> None:
    assert refusal(VolatileMemory, volatile(clear={"energy_j": 1e-12})).startswith(
        "clear.energy_j = 1e-12: must be a table { low, nominal, high, per, source"
    )


def test_not_applicable_needs_a_source_and_fits_only_what_may_be_absent(volatile: Make) -> None:
    assert refusal(VolatileMemory, volatile(clear={"energy_j": {"not_applicable": "never"}})).startswith(
        "clear.energy_j.source: is missing"
    )
    never = {"not_applicable": "never", "source": "doi:10.1000/1", "where": "Table 1"}
    write = {"model": "per_bit", "accumulates_in_place": True, "energy_j": never}
    assert refusal(VolatileMemory, volatile(write=write)).startswith("write.energy_j: cannot be not_applicable")


def test_writes_have_one_energy_or_one_for_each_direction(nonvolatile: Make, number: Make) -> None:
    once = {"energy_j": number(1e-12)}
    for tables in ({"set": once}, {"set": once, "reset": once}, {"write": {"model": "per_bit"}}):
        message = refusal(NonvolatileMemory, nonvolatile(**tables))
        assert message == "state write.energy_j, or set.energy_j and reset.energy_j, not both"


def test_an_energy_must_fit_its_write_model(nonvolatile: Make, number: Make) -> None:
    write = {"model": "per_pulse", "energy_j": number(1e-12)}
    assert refusal(NonvolatileMemory, nonvolatile(write=write)) == (
        "write.energy_j.per = 'bit': write.model = 'per_pulse' counts per pulse"
    )
    skipping = {"model": "per_update", "skip_unchanged": True, "energy_j": number(1e-12, per="update")}
    assert "only bits can be skipped" in refusal(NonvolatileMemory, nonvolatile(write=skipping))


def test_an_endurance_of_pulses_needs_pulses(volatile: Make, nonvolatile: Make, number: Make) -> None:
    endurance = {"cycles": number(1e9, per="pulse"), "mode": "weak pulses"}
    for model, tables in ((VolatileMemory, volatile), (NonvolatileMemory, nonvolatile)):
        message = refusal(model, tables(endurance=endurance))
        assert message.startswith("endurance.cycles.per = 'pulse': only a nonvolatile memory with write.model =")


def test_contradictions_are_refused(volatile: Make, number: Make) -> None:
    read = {"destructive": True, "energy_j": number(1e-12)}
    assert refusal(VolatileMemory, volatile(read=read)).startswith("clear.energy_j: a destructive read has cleared")
    assert refusal(VolatileMemory, volatile(hold={})).startswith("hold: state exactly one of power_w_per_bit")
    refresh = {"energy_j": number(1e-15)}
    assert refusal(VolatileMemory, volatile(refresh=refresh)).startswith("refresh.interval_s: is missing")
    assert refusal(VolatileMemory, volatile(levels=number(1, per="synapse"))) == (
        "levels.low = 1: must be a whole number, at least 2"
    )


def test_no_memory_has_more_levels_than_can_be_counted(volatile: Make, number: Make) -> None:
    assert refusal(VolatileMemory, volatile(levels=number(1e24, per="synapse"))) == (
        "levels.low = 1e+24: must be at most 2^31; no memory has more"
    )
    beyond = {"nonvolatile_levels": {"value": 1e24, "declared": "x"}}
    assert "nonvolatile_levels.value = 1e+24: must be at most 2^31" in refusal(OperatingPoint, beyond)


def test_a_bare_setting_is_told_what_it_lacks() -> None:
    assert refusal(OperatingPoint, {"step_duration_s": 1e-3}) == (
        'step_duration_s = 0.001: must be a table { value = ..., declared = "the reason for the choice" }'
    )


def test_an_unknown_pair_gets_the_nearest_known_name() -> None:
    with pytest.raises(InputError, match=r"unknown pair 'sram_rram_22n'; did you mean 'sram_rram_22nm'\? known: "):
        load_pair("sram_rram_22n")
    with pytest.raises(InputError, match="unknown nonvolatile memory 'pcm'"):
        load_memory("pcm", "nonvolatile")
    with pytest.raises(InputError, match="unknown pair or memory 'li2021'; did you mean 'li2020'"):
        load("li2021")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"title = ", "is not TOML"),
        (b"", "title: is missing"),
        (b"\xef\xbb\xbf" + HEAD + PCM, "volatile: is missing"),  # the mark that Windows puts first is no fault
        (
            HEAD.replace(b'title = "', b'title = "\\u001b[2J') + PCM + b'volatile = "sram_array_22nm"',
            "title: holds the character U+001B, which cannot be printed; take it out",
        ),
        (b'tier = "fast"', "tier = 'fast': must be 'volatile' or 'nonvolatile'"),
        (HEAD, "volatile: is missing; name a memory"),
        (HEAD + b'unit = "arbitrary"\nvolatile = "sram_array_22nm"', "volatile: unit = 'arbitrary' has no memories"),
        (HEAD + PCM + b'volatile = "../x.toml"', "volatile = '../x.toml': must be a shipped memory or a TOML file in"),
        (HEAD + PCM + b'volatile = "/x.toml"', "volatile = '/x.toml': must be a shipped memory or a TOML file in"),
        (HEAD + PCM + b"volatile = 3", "volatile = 3: must be the name of a memory or a table"),
        (HEAD + PCM + b'volatile = "sram_array_22nm"', "operating_point.volatile_levels: is missing"),
        (
            HEAD + b'unit = "arbitrary"\n[operating_point]\nstep_duration_s = { value = 1e-6 }',
            "operating_point.step_duration_s: state source and where",
        ),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, content: bytes, rule: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ProfileError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {rule}")


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", tmp_path):
        with pytest.raises(ProfileError, match="cannot be read"):
            load_pair(path)


def test_a_memory_of_the_other_tier_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "t"\nwhy = "w"\nvolatile = "pcm_gst_90nm"\nnonvolatile = "pcm_gst_90nm"\n')
    with pytest.raises(InputError, match="unknown volatile memory 'pcm_gst_90nm'"):
        load_pair(path)
