"""Help is complete, fits 80 columns, tells the choices, and ends with an example that works."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching._version import __version__
from lava_caching.consolidation import AMOUNTS, SCOPES, policy_names
from lava_caching.engines import engine_names
from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.hardware import pair_names
from lava_caching.plasticity import rule_names

Call = Callable[..., Any]
GROUPS = [(), ("run",), ("hardware",)]
COMMANDS = [
    *(("run", name) for name in experiment_names()),
    ("figure",),
    ("price",),
    ("report",),
    *(("hardware", name) for name in ("list", "show", "check", "compare", "advise")),
    ("doctor",),
]


@pytest.mark.parametrize("words", [*GROUPS, *COMMANDS], ids=" ".join)
def test_help_fits_and_ends_with_an_example(call: Call, words: tuple[str, ...]) -> None:
    done = call(*words, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(" ".join(["Usage: lava-caching", *words]))
    lines = done.out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[-1].startswith("    lava-caching ")
    assert not re.search(r"^  [a-z].*\.\.\.$|default: \(|<\w+>", done.out, re.MULTILINE)


@pytest.mark.parametrize("name", experiment_names())
def test_every_field_is_an_option(call: Call, name: str) -> None:
    text = call("run", name, "--help").out
    for field in get_experiment(name).model_fields:
        assert re.search(rf"^  --{field.replace('_', '-')}\b", text, re.MULTILINE)


TAU = {"mlp": "1000", "tagging": "100"}


@pytest.mark.parametrize("name", experiment_names())
def test_help_tells_the_choices(call: Call, name: str) -> None:
    text = " ".join(call("run", name, "--help").out.split())
    choices = [*policy_names(), *SCOPES, *AMOUNTS, *pair_names(), *engine_names(name)]
    assert all(choice in text for choice in choices)
    assert all(rule in text for rule in rule_names()) or name != "perceptron"
    assert "[default: local-global]" in text
    assert f"[default: {TAU.get(name, 'inf')}]" in text


@pytest.mark.parametrize("words", [*GROUPS, *COMMANDS], ids=" ".join)
def test_the_options_of_examples_exist(call: Call, words: tuple[str, ...]) -> None:
    examples = re.findall(r"^    lava-caching (.*)$", call(*words, "--help").out, re.MULTILINE)
    for example in examples:
        told = [word for word in example.split() if not word.startswith("--")]
        known = call(*told[: 2 if told[0] in {"run", "hardware"} else 1], "--help").out
        assert all(f"{option} " in known for option in re.findall(r"--[a-z-]+", example))


def test_the_version_is_that_of_the_package(call: Call) -> None:
    assert call("--version") == (0, f"lava-caching {__version__}\n", "")


def test_doctor_names_engines_and_memories(call: Call) -> None:
    done = call("doctor")
    assert (done.code, done.err) == (0, "")
    for name in experiment_names():
        assert f"engines of {name}" in done.out
    assert f"{len(pair_names())} pairs, all valid" in done.out


def test_memories_named_twice_where_one_counts_are_refused(refused: Callable[..., str], record: Path) -> None:
    twice = ("--hardware", "li2020", "--hardware", "sram_rram_22nm")
    assert refused("run", "perceptron", *twice).startswith("--hardware is given 2 times: give one")
    assert refused("report", record, *twice, "--out", record.with_suffix(".html")).startswith("--hardware is given 2")
