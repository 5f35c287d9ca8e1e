"""One learning epoch of a connection in Loihi's integers, as Lava emulates them (bit-approximate), with caching.

A synaptic variable has 8 bits and a sign. It is shifted left by 7 into an accumulator of 15 bits, to which the products
of the rule are added one after the other, each saturating; what is then below the last bit is rounded stochastically,
with one random number per epoch for all synapses. Facts as in ``lava.magma.core.learning`` 0.10.

Caching is what a rule can express on the chip (the full derivation: `lava_caching.processes.native_rule`): the weight w
is the effective one, the transient part s takes the same products, and consolidation removes exactly one quantum q from
s where |s| *before this epoch* exceeds θ: ``s -= q/2·sgn(s - θ) + q/2·sgn(s + θ)``. So decisions lag one epoch and
|s| = θ moves half a quantum. Neuron-wide policies, which the learning engine cannot express, remove a quantum from
every synapse of the row that holds one.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types

from lava_caching.kernels._compile import compiled, inlined, vectorised
from lava_caching.kernels.books import TALLY, WRITES, book, book_sums
from lava_caching.kernels.connection import (
    CACHED,
    EVENTS,
    LAYOUT,
    SYNAPSE,
    active_columns,
    gather,
    put,
    row_of,
    survey_of,
    traces_at,
    traces_at_x0,
)
from lava_caching.kernels.program import PROGRAM, X0, X1, X2, Y0, Y1, Y3, D, T, W
from lava_caching.kernels.rows import SUM

__all__ = ["HIGHEST_TAG", "LOWEST_TAG", "learn", "recount"]

LOWEST_SUM, HIGHEST_SUM = -(2**15) - 1, 2**15 - 1
LOWEST_TAG, HIGHEST_TAG = -257, 255
"""Limits of Lava's clipping; the lowest are one below what the bits would hold, and so are ours."""
FRACTION_BITS, FRACTION = 7, 127


# ------------------------------------------------------------------------------------------------ products of a row
@inlined
def _factor(value, whole, half, signed, low, high):  # type: ignore[no-untyped-def]
    """Return one factor: a variable and a constant (its whole part, and whether a half follows), saturated."""
    shifted = value + whole
    if signed:
        doubled = 2 * shifted + half
        return np.int64(doubled > 0) - np.int64(doubled < 0)
    return min(max(shifted + (half if shifted < 0 else 0), low), high)


@vectorised
def _times(values, whole, half, signed, low, high, product):  # type: ignore[no-untyped-def]
    """Multiply in 32 bits, overflow included: that is what Lava's arrays do."""
    for i in range(product.size):
        product[i] = np.int32(product[i] * _factor(np.int64(values[i]), whole, half, signed, low, high))


@vectorised
def _start(values, total):  # type: ignore[no-untyped-def]
    """Shift a row of a synaptic variable into its accumulators."""
    for i in range(total.size):
        total[i] = max(np.int64(values[i]) << FRACTION_BITS, LOWEST_SUM)


@vectorised
def _add(product, shift_right, shift_left, spiked, masked, total):  # type: ignore[no-untyped-def]
    """Bring a product to the accumulator's scale and add it, saturating twice."""
    for i in range(total.size):
        value = int(np.int32(np.int64(product[i] >> shift_right) << shift_left))
        value = min(max(value, LOWEST_SUM), HIGHEST_SUM)
        if masked:
            value = value if spiked[i] else 0
        total[i] = min(max(total[i] + value, LOWEST_SUM), HIGHEST_SUM)


@vectorised
def _fill(value, product):  # type: ignore[no-untyped-def]
    for i in range(product.size):
        product[i] = value


@vectorised
def _scale(value, product):  # type: ignore[no-untyped-def]
    for i in range(product.size):
        product[i] = np.int32(product[i] * value)


