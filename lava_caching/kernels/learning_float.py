"""One learning epoch of a connection in floating point: products of the rule, change, caching, ledger, in one pass.

Only synapses that a product reaches are touched: those of a column that spiked (x0), of a row that spiked (y0), all of
them where the rule says u^k. Order of the acts: hold, change (clipped to the bounds), trigger, consolidation, as in
`lava_caching.cache`; the decay has its own kernel, because it comes before the output of the epoch.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types

from lava_caching.kernels._compile import FOLD, compiled, inlined, vectorised
from lava_caching.kernels.books import TALLY, WRITES, book, book_sums
from lava_caching.kernels.connection import (
    CACHED,
    DIRECT,
    EVENTS,
    LAYER,
    LAYOUT,
    NO_CACHE,
    SYNAPSE,
    active_columns,
    gather,
    put,
    row_of,
    survey_of,
    traces_at,
    traces_at_x0,
)
from lava_caching.kernels.program import PROGRAM, X1, X2, Y1, Y3, D, W
from lava_caching.kernels.rows import (
    CUSTOM,
    FULL,
    MAX,
    NEVER,
    SUM,
    TRIGGER,
    consolidate_row,
    empty_row,
    moved_amount,
    statistic_of,
    sum_abs,
)

__all__ = ["decay_synapses", "learn", "recount"]


# ------------------------------------------------------------------------------------------------ products of a row
@vectorised
def _first(values, constant, product):  # type: ignore[no-untyped-def]
    for i in range(product.size):
        product[i] = values[i] + constant


@vectorised
def _times(values, constant, product):  # type: ignore[no-untyped-def]
    for i in range(product.size):
        product[i] *= values[i] + constant


@vectorised
def _times_sign(values, constant, product):  # type: ignore[no-untyped-def]
    for i in range(product.size):
        v = values[i] + constant
        product[i] *= (1.0 if v > 0.0 else 0.0) - (1.0 if v < 0.0 else 0.0)


@vectorised
def _add(scale, product, total):  # type: ignore[no-untyped-def]
    for i in range(total.size):
        total[i] += scale * product[i]


@vectorised
def _add_where(scale, product, spiked, total):  # type: ignore[no-untyped-def]
    for i in range(total.size):
        total[i] += scale * product[i] if spiked[i] else 0.0


@vectorised
def _add_constant(value, total):  # type: ignore[no-untyped-def]
    for i in range(total.size):
        total[i] += value


@vectorised
def _add_constant_where(value, spiked, total):  # type: ignore[no-untyped-def]
    for i in range(total.size):
        total[i] += value if spiked[i] else 0.0


@inlined
def _add_product(  # type: ignore[no-untyped-def]
    scale, first, last, factors, constants, x, y, y_at_x0, varies, w, d, t, spiked, masked, product, total
):
    """Add one product to the change of one row.

    x (2, m) and y (3,) are the traces at the product's dependency; y_at_x0 (3, m) where these differ by column.
    """
    started = False
    for f in range(first, last):
        var, constant = factors[f, 0], constants[f]
        signed = factors[f, 1] == 1
        if Y1 <= var <= Y3 and not varies:
            scale *= y[var - Y1] + constant
            continue
        if X1 <= var <= X2:
            values = x[var - X1]
        elif Y1 <= var <= Y3:
            values = y_at_x0[var - Y1]
        elif var == W:
            values = w
        elif var == D:
            values = d
        else:
            values = t
        if not started and not signed:
            _first(values, constant, product)
        else:
            if not started:
                put(product, 1.0)
            if signed:
                _times_sign(values, constant, product)
            else:
                _times(values, constant, product)
        started = True
    if masked:
        if started:
            _add_where(scale, product, spiked, total)
        else:
            _add_constant_where(scale, spiked, total)
    elif started:
        _add(scale, product, total)
    else:
        _add_constant(scale, total)


# -------------------------------------------------------------------------------------------------- change of a row
@vectorised
def _change_weights(w, delta, low, high):  # type: ignore[no-untyped-def]
    """Add delta to w within the bounds; what was realised replaces delta."""
    for i in range(w.size):
        wanted = w[i] + delta[i]
        new = min(max(wanted, low), high)
        delta[i] = delta[i] if new == wanted else new - w[i]
        w[i] = new


@vectorised
def _change_transient(w, s, delta, bound):  # type: ignore[no-untyped-def]
    """Add delta to s; return Σ|s|, how many |s| exceed the bound, Σ|delta|, its non-zeros, and the largest |w|."""
    total, n_above, size, n, largest = 0.0, 0, 0.0, 0, np.int64(0)
    for i in range(s.size):
        value = s[i] + delta[i]
        s[i] = value
        total += abs(value)
        n_above += abs(value) > bound
        size += abs(delta[i])
        n += delta[i] != 0.0
        largest = max(largest, np.float64(abs(w[i])).view(np.int64))
    bits = np.int64(largest)
    return total, n_above, size, n, bits.view(np.float64)


@inlined
def _change_some(start, positions, delta, m, w, s, low, high, bound):  # type: ignore[no-untyped-def]
    """Do the same for chosen synapses of a row; Σ|s| is returned as its change."""
    gained, n_above, size, n, largest = 0.0, 0, 0.0, 0, 0.0
    for k in range(m):
        i = start + positions[k]
        wanted = w[i] + delta[k]
        new = min(max(wanted, low), high)
        change = delta[k] if new == wanted else new - w[i]
        w[i] = new
        delta[k] = change
        value = s[i] + change
        gained += abs(value) - abs(s[i])
        s[i] = value
        n_above += abs(value) > bound
        size += abs(change)
        n += change != 0.0
        largest = max(largest, abs(new))
    return gained, n_above, size, n, largest


@inlined
def _consolidate_some(start, positions, delta, m, s, l, trigger, writes, row):  # type: ignore[no-untyped-def]
    """Transfer the chosen synapses of a row that exceed the bound, whole; as `lava_caching.kernels.rows` does."""
    n_moved, kept_l1, n_kept, left, held = 0, 0.0, 0, 0.0, 0.0
    for k in range(m):
        i = start + positions[k]
        value = s[i]
        if abs(value) > trigger.bound:
            moved = moved_amount(value, trigger)
            if moved != 0.0:
                n_moved += 1
                held += abs(l[i] + moved) - abs(l[i])
                l[i] += moved
                book(moved, 1, writes.bins)
                book_sums(moved, 1, writes)
                if writes.per_synapse.shape[1] > 0:
                    writes.per_synapse[row, positions[k]] += 1
            left += abs(value)
            s[i] = 0.0
        else:
            kept_l1 += abs(delta[k])
            n_kept += delta[k] != 0.0
    return n_moved, kept_l1, n_kept, left, held


@inlined
def _write_through(start, positions, delta, m, w, l, low, high, writes, row, in_place):  # type: ignore[no-untyped-def]
    """Write changes straight to the persistent part; return how many, how Σ|l| changed, and the largest |w|."""
    n, held, largest = 0, 0.0, 0.0
    for k in range(m):
        i = start + (k if in_place else positions[k])
        wanted = w[i] + delta[k]
        new = min(max(wanted, low), high)
        change = delta[k] if new == wanted else new - w[i]
        w[i] = new
        held += abs(new) - abs(l[i])
        l[i] = new
        largest = max(largest, abs(new))
        if change != 0.0:
            n += 1
            book(change, 1, writes.bins)
            book_sums(change, 1, writes)
            if writes.per_synapse.shape[1] > 0:
                writes.per_synapse[row, i - start] += 1
    return n, held, largest


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
    touch_all,
    kind,
    scope,
    trigger,
    fold,
    s,
    l,
    row_total,
    row_held,
    tally,
    writes,
):
    """Run one learning epoch.

    low, high : bounds of a weight
    touch_all : whether every synapse is looked at even if no product reaches it (after values were set from outside)
    kind : without cache, direct writes, cached
    row_total, row_held : (n_post,), Σ|s| and Σ|l| of each row, kept up to date
    """
    # out of their tuples: an array that is reached through one costs some 10 ns at every access
    products, scales, factors, constants = program.products, program.scales, program.factors, program.constants
    x0, y0, tx, ty = events.x0, events.y0, events.tx, events.ty
    starts, columns, has_w, has_d, has_t = layout.starts, layout.columns, layout.has_w, layout.has_d, layout.has_t
    n_post, n_pre, n_products = y0.size, x0.size, products.shape[0]
    sparse = columns.size > 0
    some_missing = has_w.size > 0
    per_dependency, n_targets, needs_w, needs_d, needs_t = survey_of(products, factors)
    needs_d, needs_t = needs_d or n_targets[1] > 0, needs_t or n_targets[2] > 0
    u = events.u and per_dependency[2] > 0
    active = active_columns(x0)
    crowded = 2 * active.size > n_pre  # whole rows, which vectorise, then cost less than picking columns (1.7, 3.3 ns)
    x_at_x0, x_active = np.empty((2, n_pre)), np.empty((2, n_pre))
    traces_at_x0(x_history, tx, x_at_x0)
    for k in range(2):
        for j in range(active.size):
            x_active[k, j] = x_at_x0[k, active[j]]
    known, everything, room = (x_at_x0, x_active), np.arange(n_pre), np.empty(n_pre, np.int64)
    x, y, y_at_x0 = np.empty((2, n_pre)), np.empty(3), np.empty((3, n_pre))
    gathered, changes, product = np.empty((3, n_pre)), np.empty((3, n_pre)), np.empty(n_pre)
    spiked_here = np.empty(n_pre, np.bool_)
    nothing = np.zeros(n_pre if kind == CACHED else 0)
    # what needs to know every change of the layer before it can consolidate keeps them all; the rest goes row by row
    waits = kind == CACHED and trigger.statistic != NEVER
    waits = waits and (scope == LAYER or trigger.amount != FULL or trigger.statistic == CUSTOM)
    kept = np.zeros(w.size if waits else 0)
    above, sizes, numbers = np.zeros(n_post, np.int64), np.zeros(n_post), np.zeros(n_post, np.int64)
    n_changed, n_rows_changed, n_consolidations = 0, 0, 0
    entry = tally[0]
    entry.n_steps += 1
    if kind != NO_CACHE:
        for r in range(n_post):
            entry.transient_hold_l1 += row_total[r]
            entry.persistent_hold_l1 += row_held[r]

    for r in range(n_post):
        whole = touch_all or waits or u or crowded or (per_dependency[1] > 0 and y0[r])
        if not whole and (per_dependency[0] == 0 or active.size == 0):
            continue
        start, stop = starts[r], starts[r + 1]
        positions = row_of(columns, start, stop, active, everything, x0, room, whole)
        m = positions.size
        if m == 0:
            continue
        in_place = whole and not sparse
        if whole:
            w_row, d_row, t_row = w[start:stop], d[start:stop], t[start:stop]
        else:
            w_row, d_row, t_row = gathered[0, :m], gathered[1, :m], gathered[2, :m]
            if needs_w:
                gather(w, start, positions, m, w_row)
            if needs_d:
                gather(d, start, positions, m, d_row)
            if needs_t:
                gather(t, start, positions, m, t_row)
        if sparse:
            for k in range(m):
                spiked_here[k] = x0[columns[start + positions[k]]]
        spiked = x0 if in_place else spiked_here[:m]
        row_product = product[:m]
        for target in range(3):
            if n_targets[target]:
                put(changes[target, :m], 0.0)
        for p in range(n_products):
            dependency = products[p, 1]
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
            _add_product(
                scales[p],
                products[p, 2],
                products[p, 3],
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
                dependency == 0 and whole,
                row_product,
                changes[products[p, 0], :m],
            )
        delta = changes[0, :m]
        if some_missing:
            for k in range(m):
                i = start + positions[k]
                delta[k] = delta[k] if has_w[i] else 0.0
                changes[1, k] = changes[1, k] if has_d[i] else 0.0
                changes[2, k] = changes[2, k] if has_t[i] else 0.0
        if n_targets[1]:
            for k in range(m):
                i = start + positions[k]
                d[i] = max(d[i] + changes[1, k], 0.0)
        if n_targets[2]:
            for k in range(m):
                t[start + positions[k]] += changes[2, k]
        if n_targets[0] == 0:
            continue
        if kind == NO_CACHE:
            if whole:
                _change_weights(w_row, delta, low, high)
            else:
                for k in range(m):
                    i = start + positions[k]
                    w[i] = min(max(w[i] + delta[k], low), high)
            continue
        if kind == DIRECT:
            n, held, largest = _write_through(start, positions, delta, m, w, l, low, high, writes, r, whole)
            row_held[r] += held
            n_changed += n
            n_rows_changed += n > 0
            entry.largest_weight = max(entry.largest_weight, largest)
            continue
        if whole:
            _change_weights(w_row, delta, low, high)
            row_total[r], n_above, size, n, largest = _change_transient(w_row, s[start:stop], delta, trigger.bound)
        else:
            gained, n_above, size, n, largest = _change_some(start, positions, delta, m, w, s, low, high, trigger.bound)
            row_total[r] += gained
        n_changed += n
        if n:  # elsewhere |w| cannot have grown: a decay takes w towards l, and l has been a weight before
            entry.largest_weight = max(entry.largest_weight, largest)
        if waits:
            above[r], sizes[r], numbers[r] = n_above, size, n
            kept[start:stop] = delta
            continue
        if n and scope == SYNAPSE and trigger.statistic != NEVER:
            if n_above and whole:
                n_above, n_moved, size, n, row_total[r] = consolidate_row(
                    s[start:stop], l[start:stop], delta, nothing, 1.0, trigger, fold, writes, r
                )
                row_held[r] = sum_abs(l[start:stop])
                entry.n_transferred += n_moved
            elif n_above:
                n_moved, size, n, left, held = _consolidate_some(start, positions, delta, m, s, l, trigger, writes, r)
                row_total[r] -= left
                row_held[r] += held
                entry.n_transferred += n_moved
            n_consolidations += n_above
        elif n and (
            (trigger.statistic == MAX and n_above > 0) or (trigger.statistic == SUM and row_total[r] > trigger.bound)
        ):
            n_moved, row_held[r] = empty_row(s[start:stop], l[start:stop], writes, r)
            row_total[r] = 0.0
            entry.n_transferred += n_moved
            n_consolidations += 1
            size, n = 0.0, 0
        entry.transient_change_l1 += size
        entry.n_transient_writes += n

    if n_changed == 0:
        return
    entry.n_updates += 1
    if kind == DIRECT:
        n_consolidations = n_changed if scope == SYNAPSE else (n_rows_changed if scope != LAYER else 1)
    if waits:
        fired = False
        if scope == LAYER:
            total, n_above = 0.0, 0
            for r in range(n_post):
                total += row_total[r]
                n_above += above[r]
            fired = statistic_of(s, trigger, fold, total, n_above)
            n_consolidations += fired
        for r in range(n_post):
            start, stop = starts[r], starts[r + 1]
            s_row, l_row = s[start:stop], l[start:stop]
            if scope != LAYER:
                fired = scope != SYNAPSE and statistic_of(s_row, trigger, fold, row_total[r], above[r])
                n_consolidations += fired
            size, n = sizes[r], numbers[r]
            if fired and trigger.amount == FULL:
                n_moved, row_held[r] = empty_row(s_row, l_row, writes, r)
                row_total[r] = 0.0
                entry.n_transferred += n_moved
                size, n = 0.0, 0
            elif fired or (scope == SYNAPSE and (above[r] > 0 or trigger.statistic == CUSTOM)):
                n_selected, n_moved, size, n, row_total[r] = consolidate_row(
                    s_row, l_row, kept[start:stop], nothing[: stop - start], 1.0, trigger, fold, writes, r
                )
                row_held[r] = sum_abs(l_row)
                n_consolidations += n_selected
                entry.n_transferred += n_moved
            entry.transient_change_l1 += size
            entry.n_transient_writes += n
    entry.n_consolidations += n_consolidations


@vectorised
def _decay_row(kept, s, l, w):  # type: ignore[no-untyped-def]
    """Decay s and bring w = l + s up to date; return Σ|s|."""
    total = 0.0
    for i in range(s.size):
        value = s[i] * kept
        s[i] = value
        w[i] = l[i] + value
        total += abs(value)
    return total


def _decay_synapses(kept, starts, s, l, w, row_total):  # type: ignore[no-untyped-def]
    for r in range(row_total.size):
        a, b = starts[r], starts[r + 1]
        row_total[r] = _decay_row(kept, s[a:b], l[a:b], w[a:b])


def _recount(starts, s, l, row_total, row_held):  # type: ignore[no-untyped-def]
    for r in range(row_total.size):
        a, b = starts[r], starts[r + 1]
        row_total[r], row_held[r] = sum_abs(s[a:b]), sum_abs(l[a:b])


_F1, _F3, _I1 = types.float64[::1], types.float64[:, :, ::1], types.int64[::1]
_CONSTANTS = (types.float64, types.float64, types.boolean, types.int64, types.int64)
_ENTRY = numba.typeof(np.zeros(1, TALLY))
_BEFORE = (PROGRAM, EVENTS, LAYOUT, _F3, _F3, _F1, _F1, _F1, *_CONSTANTS, TRIGGER)
_AFTER = (_F1, _F1, _F1, _F1, _ENTRY, WRITES)
learn = compiled(types.void(*_BEFORE, types.none, *_AFTER), types.void(*_BEFORE, FOLD, *_AFTER))(_learn)
decay_synapses = compiled(types.void(types.float64, _I1, _F1, _F1, _F1, _F1))(_decay_synapses)
recount = compiled(types.void(_I1, _F1, _F1, _F1, _F1))(_recount)
