"""What every consolidation policy must keep to."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from lava_caching.cache import SynapticCache
from lava_caching.consolidation import Fold, Policy, get_policy, policy_names
from lava_caching.engines import get_engine
from lava_caching.engines.replay import ReplayTask
from lava_caching.testing._compare import SHOWN, differences
from lava_caching.testing._declared import called, check_declared, compiled_twin

__all__ = ["check_policy"]


def check_policy(policy: Policy) -> None:
    """Check that a policy is declared well, moves weight without loss, and runs compiled as it runs plainly.

    Parameters
    ----------
    policy : Policy
        One that is found by its name, or an instance of one's own.

    Raises
    ------
    AssertionError
        Naming the policy and what it breaks.
    """
    name = check_declared(policy, Policy)
    assert name not in policy_names() or get_policy(name).statistic == policy.statistic, f"{name!r} is found elsewhere"
    if callable(policy.statistic):
        _check_statistic(name, policy.statistic)

    rng = np.random.default_rng(0)
    start, changes = rng.integers(-3, 4, (3, 5)), rng.integers(-2, 3, (60, 3, 5)) * (rng.random((60, 1, 1)) < 0.8)
    for threshold in (0.0, 1.0, 4.0):
        cache = SynapticCache(start, policy=policy, threshold=threshold)
        proposed = start.astype(float)
        for change in changes:
            cache.accumulate(change)
            cache.end_step()
            proposed += change
            moved = np.abs(cache.persistent + cache.transient - proposed).max()
            assert moved == 0, f"{name}, θ = {threshold}: consolidation changed an effective weight by {moved}"
        total = cache.finish().total
        assert not cache.transient.any(), f"{name}, θ = {threshold}: something is left after the end"
        net = (total.potentiation_l1 or 0.0) - (total.depression_l1 or 0.0)
        assert net == changes.sum(), f"{name}, θ = {threshold}: {net} was written of changes of {changes.sum()}"

    for tau, relative in ((None, 0.0), (7.0, 1e-9)):
        task = ReplayTask(
            start=start.astype(float),
            changes=changes.astype(float),
            policy=policy,
            threshold=2.0,
            tau=tau,
            write_counts=True,
        )
        plain, compiled = (get_engine("replay", engine)(task) for engine in ("reference", "numba"))
        wrong = differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=relative, where=name)
        assert not wrong, f"compiled ≠ plain, τ = {tau}: " + "; ".join(wrong[:SHOWN])


def _check_statistic(name: str, statistic: Fold) -> None:
    """Check that a statistic gives finite numbers, and the same ones compiled."""
    compiled = compiled_twin(name, statistic, 2)
    value = 0.0
    for s in (0.0, 1.0, -1.0, 1e-9, -0.5, 1000.0):
        before, value = value, called(name, statistic, value, s)
        assert isinstance(value, Real), f"{name}: the statistic makes {value!r} of {before} and s = {s}: no number"
        # a value that is no number is never above a threshold, so that nothing would ever be consolidated
        assert math.isfinite(value), f"{name}: the statistic makes {value} of {before} and s = {s}"
        again = called(name, compiled, before, s)
        assert math.isclose(again, value, rel_tol=1e-12), f"{name}{before, s}: {value} plain, {again} compiled"
