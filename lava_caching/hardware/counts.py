"""How often a run did what a pair charges for: counted by the run or a device model, or worked out from histograms.

Whatever is an estimate says how it was made (`Counts.estimated`).
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lava_caching.hardware.numbers import NotApplicable, Quantity
from lava_caching.hardware.operating import Operating
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory
from lava_caching.histogram import Histogram
from lava_caching.ledger import Part

__all__ = ["Counts", "expected_flips"]

Count = float | None


class Counts:
    """The actions of a run as one pair of memories counts them; None is what the run did not record.

    Parameters
    ----------
    total : Part
        All layers together.
    layers : list of Part
        Total of each layer.
    volatile, nonvolatile : VolatileMemory, NonvolatileMemory
        The pair, for its write models.
    point : Operating
        Step duration, weight units and bits.

    Attributes
    ----------
    estimated : list of str
        How the estimates among the counts asked for so far were made.
    """

    def __init__(
        self,
        total: Part,
        layers: list[Part],
        volatile: VolatileMemory,
        nonvolatile: NonvolatileMemory,
        point: Operating,
    ) -> None:
        self._total, self._layers, self._point = total, layers, point
        self._volatile, self._nonvolatile = volatile, nonvolatile
        self.estimated: list[str] = []

    def transient_units(self) -> Count:
        """Return the bits, pulses or writes of the transient part (`lava_caching.hardware.costs.transient_unit`)."""
        n, model = self._total.n_transient_writes, self._volatile.write.model
        if n and self._volatile.set is not None and model != "per_bit":
            self.estimated.append("direction of transient writes: SET and RESET alike often")
        if model == "per_bit":
            return _times(n, self._point.bits("volatile"))
        if model != "per_pulse" or not n:
            return n
        unit, pulses = self._point.weight_unit("volatile"), 0.0
        for part in self._layers:
            if part.n_transient_writes is None or part.transient_change_l1 is None or unit is None:
                return None
            mean = part.transient_change_l1 / max(part.n_transient_writes, 1)
            pulses += part.n_transient_writes * max(1, round(mean / unit))
        self.estimated.append("pulses of transient writes: from the mean |Δs| of each layer")
        return pulses

    def reads_before_writes(self) -> Count:
        """Return the reads that precede transient writes; those of transfers are not among them."""
        n_reads, n_transferred = self._total.n_transient_reads, self._total.n_transferred
        return None if n_reads is None or n_transferred is None else n_reads - n_transferred

    def transfers(self) -> Count:
        """Return the synapses read and cleared by transfers."""
        return self._total.n_transferred

    def held_seconds(self) -> Count:
        """Return the synapse-seconds of the layers that used their transient part."""
        return self._held_seconds

    @cached_property
    def _held_seconds(self) -> Count:
        steps = [p.transient_hold_synapse_steps for p in self._users]
        return None if None in steps else sum(n or 0 for n in steps) * self._point.step_duration_s

    def held_full_scale_seconds(self) -> Count:
        """Return the same, each weighted by |s| as a share of full scale."""
        weighted, scale = [p.transient_hold_l1 for p in self._users], self._point.full_scale
        if scale and None not in weighted:
            return sum(x or 0.0 for x in weighted) * self._point.step_duration_s / scale
        return 0.0 if self.held_seconds() == 0 else None

    def persistent_units(self) -> Count:
        """Return the bits, pulses or writes of the persistent part (`lava_caching.hardware.costs.persistent_unit`)."""
        up, down = self._directions
        return None if up is None or down is None else up + down

    def potentiation_units(self) -> Count:
        """Return those of increases, where SET and RESET have prices of their own."""
        return self._directions[0]

    def depression_units(self) -> Count:
        """Return those of decreases."""
        return self._directions[1]

    def writes(self) -> Count:
        """Return the persistent writes, those included that changed nothing."""
        return self._attempts

    def counted_verify_reads(self) -> Count:
        """Return the verify reads that the run's cells took, where the price of a write does not contain them."""
        return (self._total.n_verify_reads or 0) if self._verified else 0

    def writes_verified_on_average(self) -> Count:
        """Return the writes whose verify reads are taken from the profile: the run's cells did not verify."""
        if self._verified:
            return 0
        if self._attempts and not isinstance(self._nonvolatile.verify.reads_per_write, NotApplicable):
            self.estimated.append("verify reads: the mean per write that the profile states")
        return self._attempts

    def cycles_per_write(self) -> Count:
        """Return how many cycles of its endurance a persistent write takes: its pulses, where those are stated."""
        cycles = self._nonvolatile.endurance and self._nonvolatile.endurance.cycles
        if not isinstance(cycles, Quantity) or cycles.per != "pulse":
            return 1
        n_pulses, n_writes = self.persistent_units(), self._total.n_persistent_writes
        return None if n_pulses is None or n_writes is None else n_pulses / (n_writes or 1)

    @property
    def _verified(self) -> bool:
        """Return whether the run's own cells verified their writes and the profile does not price that loop whole."""
        return bool(self._total.n_verify_reads) and not self._nonvolatile.verify.included

    @property
    def _attempts(self) -> Count:
        """Return the programmings: writes, those included that changed nothing, and repeats, one for each verify read.

        The pulses of a mean that the profile states are not repeated again.
        """
        if self._verified and self._nonvolatile.verify.pulses_per_write is None:
            return self._total.n_verify_reads
        n = self._total.n_persistent_writes
        return None if n is None else n + (self._total.n_writes_lost or 0)

    @cached_property
    def _users(self) -> list[Part]:
        return [
            p for p in self._layers if p.n_transient_writes != 0 or p.n_transferred != 0 or p.transient_hold_l1 != 0
        ]

    @cached_property
    def _directions(self) -> tuple[Count, Count]:
        """Return the units by direction; where SET and RESET have one price, the first count may hold both."""
        part, memory = self._total, self._nonvolatile
        bits, unit = self._point.bits("nonvolatile"), self._point.weight_unit("nonvolatile")
        changes, model = part.persistent_change_histogram, memory.write.model
        if model == "per_bit" and memory.set is not None and part.n_persistent_writes:
            self.estimated.append("SET and RESET: half of the written bits each, as in random data")
        if model == "per_bit" and memory.write.skip_unchanged:
            if part.n_bits_flipped is not None or not part.n_persistent_writes:
                return (part.n_persistent_writes if part.n_bits_flipped is None else part.n_bits_flipped), 0
            if unit is None or bits is None:
                return None, None
            self.estimated.append(
                "bits flipped by persistent writes: expected in random data, from the histogram of |Δl|"
            )
            return sum(_flips(h, unit, bits) for h in (changes.potentiation, changes.depression)), 0
        if model == "per_bit":
            return _times(self._attempts, bits), 0
        if model == "per_pulse":
            if part.n_pulses_set is not None and part.n_pulses_reset is not None:
                return part.n_pulses_set, part.n_pulses_reset
            if not part.n_persistent_writes:
                return part.n_persistent_writes, 0
            if unit is None:
                return None, None
            (up, up_off), (down, down_off) = changes.potentiation.pulses(unit), changes.depression.pulses(unit)
            if off := up_off + down_off:
                bound = f", {off / (up + down):.2g} of them off at most" if math.isfinite(off) else ""
                self.estimated.append(f"pulses of persistent writes: from the histogram of |Δl|{bound}")
            return up, down
        if memory.set is None:
            return self._attempts, 0
        n_up, n_down = part.n_potentiations, part.n_depressions
        if n_up is None or n_down is None or self._attempts is None:
            return None, None
        more = self._attempts - n_up - n_down
        if more:
            self.estimated.append("direction of repeats and of writes that changed nothing: SET and RESET alike often")
        return n_up + more / 2, n_down + more / 2


def expected_flips(units: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """Return how many bits change on average when k weight units are added to a random number of so many bits.

    Bit j of the sum differs from the old one if bit j of k and the carry into it differ; for a random number the carry
    has the probability (k mod 2^j)/2^j. One unit flips 2 − 2^(1−bits) bits.

    Parameters
    ----------
    units : ndarray of float
        k ≥ 1, whole numbers.
    bits : int
        Bits of the number; a carry out of the highest is lost.
    """
    flips = np.zeros_like(units)
    for j in range(bits):
        carry = np.mod(units, 2.0**j) / 2.0**j
        is_set = np.mod(np.floor(units / 2.0**j), 2.0) == 1.0
        flips += np.where(is_set, 1.0 - carry, carry)
    return flips


def _flips(histogram: Histogram, unit: float, bits: int) -> float:
    whole = np.maximum(1.0, np.rint(histogram.l1 / histogram.n / unit))
    return float((histogram.n * expected_flips(whole, bits)).sum())


def _times(n: Count, bits: int | None) -> Count:
    return None if n is None or bits is None else n * bits