@inlined
def _multiply(  # type: ignore[no-untyped-def]
    first, stop, mantissa, factors, constants, x, y, y_at_x0, varies, w, d, t, spiked, post_spiked, product
):
    """Fill the row of a product. In 32 bits with overflow the order of factors makes no difference."""
    scale, started = np.int32(mantissa), False
    for f in range(first, stop):
        var, bits = factors[f, 0], factors[f, 2]
        signed, constant = factors[f, 1] == 1, constants[f]
        whole = np.int64(np.floor(constant))
        half = np.int64(constant != np.floor(constant))
        low, high = -(np.int64(1) << bits), (np.int64(1) << bits) - 1
        is_scalar = var == Y0 or (Y1 <= var <= Y3 and not varies)
        if not is_scalar and not started:
            put(product, np.int32(1))
        if var == W:
            _times(w, whole, half, signed, low, high, product)
        elif var == D:
            _times(d, whole, half, signed, low, high, product)
        elif var == T:
            _times(t, whole, half, signed, low, high, product)
        elif X1 <= var <= X2:
            _times(x[var - X1], whole, half, signed, low, high, product)
        elif var == X0:
            _times(spiked, whole, half, signed, low, high, product)
        elif Y1 <= var <= Y3 and varies:
            _times(y_at_x0[var - Y1], whole, half, signed, low, high, product)
        else:
            value = y[var - Y1] if Y1 <= var <= Y3 else np.int64(post_spiked if var == Y0 else 0)
            scale = np.int32(scale * _factor(value, whole, half, signed, low, high))
            continue
        started = True
    if started:
        _scale(scale, product)
    else:
        _fill(scale, product)


# --------------------------------------------------------------------------------------------------- end of an epoch
@inlined
def _rounded(total, draw):  # type: ignore[no-untyped-def]
    return (total >> FRACTION_BITS) + np.int64((total & FRACTION) > draw)


@vectorised
def _settle(total, draw, low, high, values, change):  # type: ignore[no-untyped-def]
    """Round and saturate a row of a synaptic variable; return how many entries were saturated."""
    n_saturated = 0
    for i in range(values.size):
        new = _rounded(np.int64(total[i]), draw)
        kept = min(max(new, low), high)
        n_saturated += (kept != new) | (total[i] >= HIGHEST_SUM) | (total[i] <= LOWEST_SUM)
        change[i] = kept - values[i]
        values[i] = kept
    return n_saturated


@vectorised
def _remove_quanta(s, total, threshold, half_quantum):  # type: ignore[no-untyped-def]
    """Take one quantum from the accumulators of synapses above the threshold, in the two steps of the chip's rule."""
    for i in range(s.size):
        above = np.int64(s[i] > threshold) - np.int64(s[i] < threshold)
        below = np.int64(s[i] > -threshold) - np.int64(s[i] < -threshold)
        value = min(max(total[i] - half_quantum * above, LOWEST_SUM), HIGHEST_SUM)
        total[i] = min(max(value - half_quantum * below, LOWEST_SUM), HIGHEST_SUM)


@vectorised
def _remove_held_quanta(s, total, quantum, half_quantum):  # type: ignore[no-untyped-def]
    """Take one quantum from the accumulators of all synapses that hold one."""
    for i in range(s.size):
        sign = np.int64(s[i] >= quantum) - np.int64(s[i] <= -quantum)
        total[i] = min(max(total[i] - 2 * half_quantum * sign, LOWEST_SUM), HIGHEST_SUM)


@inlined
def _is_restless(s, threshold, alone):  # type: ignore[no-untyped-def]
    """Return whether s would change even if nothing happened: by its own decision (if alone), or by rounding."""
    return (alone & (abs(s) >= threshold) & (s != 0)) | (s == LOWEST_TAG)


@vectorised
def _survey(w, s, threshold, alone):  # type: ignore[no-untyped-def]
    """Return Σ|s|, Σ|w - s|, how many |s| exceed θ, and how many s would not stay as they are in an idle epoch."""
    total, held, n_above, n_restless = 0, 0, 0, 0
    for i in range(s.size):
        size = int(abs(s[i]))
        total += size
        held += int(abs(w[i] - s[i]))
        n_above += size > threshold
        n_restless += _is_restless(np.int64(s[i]), threshold, alone)
    return total, held, n_above, n_restless


