"""Hardware: profiles of memories with sourced numbers, and the price in joules of a finished run.

Count first, price later: a `lava_caching.ledger.Ledger` holds the actions of a run, a `MemoryPair` the cost of each;
`price` multiplies them and returns a `Bill`.
"""

from lava_caching.hardware.bill import CAUSES, TIERS, Bill, Line, Range
from lava_caching.hardware.equivalent import break_even_hold_time_s, equivalent_costs, write_energies_j
from lava_caching.hardware.library import (
    MemoryPair,
    default_pair,
    load,
    load_memory,
    load_pair,
    memory_names,
    pair_names,
)
from lava_caching.hardware.pricing import price

__all__ = [
    "CAUSES",
    "TIERS",
    "Bill",
    "Line",
    "MemoryPair",
    "Range",
    "break_even_hold_time_s",
    "default_pair",
    "equivalent_costs",
    "load",
    "load_memory",
    "load_pair",
    "memory_names",
    "pair_names",
    "price",
    "write_energies_j",
]
