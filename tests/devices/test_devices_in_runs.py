"""Device models in a whole run: ideal ones change nothing, real ones say what they did, and records stay honest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching import Perceptron, Record, Replay, SynapticCache
from lava_caching.consolidation import policy_names
from lava_caching.devices import Cells, Device, Store
from lava_caching.errors import InputError
from lava_caching.testing import differences

SMALL: dict[str, Any] = {"n_inputs": 40, "n_patterns": 30, "write_counts": True}
PULSES = ("n_pulses", "n_verify_reads", "n_writes_lost")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path / "log.npz"
    np.savez(path, w0=np.zeros((3, 5)), changes=rng.normal(0, 0.2, (80, 3, 5)))
    return path


@pytest.mark.parametrize("policy", policy_names())
@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_ideal_cells_change_nothing_bit_by_bit(engine: str, policy: str) -> None:
    for tau in (None, 30.0):
        asked: dict[str, Any] = {**SMALL, "policy": policy, "tau": tau, "threshold": 2.0, "max_epochs": 1000}
        without = Perceptron(**asked).run(engine=engine)
        found = Perceptron(**asked, device="ideal").run(engine=engine)
        assert found.ledger.to_dict() == without.ledger.to_dict()
        assert found.energy == without.energy
        assert found.hardware == without.hardware
        assert np.array_equal(np.asarray(found.weights), np.asarray(without.weights))


@pytest.mark.parametrize("mapping", ["differential", "single"])
@pytest.mark.parametrize("policy", policy_names())
def test_the_path_through_ideal_devices_changes_no_bit_either(policy: str, mapping: Any) -> None:
    device = Device(name="ideal-pair", summary="ideal", persistent=Cells(mapping=mapping))
    assert device.is_ideal
    ledgers, weights = [], []
    for cells in (None, device):
        rng = np.random.default_rng(0)
        cache = SynapticCache(rng.normal(0, 0.3, (3, 20)), policy=policy, threshold=0.5, tau=100, device=cells)
        for _ in range(200):
            cache.accumulate(rng.normal(0, 0.2, (3, 20)))
            cache.end_step()
        ledgers.append(cache.finish().to_dict())
        weights.append(cache.effective)
    wrong = differences(ledgers[1], ledgers[0])
    assert all(any(count in text for count in PULSES) for text in wrong), wrong
    np.testing.assert_array_equal(weights[0], weights[1])


@pytest.mark.parametrize("seed", [0, 4, 7])  # in 4 and 7 a level is wider than two thresholds
def test_rough_cells_still_learn_and_say_what_happened(seed: int) -> None:
    found = Perceptron(n_inputs=1000, n_patterns=500, device="noisy-15-levels").run(seed=seed)
    assert found.outcome["converged"]
    assert found.outcome["accuracy"] > 0.98
    told = found.outcome["device"]
    assert told["n_stuck"] > 0
    assert told["n_devices"] == 1001
    assert told["parameters"]["persistent.cycle_to_cycle"] == 0.05
    assert "new run" in told["repricing"]
    total = found.ledger.total
    assert total.n_pulses_set
    assert total.n_bits_flipped
    assert total.n_writes_lost


def test_coarse_cells_learn_with_a_cache_and_not_without() -> None:
    """Changes of 1 are less than half a level of 8: without a cache every write is refused."""
    asked: dict[str, Any] = {"n_inputs": 300, "n_patterns": 150, "device": "noisy-15-levels", "max_epochs": 100}
    cached = Perceptron(**asked, threshold=8.0).run()
    direct = Perceptron(**asked, policy="immediate", device_range=cached.config["device_range"]).run()
    assert cached.outcome["converged"]
    assert not direct.outcome["converged"]
    assert direct.ledger.total.n_persistent_writes == 0
    assert direct.outcome["device"]["n_refused"] > 0


def test_a_refused_change_stays_in_the_cache_until_it_is_worth_a_pulse() -> None:
    device = Device(name="d", summary="coarse", persistent=Cells(levels=3))  # levels of 5 within ±10
    cache = SynapticCache(np.zeros(1), policy="local-local", threshold=1.5, device=device, device_range=10.0)
    seen = []
    for _ in range(3):
        cache.accumulate([1.0])
        cache.end_step()
        seen.append((float(cache.transient[0]), float(cache.persistent[0])))
    assert seen == [(1.0, 0.0), (2.0, 0.0), (0.0, 5.0)]
    ledger = cache.finish()
    assert ledger.total.n_transferred == 1
    assert ledger.total.n_transient_writes == 2
    assert ledger.total.n_consolidations == 2


def test_wear_and_write_counts_are_the_programmings_of_the_busier_device() -> None:
    cells = Cells(levels=15, write_noise=0.05, verify_tolerance=0.02, endurance_cycles=1e6)
    device = Device(name="v", summary="verified", persistent=cells)
    for engine in ("reference", "numba"):
        found = Perceptron(**SMALL, device=device).run(engine=engine)
        total = found.ledger.total
        assert total.write_counts is not None
        assert max(total.write_counts) > total.n_persistent_writes / total.n_synapses  # type: ignore[operator]
        assert sum(total.write_counts) >= (total.n_persistent_writes or 0)


def test_an_interrupted_search_for_the_range_ends_the_run() -> None:
    asked = Perceptron(n_inputs=50, n_patterns=95, device="noisy-15-levels")
    with pytest.raises(KeyboardInterrupt):
        asked.run(monitor=lambda n_done, n_total, what: False)


def test_the_range_is_that_of_the_same_run_on_ideal_cells() -> None:
    found = Perceptron(**SMALL, device="noisy-15-levels").run()
    ideal = Perceptron(**SMALL).run()
    assert found.config["device_range"] == ideal.ledger.total.largest_weight
    again = Perceptron(**SMALL, device="noisy-15-levels", device_range=found.config["device_range"]).run()
    assert again.ledger.to_dict() == found.ledger.to_dict()
    assert found.hardware is not None
    assert found.hardware["operating_point"]["weight_max"] == found.config["device_range"]


def test_the_same_seed_gives_the_same_cells_and_another_seed_others() -> None:
    one, same, other = (Perceptron(**SMALL, device="noisy-15-levels").run(seed=seed) for seed in (3, 3, 4))
    assert one.ledger.to_dict() == same.ledger.to_dict()
    assert one.ledger.to_dict() != other.ledger.to_dict()


def test_devices_draw_from_a_stream_of_their_own() -> None:
    rough = Perceptron(**SMALL, device=Device(name="d", summary="d", persistent=Cells(bounded=True)), device_range=1e6)
    assert rough.run().outcome["n_updates"] == Perceptron(**SMALL).run().outcome["n_updates"]


def test_a_leak_in_seconds_is_the_tau_of_the_run() -> None:
    leaky = Device(name="leaky", summary="leaks", transient=Store(tau_s=1e-3))
    found = Perceptron(**SMALL, device=leaky).run(step_duration_s=1e-5)
    assert found.config["tau"] == pytest.approx(100.0)
    assert found.config["device_step_s"] == 1e-5
    assert found.ledger.to_dict() == Perceptron(**SMALL, tau=found.config["tau"]).run().ledger.to_dict()
    with pytest.raises(InputError, match="leave tau out"):
        Perceptron(**SMALL, device=leaky, tau=5)
    with pytest.raises(InputError, match="no more than a step"):
        Perceptron(**SMALL, device=leaky).run(step_duration_s=1.0)
    with pytest.raises(InputError, match="a step has one duration"):
        Perceptron(**SMALL, device=leaky, device_step_s=1e-6).run(step_duration_s=1e-5)


@pytest.mark.parametrize(("interval", "left"), [(None, 3.0 * 0.99**501), (10e-6, 3.0 * 0.99)])
def test_a_refresh_before_half_a_level_has_leaked_keeps_s_for_ever(interval: float | None, left: float) -> None:
    store = Store(levels=21, refresh_interval_s=interval)  # 10 weights of the range: levels of 1
    device = Device(name="d", summary="refreshed", transient=store)
    cache = SynapticCache(
        np.zeros(1), policy="at-end", threshold=1, tau=100, device=device, device_range=10.0, step_s=1e-6
    )
    for step in range(500):
        cache.accumulate([3.0 if step == 0 else 0.0])
        cache.end_step()
    assert cache.transient[0] == pytest.approx(left / 0.99 if interval is None else left)


def test_drift_needs_the_seconds_of_a_step() -> None:
    drifting = Device(name="d", summary="drifts", persistent=Cells(drift_exponent=0.1, drift_interval_steps=10))
    quick, slow = (Perceptron(**SMALL, device=drifting, device_step_s=s).run() for s in (1e-9, 10.0))
    ideal = Perceptron(**SMALL).run()
    assert quick.outcome["n_updates"] == ideal.outcome["n_updates"]
    assert slow.outcome["n_updates"] > ideal.outcome["n_updates"]


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_logs_are_replayed_on_devices(engine: str, log: Path) -> None:
    found = Replay(updates=log, threshold=0.3, device="fecap-memristor-130nm").run(engine=engine)
    assert found.outcome["device"]["n_devices"] == 2 * 15
    assert found.ledger.total.n_pulses_set
    levels = np.asarray(found.weights) / found.config["device_range"] * 7
    np.testing.assert_allclose(np.round(levels), levels, atol=1e-9)


def test_first_weights_beyond_the_range_are_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.npz"
    np.savez(log, w0=np.ones((1, 2)), changes=np.ones((3, 1, 2)))
    with pytest.raises(InputError, match=r"device_range = 0\.01: the first weights reach"):
        Replay(updates=log, threshold=0.3, device="fecap-memristor-130nm", device_range=0.01).run()


def test_a_record_on_devices_is_read_and_priced_again(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    found = Perceptron(**SMALL, device="fecap-memristor-130nm").run()
    found.save(path)
    loaded = Record.load(path)
    assert loaded.config_hash == found.config_hash
    assert loaded.price("sram_rram_22nm").hardware == found.price("sram_rram_22nm").hardware
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_hash_follows_the_parameters_and_not_the_path(tmp_path: Path) -> None:
    hashes = []
    for name, levels in (("a", 5), ("b", 5), ("c", 7)):
        path = tmp_path / f"{name}.toml"
        path.write_text(f"[persistent]\nlevels = {levels}\n")
        hashes.append(Perceptron(**SMALL, device=str(path), device_range=30.0).run().config_hash)
    assert hashes[0] == hashes[1] != hashes[2]
    ideal = Perceptron(**SMALL).run()
    assert all(key not in json.dumps(ideal.outcome) for key in ("device", "repricing"))


@pytest.mark.parametrize("engine", ["lava", "lava-fixed", "loihi-native"])
def test_engines_that_know_no_devices_say_so(engine: str) -> None:
    pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    fixed: dict[str, Any] = {"coding": "binary", "center_patterns": False, "amount": "pulse", "quantum": 4}
    asked = {**SMALL, "policy": "local-local", **({} if engine == "lava" else fixed)}
    with pytest.raises(InputError, match=f"engine '{engine}' knows no device models: .* use numba or reference"):
        Perceptron(**asked, device="ideal").run(engine=engine)