@vectorised
def _count_row(change_w, change_s, w):  # type: ignore[no-untyped-def]
    """Return how many entries changed, how many moved, number and Σ of the changes of others, and the largest |w|."""
    n_changed, n_moved, n_kept, size, largest = 0, 0, 0, 0, 0
    for k in range(change_w.size):
        moved = change_w[k] != change_s[k]
        n_changed += change_w[k] != 0
        n_moved += moved
        kept = 0 if moved else int(abs(change_w[k]))
        n_kept += kept != 0
        size += kept
        largest = max(largest, int(abs(w[k])) if change_w[k] != 0 else 0)
    return n_changed, n_moved, n_kept, size, largest


@inlined
def _book_row(old_s, change_w, change_s, threshold, positions, in_place, writes, row):  # type: ignore[no-untyped-def]
    """Book what was transferred in a row; returns the number of synapses that were above (or at) θ and moved."""
    n_selected = 0
    for k in range(change_w.size):
        moved = change_w[k] - change_s[k]
        if moved != 0:
            n_selected += abs(old_s[k]) >= threshold
            book(np.float64(moved), 1, writes.bins)
            book_sums(np.float64(moved), 1, writes)
            if writes.per_synapse.shape[1] > 0:
                writes.per_synapse[row, k if in_place else positions[k]] += 1
    return n_selected


@inlined
def _finish_some(  # type: ignore[no-untyped-def]
    start, positions, m, totals, draw, low, high, threshold, alone, w, s, row, saturated, writes, r, entry
):
    """Do all of this in one loop for a few synapses of a row in which nothing is to be consolidated.

    A third of the time of the loops one by one. Returns how many weights changed.
    """
    n_changed = 0
    for k in range(m):
        i = start + positions[k]
        old_w, old_s = np.int64(w[i]), np.int64(s[i])
        free_w, free_s = _rounded(totals[0, k], draw), _rounded(totals[3, k], draw)
        new_w, new_s = min(max(free_w, low), high), min(max(free_s, LOWEST_TAG), HIGHEST_TAG)
        saturated[0] += (new_w != free_w) | (totals[0, k] >= HIGHEST_SUM) | (totals[0, k] <= LOWEST_SUM)
        saturated[1] += (new_s != free_s) | (totals[3, k] >= HIGHEST_SUM) | (totals[3, k] <= LOWEST_SUM)
        if new_w == old_w and new_s == old_s:
            continue
        w[i], s[i] = new_w, new_s
        row[0] += abs(new_s) - abs(old_s)
        row[1] += abs(new_w - new_s) - abs(old_w - old_s)
        row[2] += np.int64(abs(new_s) > threshold) - np.int64(abs(old_s) > threshold)
        row[3] += np.int64(_is_restless(new_s, threshold, alone)) - np.int64(_is_restless(old_s, threshold, alone))
        n_changed += new_w != old_w
        entry.largest_weight = max(entry.largest_weight, abs(np.float64(new_w)))
        moved = (new_w - old_w) - (new_s - old_s)
        if moved != 0:  # one of the two was cut off: the persistent part took the difference
            entry.n_transferred += 1
            book(np.float64(moved), 1, writes.bins)
            book_sums(np.float64(moved), 1, writes)
            if writes.per_synapse.shape[1] > 0:
                writes.per_synapse[r, positions[k]] += 1
        else:
            entry.n_transient_writes += 1
            entry.transient_change_l1 += abs(new_w - old_w)
    return n_changed


