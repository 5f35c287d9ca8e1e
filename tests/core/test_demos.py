"""Demos run small and keep what they promise."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lava_caching import InputError
from lava_caching.report.fields import draw_receptive_fields

DEMOS = Path(__file__).parents[2] / "demos"


def demo(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DEMOS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_spikes_shows_both_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spikes = demo("spikes")
    monkeypatch.setattr(spikes, "FIGURE", tmp_path / "out" / "tagging.png")
    spikes.main(n_seeds=2, n_patterns=(2,), delays=(0, 100))
    shown = capsys.readouterr().out
    assert "STDP with a teacher, means of 2 seeds" in shown
    assert "synapse-wide" in shown
    assert (tmp_path / "out" / "tagging.png").exists()


def test_digits_are_learned_alike_with_and_without_caching(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = demo("digits_by_stdp")
    plain, cached = (
        digits.learn(*asked, n_images=500, n_epochs=1) for asked in (("immediate", 0), ("local-global", 0.1))
    )
    assert plain.accuracy > 0.5
    assert cached.accuracy > plain.accuracy - 0.1
    assert cached.ledger.total.n_persistent_writes < 0.2 * plain.ledger.total.n_persistent_writes
    monkeypatch.setattr(digits, "FIGURE", tmp_path / "out" / "fields.png")
    digits.main(n_images=30, n_epochs=1)
    assert "caching must not wait too long" in capsys.readouterr().out.lower()
    assert (tmp_path / "out" / "fields.png").stat().st_size > 10_000


def test_a_threshold_that_follows_the_errors_saves_beyond_the_best_fixed_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    adaptive = demo("adaptive_thresholds")
    monkeypatch.setattr(adaptive, "TUNED_ON", 2)
    monkeypatch.setattr(adaptive, "COMPARED_ON", range(100, 106))
    monkeypatch.setattr(adaptive, "SIZE", 300)
    follows = {"schedule": "error-rate", "schedule_steps": 300}
    monkeypatch.setattr(adaptive, "SCHEDULES", {"fixed": {}, "error-rate": follows})
    given = {"n_inputs": 300, "n_patterns": 300, "maintenance_cost": 0.01}
    fixed, adapted = (
        adaptive.energies("perceptron", adaptive.tuned("perceptron", {**given, **more}, 0.5, 100.0))
        for more in ({}, follows)
    )
    assert adapted.mean() < 0.9 * fixed.mean()
    monkeypatch.setattr(adaptive, "NETWORK", {"learning_rate": 0.5, "target_accuracy": 0.5, "max_epochs": 5})
    adaptive.main(costs=[0.01], variants={"fixed θ": {}, "lazy": adaptive.LAZY})
    shown = capsys.readouterr().out
    assert "perceptron, N = P = 300: saved beyond the best fixed θ" in shown
    assert "no caching" in shown
    assert "0.0 ± 0.0 %" in shown


@pytest.mark.long
def test_digits_by_stdp_at_full_size() -> None:
    digits = demo("digits_by_stdp")
    plain, cached = digits.learn("immediate", 0.0), digits.learn("local-global", digits.DRAWN)
    assert plain.accuracy > 0.85
    assert abs(cached.accuracy - plain.accuracy) <= 0.02
    assert digits.COST.price(cached.ledger).total < 0.5 * digits.COST.price(plain.ledger).total


def test_fields_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be \\(n_neurons, 8 \\* 8\\)"):
        draw_receptive_fields(np.zeros((3, 5)), (8, 8), tmp_path / "x.png")
