"""`lava-caching hardware compare`: every pair in one table, the reasons below it, and the same as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron
from lava_caching.errors import InputError
from lava_caching.hardware import load_pair, pair_names
from lava_caching.report.compare import Point, draw_joules_against_lifetime

Call = Callable[..., Any]
Refused = Callable[..., str]
ENDINGS = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return records of the same training without caching and with it."""
    folder = tmp_path_factory.mktemp("records")
    paths = [folder / "without.json", folder / "with.json"]
    for path, policy in zip(paths, ("immediate", "local-global"), strict=True):
        run = Perceptron(n_inputs=20, n_patterns=15, policy=policy, threshold=2, write_counts=True)
        run.run(engine="reference").save(path)
    return paths


def test_all_pairs_stand_in_one_table(call: Call, two: list[Path]) -> None:
    done = call("hardware", "compare", *two)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    for name in pair_names():
        assert any(line.split()[:1] == [name] for line in lines)
    text = " ".join(done.out.split())
    assert "li2020: in the units of the paper, no joules" in text
    assert "loihi2: no total, for these are not known: volatile.write.energy_j" in text


def test_a_pair_without_a_total_shows_none(call: Call, two: list[Path]) -> None:
    plain = json.loads(call("hardware", "compare", *two, "--json").out)
    assert [(row["pair"], row["run"]) for row in plain] == [(p, r) for p in pair_names() for r in ("without", "with")]
    by_pair = {row["pair"]: row for row in plain}
    assert by_pair["li2020"]["joules"] is None
    assert by_pair["loihi2"]["joules"]["total"]["nominal"] is None
    assert by_pair["loihi2"]["unpriced"]
    assert by_pair["sram_rram_22nm"]["joules"]["total"]["nominal"] > 0


def test_a_comparison_is_that_of_price(call: Call, two: list[Path]) -> None:
    plain = json.loads(call("hardware", "compare", two[1], "--hardware", "sram_pcm_90nm", "--json").out)
    priced = json.loads(call("price", two[1], "--hardware", "sram_pcm_90nm", "--json").out)["hardware"]
    assert plain[0]["joules"] == priced["joules"]
    assert plain[0]["lifetime_s"] == priced["lifetime_s"]


def test_the_step_duration_is_that_of_the_caller(call: Call, two: list[Path]) -> None:
    asked = ("hardware", "compare", two[1], "--hardware", "sram_rram_22nm", "--json")
    fast, slow = (json.loads(call(*asked, "--step-duration", s).out)[0] for s in ("1e-6", "2e-6"))
    hold = [row["joules"]["by_cause"]["hold"]["nominal"] for row in (fast, slow)]
    assert hold[1] == pytest.approx(2 * hold[0])


