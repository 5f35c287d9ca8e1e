"""`lava-caching hardware advise`: readable at 80 columns, one sentence for bad input, JSON that says the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching.hardware import load_pair, pair_names

Call = Callable[..., Any]
Refused = Callable[..., str]
SMALL = ("--n-inputs", "20", "--n-patterns", "15", "--seeds", "2", "--quiet")
JOULES = [name for name in pair_names() if load_pair(name).unit == "joule"]


@pytest.mark.parametrize("pair", JOULES)
def test_every_pair_gets_a_verdict_that_fits_80_columns(call: Call, pair: str) -> None:
    done = call("hardware", "advise", pair, *SMALL)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert lines[0].startswith(f"{pair}: ")
    text = " ".join(done.out.split())
    verdicts = ("caching pays", "caching does not pay", "cannot say: the total is not known")
    assert sum(verdict in text for verdict in verdicts) == 1
    assert "in the terms of the paper" in text
    assert "no caching" in text
    assert "at the end" in text
    assert not re.search(r"\de[+-]0", text)


def test_without_a_pair_the_default_one_is_advised(call: Call) -> None:
    plain = json.loads(call("hardware", "advise", *SMALL, "--json").out)
    assert plain["pair"] == "fecap_memristor_130nm"


@pytest.mark.parametrize("pair", ["sram_rram_22nm", "loihi2"])
def test_json_says_what_the_table_says(call: Call, pair: str) -> None:
    done = call("hardware", "advise", pair, *SMALL, "--json")
    assert (done.code, done.err) == (0, "")
    plain = json.loads(done.out)
    said = " ".join(call("hardware", "advise", pair, *SMALL).out.split())
    assert plain["verdict"]["sentence"] in said
    assert plain["workload"]["seeds"] == 2
    assert all(key in said for key in plain["missing"])
    assert (plain["saving"] is None) == (pair == "loihi2")


def test_a_file_is_advised_like_a_shipped_pair(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    levels = '{ value = 256, declared = "d" }'
    path.write_text(
        'title = "mine"\nwhy = "w"\nvolatile = "sram_array_22nm"\nnonvolatile = "rram_array_22nm"\n'
        f"[operating_point]\nvolatile_levels = {levels}\nnonvolatile_levels = {levels}\n",
        encoding="utf-8",
    )
    own, shipped = (json.loads(call("hardware", "advise", p, *SMALL, "--json").out) for p in (path, "sram_rram_22nm"))
    assert own["verdict"] == shipped["verdict"]


def test_the_step_duration_decides_what_holding_costs(call: Call) -> None:
    fast, slow = (
        json.loads(call("hardware", "advise", "sram_rram_22nm", *SMALL, "--step-duration", s, "--json").out)
        for s in ("1e-9", "1")
    )
    assert fast["verdict"]["answer"] == "pays"
    assert slow["verdict"]["answer"] == "does not pay"
    assert slow["verdict"]["cause"] == "holding"
    assert "of holding, and with its other costs paid is worth" in slow["verdict"]["sentence"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sram_pcm_90n",), "unknown pair 'sram_pcm_90n'; did you mean 'sram_pcm_90nm'?"),
        (("li2020",), "li2020 is in the units of the paper and has no joules"),
        (("absent.toml",), "absent.toml: cannot be read"),
        (
            ("--n-inputs", "10", "--n-patterns", "20"),
            "--n-patterns = 20: 10 inputs store fewer than 20 random patterns",
        ),
        (("--n-patterns", "1999"), "--n-patterns = 1999: so near to twice the 1000 inputs"),
        (("--seeds", "0"), "--seeds = 0: must be at least 1"),
        (("--seeds", "two"), "--seeds = 'two': must be a whole number"),
        (("--policy", "at-end"), "--policy = 'at-end': has no threshold to choose"),
        (("--step-duration", "0"), "step duration = 0.0 s: must be finite and > 0"),
        (("--weight-range", "5,1"), "weight range = 5.0 to 1.0: must be finite and ascend"),
        (("one", "two"), "two"),
    ],
)
def test_bad_input_is_refused_before_any_training(refused: Refused, words: tuple[str, ...], says: str) -> None:
    assert says in refused("hardware", "advise", *words)
