"""What every engine must keep to: the account of the textbook."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lava_caching.consolidation import get_policy, policy_names
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.engines.replay import ReplayResult, ReplayTask
from lava_caching.plasticity import get_rule
from lava_caching.testing._compare import SHOWN, differences

__all__ = ["check_engine", "check_replay_engine"]


def check_engine(train_perceptron: Callable[..., PerceptronResult], *, relative: float = 0.0) -> None:
    """Check that an engine for the perceptron gives the ledger, errors and weights of `reference`.

    Parameters
    ----------
    train_perceptron : callable
        ``train(task, monitor) -> PerceptronResult``.
    relative : float
        Relative difference allowed in floats without decay, where all numbers are whole; with decay at least 1e-9.

    Raises
    ------
    AssertionError
        Naming the policy and the fields that differ.
    """
    rng = np.random.default_rng(0)
    patterns = np.hstack([rng.choice([-1.0, 1.0], (24, 20)), np.ones((24, 1))])
    targets = rng.choice([-1.0, 1.0], 24)
    for name in policy_names():
        for tau, shift in ((None, None), (15.0, None), (None, np.append(np.full(20, -0.25), 0.0))):
            task = PerceptronTask(
                patterns=patterns,
                shift=shift,
                targets=targets,
                rule=get_rule("perceptron"),
                policy=get_policy(name),
                threshold=25.0 if get_policy(name).statistic == "sum" else 2.0,
                tau=tau,
                learning_rate=1.0,
                max_epochs=30,
                write_counts=True,
            )
            case = f"{name}, τ = {tau}, {'uncentred' if shift is None else 'centred'}"
            textbook, found = get_engine("perceptron", "reference")(task), train_perceptron(task)
            assert found.errors.tolist() == textbook.errors.tolist(), f"{case}: errors {found.errors}"
            allowed = relative if tau is None and shift is None else max(relative, 1e-9)
            wrong = differences(found.ledger.to_dict(), textbook.ledger.to_dict(), relative=allowed, where="ledger")
            assert not wrong, f"{case}: " + "; ".join(wrong[:SHOWN])
            assert np.allclose(found.weights, textbook.weights, rtol=allowed, atol=allowed), f"{case}: weights"
            assert not found.interrupted, f"{case}: nobody asked to stop"
    stopped = train_perceptron(task, lambda n_done, n_total, what: False)
    n_steps = stopped.ledger.total.n_steps
    assert n_steps == len(stopped.errors) * len(targets), f"stopped: {n_steps} steps, {len(stopped.errors)} epochs"
    assert stopped.interrupted or stopped.converged, "stopped: neither interrupted nor converged"


def check_replay_engine(train_replay: Callable[..., ReplayResult], *, relative: float = 0.0) -> None:
    """Check that an engine for logs of changes gives the ledger and the weights of `reference`.

    Parameters
    ----------
    train_replay : callable
        ``train(task, monitor) -> ReplayResult``.
    relative : float
        Relative difference allowed in floats.

    Raises
    ------
    AssertionError
        Naming the policy and the fields that differ.
    """
    rng = np.random.default_rng(0)
    start, changes = rng.integers(-3, 4, (4, 6)).astype(float), rng.integers(-2, 3, (80, 4, 6)).astype(float)
    changes[rng.random(80) < 0.3] = 0.0
    for name in policy_names():
        task = ReplayTask(
            start=start, changes=changes, policy=get_policy(name), threshold=5.0, tau=None, write_counts=True
        )
        textbook, found = get_engine("replay", "reference")(task), train_replay(task)
        wrong = differences(found.ledger.to_dict(), textbook.ledger.to_dict(), relative=relative, where="ledger")
        assert not wrong, f"{name}: " + "; ".join(wrong[:SHOWN])
        assert np.allclose(found.weights, start + changes.sum(axis=0), rtol=relative, atol=relative), f"{name}: weights"
        assert found.n_steps == len(changes), f"{name}: {found.n_steps} steps"
