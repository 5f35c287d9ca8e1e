"""One trial of the spiking neuron, compiled: only inputs that are driven are looked at, all synapses only to settle.

Every sum is taken in the order of the textbook, `lava_caching.engines.spiking.reference`, so that spikes, weights and
account are the same to the last digit.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numba.core import types

from lava_caching.kernels._compile import FOLD, compiled, inlined
from lava_caching.kernels.books import TALLY
from lava_caching.kernels.rows import ALWAYS, CUSTOM, FULL, NEVER, SUM, TRIGGER, moved_amount

__all__ = ["BACKGROUNDS", "Numbers", "present"]

BACKGROUNDS = ("published", "leak", "excitatory", "none")


class Numbers(NamedTuple):
    """`NeuronModel` for the kernel; `background` counts through `BACKGROUNDS`."""

    dt: float
    capacity: float
    g_leak: float
    e_leak: float
    v_threshold: float
    e_excitatory: float
    g_adaptation: float
    tau_adaptation: float
    g_max: float
    g_teacher: float
    g_background: float
    tau_synapse: float
    tau_pre: float
    tau_post: float
    potentiation: float
    depression: float
    background: float


@inlined
def _exceeds(s, trigger, fold):  # type: ignore[no-untyped-def]
    """Return whether the neuron as a unit exceeds the threshold."""
    if trigger.statistic == NEVER:
        return False
    value = 0.0
    for i in range(s.size):
        if fold is not None and trigger.statistic == CUSTOM:
            value = fold(value, s[i])
        else:
            value = value + abs(s[i]) if trigger.statistic == SUM else max(value, abs(s[i]))
    return value > trigger.bound


@inlined
def _settle(s, l, change, trigger, fold, single, t, moves, n_moves, write_counts):  # type: ignore[no-untyped-def]
    """Test the trigger after a change, consolidate, and account for it; return how many moves are written down."""
    t.n_updates += 1
    top = t.largest_weight
    for i in range(s.size):
        top = max(top, abs(l[i] + s[i]))
    t.largest_weight = top
    direct = trigger.statistic == ALWAYS
    all_selected = direct or (not trigger.by_synapse and _exceeds(s, trigger, fold))
    n_selected, n_transferred, n_kept, kept = 0, 0, 0, 0.0
    for i in range(s.size):
        selected = change[i] != 0.0 if direct else all_selected
        if trigger.by_synapse and not direct:
            strength = abs(s[i])
            if fold is not None and trigger.statistic == CUSTOM:
                strength = fold(0.0, s[i])
            selected = strength > trigger.bound
        n_selected += selected
        moved = moved_amount(s[i], trigger) if selected else 0.0
        if moved != 0.0:
            l[i] += moved
            s[i] -= moved
            moves[n_moves] = moved
            n_moves += 1
            n_transferred += 1
            if write_counts.size > 0:
                write_counts[i] += 1
        consolidated = selected if trigger.amount == FULL else moved != 0.0
        if change[i] != 0.0 and not consolidated:
            n_kept += 1
            kept += abs(change[i])
    t.n_consolidations += n_selected if single else (all_selected and n_selected > 0)
    if not direct:
        t.n_transferred += n_transferred
        t.n_transient_writes += n_kept
        t.transient_change_l1 += kept
    return n_moves


def _present(  # type: ignore[no-untyped-def]
    active, inputs, teacher, background, n, trigger, fold, single, s, l, tally, moves, write_counts, spikes
):
    t, m = tally[0], active.size
    v, g_k, post = n.e_leak, 0.0, 0.0
    s_inputs, pre, change = np.zeros(m), np.zeros(m), np.zeros(s.size)
    s_teacher, s_background, change_l1, n_moves = 0.0, 0.0, 0.0, 0
    faded, fade_pre, fade_post = 1.0 - n.dt / n.tau_synapse, 1.0 - n.dt / n.tau_pre, 1.0 - n.dt / n.tau_post
    for step in range(teacher.size):
        driven, any_arrived = 0.0, False
        for k in range(m):
            s_inputs[k] += inputs[step, k]
            any_arrived |= inputs[step, k] > 0
            i = active[k]
            driven += (l[i] + s[i]) * s_inputs[k]
        s_teacher += teacher[step]
        s_background += background[step]

        g_excitatory = n.g_max * driven + n.g_teacher * s_teacher
        current = -n.g_leak * (v - n.e_leak) + g_excitatory * (n.e_excitatory - v) - g_k * (v - n.e_leak)
        g = n.g_background * s_background
        if n.background == 0.0:
            current += g * (v - n.e_leak)
        elif n.background == 1.0:
            current += -g * (v - n.e_leak)
        elif n.background == 2.0:
            current += g * (n.e_excitatory - v)
        v = v + n.dt / n.capacity * current
        spiked = v > n.v_threshold
        v = n.e_leak if spiked else v
        g_k = max(g_k + n.g_adaptation * spiked - g_k * n.dt / n.tau_adaptation, 0.0)

        post = post * fade_post + spiked
        any_change, total = False, 0.0
        for k in range(m):
            arrived = inputs[step, k] > 0
            pre[k] = pre[k] * fade_pre + arrived
            if not (spiked or any_arrived):
                continue
            i, before = active[k], s[active[k]]
            delta = n.potentiation * pre[k] * spiked - n.depression * post * arrived
            after = before + delta
            w = l[i] + after
            if w < 0.0:
                after = 0.0 - l[i]
            elif w > 1.0:
                after = 1.0 - l[i]
            s[i] = after
            change[i] = after - before
            any_change |= change[i] != 0.0
            total += abs(change[i])
        if any_change:
            change_l1 += total
            n_moves = _settle(s, l, change, trigger, fold, single, t, moves, n_moves, write_counts)
            for k in range(m):
                change[active[k]] = 0.0

        for k in range(m):
            s_inputs[k] *= faded
        s_teacher *= faded
        s_background *= faded
        spikes[step] = spiked
        t.n_spikes += spiked
    return n_moves, change_l1


_F1, _I1 = types.float64[::1], types.int64[::1]
_SIGNATURE = types.Tuple((types.int64, types.float64))(
    _I1, types.int64[:, ::1], _I1, _I1, types.NamedUniTuple(types.float64, len(Numbers._fields), Numbers), TRIGGER,
    FOLD, types.boolean, _F1, _F1, numba.typeof(np.zeros(1, TALLY)), _F1, _I1, types.boolean[::1],
)  # fmt: skip
present = compiled(_SIGNATURE)(_present)
