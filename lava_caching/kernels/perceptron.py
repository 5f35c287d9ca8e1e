"""The perceptron's training loop, compiled twice: by presentations, and by events.

Only an error changes weights. Between two errors the transient part merely decays, so Σ|s| is a scalar, and the output
of every pattern follows from its two fields h_p = Σ_i l_i x_pi and Σ_i s_i x_pi. `train_by_events` keeps these fields
up to date with one row of the Gram matrix per error and looks at one number per presentation; `train_by_presentations`
takes the scalar product anew each time and is cheaper when errors are rare or patterns many.

Order of the acts (preset ``order = "perceptron"``): decay, hold, output, error, change, trigger, consolidation.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types

from lava_caching.kernels._compile import FOLD, POST_FACTOR, compiled, inlined, vectorised
from lava_caching.kernels.books import TALLY, WRITES, book, book_sums
from lava_caching.kernels.rows import (
    ALWAYS,
    CUSTOM,
    FULL,
    TRIGGER,
    change_row,
    consolidate_row,
    dot,
    empty_row,
    faded_dot,
    statistic_of,
    sum_abs,
    write_row,
)
from lava_caching.kernels.schedule import COURSE, SCHEDULE, adapted

__all__ = ["book_direct_writes", "survey", "train_by_events", "train_by_presentations"]


_F1, _F2, _I1 = types.float64[::1], types.float64[:, ::1], types.int64[::1]


@vectorised
def _shift_fields(fields, gram_row, factor, kept):  # type: ignore[no-untyped-def]
    for p in range(fields.size):
        fields[p] = fields[p] * kept + factor * gram_row[p]


@vectorised
def _settle_fields(persistent, transient, gram_row, factor, kept):  # type: ignore[no-untyped-def]
    """Shift the transient fields and pass them on, in one go over memory."""
    for p in range(persistent.size):
        persistent[p] += transient[p] * kept + factor * gram_row[p]
        transient[p] = 0.0


@vectorised
def _shift_fields_centred(fields, gram_row, factor, kept, cross, constant):  # type: ignore[no-untyped-def]
    """Decay and shift fields where the Gram matrix is that of the patterns before centring."""
    for p in range(fields.size):
        fields[p] = fields[p] * kept + factor * (gram_row[p] + cross[p] + constant)


@inlined
def _shift_whole(fields, gram_row, factor):  # type: ignore[no-untyped-def]
    times = np.int32(factor)
    for p in range(fields.size):
        fields[p] = np.int32(fields[p] + np.int32(times * np.int32(gram_row[p])))


@inlined
def _book_direct(q, x, shift, factor, pending, writes):  # type: ignore[no-untyped-def]
    """Book the direct writes of pattern q, which come in runs of equal changes, when the change differs."""
    times = np.int64(pending[1, q])
    if times > 0:
        for i in range(x.size):
            change = pending[0, q] * (x[i] + shift[i])
            book(change, times, writes.bins)
            if change != 0.0:
                book_sums(change, times, writes)
                if writes.per_synapse.shape[1] > 0:
                    writes.per_synapse[0, i] += times
    pending[0, q] = factor
    pending[1, q] = 0.0


@inlined
def _update(s, l, q, x, shift, factor, kept, size_of, trigger, fold, tally, writes, pending):  # type: ignore[no-untyped-def]
    """Change, trigger, consolidate. Returns Σ|s|, Σ|l| (or -1: unchanged), whether all of s moved into l, and Σ|Δl|.

    `size_of` holds Σ|x| and the number of x ≠ 0 of each pattern.
    """
    t = tally[0]
    t.n_updates += 1
    if trigger.statistic == ALWAYS:
        if pending[0, q] != factor:
            _book_direct(q, x, shift, factor, pending, writes)
        pending[1, q] += 1.0
        held, largest = write_row(l, x, shift, factor)
        t.largest_weight = max(t.largest_weight, largest)
        t.n_consolidations += np.int64(size_of[1, q]) if trigger.by_synapse else 1
        return 0.0, held, True, abs(factor) * size_of[0, q]
    total, n_above, largest = change_row(s, l, x, shift, factor, kept, trigger.bound)
    t.largest_weight = max(t.largest_weight, largest)
    by_synapse = trigger.by_synapse
    fired = not by_synapse and statistic_of(s, trigger, fold, total, n_above)
    t.n_consolidations += fired
    if fired and trigger.amount == FULL:
        n_moved, held = empty_row(s, l, writes, 0)
        t.n_transferred += n_moved
        return 0.0, held, True, total
    if not fired and not (by_synapse and (n_above > 0 or trigger.statistic == CUSTOM)):
        t.transient_change_l1 += abs(factor) * size_of[0, q]
        t.n_transient_writes += np.int64(size_of[1, q])
        return total, -1.0, False, 0.0
    n_selected, n_moved, kept_l1, n_kept, rest = consolidate_row(s, l, x, shift, factor, trigger, fold, writes, 0)
    t.n_consolidations += n_selected
    t.n_transferred += n_moved
    t.transient_change_l1 += kept_l1
    t.n_transient_writes += n_kept
    return rest, sum_abs(l), False, total - rest


@inlined
def _close(tally, n_steps, transient_hold, persistent_hold, n_spikes):  # type: ignore[no-untyped-def]
    """Enter what the loops summed in registers."""
    t = tally[0]
    t.n_steps += n_steps
    t.transient_hold_l1 += transient_hold
    t.persistent_hold_l1 += persistent_hold
    t.n_spikes += n_spikes


def _train_by_presentations(  # type: ignore[no-untyped-def]
    patterns,
    shift,
    targets,
    size_of,
    rule,
    silent_above,
    eta,
    tolerance,
    kept,
    trigger,
    fold,
    s,
    l,
    tally,
    writes,
    pending,
    schedule,
    course,
    errors,
    totals,
):
    decays = kept != 1.0 and trigger.statistic != ALWAYS
    w, shifted = l + s, sum_abs(shift) > 0.0
    base, transient_base = dot(l if decays else w, shift), dot(s, shift)  # what the shift adds to every output
    hold, held, decay = sum_abs(s), sum_abs(l), 1.0  # Σ|s| and Σ|l| now, and the decay since s was last touched
    transient_hold, persistent_hold, written, n_spikes = 0.0, 0.0, 0.0, 0
    for epoch in range(errors.size):
        for q in range(targets.size):
            x = patterns[q]
            if decays:
                decay *= kept
                hold *= kept
                output = faded_dot(l, s, decay, x) + base + decay * transient_base
            else:
                output = dot(w, x) + base
            transient_hold += hold
            persistent_hold += held
            n_spikes += output > tolerance
            if output * targets[q] > silent_above:
                continue
            factor = rule(output, targets[q], eta, tolerance)
            if factor == 0.0:
                continue
            errors[epoch] += 1
            now = adapted(trigger, schedule, course, tally[0].n_steps + epoch * targets.size + q, True)
            hold, now_held, _, moved = _update(
                s, l, q, x, shift, factor, decay, size_of, now, fold, tally, writes, pending
            )
            held = now_held if now_held >= 0.0 else held
            written += moved
            decay = 1.0
            if not decays:
                for i in range(w.size):
                    w[i] = l[i] + s[i]
            if shifted:
                base, transient_base = dot(l if decays else w, shift), dot(s, shift)
        totals[epoch, 0] = transient_hold
        totals[epoch, 1] = written
        if errors[epoch] == 0:
            break
    for i in range(s.size):
        s[i] *= decay
    _close(tally, (epoch + 1) * targets.size, transient_hold, persistent_hold, n_spikes)
    return epoch + 1


def _train_by_events(  # type: ignore[no-untyped-def]
    patterns, shift, targets, size_of, rule, silent_above, eta, tolerance, kept, trigger, fold, s, l, tally, writes,
    pending, schedule, course, errors, totals, gram, cross, largest_product, whole_fields, persistent_fields,
    transient_fields,
):  # fmt: skip
    """Fields of ±1 and 0/1 patterns are whole numbers while s and l need not be told apart: 0.15 instead of 0.34 µs.

    They start below 2^30 and are given up for float64 before they could overflow.
    """
    decays = kept != 1.0 and trigger.statistic != ALWAYS
    hold, held, decay = sum_abs(s), sum_abs(l), 1.0  # Σ|s| and Σ|l| now, and the decay since s was last touched
    transient_hold, persistent_hold, written, n_spikes = 0.0, 0.0, 0.0, 0
    shifted, square = cross.size > 0, dot(shift, shift)
    whole, reach = whole_fields.size > 0, 0.0  # 32-bit fields, and a bound on how far they have moved
    for epoch in range(errors.size):
        for q in range(targets.size):
            output = np.float64(whole_fields[q]) if whole else persistent_fields[q]
            if decays:
                decay *= kept
                hold *= kept
                output += decay * transient_fields[q]
            transient_hold += hold
            persistent_hold += held
            n_spikes += output > tolerance
            if output * targets[q] > silent_above:
                continue
            factor = rule(output, targets[q], eta, tolerance)
            if factor == 0.0:
                continue
            errors[epoch] += 1
            now = adapted(trigger, schedule, course, tally[0].n_steps + epoch * targets.size + q, True)
            hold, now_held, emptied, moved = _update(
                s, l, q, patterns[q], shift, factor, decay, size_of, now, fold, tally, writes, pending
            )
            held = now_held if now_held >= 0.0 else held
            written += moved
            if whole:
                reach += abs(factor) * largest_product
                if factor == np.rint(factor) and reach < 2.0**30:
                    _shift_whole(whole_fields, gram[q], factor)
                    continue
                whole = False
                for p in range(targets.size):
                    persistent_fields[p] = whole_fields[p]
            # where s and l need not be told apart, one field will do
            fields, fade = (transient_fields, decay) if decays else (persistent_fields, 1.0)
            if decays and emptied and not shifted:
                _settle_fields(persistent_fields, transient_fields, gram[q], factor, decay)
                decay = 1.0
                continue
            if shifted:
                _shift_fields_centred(fields, gram[q], factor, fade, cross, cross[q] + square)
            else:
                _shift_fields(fields, gram[q], factor, fade)
            if decays and emptied:
                for p in range(targets.size):
                    persistent_fields[p] += transient_fields[p]
                    transient_fields[p] = 0.0
            decay = 1.0
        totals[epoch, 0] = transient_hold
        totals[epoch, 1] = written
        if errors[epoch] == 0:
            break
    for i in range(s.size):
        s[i] *= decay
    _close(tally, (epoch + 1) * targets.size, transient_hold, persistent_hold, n_spikes)
    return epoch + 1


def _book_direct_writes(patterns, shift, writes, pending):  # type: ignore[no-untyped-def]
    for q in range(patterns.shape[0]):
        _book_direct(q, patterns[q], shift, 0.0, pending, writes)


@vectorised
def _survey_row(x, shift, packed):  # type: ignore[no-untyped-def]
    """Pack x into bytes; return Σ|x + shift|, the number of these ≠ 0, Σx², and how many x do not fit into a byte."""
    total, n, square, n_misfits = 0.0, 0, 0.0, 0
    for i in range(x.size):
        value = x[i]
        total += abs(value + shift[i])
        n += value + shift[i] != 0.0
        square += value * value
        packed[i] = np.int8(min(max(value, -128.0), 127.0))
        n_misfits += packed[i] != value
    return total, n, square, n_misfits


def _survey(patterns, shift, packed, size_of):  # type: ignore[no-untyped-def]
    """Fill Σ|x| and the number of x ≠ 0 of each centred pattern; return max Σx² before, inf if some are not whole."""
    largest = 0.0
    for q in range(patterns.shape[0]):
        size_of[0, q], n, square, n_misfits = _survey_row(patterns[q], shift, packed[q])
        size_of[1, q] = n
        largest = max(largest, square if n_misfits == 0 else np.inf)
    return largest


_STATE = (TRIGGER, FOLD, _F1, _F1, numba.typeof(np.zeros(1, TALLY)), WRITES, _F2, SCHEDULE, COURSE, _I1, _F2)
# ±1 and 0/1 patterns travel as bytes and their Gram matrix as 16-bit integers: a row of 1900 entries adds in 0.43 µs
# where float64 takes 1.14 (memory bandwidth). Everything else is float64.
_PATTERNS = [types.Array(kind, 2, "C", readonly=True) for kind in (types.int8, types.float64)]
_COMMON = [(x, _F1, _F1, _F2, POST_FACTOR, *[types.float64] * 4, *_STATE) for x in _PATTERNS]
_GRAMS = [(gram, _F1, types.float64, types.int32[::1], _F1, _F1) for gram in (types.int16[:, ::1], _F2)]

train_by_presentations = compiled(*[types.int64(*c) for c in _COMMON])(_train_by_presentations)
train_by_events = compiled(*[types.int64(*c, *g) for c, g in zip(_COMMON, _GRAMS, strict=True)])(_train_by_events)
book_direct_writes = compiled(*[types.void(x, _F1, WRITES, _F2) for x in _PATTERNS])(_book_direct_writes)
survey = compiled(types.float64(types.Array(types.float64, 2, "C", readonly=True), _F1, types.int8[:, ::1], _F2))(
    _survey
)
