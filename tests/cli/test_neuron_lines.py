"""What `run spiking` and `run tagging` print besides the energies, and how they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]
SMALL = ("run", "spiking", "--n-patterns", "2", "--max-epochs", "3", "--quiet")


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_run_tells_what_was_learned_and_saved(call: Call) -> None:
    shown = words(call(*SMALL, "--seed", "1").out)
    assert "not converged after 3 epochs: 6 presentations" in shown
    assert "mean response (patterns), after the last run: " in shown
    told = json.loads(call(*SMALL, "--seed", "1", "--json").out)
    saved = 1 - told["energy"]["total"] / told["outcome"]["direct_l1"]
    assert f"written directly, these changes cost {told['outcome']['direct_l1']:.4g}: {saved:.1%} saved" in shown


def test_nothing_is_said_of_savings_where_costs_are_no_sum_of_sizes(call: Call) -> None:
    assert "written directly" not in call(*SMALL, "--alpha", "0").out


@pytest.mark.parametrize(("more", "said"), [((), "0.5 τ, before"), (("--tau", "inf"), "50 trials before")])
def test_tagging_tells_what_was_captured(call: Call, more: tuple[str, ...], said: str) -> None:
    shown = words(call("run", "tagging", "--delay", "50", "--strong-trials", "9", "--quiet", *more).out)
    assert f"weak pathway, 50 trials{'' if more else ','} {said}"[:20] in shown
    assert said in shown
    assert "g_max captured" in shown


@pytest.mark.parametrize(
    ("words_", "said"),
    [
        (("spiking", "--dt-ms", "2"), "--dt-ms = 2: must be above 0 and at most 1 ms"),
        (("spiking", "--rate-hz", "1e5"), "--rate-hz = 100000: must be from 0 to 10000 Hz"),
        (("spiking", "--device", "ideal"), "knows no device models"),
        (("tagging", "--delay", "-1"), "--delay = -1: must be at least 0"),
        (("spiking", "--engine", "lava"), "engine of spiking"),
    ],
)
def test_bad_options_are_refused(refused: Call, words_: tuple[str, ...], said: str) -> None:
    assert said in refused("run", *words_)
