"""What a supervised plasticity rule declares: a scalar function for the post-synaptic factor of the change."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

from lava_caching.errors import InputError
from lava_caching.probing import probe

__all__ = ["PostFactor", "Rule"]

PostFactor = Callable[[float, float, float, float], float]
PROBES = tuple(itertools.product((-2.0, -0.5, 0.0, 0.5, 2.0), (-1.0, 1.0), (0.1,), (1e-10,)))
"""On which a function is tried."""


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

    def __post_init__(self) -> None:
        if isinstance(self.margin, bool) or not (isinstance(self.margin, Real) and self.margin >= 0):
            raise InputError(f"rule {self.name!r}: margin = {self.margin!r}: must be a number ≥ 0, or inf for none")
        probe(
            f"rule {self.name!r}: its post_factor (output, target, learning_rate, tolerance)", self.post_factor, PROBES
        )
