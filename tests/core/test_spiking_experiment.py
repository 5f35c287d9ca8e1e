"""The experiments `spiking` and `tagging`: the published numbers, the rule of convergence, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching import Spiking, Tagging
from lava_caching.engines.spiking import Stimulus
from lava_caching.engines.spiking._training import judge, teach
from lava_caching.errors import InputError
from lava_caching.monitor import carry_on
from lava_caching.report.tagging import draw_tagging

SEEDS = range(20)


@pytest.mark.slow
def test_ideal_caching_saves_what_the_paper_says() -> None:
    """Fig. 2 supplement 1: about 80 % at 10 patterns; the minimum is reached."""
    runs = [Spiking(n_patterns=10, policy="at-end").run(seed=seed) for seed in SEEDS]
    saved = [1 - run.energy["total"] / run.outcome["direct_l1"] for run in runs]
    assert 0.75 <= np.mean(saved) <= 0.90
    assert all(run.energy["inefficiency"] == pytest.approx(1.0, abs=1e-12) for run in runs)
    kinds = [run.outcome["success"] for run in runs]
    assert sum(kinds.count(kind) for kind in ("passed", "failed", "untestable")) == len(runs)
    cached = [Spiking(n_patterns=10).run(seed=seed) for seed in SEEDS]
    assert np.mean([1 - run.energy["total"] / run.outcome["direct_l1"] for run in cached]) >= 0.70
    # without a decay the weights do not depend on the policy, so what both would have cost directly is the same
    for ideal, run in zip(runs, cached, strict=True):
        assert run.outcome["direct_l1"] == pytest.approx(ideal.outcome["direct_l1"], rel=1e-9)
        assert run.outcome["stopping_run"] == ideal.outcome["stopping_run"]


@pytest.mark.slow
def test_energies_rise_with_the_number_of_patterns() -> None:
    means = []
    for n in (1, 5, 10, 15):
        runs = [Spiking(n_patterns=n, policy="at-end").run(seed=seed) for seed in range(8)]
        means.append([np.mean([run.outcome["direct_l1"] for run in runs]), np.mean([r.energy["total"] for r in runs])])
    assert (np.diff(means, axis=0) > 0).all()


def test_without_a_cache_each_change_is_written() -> None:
    run = Spiking(n_patterns=3, policy="immediate", max_epochs=4).run(seed=1)
    assert run.energy["total"] == pytest.approx(run.outcome["direct_l1"], rel=1e-12)
    assert run.ledger.total.n_transient_writes == 0
    assert not run.outcome["converged"]
    assert run.outcome["stopping_run"] == run.outcome["n_epochs"] == 4


@dataclasses.dataclass
class Scripted:
    """A neuron whose weights follow a script, one entry for each run; no more of one than is asked for."""

    script: list[float]
    n: int = 0

    def present(self, stimulus: Any) -> Any:
        self.n += 1
        return dataclasses.make_dataclass("Trial", ["change_l1"])(1.0)

    @property
    def persistent(self) -> Any:
        return np.array([self.script[self.n - 1], 0.5])

    @property
    def transient(self) -> Any:
        return np.zeros(2)

    def copy(self) -> Any:
        return Scripted(self.script, self.n)

    def account(self) -> Any:
        return self.n


@pytest.mark.parametrize(
    ("script", "n_runs", "stopping_run"),
    [
        ([0.1] * 30, 11, 2),  # never before the 11th run
        ([0.0] * 5 + [0.2] * 30, 15, 6),
        ([0.0] * 12 + [0.059] * 30, 11, 2),
        ([0.1 * (k % 2) for k in range(30)], 30, 30),  # ± 0.05 about the mean: never
        ([0.06 * (k % 2) for k in range(30)], 11, 2),  # ± 0.03: just within
    ],
)
def test_it_stops_when_ten_runs_agree_and_accounts_for_the_first_of_them(
    script: list[float], n_runs: int, stopping_run: int
) -> None:
    one_run: list[Stimulus] = [None]  # type: ignore[list-item]
    neuron: Any = Scripted(script)
    taught = teach(neuron, lambda: one_run, max_runs=30, tolerance=0.03 + 1e-12, monitor=carry_on)
    assert (taught.n_runs, taught.stopping_run, taught.converged) == (n_runs, stopping_run, n_runs < 30)
    assert taught.ledger == stopping_run  # type: ignore[comparison-overlap]
    assert taught.direct_l1 == stopping_run


@pytest.mark.parametrize(
    ("weights", "strong", "success"),
    [
        ([1.0, 1.1, 0.1, 0.2], [True, True, False, False], "passed"),
        ([1.0, 1.1, 0.9, 0.2], [True, True, False, False], "failed"),
        ([1.0, 1.1, 0.1, 0.2], [True] * 4, "untestable"),
        ([1.0, 0.1], [True, False], "passed"),
        ([0.0, 0.0], [True, False], "failed"),
        ([0.1, 1.0, 1.0, 0.1], [True, False, False, True], "failed"),  # apart, but the wrong way round
    ],
)
def test_success_is_judged_by_the_spread_of_both_classes(weights: Any, strong: Any, success: str) -> None:
    patterns = [np.array([i]) for i in range(len(weights))]
    told = judge(np.array(weights), patterns, np.array(strong))
    assert told["success"] == success
    assert told["responses"]["strong"]["mean"] == pytest.approx(np.mean(np.array(weights)[np.array(strong)]))


def test_a_run_can_be_stopped_and_keeps_what_it_has() -> None:
    run = Spiking(n_patterns=2).run(monitor=lambda n_done, n_total, what: n_done < 3)
    assert run.outcome["interrupted"]
    assert run.outcome["n_epochs"] == 3
    assert run.ledger.total.n_steps == 6


def test_own_patterns_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, patterns=np.eye(3, 6, dtype=int) + np.eye(3, 6, 3, dtype=int), targets=[1, -1, 1])
    run = Spiking(patterns=path, max_epochs=2).run()
    assert (run.config["n_patterns"], run.config["n_inputs"]) == (3, 6)
    assert run.weights.shape == (6,)
    assert run.outcome["responses"]["weak"]["n"] == 1


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"patterns": np.array([[1, 0], [0, 0]]), "targets": [1, -1]}, "pattern 1 has no active input"),
        ({"patterns": np.array([[1, 2], [0, 1]]), "targets": [1, -1]}, "patterns holds 2: must be 0 or 1"),
        ({"patterns": np.eye(2), "targets": [1, 0]}, "targets holds 0: must be -1 or 1"),
        ({"patterns": np.eye(2), "targets": [1]}, "must be (P, N) and (P,)"),
        ({"patterns": np.eye(2)}, "lacks the array 'targets'"),
    ],
)
def test_patterns_that_cannot_be_are_refused(tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError) as error:
        Spiking(patterns=path).run()
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dt_ms": 1.5}, "dt_ms = 1.5: must be above 0 and at most 1 ms"),
        ({"dt_ms": 0.0009}, "dt_ms = 0.0009: must be at least 0.001 ms, 150,000 steps a trial"),
        ({"rate_hz": 10_001.0}, "rate_hz = 10001: must be from 0 to 10000 Hz"),
        ({"background_rate_hz": 1e6}, "background_rate_hz = 1e+06: must be from 0 to 10000 Hz"),
        ({"dt_ms": 1.0, "rate_hz": 1500.0}, "rate_hz = 1500: must be from 0 to 1000 Hz"),
        ({"n_active": 101}, "n_active = 101: must be at most the 100 inputs"),
        ({"tau": 1.0}, "tau = 1.0: must be greater than 1"),
        ({"n_patterns": 0}, "n_patterns = 0: must be at least 1"),
        ({"threshold": -1.0}, "threshold = -1.0: must be at least 0"),
    ],
)
def test_numbers_that_cannot_be_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        Spiking(**fields).run()
    assert said in str(error.value)


@pytest.mark.parametrize(("w", "said"), [([1.2, 0.0], "w holds 1.2: must lie from 0 to 1"), ([0.1], "must be (2,)")])
def test_first_weights_beyond_the_bounds_are_refused(tmp_path: Path, w: list[float], said: str) -> None:
    path = tmp_path / "init.npz"
    np.savez(path, w=w)
    with pytest.raises(InputError) as error:
        Spiking(n_inputs=2, n_active=1, init=path).run()
    assert said in str(error.value)


# ---------------------------------------------------------------------------------------------------------- tagging
def captured(policy: str, threshold: float, delay: int, **fields: Any) -> list[float]:
    asked = Tagging(policy=policy, threshold=threshold, delay=delay, **fields)
    return [asked.run(seed=seed).outcome["captured_fraction"] for seed in range(10)]


@pytest.mark.parametrize(("policy", "threshold"), [("local-global", 0.2), ("global-global", 0.9)])
def test_a_strong_pathway_captures_the_tags_of_a_weak_one_while_they_last(policy: str, threshold: float) -> None:
    means = [np.mean(captured(policy, threshold, delay)) for delay in (0, 10, 50, 100, 200, 500)]
    assert means[1] >= 0.75
    assert 0.25 <= means[3] <= 0.45
    assert means[5] <= 0.02
    assert (np.diff(means) < 0).all()


def test_synapse_by_synapse_nothing_is_captured() -> None:
    assert captured("local-local", 0.2, 0) == [0.0] * 10


def test_strong_before_weak_captures_nothing() -> None:
    assert captured("local-global", 0.2, 0, strong_first=True) == [0.0] * 10


def test_what_the_weak_pathway_consolidates_itself_is_not_captured() -> None:
    run = Tagging(weak_trials=40, delay=500, strong_trials=10).run()
    assert run.outcome["curve"][39]["weak_persistent"] > 0
    assert run.outcome["captured_fraction"] < 0.02
    assert Tagging(policy="immediate").run().outcome["captured_fraction"] is None


def test_a_long_delay_can_be_stopped_and_its_curve_is_thinned() -> None:
    run = Tagging(delay=100_000).run(monitor=lambda n_done, n_total, what: n_done < 50)
    assert run.outcome["interrupted"]
    assert run.outcome["n_presentations"] == 50
    whole = Tagging(delay=9000).run()
    assert len(whole.outcome["curve"]) <= 2000
    assert whole.outcome["n_presentations"] == 9042


def test_a_bill_takes_a_trial_as_long_as_the_model_does() -> None:
    run = Spiking(n_patterns=2, max_epochs=1)
    given, asked = run.run(hardware="sram_rram_22nm"), run.run(hardware="sram_rram_22nm", step_duration_s=1e-6)
    assert given.hardware is not None
    assert asked.hardware is not None
    assert given.hardware["operating_point"]["step_duration_s"] == 0.15
    hold = [bill["joules"]["by_cause"]["hold"]["nominal"] for bill in (given.hardware, asked.hardware)]
    assert hold[0] == pytest.approx(150_000 * hold[1])


def test_a_figure_of_tagging_is_drawn(tmp_path: Path) -> None:
    runs = [Tagging(delay=delay, strong_trials=10).run(seed=seed) for delay in (0, 50) for seed in range(2)]
    draw_tagging(runs[0], {"neuron-wide": runs}, tmp_path / "tagging.png")
    assert (tmp_path / "tagging.png").stat().st_size > 10_000
    with pytest.raises(InputError, match="give records of tagging with a"):
        draw_tagging(Tagging(tau=None, strong_trials=1).run(), {}, tmp_path / "other.png")
    assert not (tmp_path / "other.png").exists()
