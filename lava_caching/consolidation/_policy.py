"""What a consolidation policy declares; engines and kernels specialise on these four words.

Source: Li & van Rossum (2020), doi:10.7554/eLife.50804, Fig. 4A, and two axes of our own (scope, amount).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from lava_caching.errors import InputError, unknown
from lava_caching.probing import probe

__all__ = ["AMOUNTS", "SCOPES", "Amount", "Fold", "Policy", "Scope", "Statistic"]

Fold = Callable[[float, float], float]
"""A statistic of one's own: folds the transient parts of a unit, ``new = fold(old, s)``, starting from 0.0."""
Statistic = Literal["each", "max", "sum", "always", "never"]
Scope = Literal["synapse", "neuron", "layer", "network"]
Amount = Literal["full", "quantum", "pulse"]
STATISTICS: tuple[str, ...] = get_args(Statistic)
SCOPES: tuple[str, ...] = get_args(Scope)
AMOUNTS: tuple[str, ...] = get_args(Amount)
PROBES = ((0.0, 0.0), (0.0, 1.0), (0.0, -1.0), (2.0, 0.5), (2.0, -0.5))
"""On which a statistic of one's own is tried: a value that is no number is never above a threshold."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When transient parts are consolidated, over which unit, and how much of them.

    Attributes
    ----------
    name, summary : str
        The name users type, and one line on trigger and effect.
    statistic : {"each", "max", "sum", "always", "never"} or callable
        What is compared with the threshold over a unit, strictly above: the largest size of s ("each" and "max"
        differ only in the scope they come with), the sum of sizes, or a fold ``(accumulated, s) -> accumulated``.
        "always" consolidates at every update, straight into the persistent part; "never" only at the end.
    scope : {"synapse", "neuron", "layer", "network"}
        The unit that is tested and consolidated as one. A neuron is one row of the weights.
    amount : {"full", "quantum", "pulse"}
        Transfer all of s, its whole quanta (truncated towards zero; the rest stays), or one quantum at most.
    quantum : float or None
        Size of a quantum in weight units.
    """

    name: str
    summary: str
    statistic: Statistic | Fold
    scope: Scope
    amount: Amount = "full"
    quantum: float | None = None

    def __post_init__(self) -> None:
        if callable(self.statistic):
            probe(f"policy {self.name!r}: its statistic (accumulated, s)", self.statistic, PROBES)
        elif self.statistic not in STATISTICS:
            raise unknown("statistic", self.statistic, STATISTICS)
        if self.scope not in SCOPES:
            raise unknown("scope", self.scope, SCOPES)
        if self.amount not in AMOUNTS:
            raise unknown("amount", self.amount, AMOUNTS)
        if self.amount != "full":
            if self.statistic in ("always", "never"):
                raise InputError(
                    f"amount {self.amount!r} does not go with policy {self.name!r}, which transfers all: use 'full'"
                )
            if self.quantum is None:
                raise InputError(f"amount = {self.amount!r}: needs a quantum > 0 as well, the weight of one write")
            is_number = isinstance(self.quantum, (int, float, np.integer, np.floating))
            if not (is_number and math.isfinite(self.quantum) and self.quantum > 0):
                shown = self.quantum if is_number else repr(self.quantum)
                raise InputError(
                    f"quantum = {shown}: amount {self.amount!r} needs a quantum > 0, the weight of one write"
                )
            object.__setattr__(self, "quantum", float(self.quantum))  # compiled kernels take no other type
        elif self.quantum is not None:
            raise InputError(f"quantum = {self.quantum}: amount 'full' takes none; use amount 'quantum' or 'pulse'")

    @property
    def direct(self) -> bool:
        """Whether changes go straight into the persistent part (no transient writes, no transfers)."""
        return self.statistic == "always"

    def adapted(
        self, *, scope: Scope | None = None, amount: Amount | None = None, quantum: float | None = None
    ) -> Policy:
        """Return the policy with another scope or amount; None keeps its own, and amount ``full`` takes no quantum."""
        new_amount = self.amount if amount is None else amount
        if quantum is None and new_amount != "full":
            quantum = self.quantum
        return dataclasses.replace(
            self, scope=self.scope if scope is None else scope, amount=new_amount, quantum=quantum
        )
