"""Every way of running prints a table that adds up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching.cli.numbers import duration, plain, spread
from lava_caching.cli.tables import bar
from lava_caching.consolidation import policy_names

Call = Callable[..., Any]
SMALL = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "15", "--engine", "reference", "--quiet")


@pytest.mark.parametrize("policy", policy_names())
def test_each_policy_prints_its_bill(call: Call, policy: str) -> None:
    done = call(*SMALL, "--policy", policy, "--maintenance-cost", "0.01", "--change-cost", "0.1")
    assert (done.code, done.err) == (0, "")
    first, *lines = done.out.splitlines()
    assert f"N = 20, P = 15  {policy}, " in first
    assert ("θ = 5" in first) == (policy not in {"immediate", "at-end"})
    shares = [float(line.split("%")[0].split()[-1]) for line in lines if "%" in line]
    assert sum(shares[:3]) == pytest.approx(100, abs=0.2)
    assert all(len(line) <= 80 and line == line.rstrip() for line in done.out.splitlines())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--amount", "quantum", "--quantum", "2"), "amount quantum of 2, θ = 5, no decay"),
        (("--amount", "pulse", "--quantum", "0.5", "--scope", "layer"), "scope layer, amount pulse of 0.5"),
        (("--tau", "100"), "θ = 5, τ = 100 engine reference, seed 0"),
        (("--max-epochs", "1"), "not converged after 1 epoch: 15 presentations, "),
        (("--alpha", "1.5", "--potentiation-only"), "α = 1.5, b = 0, c = 0, potentiation only"),
        (("--hardware", "li2020"), "no joules: li2020 is in the units of the paper"),
        (("--step-duration", "1e-3"), "one step takes 1 ms (as given)"),
        (("--write-counts",), ": hottest and median synapse alike "),
        (("--coding", "binary", "--density", "0.2", "--tau", "inf"), "no decay"),
        (
            (
                "--n-inputs",
                "2e1",
            ),
            "N = 20",
        ),
    ],
)
def test_what_was_asked_is_told(call: Call, words: tuple[str, ...], said: str) -> None:
    done = call(*SMALL, *words)
    assert done.code == 0
    assert said in " ".join(done.out.split("\n"))


def test_digits_are_measured_on_what_was_held_out(call: Call) -> None:
    done = call("run", "perceptron", "--dataset", "digits", "--classes", "0,1", "--engine", "reference")
    assert done.code == 0
    assert "N = 64, P = 288" in done.out
    assert "on held-out patterns" in done.out


def test_a_log_is_replayed(call: Call, write: Callable[..., Path]) -> None:
    changes = np.random.default_rng(0).integers(-2, 3, (50, 3, 4))
    path = write(w0=np.zeros((3, 4)), changes=changes)
    done = call("run", "replay", "--updates", path, "--engine", "reference", "--json")
    assert done.code == 0
    record = json.loads(done.out)
    assert record["outcome"]["n_presentations"] == 50
    assert record["energy"]["minimal"] == np.abs(changes.sum(axis=0)).sum()


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(1.0) == "█" * 20
    assert bar(0.5) == "█" * 10
    assert bar(0.0) == ""
    assert bar(1e-9) == "▏"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unlimited"),
        (5.0, "5 s"),
        (1e4, "2.78 hours"),
        (1e6, "11.6 days"),
        (1e9, "31.7 years"),
        (1e16, "3.17e8 years"),
    ],
)
def test_a_lifetime_is_told_in_the_unit_that_fits(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_bounds_that_agree_are_no_spread() -> None:
    assert spread({"low": 1e-12, "high": 2e-12}, "J") == "1 pJ to 2 pJ"
    assert spread({"low": 1e-12, "high": 1e-12}, "J") == "none stated"
    assert spread({"low": 0.0, "high": 0.0}, "J") == ""


def test_lifetimes_are_told_in_runs_too(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    done = call(*SMALL, "--write-counts", "--hardware", "fecap_memristor_130nm", "--out", out)
    hottest = max(json.loads(out.read_text(encoding="utf-8"))["ledger"]["total"]["write_counts"])
    said = f" or {plain(1e5 / hottest)} such runs"  # endurance over writes, whatever a step lasts
    assert said in " ".join(done.out.split())
    assert said in " ".join(call("price", out, "--step-duration", "1e-3").out.split())


def test_a_bill_tells_the_costs_of_the_paper(call: Call) -> None:
    text = " ".join(call(*SMALL, "--hardware", "sram_rram_22nm").out.split())
    assert "in the terms of the paper: b = 0.337, c = " in text
    assert "no τ is stated; one write pays for holding 247 µs" in text
    free = " ".join(call(*SMALL, "--hardware", "fecap_memristor_130nm").out.split())
    assert "in the terms of the paper: b = 2, c = 0, no τ is stated" in free
    assert "one write pays" not in free


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.5744, "0.574"), (2046.0, "2,050"), (123456.0, "123,000"), (5e6, "5e6"), (3.67e-7, "3.67e-7")],
)
def test_three_digits_are_enough(value: float, text: str) -> None:
    assert plain(value) == text
