"""Replay a log of weight changes: one layer, any policy. Each row of the state is one unit that is tested as a whole.

Order of the acts: decay, hold, change, trigger, consolidation, as in `lava_caching.cache`. Steps without a change cost
one look at the change: until the next one the transient part only decays.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types

from lava_caching.kernels._compile import FOLD, compiled, vectorised
from lava_caching.kernels.books import TALLY, WRITES, book, book_sums
from lava_caching.kernels.rows import (
    ALWAYS,
    CUSTOM,
    FULL,
    TRIGGER,
    change_row,
    consolidate_row,
    empty_row,
    statistic_of,
    sum_abs,
    write_row,
)
from lava_caching.synapse import NEGLIGIBLE

__all__ = ["replay"]


@vectorised
def _size_of(change):  # type: ignore[no-untyped-def]
    """Return Σ|change| and the number of entries that are not 0."""
    total, n = 0.0, 0
    for i in range(change.size):
        total += abs(change[i])
        n += change[i] != 0.0
    return total, n


def _replay(changes, kept, trigger, fold, s, l, tally, writes):  # type: ignore[no-untyped-def]
    t = tally[0]
    direct = trigger.statistic == ALWAYS
    counted = writes.per_synapse.shape[1] > 0
    decay, hold, held = 1.0, 0.0, 0.0
    unshifted = np.zeros(s.shape[1])
    for r in range(s.shape[0]):
        hold += sum_abs(s[r])
        held += sum_abs(l[r])
    for step in range(changes.shape[0]):
        decay *= kept
        hold *= kept
        t.n_steps += 1
        t.transient_hold_l1 += hold
        t.persistent_hold_l1 += held
        n_changes = 0
        for r in range(s.shape[0]):
            n_changes += _size_of(changes[step, r])[1]
        if n_changes == 0:
            continue
        t.n_updates += 1
        hold, held = 0.0, 0.0
        for r in range(s.shape[0]):
            x = changes[step, r]
            size, n = _size_of(x)
            if direct:
                written, largest = write_row(l[r], x, unshifted, 1.0)
                held += written
                t.n_consolidations += n if trigger.by_synapse else np.int64(n > 0)
                for i in range(x.size):
                    if abs(x[i]) > NEGLIGIBLE:
                        book(x[i], 1, writes.bins)
                        book_sums(x[i], 1, writes)
                        if counted:
                            writes.per_synapse[r, i] += 1
            else:
                total, n_above, largest = change_row(s[r], l[r], x, unshifted, 1.0, decay, trigger.bound)
            t.largest_weight = max(t.largest_weight, largest)
            if direct:
                continue
            fired = not trigger.by_synapse and statistic_of(s[r], trigger, fold, total, n_above)
            t.n_consolidations += fired
            if fired and trigger.amount == FULL:
                n_moved, written = empty_row(s[r], l[r], writes, r)
                t.n_transferred += n_moved
                held += written
                continue
            if fired or (trigger.by_synapse and (n_above > 0 or trigger.statistic == CUSTOM)):
                n_selected, n_moved, size, n, total = consolidate_row(
                    s[r], l[r], x, unshifted, 1.0, trigger, fold, writes, r
                )
                t.n_consolidations += n_selected
                t.n_transferred += n_moved
            t.transient_change_l1 += size
            t.n_transient_writes += n
            hold += total
            held += sum_abs(l[r])
        decay = 1.0
    for r in range(s.shape[0]):
        for i in range(s.shape[1]):
            s[r, i] *= decay


_F2 = types.float64[:, ::1]
_LOG = types.Array(types.float64, 3, "C", readonly=True)
replay = compiled(types.void(_LOG, types.float64, TRIGGER, FOLD, _F2, _F2, numba.typeof(np.zeros(1, TALLY)), WRITES))(
    _replay
)
