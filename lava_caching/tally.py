"""Running sums while a layer learns, and how they become parts of the ledger."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.ledger import Part, SignedHistogram
from lava_caching.synapse import NEGLIGIBLE

__all__ = ["PersistentChanges", "RunTally", "not_negligible", "residual_part", "summed"]

Array = NDArray[np.float64]


@dataclass(kw_only=True)
class RunTally:
    """The sums that cannot be told from the persistent changes afterwards; names as in `lava_caching.ledger.Part`."""

    n_steps: int = 0
    n_updates: int = 0
    transient_change_l1: float = 0.0
    n_transient_writes: int = 0
    transient_hold_l1: float = 0.0
    persistent_hold_l1: float = 0.0
    n_consolidations: int = 0
    n_transferred: int = 0
    largest_weight: float = 0.0
    n_spikes: int = 0

    def part(self, *, n_synapses: int, **more: Any) -> Part:
        """Return the part of the ledger these sums belong to; `more` adds fields or replaces them."""
        derived = {
            "n_synapses": n_synapses,
            "transient_hold_synapse_steps": n_synapses * self.n_steps,
            "n_transient_reads": self.n_transferred + self.n_transient_writes,
        }
        return Part(**{**vars(self), **derived, **more})


BATCH = 1 << 16


@dataclass(kw_only=True)
class PersistentChanges:
    """Sums over persistent changes Δl, added as arrays, and their histogram.

    They are summed and binned in batches of 65,536 (a sort per step is slow): the same changes in the same order give
    the same sums to the last digit, whatever the arrays they came in.
    """

    l1: float = 0.0
    sq: float = 0.0
    up_l1: float = 0.0
    down_l1: float = 0.0
    n_up: int = 0
    n_down: int = 0
    histogram: SignedHistogram = field(default_factory=SignedHistogram)
    waiting: list[Array] = field(default_factory=list)
    n_waiting: int = 0
    total_l1: float = 0.0
    """Σ|Δl| so far, at any time; `l1` is that of the batches that are closed."""

    def add(self, changes: Array) -> None:
        """Book changes; zeros are no writes."""
        written = changes[changes != 0]
        self.waiting.append(written)
        self.n_waiting += written.size
        self.total_l1 += float(np.abs(written).sum())
        if self.n_waiting >= BATCH:
            self._bin()

    def copy(self) -> PersistentChanges:
        """Return them as they are; what is added later stays out."""
        return dataclasses.replace(self, waiting=list(self.waiting))

    def _bin(self, *, rest: bool = False) -> None:
        """Close all batches that are full, and with `rest` the last one as well."""
        waiting = np.concatenate([*self.waiting, np.zeros(0)])
        end = waiting.size if rest else waiting.size - waiting.size % BATCH
        for start in range(0, end, BATCH):
            written = waiting[start : min(start + BATCH, end)]
            self.l1 += float(np.abs(written).sum())
            self.sq += float((written * written).sum())
            self.up_l1 += float(written[written > 0].sum())
            self.down_l1 += float(-written[written < 0].sum())
            self.n_up += int((written > 0).sum())
            self.n_down += int((written < 0).sum())
            self.histogram = self.histogram + SignedHistogram.of(written)
        self.waiting, self.n_waiting = [waiting[end:].copy()], waiting.size - end

    def fields(self) -> dict[str, Any]:
        """Return the fields of `lava_caching.ledger.Part` that these changes fill."""
        self._bin(rest=True)
        return {
            "persistent_change_l1": self.l1,
            "n_persistent_writes": self.n_up + self.n_down,
            "persistent_change_sq": self.sq,
            "n_potentiations": self.n_up,
            "n_depressions": self.n_down,
            "potentiation_l1": self.up_l1,
            "depression_l1": self.down_l1,
            "persistent_change_histogram": self.histogram,
        }


def residual_part(
    transient: Array,
    displacement: Array,
    *,
    made: Array | None = None,
    write_counts: bool | NDArray[np.int64] | None = False,
    **counted: Any,
) -> Part:
    """Book the consolidation at the end of a run, and the least that its final weights would have cost (Eq. 2).

    Parameters
    ----------
    transient, displacement : ndarray
        What is left in the transient part, and w(T) − w(0); weight units, same shape.
    made : ndarray, optional
        The change that real devices made of it; all of it where they are ideal.
    write_counts : bool or ndarray of int
        Whether the writes of every synapse are recorded, or these as a device model counted them.
    **counted : int
        Fields that a device model counted.
    """
    changes = PersistentChanges()
    rest = not_negligible(transient)
    written = rest if made is None else not_negligible(made)
    changes.add(written)
    n_transferred = int(np.count_nonzero(rest))
    if isinstance(write_counts, np.ndarray):
        counts: tuple[int, ...] | None = tuple(write_counts.ravel().tolist())
    else:
        counts = tuple((written != 0).ravel().astype(int).tolist()) if write_counts else None
    displacement = not_negligible(displacement)  # or a decayed trace would count as a weight to be set
    size = np.abs(displacement)
    return Part(
        n_transferred=n_transferred,
        n_transient_reads=n_transferred,
        minimal_l1=float(size.sum()),
        minimal_writes=int(np.count_nonzero(size)),
        minimal_sq=float((size * size).sum()),
        minimal_histogram=SignedHistogram.of(displacement),
        write_counts=counts,
        **changes.fields(),
        **counted,
    )


def summed(values: Array) -> float:
    """Return Σ|values|, added up one after the other without the zeros, as a kernel that leaves them out does."""
    sizes = np.abs(values[values != 0])
    return float(np.add.accumulate(sizes)[-1]) if sizes.size else 0.0


def not_negligible(s: Array) -> Array:
    """Return s with what has decayed to nothing set to 0."""
    return np.where(np.abs(s) > NEGLIGIBLE, s, 0.0)
