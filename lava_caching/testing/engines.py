"""What every engine must keep to: the account of the textbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lava_caching.consolidation import get_policy, policy_names
from lava_caching.engines import get_engine, textbook_of
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.engines.replay import ReplayResult, ReplayTask
from lava_caching.errors import InputError, MissingError
from lava_caching.plasticity import get_rule
from lava_caching.testing._compare import SHOWN, differences

__all__ = ["check_engine", "check_replay_engine"]


def check_engine(train_perceptron: Callable[..., PerceptronResult], *, relative: float = 0.0) -> dict[str, str]:
    """Check that an engine for the perceptron gives the ledger, errors and weights of its textbook.

    The textbook is the engine `reference`, or what the engine's module calls ``textbook``.

    Parameters
    ----------
    train_perceptron : callable
        ``train(task, monitor) -> PerceptronResult``.
    relative : float
        Relative difference allowed in floats without decay, where all numbers are whole; with decay at least 1e-9.

    Returns
    -------
    dict
        Reasons of the engine for refusing some of the cases, by case. At least one case is taken.

    Raises
    ------
    AssertionError
        Naming the policy and the fields that differ.
    MissingError
        If the engine needs something that is not installed.
    """
    assert callable(train_perceptron), f"{train_perceptron!r}: must be the `train` of an engine"
    reference = textbook_of("perceptron", train_perceptron)
    assert reference is not None
    refused: dict[str, str] = {}
    taken: PerceptronTask | None = None
    for case, task in _tasks():
        try:
            found = train_perceptron(task)
        except MissingError:
            raise
        except InputError as error:
            refused[case] = str(error)
            continue
        taken, textbook = task, reference(task)
        assert found.errors.tolist() == textbook.errors.tolist(), f"{case}: errors {found.errors}"
        allowed = relative if task.tau is None and task.shift is None else max(relative, 1e-9)
        wrong = differences(found.ledger.to_dict(), textbook.ledger.to_dict(), relative=allowed, where="ledger")
        assert not wrong, f"{case}: " + "; ".join(wrong[:SHOWN])
        assert np.allclose(found.weights, textbook.weights, rtol=allowed, atol=allowed), f"{case}: weights"
        assert not found.interrupted, f"{case}: nobody asked to stop"
    assert taken is not None, f"the engine takes no case: {next(iter(refused.values()))}"
    stopped = train_perceptron(taken, lambda n_done, n_total, what: False)
    n_steps = stopped.ledger.total.n_steps
    assert n_steps == len(stopped.errors) * len(taken.targets), (
        f"stopped: {n_steps} steps, {len(stopped.errors)} epochs"
    )
    assert stopped.interrupted or stopped.converged, "stopped: neither interrupted nor converged"
    return refused


def _tasks() -> Iterator[tuple[str, PerceptronTask]]:
    """Yield every policy on ±1 patterns, with decay and centred, and with pulses on 0/1 patterns."""
    rng = np.random.default_rng(0)
    patterns = np.hstack([rng.choice([-1.0, 1.0], (24, 20)), np.ones((24, 1))])
    common: dict[str, Any] = {"rule": get_rule("perceptron"), "learning_rate": 1.0, "write_counts": True}
    common["targets"] = rng.choice([-1.0, 1.0], 24)
    for name in policy_names():
        policy = get_policy(name)
        common["threshold"] = 25.0 if policy.statistic == "sum" else 2.0
        for tau, shift in ((None, None), (15.0, None), (None, np.append(np.full(20, -0.25), 0.0))):
            case = f"{name}, τ = {tau}, {'uncentred' if shift is None else 'centred'}"
            yield (
                case,
                PerceptronTask(patterns=patterns, shift=shift, policy=policy, tau=tau, max_epochs=15, **common),
            )
        if policy.statistic not in ("always", "never"):
            pulses = policy.adapted(amount="pulse", quantum=1.0)
            yield (
                f"{name}, pulses",
                PerceptronTask(patterns=np.maximum(patterns, 0.0), policy=pulses, tau=None, max_epochs=15, **common),
            )


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
    assert callable(train_replay), f"{train_replay!r}: must be the `train` of an engine"
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
