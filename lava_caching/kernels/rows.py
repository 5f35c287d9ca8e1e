"""Acts on one row of synapses (one neuron): change, trigger, consolidate. Shared by all compiled engines.

The plain twin of these loops is `lava_caching.cache.SynapticCache`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.core import types

from lava_caching.consolidation import Policy
from lava_caching.kernels._compile import inlined, scalar, vectorised
from lava_caching.kernels.books import book, book_row, book_sums, book_whole
from lava_caching.synapse import NEGLIGIBLE

__all__ = ["TRIGGER", "Trigger", "dot", "faded_dot", "fold_of", "own_fold_of", "trigger_of"]

MAX, SUM, CUSTOM, ALWAYS, NEVER = range(5)
FULL, QUANTUM, PULSE = range(3)
STATISTICS = {"each": MAX, "max": MAX, "sum": SUM, "always": ALWAYS, "never": NEVER}
AMOUNTS = {"full": FULL, "quantum": QUANTUM, "pulse": PULSE}


class Trigger(NamedTuple):
    """A policy in numbers: `bound` = θ + ε."""

    statistic: int
    by_synapse: bool
    bound: float
    amount: int
    quantum: float
    tolerance: float


TRIGGER = types.NamedTuple(
    (types.int64, types.boolean, types.float64, types.int64, types.float64, types.float64), Trigger
)


def trigger_of(policy: Policy, threshold: float, tolerance: float) -> Trigger:
    """Translate a policy for the kernels."""
    statistic = CUSTOM if callable(policy.statistic) else STATISTICS[policy.statistic]
    by_synapse = policy.scope == "synapse" and statistic != NEVER
    quantum = policy.quantum or 0.0
    return Trigger(statistic, by_synapse, threshold + tolerance, AMOUNTS[policy.amount], quantum, tolerance)


def _no_fold(value: float, s: float) -> float:
    return value


def fold_of(policy: Policy) -> Any:
    """Return the compiled statistic of a policy that brings its own, or a placeholder."""
    return own_fold_of(policy) or scalar(_no_fold, 2)


def own_fold_of(policy: Policy) -> Any:
    """Return the compiled statistic of a policy that brings its own, else None.

    For kernels that are called every few µs: handing over a function costs 24 µs, None nothing.
    """
    return scalar(policy.statistic, 2) if callable(policy.statistic) else None


@vectorised
def sum_abs(row):  # type: ignore[no-untyped-def]
    """Return Σ|row|."""
    total = 0.0
    for i in range(row.size):
        total += abs(row[i])
    return total


@vectorised
def dot(a, x):  # type: ignore[no-untyped-def]
    """Return a·x."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * x[i]
    return total


@vectorised
def faded_dot(l, s, kept, x):  # type: ignore[no-untyped-def]
    """Return (l + kept·s)·x."""
    total = 0.0
    for i in range(l.size):
        total += (l[i] + kept * s[i]) * x[i]
    return total


@vectorised
def change_row(s, l, x, shift, factor, kept, bound):  # type: ignore[no-untyped-def]
    """Decay s, add factor·(x + shift); return Σ|s|, how many |s| exceed the bound, and the largest |l + s|.

    A maximum of floats does not vectorise, a count and the maximum of the bits do: 0.3, not 1.0 µs for 1001 synapses.
    """
    total, n_above, largest = 0.0, 0, np.int64(0)
    for i in range(s.size):
        value = s[i] * kept + factor * (x[i] + shift[i])
        s[i] = value
        total += abs(value)
        n_above += abs(value) > bound
        largest = max(largest, np.float64(abs(l[i] + value)).view(np.int64))
    bits = np.int64(largest)
    return total, n_above, bits.view(np.float64)


