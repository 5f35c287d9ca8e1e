"""What one action on one synapse costs: from the numbers of a profile to a range in joules.

By what a number is counted per: a *bit* counts ⌈log₂ levels⌉ times; a *word* is shared by the synapses packed into it,
so that each of its bits costs energy / word_bits; a *device* counts as often as the action touches devices (a write
`devices_per_write`, everything else `devices_per_synapse`); *pulse*, *synapse* and *update* count once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from lava_caching.hardware.bill import NOT_KNOWN, ZERO, Range
from lava_caching.hardware.numbers import Entry, NotApplicable, Quantity, Unknown
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory

__all__ = [
    "FREE",
    "Cost",
    "amount",
    "half_select",
    "holding_power",
    "persistent_unit",
    "synapse",
    "transient_unit",
    "verify",
]


@dataclass(frozen=True)
class Cost:
    """A range with the numbers it was made of.

    Attributes
    ----------
    range : Range
        Joules of one action; watts, seconds or a plain factor on the way there.
    used : tuple of (str, Quantity or NotApplicable)
        Key and content of every number in it.
    unknown : tuple of str
        Keys that are unknown, with the reason.
    """

    range: Range
    used: tuple[tuple[str, Quantity | NotApplicable], ...] = ()
    unknown: tuple[str, ...] = ()

    @cached_property
    def is_free(self) -> bool:
        """Return whether the action does not occur in this memory."""
        return self.range == ZERO

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.range + other.range, self.used + other.used, self.unknown + other.unknown)

    def __mul__(self, other: Cost | float) -> Cost:
        if not isinstance(other, Cost):
            return replace(self, range=self.range * other)
        if self.is_free or other.is_free:  # what does not occur needs no price
            return self if self.is_free else other
        return Cost(self.range * other.range, self.used + other.used, self.unknown + other.unknown)

    def __truediv__(self, other: Cost) -> Cost:
        return Cost(self.range / other.range, self.used + other.used, self.unknown + other.unknown)


FREE = Cost(ZERO)
ONE = Cost(Range.exactly(1.0))


def amount(key: str, entry: Entry) -> Cost:
    """Return the bare number of an entry: free where it is not applicable, not known where it is unknown."""
    if isinstance(entry, Quantity):
        return Cost(Range(entry.low, entry.nominal, entry.high), ((key, entry),))
    if isinstance(entry, Unknown):
        return Cost(NOT_KNOWN, unknown=(f"{key} is unknown: {entry.unknown}",))
    return Cost(ZERO, ((key, entry),))


def synapse(key: str, entry: Entry, memory: VolatileMemory | NonvolatileMemory, bits: int) -> Cost:
    """Return the cost of reading, clearing or refreshing a whole synapse of so many bits.

    Parameters
    ----------
    key : str
        Key inside the memory, for instance ``read.energy_j``.
    entry : Entry
        Its content.
    memory : VolatileMemory or NonvolatileMemory
        The memory, for its tier and its devices per synapse.
    bits : int
        Bits of a synapse.
    """
    cost = amount(f"{memory.tier}.{key}", entry)
    per = entry.per if isinstance(entry, Quantity) else None
    if per in ("bit", "word"):
        return _bit(cost, entry) * bits
    return cost * _devices(memory, "devices_per_synapse") if per == "device" else cost


def transient_unit(memory: VolatileMemory) -> Cost:
    """Return the cost of the unit that the write model counts: one bit, one pulse or one write.

    A run does not count the transient writes by direction, so that SET and RESET, where they differ, have equal shares.
    """
    up, down = _directions(memory)
    return up if up == down else (up + down) * 0.5


def persistent_unit(memory: NonvolatileMemory) -> tuple[Cost, Cost]:
    """Return the cost of one bit, pulse or write for an increase and for a decrease, driver overhead included.

    Where SET and RESET differ, an increase is a SET and a decrease a RESET. Bits however change both ways whatever the
    sign of Δ: each written bit costs the mean of the two, as in random data.
    """
    up, down = _directions(memory)
    if memory.write.model == "per_bit" and up != down:
        up = down = (up + down) * 0.5
    if memory.verify.pulses_per_write is not None:
        pulses = amount("nonvolatile.verify.pulses_per_write", memory.verify.pulses_per_write)
        up, down = up * pulses, down * pulses
    if memory.driver is not None:
        factor = amount("nonvolatile.driver.overhead_factor", memory.driver.overhead_factor)
        if not factor.is_free:  # not applicable: the energies contain the drivers
            up, down = up * factor, down * factor
    return up, down


def holding_power(memory: VolatileMemory, bits: int) -> Cost:
    """Return the watts of holding one synapse: at any |s|, or at full scale where the power is proportional to |s|."""
    if memory.hold.power_w_per_bit is not None:
        return amount("volatile.hold.power_w_per_bit", memory.hold.power_w_per_bit) * bits
    assert memory.hold.power_w_at_full_scale is not None, "the schema demands one of the two models"
    return amount("volatile.hold.power_w_at_full_scale", memory.hold.power_w_at_full_scale)


def verify(memory: NonvolatileMemory, bits: int) -> Cost:
    """Return the mean cost of the reads that check one write; free in an open loop."""
    reads = amount("nonvolatile.verify.reads_per_write", memory.verify.reads_per_write)
    return reads * synapse("read.energy_j", memory.read.energy_j, memory, bits)


def half_select(memory: NonvolatileMemory) -> Cost:
    """Return the energy that one write spends in the cells beside the written one."""
    if memory.half_select is None:
        return FREE
    devices = amount("nonvolatile.half_select.devices_per_write", memory.half_select.devices_per_write)
    return amount("nonvolatile.half_select.energy_j", memory.half_select.energy_j) * devices


def _directions(memory: VolatileMemory | NonvolatileMemory) -> tuple[Cost, Cost]:
    """Return the cost of one bit, pulse or write as the profile gives it: increase, decrease."""
    if memory.set is not None and memory.reset is not None:
        up = _unit(memory, "set.energy_j", memory.set.energy_j)
        return up, _unit(memory, "reset.energy_j", memory.reset.energy_j)
    assert memory.write.energy_j is not None, "the schema demands one of the two forms"
    both = _unit(memory, "write.energy_j", memory.write.energy_j)
    return both, both


def _unit(memory: VolatileMemory | NonvolatileMemory, key: str, entry: Entry) -> Cost:
    cost = _bit(amount(f"{memory.tier}.{key}", entry), entry)
    touches = isinstance(entry, Quantity) and entry.per in ("device", "pulse")
    return cost * _devices(memory, "devices_per_write") if touches else cost


def _bit(cost: Cost, entry: Entry) -> Cost:
    """Return the share of one bit in the energy of a word."""
    return cost * (1.0 / entry.word_bits) if isinstance(entry, Quantity) and entry.word_bits else cost


def _devices(memory: VolatileMemory | NonvolatileMemory, name: str) -> Cost:
    entry = getattr(memory.write, name)
    return ONE if entry is None else amount(f"{memory.tier}.write.{name}", entry)
