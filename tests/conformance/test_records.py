"""A record of any experiment survives JSON, prices as before, and says by its config how to make it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_caching import Record
from lava_caching.consolidation import AMOUNTS, SCOPES, get_policy, policy_names
from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.testing import differences

SMALL: dict[str, dict[str, Any]] = {
    "perceptron": {"n_inputs": 12, "n_patterns": 9, "max_epochs": 10},
    "mlp": {"n_hidden": "3", "max_samples": 25, "evaluate_every": 20},
    "spiking": {"n_patterns": 2, "n_inputs": 6, "max_epochs": 2, "dt_ms": 1.0},
    "tagging": {"delay": 2, "strong_trials": 2, "dt_ms": 1.0},
    "replay": {},
}
CHANGE = {"perceptron": 1.0, "replay": 1.0, "mlp": 0.02, "spiking": 0.005, "tagging": 0.005}
"""A usual change of a weight, the unit of the thresholds."""
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "policy": st.sampled_from(policy_names()),
    "scope": st.sampled_from([None, *SCOPES]),
    "amount": st.sampled_from(AMOUNTS),
    "threshold": st.floats(0, 5),
    "tau": st.sampled_from([None, "inf"]) | st.floats(1.5, 1e4),
    "alpha": st.floats(0, 2),
    "change_cost": st.floats(0, 1),
    "maintenance_cost": st.floats(0, 1),
    "persistent_maintenance_cost": st.floats(0, 1),
    "potentiation_only": st.booleans(),
    "write_counts": st.booleans(),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, rng = tmp_path_factory.mktemp("log") / "log.npz", np.random.default_rng(0)
    np.savez(path, w0=rng.normal(size=(2, 3)), changes=rng.normal(size=(20, 2, 3)))
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("record") / "record.json"


@pytest.mark.parametrize("name", experiment_names())
@settings(max_examples=8)
@given(
    seed=st.integers(0, 2**32 - 1),
    options=st.fixed_dictionaries(OPTIONS),
    hardware=st.sampled_from([None, "sram_pcm_90nm"]),
    again=st.floats(0, 2),
)
def test_a_record_survives_a_round_trip(
    name: str, seed: int, options: dict[str, Any], hardware: str | None, again: float, log: Path, path: Path
) -> None:
    change = CHANGE.get(name, 1.0)
    if get_policy(options["policy"]).statistic in ("always", "never"):
        options = options | {"amount": None}
    fields = {**SMALL.get(name, {}), **options, "threshold": options["threshold"] * change}
    fields["quantum"] = change if options["amount"] in ("quantum", "pulse") else None
    experiment = get_experiment(name)
    if "updates" in experiment.model_fields:
        fields["updates"] = log
    record = experiment(**fields).run(seed=seed, hardware=hardware)
    record.save(path)
    loaded = Record.load(path)
    assert loaded.to_json() == record.to_json()
    assert not differences(loaded.to_dict(), json.loads(record.to_json()))
    assert loaded.config_hash == record.config_hash
    new: list[dict[str, Any]] = [{}, {"alpha": again, "change_cost": 0.5}]
    for costs in new:
        assert loaded.price(**costs).to_json() == record.price(**costs).to_json()
    remade = experiment(**loaded.config).run(seed=loaded.seed, hardware=hardware)
    assert not differences(remade.to_dict() | {"versions": 0}, record.to_dict() | {"versions": 0})