# -------------------------------------------------------------------------------------------------- the whole layer
def _learn(  # type: ignore[no-untyped-def]
    program,
    events,
    layout,
    x_history,
    y_history,
    w,
    d,
    t,
    low,
    high,
    draw,
    touch_all,
    kind,
    scope,
    statistic,
    threshold,
    quantum,
    s,
    rows,
    saturated,
    tally,
    writes,
):
    """Run one learning epoch.

    draw : the epoch's random number times 128, floored
    rows : (n_post, 5), Σ|s|, Σ|w - s|, number of |s| > θ, of s that change even in an idle epoch, and of such tags
    saturated : (2,), entries of weights, and of tags or transient parts, that were cut off
    """
    products, factors, constants = program.products, program.factors, program.constants
    x0, y0, tx, ty = events.x0, events.y0, events.tx, events.ty
    starts, columns, has_w, has_d, has_t = layout.starts, layout.columns, layout.has_w, layout.has_d, layout.has_t
    n_post, n_pre, n_products = y0.size, x0.size, products.shape[0]
    sparse = columns.size > 0
    some_missing = has_w.size > 0
    per_dependency, n_targets, _, needs_d, needs_t = survey_of(products, factors)
    needs_d, needs_t = needs_d or n_targets[1] > 0, needs_t or n_targets[2] > 0
    u = events.u and per_dependency[2] > 0
    cached, alone = kind == CACHED and n_targets[0] > 0, scope == SYNAPSE
    active = active_columns(x0)
    crowded = 2 * active.size > n_pre  # as in floating point
    x_at_x0, x_active = np.empty((2, n_pre), np.int64), np.empty((2, n_pre), np.int64)
    traces_at_x0(x_history, tx, x_at_x0)
    for k in range(2):
        for j in range(active.size):
            x_active[k, j] = x_at_x0[k, active[j]]
    known, everything, room = (x_at_x0, x_active), np.arange(n_pre), np.empty(n_pre, np.int64)
    x, y, y_at_x0 = np.empty((2, n_pre), np.int64), np.empty(3, np.int64), np.empty((3, n_pre), np.int64)
    product, spiked_here = np.empty(n_pre, np.int32), np.empty(n_pre, np.bool_)
    some_32, some_64 = np.empty((2, n_pre), np.int32), np.empty((2, n_pre), np.int64)
    totals, change_w, change = np.empty((4, n_pre), np.int64), np.empty(n_pre, np.int64), np.empty(n_pre, np.int64)
    old_s = np.empty(n_pre, np.int64)
    n_changed = 0
    entry = tally[0]
    entry.n_steps += 1
    if kind == CACHED:
        for r in range(n_post):
            entry.transient_hold_l1 += rows[r, 0]
            entry.persistent_hold_l1 += rows[r, 1]

    for r in range(n_post):
        start, stop = starts[r], starts[r + 1]
        fired = cached and scope != SYNAPSE and (rows[r, 0] > threshold if statistic == SUM else rows[r, 2] > 0)
        restless = cached and (rows[r, 3] > 0 or fired)
        whole = touch_all or u or crowded or (per_dependency[1] > 0 and y0[r]) or restless or rows[r, 4] > 0
        if not whole and (per_dependency[0] == 0 or active.size == 0):
            continue
        positions = row_of(columns, start, stop, active, everything, x0, room, whole)
        m = positions.size
        if m == 0:
            continue
        in_place = whole and columns.size == 0
        if whole:
            w_row, d_row, t_row, s_row = w[start:stop], d[start:stop], t[start:stop], s[start:stop]
        else:
            w_row, s_row = some_32[0, :m], some_32[1, :m]
            d_row, t_row = some_64[0, :m], some_64[1, :m]
            gather(w, start, positions, m, w_row)
            if needs_d:
                gather(d, start, positions, m, d_row)
            if needs_t:
                gather(t, start, positions, m, t_row)
            if cached:
                gather(s, start, positions, m, s_row)
        if sparse:
            for k in range(m):
                spiked_here[k] = x0[columns[start + positions[k]]]
        elif not whole:
            put(spiked_here[:m], True)
        spiked = x0 if in_place else spiked_here[:m]
        if n_targets[0]:
            _start(w_row, totals[0, :m])
        if n_targets[1]:
            _start(d_row, totals[1, :m])
        if n_targets[2]:
            _start(t_row, totals[2, :m])
        if cached:
            _start(s_row, totals[3, :m])
        for p in range(n_products):
            target, dependency = products[p, 0], products[p, 1]
            if (dependency == 1 and not y0[r]) or (dependency == 2 and not u):
                continue
            here, by_column = traces_at(
                dependency,
                r,
                tx,
                ty,
                x_history,
                y_history,
                known,
                columns,
                start,
                positions,
                in_place,
                x,
                y,
                y_at_x0,
            )
            _multiply(
                products[p, 2],
                products[p, 3],
                products[p, 4],
                factors,
                constants,
                here,
                y,
                y_at_x0,
                by_column,
                w_row,
                d_row,
                t_row,
                spiked,
                y0[r],
                product[:m],
            )
            right, left = products[p, 5], products[p, 6]
            masked = dependency == 0 and whole
            _add(product[:m], right, left, spiked, masked, totals[target, :m])
            if cached and target == 0:
                _add(product[:m], right, left, spiked, masked, totals[3, :m])
        if some_missing:
            for k in range(m):
                i = start + positions[k]
                totals[0, k] = totals[0, k] if has_w[i] else 0
                totals[1, k] = totals[1, k] if has_d[i] else 0
                totals[2, k] = totals[2, k] if has_t[i] else 0
        if n_targets[1]:
            saturated[1] += _settle(totals[1, :m], draw, 0, HIGHEST_TAG, d_row, change[:m])
            if not whole:
                for k in range(m):
                    d[start + positions[k]] = d_row[k]
        if n_targets[2]:
            saturated[1] += _settle(totals[2, :m], draw, LOWEST_TAG, HIGHEST_TAG, t_row, change[:m])
            if not whole:
                for k in range(m):
                    t[start + positions[k]] = t_row[k]
            rows[r, 4] = 0
            for i in range(start, stop):
                rows[r, 4] += t[i] == LOWEST_TAG
        if n_targets[0] == 0:
            continue
        if cached and not whole and not some_missing:
            n_changed += _finish_some(
                start,
                positions,
                m,
                totals,
                draw,
                low,
                high,
                threshold,
                alone,
                w,
                s,
                rows[r],
                saturated,
                writes,
                r,
                entry,
            )
            continue
        saturated[0] += _settle(totals[0, :m], draw, low, high, w_row, change_w[:m])
        if not whole:
            for k in range(m):
                w[start + positions[k]] = w_row[k]
        if not cached:
            continue
        for k in range(m):
            old_s[k] = s_row[k]
        if some_missing:
            for k in range(m):
                totals[3, k] = totals[3, k] if has_w[start + positions[k]] else 0
        if scope == SYNAPSE:
            _remove_quanta(s_row, totals[3, :m], threshold, quantum << (FRACTION_BITS - 1))
        elif fired:
            _remove_held_quanta(s_row, totals[3, :m], quantum, quantum << (FRACTION_BITS - 1))
        saturated[1] += _settle(totals[3, :m], draw, LOWEST_TAG, HIGHEST_TAG, s_row, change[:m])
        if not whole:
            for k in range(m):
                s[start + positions[k]] = s_row[k]
        n, n_moved, n_kept, size, largest = _count_row(change_w[:m], change[:m], w_row)
        n_changed += n
        entry.n_transient_writes += n_kept
        entry.transient_change_l1 += size
        entry.largest_weight = max(entry.largest_weight, np.float64(largest))
        if n_moved:
            n_selected = _book_row(old_s[:m], change_w[:m], change[:m], threshold, positions, in_place, writes, r)
            entry.n_transferred += n_moved
            entry.n_consolidations += n_selected if scope == SYNAPSE else np.int64(fired)
        rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3] = _survey(w[start:stop], s[start:stop], threshold, alone)
    entry.n_updates += n_changed > 0


def _recount(starts, w, t, s, threshold, alone, rows):  # type: ignore[no-untyped-def]
    for r in range(rows.shape[0]):
        a, b = starts[r], starts[r + 1]
        rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3] = _survey(w[a:b], s[a:b], threshold, alone)
        rows[r, 4] = 0
        for i in range(a, b):
            rows[r, 4] += t[i] == LOWEST_TAG


_I1, _I2, _I3, _W = types.int64[::1], types.int64[:, ::1], types.int64[:, :, ::1], types.int32[::1]
_N = types.int64
learn = compiled(
    types.void(
        *(PROGRAM, EVENTS, LAYOUT, _I3, _I3, _W, _I1, _I1, _N, _N, _N, types.boolean, _N, _N, _N, _N, _N),
        *(_W, _I2, _I1, numba.typeof(np.zeros(1, TALLY)), WRITES),
    )
)(_learn)
recount = compiled(types.void(_I1, _W, _I1, _W, _N, types.boolean, _I2))(_recount)
