"""How many bits or pulses a run wrote: counted by a device model, or worked out from sums and histograms.

Every function returns the count for increases and for decreases and, where it is an estimate, says how it was made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_caching.hardware.operating import Operating
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory
from lava_caching.histogram import Histogram
from lava_caching.ledger import Part

__all__ = ["expected_flips", "persistent_units", "transient_units"]

Count = float | None


def transient_units(
    total: Part, layers: list[Part], memory: VolatileMemory, point: Operating
) -> tuple[Count, str | None]:
    """Return the bits, pulses or writes of the transient part (see `lava_caching.hardware.costs.transient_unit`)."""
    if memory.write.model == "per_bit":
        return _times(total.n_transient_writes, point.bits("volatile")), None
    if memory.write.model != "per_pulse" or not total.n_transient_writes:
        return total.n_transient_writes, None
    unit, pulses = point.weight_unit("volatile"), 0.0
    for part in layers:
        if part.n_transient_writes is None or part.transient_change_l1 is None or unit is None:
            return None, None
        mean = part.transient_change_l1 / max(part.n_transient_writes, 1)
        pulses += part.n_transient_writes * max(1.0, float(np.rint(mean / unit)))
    return pulses, "pulses of transient writes: from the mean |Δs| of each layer"


def persistent_units(
    part: Part, memory: NonvolatileMemory, point: Operating
) -> tuple[tuple[Count, Count], tuple[str, ...]]:
    """Return the bits, pulses or writes of the persistent part (see `lava_caching.hardware.costs.persistent_unit`).

    Increases and decreases are told apart only where SET and RESET are; else the first count holds both.
    """
    bits, unit = point.bits("nonvolatile"), point.weight_unit("nonvolatile")
    changes = part.persistent_change_histogram
    if memory.write.model == "per_bit" and memory.write.skip_unchanged:
        if part.n_bits_flipped is not None:
            return (part.n_bits_flipped, 0), ()
        if not part.n_persistent_writes:
            return (part.n_persistent_writes, 0), ()
        if unit is None or bits is None:
            return (None, None), ()
        flips = sum(_flips(histogram, unit, bits) for histogram in (changes.potentiation, changes.depression))
        return (flips, 0), ("bits flipped by persistent writes: expected in random data, from the histogram of |Δl|",)
    if memory.write.model == "per_bit":
        return (_times(part.n_persistent_writes, bits), 0), ()
    if memory.write.model == "per_pulse":
        if part.n_pulses_set is not None and part.n_pulses_reset is not None:
            return (part.n_pulses_set, part.n_pulses_reset), ()
        if not part.n_persistent_writes:
            return (part.n_persistent_writes, 0), ()
        if unit is None:
            return (None, None), ()
        (up, up_exact), (down, down_exact) = changes.potentiation.pulses(unit), changes.depression.pulses(unit)
        inexact = () if up_exact and down_exact else ("pulses of persistent writes: from the histogram of |Δl|",)
        return (up, down), inexact
    if memory.set is None:
        return (part.n_persistent_writes, 0), ()
    return (part.n_potentiations, part.n_depressions), ()


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


def _times(n: int | None, bits: int | None) -> Count:
    return None if n is None or bits is None else n * bits