def test_without_records_a_small_training_is_compared(call: Call) -> None:
    done = call("hardware", "compare", "--hardware", "sram_rram_22nm", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert "no caching" in done.out
    assert "caching, θ = 20" in done.out


def test_a_run_without_write_counts_has_no_lifetime_and_says_so(call: Call, record: Path) -> None:
    assert "run with --write-counts" in call("hardware", "compare", record).out


def test_csv_holds_the_same_numbers(call: Call, two: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    plain = json.loads(call("hardware", "compare", *two, "--csv", path, "--json").out)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(plain)
    for row, said in zip(rows, plain, strict=True):
        total = (said["joules"] or {}).get("total", {}).get("nominal")
        assert row["pair"] == said["pair"]
        assert row["total_nominal_j"] == ("" if total is None else repr(total))
        assert row["unpriced"] == "; ".join(said["unpriced"])


def test_a_pair_of_ones_own_named_like_a_formula_stays_a_text(
    call: Call, two: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    levels = '{ value = 256, declared = "d" }'
    Path("=1+1.toml").write_text(
        'title = "t"\nwhy = "w"\nvolatile = "sram_array_22nm"\nnonvolatile = "rram_array_22nm"\n'
        f"[operating_point]\nvolatile_levels = {levels}\nnonvolatile_levels = {levels}\n",
        encoding="utf-8",
    )
    assert call("hardware", "compare", two[0], "--hardware", "=1+1.toml", "--csv", "out.csv").code == 0
    assert "\n'=1+1.toml," in Path("out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_figure_is_drawn_in_the_format_of_its_ending(
    call: Call, two: list[Path], tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"pairs{ending}"
    assert call("hardware", "compare", *two, "--figure", path).code == 0
    assert path.read_bytes().startswith(ENDINGS[ending])


def test_three_runs_are_drawn_by_number_and_names_are_no_formulas(call: Call, two: list[Path], tmp_path: Path) -> None:
    third = tmp_path / "a$b$c and a name too long for any legend.json"
    third.write_bytes(two[0].read_bytes())
    path = tmp_path / "pairs.svg"
    assert call("hardware", "compare", *two, third, "--figure", path).code == 0
    assert path.stat().st_size > 1000


def test_what_cannot_be_drawn_is_said_before_anything_is_written(call: Call, record: Path, tmp_path: Path) -> None:
    # the record has no write counts
    done = call("hardware", "compare", record, "--figure", tmp_path / "pairs.png", "--csv", tmp_path / "a.csv")
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: nothing to draw: no pair has both a total and a lifetime")
    assert list(tmp_path.iterdir()) == []
    point = Point(joules=(1.0, 2.0, 3.0), seconds=(1.0, 1.0, 1.0))
    with pytest.raises(InputError, match="the ending says the format"):
        draw_joules_against_lifetime({"a": [point]}, ["run"], tmp_path / "pairs.gif")


def test_bad_outputs_are_refused_before_anything_is_read(refused: Refused, two: list[Path], tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "x.png"
    assert refused("hardware", "compare", "--figure", absent).startswith(f"cannot write {absent}: there is no folder")
    assert "must end in .png or .pdf or .svg" in refused("hardware", "compare", "--figure", tmp_path / "x.gif")
    assert "must end in .csv" in refused("hardware", "compare", "--csv", tmp_path / "x.tsv")
    assert "unknown pair 'sram'" in refused("hardware", "compare", "--hardware", "sram")
    assert "cannot read" in refused("hardware", "compare", tmp_path / "absent.json")
    linked = tmp_path / "linked.csv"
    linked.symlink_to(two[0])
    before = two[0].read_bytes()
    assert "is the file of a record too" in refused("hardware", "compare", two[0], "--csv", linked)
    assert two[0].read_bytes() == before


def test_pairs_in_arbitrary_units_stay_out_of_joules(call: Call, two: list[Path]) -> None:
    plain = json.loads(call("hardware", "compare", *two, "--json").out)
    units = {row["pair"]: row["unit"] for row in plain}
    assert {name for name, unit in units.items() if unit == "arbitrary"} == {
        name for name in pair_names() if load_pair(name).unit == "arbitrary"
    }


def test_steps_of_different_length_are_told_and_are_in_the_table(call: Call, record: Path, tmp_path: Path) -> None:
    own = tmp_path / "slow.toml"
    own.write_text(
        'title = "t"\nwhy = "w"\nunit = "joule"\nvolatile = "sram_array_22nm"\nnonvolatile = "rram_array_22nm"\n'
        "[operating_point]\nstep_duration_s = { value = 1e-3, declared = 'slow' }\n"
        "volatile_levels = { value = 256, declared = 'd' }\nnonvolatile_levels = { value = 64, declared = 'd' }\n",
        encoding="utf-8",
    )
    both = ("--hardware", "sram_rram_22nm", "--hardware", own)
    told = "not alike: a step takes 1 µs on sram_rram_22nm, 1 ms on "
    for words in (("hardware", "compare", record), ("price", record)):
        assert told in " ".join(call(*words, *both).out.split())
        assert "not alike" not in call(*words, *both, "--step-duration", "1e-6").out
    table = tmp_path / "table.csv"
    assert call("hardware", "compare", record, *both, "--csv", table).code == 0
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["step_duration_s"] for row in rows] == ["1e-06", "0.001"]
    assert all(float(row["weight_max"]) == -float(row["weight_min"]) for row in rows)
