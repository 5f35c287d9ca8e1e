"""Training and replay on modelled memory cells: every step is looked at, every write goes through its device.

The tricks of `lava_caching.kernels.perceptron` do not apply: what a write changes is known only afterwards. Order of
the acts: decay, hold, (output, error,) change, trigger, consolidation, refresh and drift.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types

from lava_caching.kernels._compile import FOLD, POST_FACTOR, compiled, inlined
from lava_caching.kernels.books import TALLY, WRITES, book, book_sums
from lava_caching.kernels.devices import CELLS, RNG, age, stored, write_cell
from lava_caching.kernels.rows import ALWAYS, CUSTOM, FULL, MAX, TRIGGER, dot, faded_dot, moved_amount, sum_abs
from lava_caching.kernels.schedule import COURSE, SCHEDULE, adapted

__all__ = ["replay_on_devices", "train_on_devices"]

_F1, _F2, _I1 = types.float64[::1], types.float64[:, ::1], types.int64[::1]


@inlined
def _change_row(s, l, x, factor, kept, direct, cells, made):  # type: ignore[no-untyped-def]
    """Decay s and write factor·x to it; `made` becomes what the cells made of it. Returns the largest |l + s|."""
    ends, largest = cells.store_end < np.inf and not direct, 0.0
    for i in range(s.size):
        before, change = s[i] * kept, factor * x[i]
        s[i] = stored(before + change, cells) if ends and change != 0.0 else before + change
        made[i] = s[i] - before if ends else change
        largest = max(largest, abs(l[i] + s[i]))
    return largest


@inlined
def _fires(s, trigger, fold):  # type: ignore[no-untyped-def]
    """Return whether a row, tested as one unit, exceeds the threshold."""
    value = 0.0
    for i in range(s.size):
        if fold is not None and trigger.statistic == CUSTOM:
            value = fold(value, s[i])
        else:
            value = max(value, abs(s[i])) if trigger.statistic == MAX else value + abs(s[i])
    return trigger.statistic <= CUSTOM and value > trigger.bound


@inlined
def _fires_alone(s, trigger, fold):  # type: ignore[no-untyped-def]
    if fold is not None and trigger.statistic == CUSTOM:
        return fold(0.0, s) > trigger.bound
    return abs(s) > trigger.bound


@inlined
def _update_row(s, l, x, factor, kept, trigger, fold, tally, writes, row, cells, rng, made):  # type: ignore[no-untyped-def]
    """Change, trigger, consolidate one row of synapses."""
    t = tally[0]
    direct = trigger.statistic == ALWAYS
    t.largest_weight = max(t.largest_weight, _change_row(s, l, x, factor, kept, direct, cells, made))
    n_changes = np.count_nonzero(made)
    fired = n_changes > 0 if direct else not trigger.by_synapse and _fires(s, trigger, fold)
    if not trigger.by_synapse:
        t.n_consolidations += fired
    elif direct:
        t.n_consolidations += n_changes
    for i in range(s.size):
        selected = fired
        if trigger.by_synapse and not direct:
            selected = _fires_alone(s[i], trigger, fold)
            t.n_consolidations += selected
        moved = moved_amount(s[i], trigger) if selected else 0.0
        taken = False
        if moved != 0.0:
            written, n_pulses = write_cell(row * s.size + i, moved, t.n_steps, cells, rng)
            taken = direct or n_pulses > 0  # what is refused stays where it was, if there is a place for it
            if taken:
                t.n_transferred += not direct
                s[i] = 0.0 if trigger.amount == FULL else s[i] - moved
            l[i] = cells.value[0, row * s.size + i]
            if cells.value.shape[0] == 2:
                l[i] -= cells.value[1, row * s.size + i]
            if written != 0.0:
                book(written, 1, writes.bins)
                book_sums(written, 1, writes)
        stays = not selected or (not taken if moved != 0.0 else trigger.amount != FULL)
        if not direct and stays:
            t.transient_change_l1 += abs(made[i])
            t.n_transient_writes += made[i] != 0.0


def _train_on_devices(  # type: ignore[no-untyped-def]
    inputs, targets, rule, silent_above, eta, tolerance, kept, trigger, fold, s, l, tally, writes, schedule, course,
    errors, cells, rng,
):  # fmt: skip
    t = tally[0]
    decays = kept != 1.0 and trigger.statistic != ALWAYS
    weights, made = l[0] + s[0], np.empty(s.shape[1])
    hold, held, decay = sum_abs(s[0]), sum_abs(l[0]), 1.0  # Σ|s| and Σ|l| now, and the decay since s was touched
    for epoch in range(errors.size):
        for q in range(targets.size):
            t.n_steps += 1
            if decays:
                decay *= kept
                hold *= kept
            t.transient_hold_l1 += hold
            t.persistent_hold_l1 += held
            output = faded_dot(l[0], s[0], decay, inputs[q]) if decays else dot(weights, inputs[q])
            t.n_spikes += output > tolerance
            factor = 0.0
            if output * targets[q] <= silent_above:
                factor = rule(output, targets[q], eta, tolerance)
            if factor != 0.0:
                errors[epoch] += 1
                t.n_updates += 1
                now = adapted(trigger, schedule, course, t.n_steps - 1, True)
                _update_row(s[0], l[0], inputs[q], factor, decay, now, fold, tally, writes, 0, cells, rng, made)
                decay = 1.0
            if age(s, l, decay, t.n_steps, cells):
                decay = 1.0
            elif factor == 0.0:
                continue
            hold, held = sum_abs(s[0]) * decay, sum_abs(l[0])
            if not decays:
                for i in range(weights.size):
                    weights[i] = l[0, i] + s[0, i]
        if errors[epoch] == 0:
            break
    for i in range(s.shape[1]):
        s[0, i] *= decay
    return epoch + 1


def _replay_on_devices(changes, kept, trigger, fold, s, l, tally, writes, cells, rng):  # type: ignore[no-untyped-def]
    t = tally[0]
    decay, hold, held, made = 1.0, 0.0, 0.0, np.empty(s.shape[1])
    touched = True
    for step in range(changes.shape[0]):
        t.n_steps += 1
        if touched:
            hold, held = 0.0, 0.0
            for r in range(s.shape[0]):
                hold += sum_abs(s[r]) * decay
                held += sum_abs(l[r])
        decay *= kept
        hold *= kept
        t.transient_hold_l1 += hold
        t.persistent_hold_l1 += held
        touched = False
        for r in range(s.shape[0]):
            for i in range(s.shape[1]):
                touched = touched or changes[step, r, i] != 0.0
        if touched:
            t.n_updates += 1
            for r in range(s.shape[0]):
                _update_row(s[r], l[r], changes[step, r], 1.0, decay, trigger, fold, tally, writes, r, cells, rng, made)
            decay = 1.0
        if age(s, l, decay, t.n_steps, cells):
            touched, decay = True, 1.0
    for r in range(s.shape[0]):
        for i in range(s.shape[1]):
            s[r, i] *= decay


_BOOKS = (TRIGGER, FOLD, _F2, _F2, numba.typeof(np.zeros(1, TALLY)), WRITES)
_PATTERNS = types.Array(types.float64, 2, "C", readonly=True)
_LOG = types.Array(types.float64, 3, "C", readonly=True)
train_on_devices = compiled(
    types.int64(_PATTERNS, _F1, POST_FACTOR, *[types.float64] * 4, *_BOOKS, SCHEDULE, COURSE, _I1, CELLS, RNG)
)(_train_on_devices)
replay_on_devices = compiled(types.void(_LOG, types.float64, *_BOOKS, CELLS, RNG))(_replay_on_devices)
