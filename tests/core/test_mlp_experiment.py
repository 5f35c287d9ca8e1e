"""The experiment `mlp`: its curve and stops, checkpoints, and what it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching import MLP, Record
from lava_caching.cli.tables import print_record
from lava_caching.devices import Cells, Device
from lava_caching.errors import InputError
from lava_caching.testing import differences

SMALL: dict[str, Any] = {"n_hidden": "12", "max_epochs": 1, "max_samples": 600, "evaluate_every": 250}


def curve(record: Record) -> list[int]:
    return [point["n_presentations"] for point in record.outcome["curve"]]


def same(one: Record, other: Record) -> bool:
    keys = ("outcome", "ledger", "energy", "hardware", "config_hash")
    return all(one.to_dict()[key] == other.to_dict()[key] for key in keys)


def test_it_learns_digits() -> None:
    found = MLP(n_hidden="30", max_epochs=6, learning_rate=0.5).run(seed=0)
    assert found.outcome["accuracy"] > 0.85
    assert [layer.name for layer in found.ledger.layers] == ["layer 1", "layer 2"]
    assert found.ledger.layers[0].run.n_synapses == 64 * 30


@pytest.mark.parametrize("policy", ["local-local", "local-global"])
def test_what_rounding_leaves_is_never_less_than_nothing(policy: str, tmp_path: Path) -> None:
    """With θ = 0 nothing is held; sums that follow what changes may end below 0 by 1e-17."""
    for seed in range(4):
        record = MLP(n_hidden="5", max_epochs=1, max_samples=50, policy=policy, threshold=0.0, tau=None).run(seed=seed)
        assert all(0.0 <= (layer.run.transient_hold_l1 or 0.0) < 1e-12 for layer in record.ledger.layers)
        record.save(tmp_path / "record.json")
        assert Record.load(tmp_path / "record.json").to_dict() == record.to_dict()


def test_the_curve_has_every_evaluation_once() -> None:
    assert curve(MLP(**SMALL).run()) == [250, 500, 600]
    assert curve(MLP(**{**SMALL, "max_samples": 500}).run()) == [250, 500]
    assert curve(MLP(**{**SMALL, "max_samples": 1500, "max_epochs": 2, "evaluate_every": 1000}).run()) == [
        1000,
        1437,
        1500,
    ]


def test_energy_on_the_curve_is_that_of_a_run_that_ends_there() -> None:
    long, short = MLP(**SMALL).run(), MLP(**{**SMALL, "max_samples": 500}).run()
    for name in ("total", "consolidation", "maintenance", "minimal"):
        assert long.outcome["curve"][1]["energy"][name] == pytest.approx(short.energy[name], rel=1e-12)
    rough = MLP(**SMALL, alpha=0.5).run()
    assert rough.outcome["curve"][-1]["energy"]["total"] == pytest.approx(rough.energy["total"])


def test_it_stops_at_the_target() -> None:
    found = MLP(n_hidden="30", max_epochs=6, learning_rate=0.5, evaluate_every=200, target_accuracy=0.6).run()
    *before, last = [point["accuracy"] for point in found.outcome["curve"]]
    assert found.outcome["converged"]
    assert last > 0.6 >= max(before)
    assert not MLP(**SMALL, target_accuracy=0.99).run().outcome["converged"]
    assert MLP(**SMALL).run().outcome["converged"] is None


def test_patience_ends_a_training_that_gets_no_better() -> None:
    found = MLP(n_hidden="12", learning_rate=1e-9, max_epochs=9, patience=2).run()
    assert found.outcome["n_epochs"] == 3


def test_interruption_keeps_what_is_finished() -> None:
    found = MLP(**SMALL).run(monitor=lambda n_done, n_total, what: n_done < 250)
    assert found.outcome["interrupted"]
    assert curve(found) == [250]


def test_a_run_that_diverges_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert MLP(**SMALL, learning_rate=1e6).run().outcome["diverged_at"] is None  # saturated
    for engine in ("numba", "reference"):
        found = MLP(**SMALL, learning_rate=1e140).run(engine=engine)
        assert found.outcome["diverged_at"] == 1
        print_record(found)
        assert "diverged: ended at presentation 1" in capsys.readouterr().out


def test_weights_that_a_precision_cannot_compute_with_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "init.npz"
    np.savez(path, w1=np.full((12, 64), 1e39), w2=np.zeros((10, 12)))
    with pytest.raises(InputError, match=r"a weight of size 1e\+39: must be at most 1e\+06 in precision float32"):
        MLP(**SMALL, init=path, precision="float32").run()
    assert MLP(**SMALL, init=path).run().outcome["diverged_at"] is None


def test_weights_are_read_from_a_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "init.npz"
    first = {"w1": rng.normal(0, 0.01, (12, 64)), "w2": rng.normal(0, 0.01, (10, 12))}
    np.savez(path, **first)
    one, other = MLP(**SMALL, init=path).run(seed=0), MLP(**SMALL, init=path).run(seed=9)
    assert one.ledger.to_dict() == other.ledger.to_dict()
    with pytest.raises(InputError, match=r"w1 has shape \(12, 64\): must be \(7, 64\)"):
        MLP(**{**SMALL, "n_hidden": "7"}, init=path).run()


def test_a_checkpoint_changes_nothing_and_is_taken_up_bit_by_bit(tmp_path: Path) -> None:
    asked = {**SMALL, "write_counts": True, "max_samples": 900}
    whole = MLP(**asked).run()
    path = tmp_path / "aside.npz"
    assert same(MLP(**asked, checkpoint=path, every=130).run(), whole)
    path.unlink()
    first = MLP(**asked, checkpoint=path, every=130).run(monitor=lambda n_done, n_total, what: n_done < 500)
    assert first.outcome["interrupted"]
    assert same(MLP(**asked, checkpoint=path, every=130).run(), whole)


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "aside.npz"
    MLP(**SMALL, checkpoint=path, every=100).run()
    with pytest.raises(InputError, match="belongs to a training with other settings"):
        MLP(**SMALL, checkpoint=path, threshold=0.1).run()
    good = path.read_bytes()
    middle = len(good) // 2
    flipped = good[:middle] + bytes([good[middle] ^ 255]) + good[middle + 1 :]
    for content in (b"", b"PK nothing", good[:3000], flipped):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is no checkpoint"):
            MLP(**SMALL, checkpoint=path).run()


def test_a_checkpoint_with_a_count_below_0_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "aside.npz"
    MLP(**SMALL, checkpoint=path, every=100).run()
    with np.load(path) as data:
        arrays = dict(data)
    for name in ("tally_n_updates", "n_ops"):
        edited = {**arrays, name: arrays[name] - 10**9}
        np.savez(path, **edited)
        with pytest.raises(InputError, match=f"{name} holds -.*, and no count is negative"):
            MLP(**SMALL, checkpoint=path).run()


def test_a_longer_limit_goes_on_as_if_it_had_been_asked_for_at_once(tmp_path: Path) -> None:
    path = tmp_path / "aside.npz"
    asked = {**SMALL, "checkpoint": path, "every": 500, "evaluate_every": 400}
    for target in (None, 0.01):  # which is above it at every evaluation
        whole = MLP(**{**asked, "target_accuracy": target, "max_samples": 1300}).run()
        path.unlink()
        MLP(**{**asked, "target_accuracy": target, "max_samples": 300}).run()
        assert path.exists()
        assert same(MLP(**{**asked, "target_accuracy": target, "max_samples": 1300}).run(), whole)
        path.unlink()
    MLP(**{**asked, "max_samples": 500}).run()
    with pytest.raises(InputError, match="is already at presentation 500, beyond the 400 asked for"):
        MLP(**{**asked, "max_samples": 400}).run()


@pytest.mark.slow
def test_a_killed_run_is_resumed_to_the_same_record(tmp_path: Path) -> None:
    path, out = tmp_path / "aside.npz", tmp_path / "out.json"
    words = ["run", "mlp", "--n-hidden", "40", "--max-epochs", "8", "--quiet"]
    command = [sys.executable, "-m", "lava_caching", *words]
    whole = tmp_path / "whole.json"
    subprocess.run([*command, "--out", str(whole)], check=True, capture_output=True)
    resumed = [*command, "--checkpoint", str(path), "--every", "500", "--out", str(out)]
    process = subprocess.Popen(resumed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not out.exists() or process.returncode == 0
    subprocess.run(resumed, check=True, capture_output=True)
    assert same(Record.load(out), Record.load(whole))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"n_hidden": "0"}, "n_hidden = 0: every layer must have a unit at least"),
        ({"n_hidden": "5,0"}, "n_hidden = 5,0: every layer must have a unit at least"),
        ({"n_hidden": "a"}, "n_hidden = 'a': must be as described"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"dataset": "nowhere"}, "nowhere"),
        ({"precision": "float16"}, "precision"),
        ({"every": 5}, "name the file as well"),
        ({"target_accuracy": 1.5}, "target_accuracy"),
        ({"max_samples": 0}, "max_samples"),
    ],
)
def test_bad_settings_are_refused(fields: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        MLP(**{**SMALL, **fields}).run()


def test_the_plain_engine_makes_no_checkpoints_and_one_precision(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="engine 'reference' makes none; use numba"):
        MLP(**SMALL, checkpoint=tmp_path / "x.npz").run(engine="reference")
    with pytest.raises(InputError, match="engine 'reference' computes in float64; use numba"):
        MLP(**SMALL, precision="float32").run(engine="reference")


def test_devices_hold_the_weights_on_both_engines() -> None:
    asked = {**SMALL, "max_samples": 60, "n_hidden": "4", "device": "fecap-memristor-130nm", "device_range": 2.0}
    one, other = (MLP(**asked, write_counts=True).run(engine=engine) for engine in ("reference", "numba"))
    assert one.outcome == other.outcome
    assert one.outcome["device"]["n_devices"] == 2 * (64 * 4 + 4 * 10)
    assert not differences(other.ledger.to_dict(), one.ledger.to_dict(), relative=1e-9)
    assert other.ledger.total.n_pulses_set is not None
    noisy = Device(name="noisy", summary="noise", persistent=Cells(levels=64, write_noise=0.01, stuck_low=0.02))
    one, other = (
        MLP(**{**asked, "device": noisy, "threshold": 0.03}).run(engine=engine) for engine in ("reference", "numba")
    )
    assert one.outcome == other.outcome
    assert not differences(other.ledger.to_dict(), one.ledger.to_dict(), relative=1e-9)
    assert one.ledger.total.n_persistent_writes


def test_devices_make_no_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoints on devices"):
        MLP(**SMALL, device="ecram-li", checkpoint=tmp_path / "x.npz").run()
