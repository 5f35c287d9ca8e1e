"""A log of changes is replayed alike by both engines, and its record is that of the changes alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_caching import InputError, Policy, Replay
from lava_caching.engines import get_engine
from lava_caching.engines.replay import ReplayTask
from lava_caching.engines.replay import numba as numba_engine
from lava_caching.testing import differences

SCOPES = ("synapse", "neuron", "layer", "network")


def sum_of_squares(value: float, s: float) -> float:
    return value + s * s


def compare(task: ReplayTask, relative: float) -> list[str]:
    plain, compiled = (get_engine("replay", engine)(task) for engine in ("reference", "numba"))
    wrong = differences(compiled.weights.tolist(), plain.weights.tolist(), relative=relative, where="weights")
    return wrong + differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=relative, where="ledger")


def draw_task(seed: int, whole: bool, statistic: Any, scope: Any, amount: Any, threshold: int, tau: Any) -> ReplayTask:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 9, 2))
    n_steps = int(rng.integers(1, 60))
    changes = rng.integers(-2, 3, (n_steps, *shape)).astype(float) if whole else rng.normal(size=(n_steps, *shape))
    changes[rng.random(n_steps) < 0.3] = 0.0  # steps, rows and single synapses without a change
    changes[rng.random((n_steps, shape[0])) < 0.3] = 0.0
    amount = "full" if statistic in ("always", "never") else amount
    return ReplayTask(
        start=rng.integers(-4, 5, shape).astype(float) if whole else rng.normal(size=shape),
        changes=changes,
        policy=Policy(
            name="drawn",
            summary="drawn",
            statistic=sum_of_squares if statistic == "own" else statistic,
            scope=scope,
            amount=amount,
            quantum=None if amount == "full" else (1.0 if whole else 0.37),
        ),
        threshold=threshold if whole else 0.9 * threshold,
        tau=tau,
        write_counts=True,
    )


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("statistic", ["each", "max", "sum", "always", "never", "own"])
@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**31),
    amount=st.sampled_from(["full", "quantum", "pulse"]),
    threshold=st.integers(0, 6),
    tau=st.sampled_from([None, None, 1.5, 30.0]),
    whole=st.booleans(),
)
def test_both_engines_agree_for_every_policy_one_can_declare(
    statistic: str, scope: str, seed: int, amount: str, threshold: int, tau: float | None, whole: bool
) -> None:
    task = draw_task(seed, whole, statistic, scope, amount, threshold, tau)
    assert not compare(task, 0.0 if whole and tau is None else 1e-9)


def test_a_log_in_blocks_is_the_log_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    task = draw_task(4, True, "max", "neuron", "full", 3, 20.0)
    at_once = numba_engine.train(task).ledger.to_dict()
    monkeypatch.setattr(numba_engine, "ENTRIES_PER_BLOCK", 1)
    assert not differences(numba_engine.train(task).ledger.to_dict(), at_once, relative=1e-12)
    assert at_once["total"]["n_updates"] > 3


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_a_replay_that_is_stopped_keeps_the_steps_it_has_done(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba_engine, "ENTRIES_PER_BLOCK", 1)
    task = draw_task(4, True, "max", "neuron", "full", 3, None)
    result = get_engine("replay", engine)(task, lambda n_done, n_total, what: n_done < 2)
    assert result.interrupted
    assert result.n_steps == result.ledger.total.n_steps == 2
    assert result.weights.tolist() == (task.start + task.changes[:2].sum(axis=0)).tolist()


def save(folder: Path, **arrays: Any) -> Path:
    path = folder / "log.npz"
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("engine", ["reference", "numba"])
def test_the_record_of_a_log_accounts_for_its_changes(engine: str, tmp_path: Path) -> None:
    changes = np.array([[[1, 0], [0, -2]], [[1, 0], [0, 0]], [[0, 0], [0, 0]]], dtype=np.int8)
    path = save(tmp_path, w0=np.ones((2, 2), dtype=np.float32), changes=changes, other=np.zeros(3))
    record = Replay(updates=path, threshold=1.5, policy="local-local").run(engine=engine)
    total = record.ledger.total
    assert (total.n_steps, total.n_updates, total.n_persistent_writes) == (3, 2, 2)
    assert record.outcome["n_presentations"] == 3
    assert record.outcome["converged"] is None
    assert record.energy["consolidation"] == record.energy["minimal"] == 4.0
    assert record.weights is not None
    assert record.weights.tolist() == [[3.0, 1.0], [1.0, -1.0]]


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"w0": np.zeros((2, 2))}, "lacks the array 'changes'"),
        ({"w0": np.zeros(4), "changes": np.zeros((3, 4))}, "w0 has shape"),
        ({"w0": np.zeros((2, 0)), "changes": np.zeros((3, 2, 0))}, "w0 has shape"),
        ({"w0": np.zeros((2, 2)), "changes": np.zeros((3, 2, 3))}, "changes has shape"),
        ({"w0": np.zeros((2, 2)), "changes": np.zeros((0, 2, 2))}, "changes has shape"),
        ({"w0": np.zeros((2, 2)), "changes": np.full((1, 2, 2), np.nan)}, "every entry must be finite"),
        ({"w0": np.full((2, 2), np.inf), "changes": np.zeros((1, 2, 2))}, "every entry must be finite"),
        ({"w0": np.zeros((2, 2), dtype=complex), "changes": np.zeros((1, 2, 2))}, "w0 has type complex128"),
        ({"w0": np.full((2, 2), None), "changes": np.zeros((1, 2, 2))}, "w0"),
    ],
    ids=range(9),
)
def test_a_log_that_does_not_fit_is_refused(arrays: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        Replay(updates=save(tmp_path, **arrays)).run()


def test_a_log_that_is_no_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        Replay(updates=tmp_path / "absent.npz").run()
    (tmp_path / "text.npz").write_text("no arrays")
    with pytest.raises(InputError, match=r"not an \.npz file"):
        Replay(updates=tmp_path / "text.npz").run()
    with pytest.raises(InputError, match="updates"):
        Replay(**{})
