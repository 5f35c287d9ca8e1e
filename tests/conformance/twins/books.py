"""The account of one layer in plain Python: lists of all that happened, summed at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Number = Any
"""An int, a float or a Fraction: nothing here depends on which."""

LEDGER = (
    *("n_steps", "n_updates", "n_synapses", "transient_change_l1", "n_transient_writes", "n_transient_reads"),
    *("transient_hold_l1", "transient_hold_synapse_steps", "persistent_change_l1", "n_persistent_writes"),
    *("persistent_change_sq", "persistent_hold_l1", "n_potentiations", "n_depressions", "potentiation_l1"),
    *("depression_l1", "n_consolidations", "n_transferred", "minimal_l1", "minimal_writes", "minimal_sq"),
    *("largest_weight", "n_synaptic_ops", "n_neuron_updates", "n_spikes", "write_counts"),
)
"""Columns of the ledger in a trace; what each counts stands in the README."""
OF_NEURONS = ("n_synaptic_ops", "n_neuron_updates", "n_spikes")
COUNTS = ("n_updates", "n_transient_writes", "n_persistent_writes", "n_consolidations", "n_transferred")
"""Columns of the counts of every step."""
ENERGY = ("consolidation", "maintenance", "transient_change", "minimal")
"""Columns of the energies, in the units of the paper."""
COSTS: tuple[dict[str, Any], ...] = (
    {
        "alpha": 1,
        "change_cost": 0.5,
        "maintenance_cost": 0.25,
        "persistent_maintenance_cost": 0.125,
        "potentiation_only": False,
    },
    {
        "alpha": 0.5,
        "change_cost": 0,
        "maintenance_cost": 1,
        "persistent_maintenance_cost": 0,
        "potentiation_only": False,
    },
    {
        "alpha": 2,
        "change_cost": 1,
        "maintenance_cost": 0,
        "persistent_maintenance_cost": 0,
        "potentiation_only": True,
    },
)
"""Prices at which every trace is billed: α, b, c, c of the persistent part, and whether only potentiation costs."""


@dataclass
class Books:
    """What happened in one stretch of learning, in weight units.

    Attributes
    ----------
    n_synapses : int
        Of the layer.
    counted : Counter
        All that is no magnitude, by its name in the ledger.
    written : list of (int, number)
        Every persistent change Δl ≠ 0 and the synapse it was made to, counted row by row.
    cached : list of number
        Δs of every transient write.
    transient_hold, persistent_hold : list of number
        Σ|s| and Σ|l| of every step.
    displacement : list of number
        w(T) − w(0) of every synapse, where it is taken.
    largest : number
        Largest |w|.
    """

    n_synapses: int
    counted: Counter[str] = field(default_factory=Counter)
    written: list[tuple[int, Number]] = field(default_factory=list)
    cached: list[Number] = field(default_factory=list)
    transient_hold: list[Number] = field(default_factory=list)
    persistent_hold: list[Number] = field(default_factory=list)
    displacement: list[Number] = field(default_factory=list)
    largest: Number = 0

    def counts(self) -> list[int]:
        """Return what has been counted so far, the columns of a step."""
        n_lists = {"n_transient_writes": len(self.cached), "n_persistent_writes": len(self.written)}
        return [n_lists.get(name, self.counted[name]) for name in COUNTS]

    def fields(self, *, residual: bool) -> dict[str, Number]:
        """Return the columns of the ledger; a residual has no synapses of its own, so that parts add up."""
        up = [change for _, change in self.written if change > 0]
        down = [-change for _, change in self.written if change < 0]
        n_writes = Counter(place for place, _ in self.written)
        found: dict[str, Any] = {name: self.counted[name] for name in LEDGER if name.startswith("n_")}
        found |= {name: self.counted.get(name, 0 if residual else None) for name in OF_NEURONS}  # unknown is null
        found |= {
            "n_synapses": 0 if residual else self.n_synapses,
            "transient_change_l1": sum(abs(change) for change in self.cached),
            "n_transient_writes": len(self.cached),
            "n_transient_reads": self.counted["n_transferred"] + len(self.cached),
            "transient_hold_l1": sum(self.transient_hold),
            "transient_hold_synapse_steps": 0 if residual else self.n_synapses * self.counted["n_steps"],
            "persistent_change_l1": sum(up) + sum(down),
            "n_persistent_writes": len(self.written),
            "persistent_change_sq": sum(change * change for _, change in self.written),
            "persistent_hold_l1": sum(self.persistent_hold),
            "n_potentiations": len(up),
            "n_depressions": len(down),
            "potentiation_l1": sum(up),
            "depression_l1": sum(down),
            "minimal_l1": sum(abs(d) for d in self.displacement),
            "minimal_writes": sum(d != 0 for d in self.displacement),
            "minimal_sq": sum(d * d for d in self.displacement),
            "largest_weight": self.largest,
            "write_counts": [n_writes[place] for place in range(self.n_synapses)],
        }
        return found


def energy(parts: list[Books], costs: dict[str, Any]) -> dict[str, Number]:
    """Return what all this costs in the units of the paper (Eq. 1, 2 and Fig. 1 supplement 1)."""

    def cost(change: Number) -> Number:
        if change == 0 or (costs["potentiation_only"] and change < 0):
            return 0
        return abs(change) ** costs["alpha"]

    held = sum(sum(books.transient_hold) for books in parts), sum(sum(books.persistent_hold) for books in parts)
    return {
        "consolidation": sum(cost(change) for books in parts for _, change in books.written),
        "maintenance": costs["maintenance_cost"] * held[0] + costs["persistent_maintenance_cost"] * held[1],
        "transient_change": costs["change_cost"] * sum(abs(change) for books in parts for change in books.cached),
        "minimal": sum(cost(d) for books in parts for d in books.displacement),
    }
