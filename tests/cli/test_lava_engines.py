"""Engines on Lava from the command line: what they need is asked for, and what they lose is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from lava_caching.engines import engine_names, get_engine
from lava_caching.errors import MissingError

# networkx, with which Lava draws its graphs, warns that pandas and others are not there
pytestmark = pytest.mark.filterwarnings("ignore:.* not found, skipping conversion test:ImportWarning")
Call = Callable[..., Any]
ON_LAVA = ("lava", "lava-fixed", "loihi-native")
WHOLE = ("--coding", "binary", "--no-center-patterns", "--amount", "pulse", "--quantum", "1")
NATIVE = (*WHOLE, "--policy", "local-local", "--threshold", "2")
SMALL = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "12", "--quiet")


def test_all_engines_are_named_whatever_is_installed() -> None:
    assert set(engine_names("perceptron")) >= {"reference", "numba", *ON_LAVA}


@pytest.mark.parametrize("engine", ON_LAVA)
def test_without_lava_one_sentence_says_what_is_missing(
    refused: Call, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lava", None)
    said = refused(*SMALL, "--engine", engine, *NATIVE)
    assert said.startswith(f"engine '{engine}' needs Lava: lava-nc")
    with pytest.raises(MissingError, match="needs Lava"):
        get_engine("perceptron", engine).__globals__["check"]()


@pytest.mark.parametrize("engine", ["reference", "numba", "lava"])
def test_engines_in_floats_have_no_weight_scale(refused: Call, engine: str) -> None:
    if engine == "lava":
        pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    said = refused(*SMALL, "--engine", engine, "--weight-scale", "4")
    assert said.startswith(f"--weight-scale = 4: engine '{engine}' does not count in whole numbers")


@pytest.mark.parametrize(
    ("engine", "words", "said"),
    [
        ("lava-fixed", (), "add --coding binary --no-center-patterns --amount pulse --quantum 1"),
        ("loihi-native", (), "--no-center-patterns --amount pulse --quantum 1 --policy local-local"),
        ("lava-fixed", ("--policy", "at-end"), "--quantum 1 --policy local-global"),
        ("loihi-native", WHOLE, "engine 'loihi-native' learns in the whole numbers of Loihi: add --policy local-local"),
        ("loihi-native", (*NATIVE, "--scope", "neuron"), "add --scope synapse"),
        ("lava-fixed", (*NATIVE, "--tau", "50"), "add --tau inf"),
        ("lava-fixed", (*NATIVE, "--threshold", "1.1"), "--threshold = 1.1: must be a whole number of units of 0.25"),
        (
            "lava-fixed",
            (*NATIVE, "--threshold", "70"),
            "--threshold = 70: is 280 units of 0.25 and must be at most 255",
        ),
        ("lava-fixed", (*NATIVE, "--quantum", "0.1"), "--quantum = 0.1: must be a whole number of units"),
        ("loihi-native", (*NATIVE, "--quantum", "0.75"), "needs a power of two of them; use 0.5 or 1"),
        ("lava-fixed", (*NATIVE, "--weight-scale", "9"), "--weight-scale = 9: must be 1 to 7 times a power of two"),
        ("lava-fixed", (*NATIVE, "--weight-scale", "0"), "--weight-scale = 0: must be at least 1"),
    ],
)
def test_the_options_to_add_are_named(refused: Call, engine: str, words: tuple[str, ...], said: str) -> None:
    pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    assert said in refused(*SMALL, "--engine", engine, *words)


def test_stock_lava_and_ours_print_one_ledger(call: Call) -> None:
    pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    records = []
    for engine in ("lava-fixed", "loihi-native"):
        done = call(*SMALL, "--engine", engine, *NATIVE, "--json")
        assert (done.code, done.err) == (0, "")
        records.append(json.loads(done.out))
    assert records[0]["ledger"] == records[1]["ledger"]
    assert records[0]["config"] == records[1]["config"]
    assert records[0]["config"]["weight_scale"] == 4


def test_changes_lost_to_8_bits_are_told(call: Call) -> None:
    pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    done = call(*SMALL, "--engine", "lava-fixed", *NATIVE, "--weight-scale", "112", "--json")
    assert done.code == 0
    n_saturated = json.loads(done.out)["outcome"]["n_saturated"]
    assert n_saturated > 0
    assert done.err.startswith(f"note: {n_saturated} times a weight or tag met the limit of its 8 bits")
