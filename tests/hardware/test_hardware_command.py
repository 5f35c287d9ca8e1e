"""`lava-caching hardware list|show|check`: readable at 80 columns, JSON on request, errors left to the caller."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lava_caching.cli.hardware import app, engineering
from lava_caching.errors import InputError, ProfileError
from lava_caching.hardware import MemoryPair, load, load_memory, load_pair, memory_names, pair_names
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.reading import entries, unit_of

Run = Callable[..., str]


@pytest.fixture
def run() -> Run:
    def call(*words: str) -> str:
        result = CliRunner().invoke(app, list(words), env={"COLUMNS": "80", "TERM": "dumb"})
        if result.exception is not None:
            raise result.exception
        wide = "--json" in words or words[0] == "schema"
        assert wide or all(len(line.rstrip()) <= 80 for line in result.stdout.splitlines())
        return result.stdout

    return call


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.64359375e-13, "J", "264 fJ"),
        (9.999e-13, "J", "1 pJ"),
        (3.358e-9, "W", "3.36 nW"),
        (8.39e-12, "W", "8.39 pW"),
        (1e-6, "s", "1 µs"),
        (3.1536e8, "s", "3.15e8 s"),
        (2.5, "s", "2.5 s"),
        (1e7, "cycles", "1e7"),
        (1024, "1", "1024"),
        (1e-21, "J", "0.001 aJ"),
        (0.0, "J", "0 J"),
        (None, "J", "-"),
    ],
)
def test_numbers_are_printed_with_a_prefix(value: float | None, unit: str, text: str) -> None:
    assert engineering(value, unit) == text


def test_list_names_every_pair_and_its_memories(run: Run) -> None:
    text = run("list")
    for name in pair_names():
        pair = load_pair(name)
        assert f"{name} *" in text if name == "fecap_memristor_130nm" else name in text
        assert pair.volatile_name in text
        assert pair.nonvolatile_name in text
    assert "(J)" in text


def test_list_as_json_is_nothing_but_json(run: Run) -> None:
    listed = json.loads(run("list", "--json"))
    assert [pair["name"] for pair in listed] == pair_names()
    assert [pair["name"] for pair in listed if pair["default"]] == ["fecap_memristor_130nm"]
    by_name = {pair["name"]: pair for pair in listed}
    assert by_name["li2020"]["volatile_write_j"] is None
    assert by_name["sram_rram_22nm"]["nonvolatile_write_j"]["nominal"] == pytest.approx(6.6485e-12)


@pytest.mark.parametrize("name", pair_names())
def test_show_prints_every_number_of_a_pair_with_its_source(run: Run, name: str) -> None:
    text = run("show", name)
    assert load_pair(name).title.split(",")[0] in text
    for memory in load_pair(name).memories or ():
        squeezed = "".join(text.split())
        for key, entry in entries(memory):
            assert key.split(".")[-1] in text
            source = getattr(entry, "source", None)
            assert source is None or "".join(source.split()) in squeezed


def test_show_takes_a_single_memory_and_a_file(run: Run, tmp_path: Path) -> None:
    assert "PCM" in run("show", "pcm_gst_90nm") or "Phase-change" in run("show", "pcm_gst_90nm")
    path = tmp_path / "mine.toml"
    path.write_text('title = "mine"\nwhy = "to try"\nunit = "arbitrary"\n')
    assert ": mine" in run("show", str(path))


@pytest.mark.parametrize("name", [*pair_names(), *memory_names("volatile"), *memory_names("nonvolatile")])
def test_show_as_json_is_nothing_but_json(run: Run, name: str) -> None:
    shown = json.loads(run("show", name, "--json"))
    if name in pair_names():
        assert shown["name"] == name
        return
    assert shown["title"] == load_memory(name).title
    assert shown["write"]["model"]


def test_check_says_ok_and_warns(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would be broken in the middle
    path = Path("mine.toml")
    levels = '{ value = 16, declared = "few" }'
    path.write_text(
        'title = "mine"\nwhy = "to try"\nvolatile = "sram_cache_8kb_45nm"\nnonvolatile = "memristor_hfo2_130nm"\n'
        f"[operating_point]\nvolatile_levels = {levels}\n"
    )
    text = " ".join(run("check", str(path)).split())
    assert "mine.toml: ok, a pair with" in text
    assert "mixed scope" in text
    assert "mixed node" in text
    assert "nonvolatile.read.energy_j is unknown" in text


SHOWN = [*pair_names(), *memory_names("volatile"), *memory_names("nonvolatile")]


@pytest.mark.parametrize("name", SHOWN)
def test_sources_are_printed_below_every_number(run: Run, name: str) -> None:
    text = run("show", name, "--sources")
    lines, squeezed = text.splitlines(), "".join(text.split())
    found = load(name)
    memories = (found.memories or ()) if isinstance(found, MemoryPair) else (found,)
    for memory in memories:
        for key, entry in entries(memory):
            assert any(line.startswith(f"{key} ") for line in lines), key
            if isinstance(entry, Quantity):
                unit = unit_of(key).partition("/")[0]
                assert engineering(entry.high, unit, 7) in text
                assert f"{entry.basis},{'seeninthe' if entry.confidence == 'seen' else 'froma'}" in squeezed
                assert "".join(f"scope:{', '.join(entry.scope)}".split()) in squeezed
            for said in (getattr(entry, "source", ""), getattr(entry, "where", "")):
                assert all("".join(part.split()) in squeezed for part in said.split("; ")), key


def test_without_a_name_the_sources_of_all_pairs_are_printed_each_memory_once(run: Run) -> None:
    text = run("show", "--sources")
    for tier in ("volatile", "nonvolatile"):
        for name in memory_names(tier):
            assert text.count(f"\n{tier} memory: {name}\n") + text.startswith(f"{tier} memory: {name}\n") == 1
    assert all(f"\npair: {name}\n" in text for name in pair_names())


def test_sources_as_json_are_flat(run: Run) -> None:
    rows = json.loads(run("show", "--sources", "--json"))
    assert {row["profile"] for row in rows} >= {*memory_names("volatile"), *memory_names("nonvolatile")}
    numbers = [row for row in rows if "nominal" in row]
    assert len(numbers) > 60
    for row in numbers:
        assert {"unit", "per", "basis", "confidence", "scope", "source", "where"} <= set(row)
    assert {row["unit"] for row in numbers} == {"1", "J", "W/bit", "s", "cycles"}
    assert json.loads(run("show", "cap_ecram", "--sources", "--json"))[0]["profile"] == "cap3t1c_100ff"


@pytest.mark.parametrize("kind", ["volatile", "nonvolatile", "pair", "chip"])
def test_schema_prints_what_is_shipped(run: Run, kind: str) -> None:
    shipped = files("hardware_profiles").joinpath("schema").joinpath(f"{kind}.schema.json")
    assert run("schema", kind) == shipped.read_text(encoding="utf-8")


def test_show_needs_a_name_or_sources(run: Run) -> None:
    with pytest.raises(InputError, match=r"NAME\|FILE is missing: .* add --sources for all pairs"):
        run("show")


def test_errors_are_left_to_the_caller(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'sram_pcm_90nm'"):
        run("show", "sram_pcm_90n")
    with pytest.raises(ProfileError, match="cannot be read"):
        run("check", str(tmp_path / "absent.toml"))
