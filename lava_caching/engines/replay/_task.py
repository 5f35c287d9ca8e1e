"""What an engine is given to replay a log of weight changes, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lava_caching.consolidation import Policy
from lava_caching.devices import DeviceSetting
from lava_caching.ledger import Ledger

__all__ = ["ReplayResult", "ReplayTask"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplayTask:
    """A log of weight changes and the policy to replay it under.

    Attributes
    ----------
    start : ndarray, (n_post, n_pre)
        Weights before the first change.
    changes : ndarray, (T, n_post, n_pre)
        Proposed change of every step.
    policy, threshold, tau : Policy, float, float or None
        When to consolidate; decay time constant in steps.
    write_counts : bool
        Record the persistent writes of every synapse.
    device : DeviceSetting or None
        Model of the cells that hold the weights; None where they are ideal.
    """

    start: NDArray[np.float64]
    changes: NDArray[np.float64]
    policy: Policy
    threshold: float
    tau: float | None
    write_counts: bool = False
    device: DeviceSetting | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplayResult:
    """The account of a replayed log, the weights it ends with, (n_post, n_pre), and what a device model tells."""

    ledger: Ledger
    weights: NDArray[np.float64]
    n_steps: int
    interrupted: bool = False
    notes: dict[str, int] = field(default_factory=dict)
