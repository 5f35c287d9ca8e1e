"""Pre- and post-synaptic traces within a learning epoch of Loihi, in floating point and in its 7-bit integers.

Both histories start with the value at the epoch's begin; then, step by step, a trace decays and gains its impulse where
its neuron spiked. A time constant of 0 is what Lava makes of it: in floating point the trace is not defined (NaN) from
the first epoch on, in integers it forgets within a step.
"""

from __future__ import annotations

import numpy as np
from numba.core import types

from lava_caching.kernels._compile import compiled
from lava_caching.kernels.limits import LARGEST_TRACE

__all__ = ["float_history", "integer_history"]


def _float_history(spike_step, kept, impulses, history):  # type: ignore[no-untyped-def]
    """Fill `history` (t_epoch + 1, n_traces, n) from its first entry, the start; `kept` = exp(-1/τ) or NaN."""
    for t in range(1, history.shape[0]):
        for k in range(history.shape[1]):
            for i in range(history.shape[2]):
                value = history[t - 1, k, i] * kept[k]
                history[t, k, i] = value + impulses[k] if spike_step[i] == t else value


def _integer_history(spike_step, kept, impulses, fractions, decay_draw, impulse_draw, history):  # type: ignore[no-untyped-def]
    """Do the same with stochastic rounding: one draw for all decays of the epoch, one for all impulses.

    `kept` = exp(-1/τ), or 0 for τ = 0; `fractions` of an impulse count 1/256.
    """
    for t in range(1, history.shape[0]):
        for k in range(history.shape[1]):
            gain = impulses[k] + (impulse_draw < fractions[k])
            for i in range(history.shape[2]):
                value = kept[k] * history[t - 1, k, i]
                whole = np.floor(value)
                trace = np.int64(whole) + (decay_draw < value - whole)
                if spike_step[i] == t:
                    trace = min(max(trace + gain, 0), LARGEST_TRACE)
                history[t, k, i] = trace


_I1, _F1 = types.int64[::1], types.float64[::1]
_F3, _I3 = types.float64[:, :, ::1], types.int64[:, :, ::1]
float_history = compiled(types.void(_I1, _F1, _F1, _F3))(_float_history)
integer_history = compiled(types.void(_I1, _F1, _I1, _I1, types.float64, types.int64, _I3))(_integer_history)
