"""What a pair of memories charges for: each action with its unit price, worked out once and used for every bill.

E = transient writes + reads before them + transfers (read, clear) + hold + refresh + persistent writes (SET, RESET,
drivers, half-selected cells) + verification. Prices depend on the pair alone and counts on the run, so that pricing a
thousand runs reads the profile once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from lava_caching.hardware.costs import (
    Cost,
    amount,
    half_select,
    holding_power,
    persistent_unit,
    synapse,
    transient_unit,
    verify,
)
from lava_caching.hardware.counts import Counts
from lava_caching.hardware.library import MemoryPair, once_for_each_pair
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory

__all__ = ["Item", "sources_of", "tariff_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Item:
    """One action and its price.

    Attributes
    ----------
    tier, cause, action : str
        Where it enters the bill, and what it is.
    count : callable
        How often a run did it, None if the run did not count it.
    cost : Cost
        Joules of one action, in joules per synapse-second where the count is a time.
    """

    tier: str
    cause: str
    action: str
    count: Callable[[Counts], float | None]
    cost: Cost

    @cached_property
    def head(self) -> tuple[str, str, str]:
        """Return tier, cause and action."""
        return self.tier, self.cause, self.action

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the numbers in the price."""
        return tuple(dict.fromkeys(key for key, _ in self.cost.used))


@once_for_each_pair
def _sources_of(pair: MemoryPair) -> dict[tuple[Item, ...], tuple[dict[str, str], ...]]:
    return {}


def sources_of(pair: MemoryPair, charged: tuple[Item, ...]) -> tuple[dict[str, str], ...]:
    """Return where each number in the prices of some actions comes from; most runs are charged for the same ones."""
    known = _sources_of(pair)
    if charged not in known:
        found = {source["key"]: source for item in charged for source in _sources(item.cost)}
        known[charged] = tuple(found.values())
    return known[charged]


@once_for_each_pair
def tariff_of(pair: MemoryPair) -> tuple[Item, ...]:
    """Return all that a pair charges for, nothing in arbitrary units."""
    if pair.memories is None:
        return ()
    volatile, nonvolatile = pair.memories
    return (
        *_volatile(volatile, _bits(pair.volatile_levels)),
        *_nonvolatile(nonvolatile, _bits(pair.nonvolatile_levels)),
    )


def _volatile(memory: VolatileMemory, bits: int) -> Iterator[Item]:
    def item(cause: str, action: str, count: Callable[[Counts], float | None], cost: Cost) -> Item:
        return Item(tier="volatile", cause=cause, action=action, count=count, cost=cost)

    read = synapse("read.energy_j", memory.read.energy_j, memory, bits)
    yield item("write", f"transient writes ({memory.write.model})", Counts.transient_units, transient_unit(memory))
    if not memory.write.accumulates_in_place:
        yield item("read", "reads before transient writes", Counts.reads_before_writes, read)
    yield item("transfer", "reads of transfers", Counts.transfers, read)
    clear = synapse("clear.energy_j", memory.clear.energy_j, memory, bits)
    yield item("clear", "clearings after transfers", Counts.transfers, clear)
    per_bit = memory.hold.power_w_per_bit is not None
    held = Counts.held_seconds if per_bit else Counts.held_full_scale_seconds
    yield item("hold", "synapse-seconds held", held, holding_power(memory, bits))
    refresh = synapse("refresh.energy_j", memory.refresh.energy_j, memory, bits)
    if memory.refresh.interval_s is not None and not refresh.is_free:
        refresh = refresh / amount("volatile.refresh.interval_s", memory.refresh.interval_s)
    yield item("refresh", "synapse-seconds refreshed", Counts.held_seconds, refresh)


def _nonvolatile(memory: NonvolatileMemory, bits: int) -> Iterator[Item]:
    def item(cause: str, action: str, count: Callable[[Counts], float | None], cost: Cost) -> Item:
        return Item(tier="nonvolatile", cause=cause, action=action, count=count, cost=cost)

    up, down = persistent_unit(memory)
    model = memory.write.model
    if up == down:
        yield item("write", f"persistent writes ({model})", Counts.persistent_units, up)
    else:
        yield item("write", f"potentiations ({model})", Counts.potentiation_units, up)
        yield item("write", f"depressions ({model})", Counts.depression_units, down)
    yield item("write", "writes with half-selected cells", Counts.writes, half_select(memory))
    read = synapse("read.energy_j", memory.read.energy_j, memory, bits)
    yield item("verify", "verify reads", Counts.counted_verify_reads, read)
    yield item("verify", "persistent writes to verify", Counts.writes_verified_on_average, verify(memory, bits))


def _bits(levels: int | None) -> int:
    assert levels is not None, "a pair with memories has levels"
    return (levels - 1).bit_length()


def _sources(cost: Cost) -> Iterator[dict[str, str]]:
    for key, entry in cost.used:
        basis = entry.basis if isinstance(entry, Quantity) else f"not applicable: {entry.not_applicable}"
        confidence = {"confidence": entry.confidence} if isinstance(entry, Quantity) else {}
        yield {"key": key, "source": entry.source, "where": entry.where, "basis": basis, **confidence}