@vectorised
def write_row(l, x, shift, factor):  # type: ignore[no-untyped-def]
    """Add factor·(x + shift) straight to the persistent part; return Σ|l| and the largest |l|."""
    total, largest = 0.0, np.int64(0)
    for i in range(l.size):
        value = l[i] + factor * (x[i] + shift[i])
        l[i] = value
        total += abs(value)
        largest = max(largest, np.float64(abs(value)).view(np.int64))
    bits = np.int64(largest)
    return total, bits.view(np.float64)


@inlined
def statistic_of(s, trigger, fold, total, n_above):  # type: ignore[no-untyped-def]
    """Return whether the row as a unit exceeds the threshold."""
    if trigger.statistic == MAX:
        return n_above > 0
    if trigger.statistic == SUM:
        return total > trigger.bound
    if fold is not None and trigger.statistic == CUSTOM:
        value = 0.0
        for i in range(s.size):
            value = fold(value, s[i])
        return value > trigger.bound
    return False


@inlined
def moved_amount(s, trigger):  # type: ignore[no-untyped-def]
    """Return how much of s a consolidation transfers."""
    if trigger.amount == FULL:
        return s if abs(s) > NEGLIGIBLE else 0.0
    n_quanta = np.floor((abs(s) + trigger.tolerance) / trigger.quantum)
    if trigger.amount == PULSE:
        n_quanta = min(n_quanta, 1.0)
    moved = n_quanta * trigger.quantum if s > 0.0 else -n_quanta * trigger.quantum
    return s if n_quanta > 0.0 and abs(s - moved) <= trigger.tolerance else moved


@vectorised
def _move_row(s, l):  # type: ignore[no-untyped-def]
    """Add s to l; return how many moved, how many are no whole numbers of one byte, and Σ|l|."""
    n_moved, n_odd, held = 0, 0, 0.0
    for i in range(s.size):
        value = s[i] if abs(s[i]) > NEGLIGIBLE else 0.0
        n_moved += value != 0.0
        n_odd += (value != np.rint(value)) | (abs(value) > 127.0)
        l[i] += value
        held += abs(l[i])
    return n_moved, n_odd, held


@inlined
def empty_row(s, l, writes, row):  # type: ignore[no-untyped-def]
    """Transfer all of s to l and book the writes; return how many there were and Σ|l|."""
    if writes.per_synapse.shape[1] > 0:
        for i in range(s.size):
            writes.per_synapse[row, i] += abs(s[i]) > NEGLIGIBLE
    n_moved, n_odd, held = _move_row(s, l)
    if n_odd == 0:
        book_whole(s, writes.table)
        return n_moved, held
    book_row(s, writes)
    return n_moved, held


@inlined
def consolidate_row(s, l, x, shift, factor, trigger, fold, writes, row):  # type: ignore[no-untyped-def]
    """Consolidate single synapses, or parts of their s, in one row and book the writes.

    Returns the number of selected units and of transfers, the Σ|Δs| and number of changes that were not consolidated
    within this step (transient changes), and the Σ|s| that is left.
    """
    n_selected, n_moved, kept_l1, n_kept, rest = 0, 0, 0.0, 0, 0.0
    counted = writes.per_synapse.shape[1] > 0
    for i in range(s.size):
        value = s[i]
        selected = True
        if trigger.by_synapse:
            strength = abs(value)
            if fold is not None and trigger.statistic == CUSTOM:
                strength = fold(0.0, value)
            selected = strength > trigger.bound
            n_selected += selected
        moved = moved_amount(value, trigger) if selected else 0.0
        if moved != 0.0:
            n_moved += 1
            l[i] += moved
            s[i] = value - moved
            book(moved, 1, writes.bins)
            book_sums(moved, 1, writes)
            if counted:
                writes.per_synapse[row, i] += 1
        if not selected or (trigger.amount != FULL and moved == 0.0):
            change = abs(factor * (x[i] + shift[i]))
            kept_l1 += change
            n_kept += change != 0.0
        rest += abs(s[i])
    return n_selected, n_moved, kept_l1, n_kept, rest
