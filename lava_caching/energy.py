"""Energies in the units of the paper: the cost functional of Li & van Rossum (2020), applied to a ledger.

Source: doi:10.7554/eLife.50804, Eq. 1, 2 and Fig. 1 supplement 1. Prices only: new values of α, b or c need no new run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

from lava_caching.errors import InputError
from lava_caching.ledger import Ledger, Part, SignedHistogram

__all__ = ["COSTS", "CostFunctional", "Energy"]


@dataclass(frozen=True, kw_only=True)
class CostFunctional:
    """What learning costs, in the arbitrary energy unit of the paper.

    Attributes
    ----------
    alpha : float
        Exponent α in [0, 2] of the write cost Σ|Δl|^α; 1 in the paper, 0 counts writes.
    change_cost : float
        b ≥ 0, per weight unit of change of the transient part.
    maintenance_cost : float
        c ≥ 0, per weight unit of transient part and step.
    persistent_maintenance_cost : float
        The same for the persistent part.
    potentiation_only : bool
        Only increases of the persistent part cost, [Δl]₊^α.
    """

    alpha: float = 1.0
    change_cost: float = 0.0
    maintenance_cost: float = 0.0
    persistent_maintenance_cost: float = 0.0
    potentiation_only: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.alpha <= 2.0:
            raise InputError(f"alpha = {self.alpha}: must lie in [0, 2]")
        for name in ("change_cost", "maintenance_cost", "persistent_maintenance_cost"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError(f"{name} = {value}: must be finite and not negative")

    def price(self, ledger: Ledger) -> Energy:
        """Price a finished run; the residual is included."""
        total = ledger.total
        if self.alpha == 1.0 and not self.potentiation_only:  # the sums kept apart are free of the order of bins
            exact = True
            consolidation, minimal = (_priced(1.0, total, name) for name in ("persistent_change_l1", "minimal_l1"))
        else:
            consolidation, exact = self._moment(total.persistent_change_histogram)
            minimal, minimal_exact = self._moment(total.minimal_histogram)
            exact = exact and minimal_exact
        maintenance = _priced(self.maintenance_cost, total, "transient_hold_l1")
        maintenance += _priced(self.persistent_maintenance_cost, total, "persistent_hold_l1")
        return Energy(
            consolidation=consolidation,
            maintenance=maintenance,
            transient_change=_priced(self.change_cost, total, "transient_change_l1"),
            minimal=minimal,
            exact=exact,
        )

    def _moment(self, histogram: SignedHistogram) -> tuple[float, bool]:
        return histogram.moment(self.alpha, potentiation_only=self.potentiation_only)


def _priced(price: float, total: Part, name: str) -> float:
    value = getattr(total, name)
    if price and value is None:  # unknown is not 0
        raise InputError(f"{name} is not known: the run did not record it, and costs of {price} for it need it")
    return price * value if price else 0.0


COSTS = tuple(f.name for f in fields(CostFunctional))
"""Names of the prices of the paper, as they stand in every config."""


@dataclass(frozen=True, kw_only=True)
class Energy:
    """The bill of a run in the paper's units.

    Attributes
    ----------
    consolidation, maintenance, transient_change : float
        Σ|Δl|^α, c·Σ|s| + c_l·Σ|l|, b·Σ|Δs|.
    minimal : float
        Σ|w(T) − w(0)|^α, the least energy that sets the final weights directly (Eq. 2).
    exact : bool
        False when α is not 0, 1 or 2 and magnitudes had to be taken from bins (then within 1e-3).
    """

    consolidation: float
    maintenance: float
    transient_change: float
    minimal: float
    exact: bool = True

    @property
    def total(self) -> float:
        """Return the sum of all causes."""
        return self.consolidation + self.maintenance + self.transient_change

    @property
    def inefficiency(self) -> float | None:
        """Return total / minimal, or None when nothing had to be written."""
        return self.total / self.minimal if self.minimal > 0 else None

    def to_dict(self) -> dict[str, Any]:
        """Return the energies as they stand in a record."""
        names = ("consolidation", "maintenance", "transient_change", "total", "minimal", "inefficiency", "exact")
        return {name: getattr(self, name) for name in names}
