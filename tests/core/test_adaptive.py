"""Thresholds that change, competitive and lazy plasticity: what each does, seen on examples worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching import MLP, Perceptron, SynapticCache
from lava_caching.cli.tables import print_record
from lava_caching.errors import InputError
from lava_caching.plasticity import largest_changes
from lava_caching.schedules import Course, Schedule, Thresholds, get_schedule
from lava_caching.testing import differences

SMALL: dict[str, Any] = {"n_hidden": "12", "max_epochs": 1, "max_samples": 600, "evaluate_every": 250}


def test_a_threshold_set_from_outside_is_that_of_the_next_test() -> None:
    cache = SynapticCache(np.zeros((1, 2)), policy="local-local", threshold=5.0)
    cache.accumulate([[3.0, 1.0]])
    cache.end_step()
    assert cache.persistent.tolist() == [[0.0, 0.0]]
    cache.threshold = 2.0
    cache.accumulate([[0.0, 0.5]])  # the first synapse is not touched, and consolidates
    cache.end_step()
    assert cache.persistent.tolist() == [[3.0, 0.0]]
    with pytest.raises(InputError, match="threshold = -1"):
        cache.threshold = -1.0


def test_the_error_rate_is_an_exponential_mean_that_begins_at_one() -> None:
    thresholds = Thresholds(Course(schedule=get_schedule("error-rate"), start=8.0, end=0.0, steps=2.0))
    found = [thresholds.after(error=error) for error in (True, False, False, True)]
    assert found == pytest.approx([8 * math.sqrt(p) for p in (1.0, 0.5, 0.25, 0.625)])


def test_a_schedule_that_stays_is_a_fixed_threshold() -> None:
    for make, fields in ((Perceptron, {"n_inputs": 50, "n_patterns": 60}), (MLP, SMALL)):
        fixed = make(**fields, threshold=0.04 if make is MLP else 3.0)
        stays = fixed.model_copy(
            update={"schedule": "linear", "schedule_end": fixed.threshold, "schedule_steps": 100.0}
        )
        assert stays.run().ledger == fixed.run().ledger


@pytest.mark.parametrize("policy", ["local-local", "local-global"])
def test_synapses_that_are_not_touched_consolidate_when_the_threshold_falls_below_them(policy: str) -> None:
    falling = MLP(**SMALL, policy=policy, tau="inf", threshold=1.0, schedule="linear", schedule_steps=300)
    compiled, plain = (falling.run(engine=engine).ledger for engine in ("numba", "reference"))
    assert compiled.total.n_consolidations
    assert not differences(compiled.to_dict(), plain.to_dict(), relative=1e-9)


def test_a_schedule_of_ones_own_runs_compiled() -> None:
    def half(start: float, end: float, steps: float, n_presentations: float, error_rate: float) -> float:
        return start if n_presentations < steps else end

    own = Schedule(
        name="step", summary="start, then end", threshold=half, steps_are="before the step", reference="none"
    )
    fields: dict[str, Any] = {"n_inputs": 30, "n_patterns": 40, "schedule": own, "schedule_steps": 200, "threshold": 6}
    one, other = (Perceptron(**fields, schedule_end=2).run(engine=engine) for engine in ("numba", "reference"))
    assert one.ledger.total.n_consolidations == other.ledger.total.n_consolidations
    assert one.config["schedule"] == "step"


@given(
    change=st.lists(st.integers(-9, 9), min_size=1, max_size=30),
    share=st.floats(0.01, 1.0),
)
def test_the_largest_changes_are_kept_with_all_their_equals(change: list[int], share: float) -> None:
    before = np.array(change, float)
    after = largest_changes(before, share)
    kept = after[after != 0]
    n = max(1, round(share * before.size))
    assert set(after.tolist()) <= {*before.tolist(), 0.0}
    assert np.count_nonzero(after) >= min(n, np.count_nonzero(before))
    left_out = before[(after == 0) & (before != 0)]
    if left_out.size:
        assert np.abs(left_out).max() < np.abs(kept).min()
        assert np.count_nonzero(np.abs(before) > np.abs(kept).min()) < n


@pytest.mark.parametrize("share", [0.0, -0.5, 1.001, 2.0, math.nan])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match=f"share = {share}"):
        largest_changes(np.ones(3), share)
    with pytest.raises(InputError, match="competing = 0"):
        MLP(competing=0)


def test_competition_makes_fewer_changes_and_all_is_no_competition() -> None:
    free, all_in, few = (MLP(**SMALL, policy="immediate", competing=share).run() for share in (None, 1.0, 0.1))
    assert all_in.ledger == free.ledger
    n_free, n_few = (run.ledger.total.n_persistent_writes or 0 for run in (free, few))
    n_synapses, n_samples = few.ledger.total.n_synapses or 0, 600
    assert 0.1 * n_synapses * n_samples <= n_few < 0.6 * n_free  # ties are all made


def test_lazy_plasticity_learns_from_errors_only() -> None:
    lazy = MLP(**SMALL, lazy=True).run()
    assert 0 < (lazy.ledger.total.n_updates or 0) < 600
    assert lazy.ledger.total.n_steps == 600
    assert lazy.ledger.total.n_synaptic_ops == MLP(**SMALL, lazy=False, threshold=9).run().ledger.total.n_synaptic_ops


def test_a_checkpoint_takes_the_schedule_with_it(tmp_path: Path) -> None:
    adapts = {"schedule": "error-rate", "schedule_steps": 80, "lazy": True, "competing": 0.3}
    asked: dict[str, Any] = {**SMALL, **adapts, "policy": "local-local"}
    whole = MLP(**asked).run()
    path = tmp_path / "aside"
    MLP(**asked, checkpoint=path, every=130).run(monitor=lambda n_done, n_total, what: n_done < 300)
    found = MLP(**asked, checkpoint=path, every=130).run()
    assert found.ledger == whole.ledger
    assert found.outcome == whole.outcome


def test_modelled_cells_follow_a_schedule() -> None:
    fields: dict[str, Any] = {"n_inputs": 30, "n_patterns": 40, "device": "noisy-15-levels", "threshold": 8.0}
    falls, stays = Perceptron(**fields, schedule="exponential", schedule_steps=100.0).run(), Perceptron(**fields).run()
    assert (falls.ledger.total.n_consolidations or 0) > (stays.ledger.total.n_consolidations or 0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"schedule": "lineer"}, "unknown schedule 'lineer'; did you mean 'linear'"),
        ({"schedule": "linear"}, "schedule = linear: needs schedule_steps as well"),
        ({"schedule": "linear", "schedule_steps": 0}, "schedule_steps = 0: must be at least 1"),
        ({"schedule_end": -1}, "schedule_end = -1: must be at least 0"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Perceptron(**fields)


def test_engines_on_lava_keep_their_threshold() -> None:
    fields: dict[str, Any] = {"n_inputs": 5, "n_patterns": 5, "center_patterns": False, "coding": "binary"}
    with pytest.raises(InputError, match="engine 'lava' keeps θ fixed"):
        Perceptron(**fields, schedule="linear", schedule_steps=10).run(engine="lava")


def test_what_adapts_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked: dict[str, Any] = {"schedule": "linear", "schedule_steps": 300, "schedule_end": 0.01}
    print_record(MLP(**SMALL, **asked, lazy=True, competing=0.1).run())
    first = " ".join(capsys.readouterr().out.split("\n")[:3])
    assert "θ = 0.05 to 0.01, linear in 300 steps, τ = 1000, lazy, 10 % of the synapses compete" in first


def _ramp(start: float, end: float, steps: float, n_presentations: float, error_rate: float) -> float:
    return end + (start - end) * error_rate


@pytest.mark.parametrize(("field", "kind"), [("rule", "Rule"), ("schedule", "Schedule"), ("policy", "Policy")])
def test_a_bare_function_is_refused_with_what_to_make_of_it(field: str, kind: str) -> None:
    fields: dict[str, Any] = {field: _ramp}
    with pytest.raises(
        InputError, match=rf"{field} = <function _ramp .*: must be a name or a {kind}, made with {kind}\(\.\.\.\)"
    ):
        Perceptron(n_inputs=9, n_patterns=3, schedule_steps=9, **fields)


@pytest.mark.parametrize("schedule", ["linear", _ramp])
def test_a_course_takes_a_schedule_only(schedule: Any) -> None:
    with pytest.raises(InputError, match=r"schedule = .*: must be a Schedule; use get_schedule\(name\)"):
        Course(schedule=schedule, start=2.0, end=1.0, steps=5.0)
