"""Runs over all patterns until the weights stay where they are, and what the neuron has then learned.

The published script lacks its rule of convergence; this one is inferred, and the saving depends on it more than on
anything else (10 times as lax a rule halves it), so it is part of the record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.engines.spiking._spikes import Stimulus
from lava_caching.engines.spiking._task import BAND, SpikingNeuron
from lava_caching.ledger import Ledger
from lava_caching.monitor import Monitor

__all__ = ["WINDOW", "Taught", "judge", "teach"]

Array = NDArray[np.float64]
WINDOW = 10
"""Runs whose weights are compared; the first possible one is the 11th."""
WITHIN, APART = 2.0, 5.0
"""Standard deviations: of a response from the mean of its own class at most, from the other's at least."""


@dataclass(kw_only=True)
class Taught:
    """What came of it.

    Attributes
    ----------
    ledger, transient, persistent, direct_l1 : Ledger, ndarray, ndarray, float
        At the stopping run: the account, both parts before the last consolidation, and Σ|Δw| of all changes so far, as
        if each had been written directly.
    weights : ndarray, (N,)
        After the last run presented.
    stopping_run : int
        The first of the `WINDOW` runs that agree; the last run where none do.
    converged, interrupted, n_runs : bool, bool, int
        Whether they agree, whether the monitor asked to stop, and runs presented.
    curve : list of dict
        One entry for each run.
    """

    ledger: Ledger
    transient: Array
    persistent: Array
    direct_l1: float
    weights: Array
    stopping_run: int
    converged: bool
    interrupted: bool
    n_runs: int
    curve: list[dict[str, Any]] = field(default_factory=list)


def teach(
    neuron: SpikingNeuron,
    draw_run: Callable[[], list[Stimulus]],
    *,
    max_runs: int,
    tolerance: float,
    monitor: Monitor,
) -> Taught:
    """Present runs until the last `WINDOW` weight vectors lie within ± `tolerance` of their own mean."""
    last: deque[tuple[SpikingNeuron, float, Array]] = deque(maxlen=WINDOW)
    curve: list[dict[str, Any]] = []
    direct_l1, n_runs, n_trials, converged, going_on = 0.0, 0, 0, False, True
    while going_on and not converged and n_runs < max_runs:
        for stimulus in draw_run():
            direct_l1 += neuron.present(stimulus).change_l1
            n_trials += 1
        n_runs += 1
        weights = neuron.persistent + neuron.transient
        last.append((neuron.copy(), direct_l1, weights))
        recent = np.array([w for _, _, w in last])
        spread = float(np.abs(recent - recent.mean(axis=0)).max())
        converged = n_runs > WINDOW and spread <= tolerance
        curve.append({"n_presentations": n_trials, "weight_l1": float(np.abs(weights).sum()), "spread": spread})
        going_on = monitor(n_runs, max_runs, f"runs, weights within {spread:.3f} g_max")
    at_stop, direct_l1, _ = last[0] if converged else last[-1]
    return Taught(
        ledger=at_stop.account(),
        transient=at_stop.transient,
        persistent=at_stop.persistent,
        direct_l1=direct_l1,
        weights=weights,
        stopping_run=n_runs - len(last) + 1 if converged else n_runs,
        converged=converged,
        interrupted=not going_on and not converged and n_runs < max_runs,
        n_runs=n_runs,
        curve=curve,
    )


def judge(weights: Array, patterns: list[NDArray[np.int64]], strong: NDArray[np.bool_]) -> dict[str, Any]:
    """Return whether the responses, the sums of a pattern's weights, tell the classes apart.

    Every response must lie within 2 standard deviations of the mean of its own class, and at least 5 of the other
    class from the other's mean; strong patterns must get the larger responses. A class of one pattern has no spread, so
    that the test is easier there. One class alone cannot be tested.
    """
    response = np.array([weights[active].sum() for active in patterns])
    classes = {"strong": response[strong], "weak": response[~strong]}
    told = {
        name: {"mean": float(r.mean()), "sd": float(r.std()), "n": int(r.size)} if r.size else None
        for name, r in classes.items()
    }
    each = {"patterns": [active.tolist() for active in patterns], "strong": strong.tolist()}
    told_whole = {"responses": told, "response": response.tolist(), **each}
    if not strong.any() or strong.all():
        return {"success": "untestable", **told_whole}
    passed = bool(classes["strong"].min() > classes["weak"].max() + BAND)
    for own, other in (("strong", "weak"), ("weak", "strong")):
        near = np.abs(classes[own] - classes[own].mean()) <= WITHIN * classes[own].std()
        far = np.abs(classes[own] - classes[other].mean()) >= APART * classes[other].std()
        passed = passed and bool(near.all() and far.all())
    return {"success": "passed" if passed else "failed", **told_whole}
