"""A record holds all of a run in plain JSON, and can be priced again without running again."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from lava_caching import InputError, Ledger, Perceptron, Record
from lava_caching.experiments.spiking import Spiking
from lava_caching.record import config_hash
from lava_caching.testing import differences

SMALL: dict[str, Any] = {"n_inputs": 40, "n_patterns": 50, "threshold": 3.0}
COSTS = (
    {"alpha": 0.0},
    {"alpha": 0.7, "change_cost": 0.1},
    {"alpha": 2.0, "maintenance_cost": 0.01, "persistent_maintenance_cost": 0.001},
    {"potentiation_only": True, "change_cost": 1.0},
)
KEYS = ["experiment", "engine", "seed", "config", "config_hash", "outcome", "ledger", "energy", "hardware", "versions"]
ENERGY = {"consolidation", "maintenance", "transient_change", "total", "minimal", "inefficiency", "exact"}


@pytest.fixture(scope="module")
def record() -> Record:
    return Perceptron(**SMALL, write_counts=True, tau=50.0).run(seed=4)


def everything_but_times(record: Record) -> dict[str, Any]:
    return record.to_dict() | {"versions": None}


def test_a_record_holds_what_was_asked_and_what_came_out(record: Record) -> None:
    plain = record.to_dict()
    assert list(plain) == KEYS
    assert set(plain["energy"]) == ENERGY
    assert set(plain["ledger"]) == {"layers", "total"}
    assert [set(layer) for layer in plain["ledger"]["layers"]] == [{"name", "run", "residual"}]
    assert set(plain["outcome"]) >= {"converged", "n_epochs", "n_presentations", "n_updates", "accuracy", "curve"}
    assert plain["outcome"]["n_presentations"] == 50 * plain["outcome"]["n_epochs"]
    assert plain["outcome"]["n_updates"] == plain["ledger"]["total"]["n_updates"]
    assert (plain["experiment"], plain["engine"], plain["seed"]) == ("perceptron", "numba", 4)
    assert plain["hardware"]["joules"]["total"]["nominal"] > 0
    assert set(plain["hardware"]["joules"]["by_tier"]) == {"volatile", "nonvolatile"}


def test_a_record_survives_being_saved_and_loaded(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("what was here before", encoding="utf-8")
    record.save(path)
    loaded = Record.load(path)
    assert not differences(loaded.to_dict(), record.to_dict(), where="record")
    assert loaded.to_json() == record.to_json()
    assert json.loads(path.read_bytes(), parse_constant=pytest.fail) == json.loads(record.to_json())
    assert not differences(loaded.price(alpha=1.5).to_dict(), record.price(alpha=1.5).to_dict())
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]


def test_a_record_of_a_run_that_measures_no_accuracy_can_be_loaded(tmp_path: Path) -> None:
    once = Spiking(n_patterns=1, max_epochs=12).run()
    assert once.outcome["accuracy"] is None
    once.save(tmp_path / "record.json")
    assert Record.load(tmp_path / "record.json").to_dict() == once.to_dict()


def test_no_decay_is_stored_as_null(tmp_path: Path) -> None:
    for tau in (None, math.inf, "inf"):
        record = Perceptron(**SMALL, tau=tau).run()
        assert json.loads(record.to_json())["config"]["tau"] is None
    record.save(tmp_path / "r.json")
    assert Record.load(tmp_path / "r.json").config["tau"] is None


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_record_with_numbers_that_are_none_is_refused(word: str, record: Record, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    text = record.to_json()
    total = json.dumps(record.energy["total"])
    path.write_text(text.replace(f'"total": {total}', f'"total": {word}', 1), encoding="utf-8")
    with pytest.raises(InputError, match=word.removeprefix("-")):
        Record.load(path)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "null", '{"experiment": "perceptron"}', "[" * 100_000], ids=range(6)
)
def test_what_is_no_record_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="record"):
        Record.load(path)
    with pytest.raises(InputError, match="absent"):
        Record.load(tmp_path / "absent.json")


@pytest.mark.parametrize("key", KEYS)
def test_a_record_that_lacks_a_part_is_refused(key: str, record: Record, tmp_path: Path) -> None:
    plain = record.to_dict()
    del plain[key]
    path = tmp_path / "record.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(InputError, match=key):
        Record.load(path)


def test_a_ledger_of_another_version_is_refused(record: Record) -> None:
    plain = record.ledger.to_dict()
    plain["layers"][0]["run"]["n_quarks"] = 3
    with pytest.raises(InputError, match="n_quarks"):
        Ledger.from_dict(plain)
    del plain["layers"][0]["residual"]
    with pytest.raises(InputError, match="residual"):
        Ledger.from_dict({"layers": [{"name": "output", "run": record.ledger.total.to_dict()}]})


def test_the_hash_names_the_question_on_every_machine_and_in_every_order() -> None:
    assert config_hash("perceptron", {"a": 1, "b": [None, 0.5]}) == config_hash(
        "perceptron", {"b": [None, 0.5], "a": 1}
    )
    assert config_hash("perceptron", {"a": 1, "b": [None, 0.5]}) == "207dae13621114d1"
    first, again = (Perceptron(**SMALL).run(seed=seed).config_hash for seed in (0, 1))
    assert first == again
    assert first != Perceptron(**SMALL | {"threshold": 4.0}).run().config_hash
    assert first != config_hash("replay", Perceptron(**SMALL).run().config)


def test_pricing_again_changes_nothing(record: Record) -> None:
    assert not differences(record.price().to_dict(), record.to_dict(), where="record")


@pytest.mark.parametrize("costs", COSTS, ids=str)
@pytest.mark.parametrize("policy", ["immediate", "local-local", "local-global", "at-end"])
def test_pricing_with_new_costs_is_a_run_with_these_costs(costs: dict[str, Any], policy: str) -> None:
    fields = {**SMALL, "policy": policy, "tau": 80.0}
    priced = Perceptron(**fields).run().price(**costs)
    fresh = Perceptron(**fields, **costs).run()
    assert not differences(everything_but_times(priced), everything_but_times(fresh), where="record")


def test_pricing_on_other_memories_is_a_run_on_these_memories() -> None:
    run = Perceptron(**SMALL).run
    priced = run(hardware="sram_pcm_90nm", step_duration_s=2e-3, weight_range=(-40.0, 40.0)).price("sram_rram_22nm")
    fresh = run(hardware="sram_rram_22nm", step_duration_s=2e-3, weight_range=(-40.0, 40.0))
    assert not differences(everything_but_times(priced), everything_but_times(fresh), where="record")
    assert priced.hardware is not None
    assert priced.hardware["profile"] == "sram_rram_22nm"


def test_new_costs_that_make_no_sense_are_refused(record: Record) -> None:
    with pytest.raises(InputError, match="did you mean 'change_cost'"):
        record.price(chang_cost=1.0)
    with pytest.raises(InputError, match="alpha = 3"):
        record.price(alpha=3.0)
    with pytest.raises(InputError, match="sram_rram_22nm"):
        record.price("sram_rram_23nm")
