"""What a supervised plasticity rule declares: a scalar function for the post-synaptic factor of the change."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["PostFactor", "Rule"]

PostFactor = Callable[[float, float, float, float], float]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rank-one rule: Δw_i = post_factor · x_i.

    Attributes
    ----------
    name, summary : str
        The name users type, and one line on what it does.
    post_factor : callable
        ``post_factor(output, target, learning_rate, tolerance) -> float``, a plain scalar function of floats that the
        engines compile; 0.0 means no update, and a run has converged after an epoch without any. Ties count as errors:
        compare with ``<= margin + tolerance``.
    reference : str
        The publication it follows.
    margin : float
        Where output·target exceeds this (and the tolerance), post_factor is 0; engines then need not ask. Infinite
        for a rule that always changes something.
    """

    name: str
    summary: str
    post_factor: PostFactor
    reference: str
    margin: float = math.inf
