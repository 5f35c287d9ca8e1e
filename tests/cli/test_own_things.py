"""Policies, rules and schedules of one's own in records: told apart, priced, reported, and not taken for others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron, Record
from lava_caching.consolidation import Policy, get_policy
from lava_caching.devices import Cells, Device, Store
from lava_caching.errors import InputError
from lava_caching.plasticity import Rule, get_rule
from lava_caching.schedules import Schedule, get_schedule

CELLS = """
summary = "my cells"
[persistent]
levels = 32
[transient]
tau_s = 1e-3
[sources]
"persistent.levels" = "mine"
"transient.tau_s" = "mine"
"""
SMALL: dict[str, Any] = {"n_inputs": 12, "n_patterns": 6, "threshold": 2.0}


def _squares(value: float, s: float) -> float:
    return value + s * s


def _sizes(value: float, s: float) -> float:
    return value + abs(s)


def _half(start: float, end: float, steps: float, n: float, rate: float) -> float:
    return start if n < steps else 0.5 * start


def own(statistic: Any = _squares, **more: Any) -> Policy:
    return Policy(**{"name": "mine", "summary": "of my own", "statistic": statistic, "scope": "neuron", **more})


def scaled(factor: float) -> Callable[[float, float], float]:
    return lambda value, s: value + factor * abs(s)


def record_of(**fields: Any) -> Record:
    return Perceptron(**{**SMALL, **fields}).run(engine="reference")


def test_different_things_of_one_name_are_told_apart() -> None:
    policies = [
        own(),
        own(_sizes),
        own(scope="synapse"),
        own(amount="pulse", quantum=1.0),
        own(scaled(2)),
        own(scaled(3)),
    ]
    records = [record_of(policy=policy) for policy in policies]
    assert len({record.config_hash for record in records}) == len(policies)
    assert records[0].config_hash == record_of(policy=own()).config_hash
    assert records[2].config["scope"] == "synapse"
    assert records[0].outcome["own"]["policy"]["statistic"].startswith("sha256 ")


def test_what_is_found_by_its_name_is_no_thing_of_ones_own() -> None:
    by_name = record_of(policy="local-global", scope="layer", amount="pulse", quantum=2.0)
    adapted = get_policy("local-global").adapted(scope="layer", amount="pulse", quantum=2.0)
    as_it_is = record_of(policy=adapted, rule=get_rule("perceptron"))
    assert as_it_is.config == by_name.config
    assert as_it_is.config_hash == by_name.config_hash
    assert "own" not in as_it_is.outcome


@pytest.mark.parametrize(
    ("field", "thing"),
    [
        ("policy", own(name="local-local")),
        ("rule", dataclasses.replace(get_rule("perceptron"), post_factor=lambda o, t, eta, eps: 0.0)),
        ("schedule", dataclasses.replace(get_schedule("linear"), threshold=_half)),
    ],
)
def test_a_name_that_is_taken_is_refused(field: str, thing: Policy | Rule | Schedule) -> None:
    with pytest.raises(InputError, match=f"{field} '{thing.name}': is the name of another one"):
        Perceptron(**SMALL, **{field: thing})


def test_records_of_things_of_ones_own_are_priced_and_reported(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    rule = Rule(name="my-rule", summary="x", post_factor=get_rule("perceptron").post_factor, reference="mine")
    staircase = Schedule(name="staircase", summary="x", threshold=_half, steps_are="when it falls", reference="mine")
    cells = Device(name="my cells", summary="x", persistent=Cells(levels=64), transient=Store(tau_s=1e-4))
    given: dict[str, dict[str, Any]] = {
        "policy": {"policy": own(amount="pulse", quantum=1.0)},
        "rule": {"rule": rule},
        "schedule": {"schedule": staircase, "schedule_steps": 20},
        "device": {"device": cells},
    }
    for name, fields in given.items():
        path = tmp_path / f"{name}.json"
        record_of(**fields).save(path)
        assert call("price", path)[0] == 0
        assert call("report", path, "--out", tmp_path / f"{name}.html")[0] == 0
        page = (tmp_path / f"{name}.html").read_text("utf-8")
        assert ("in Python: no command names that" in page) is (name != "device")


def test_a_record_of_cells_that_leak_can_be_repeated_and_priced(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    model, record = tmp_path / "cells.toml", tmp_path / "record.json"
    model.write_text(CELLS)
    words = ("--n-inputs", "12", "--n-patterns", "6", "--device", model, "--step-duration", "1e-6", "--out", record)
    assert call("run", "perceptron", *words)[0] == 0
    first = Record.load(record)
    assert first.config["tau"] == pytest.approx(1000)
    assert Perceptron(**first.config).run(seed=first.seed).ledger == first.ledger
    model.unlink()  # the record tells of them what a bill needs
    assert call("price", record)[0] == 0
    with pytest.raises(InputError, match=r"tau = 9 and device = my cells, which leaks with 0.0001 s, 100 steps of"):
        Perceptron(**SMALL, tau=9, device=Device(name="my cells", summary="x", transient=Store(tau_s=1e-4)))
