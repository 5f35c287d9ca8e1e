"""What the compiled learning connections share: the synapses of a layer, the events of an epoch, and small row loops.

A connection is a matrix (n_post, n_pre), dense or in compressed rows. Its arrays are flat; a row is a slice of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.core import types
from numpy.typing import NDArray

from lava_caching.kernels._compile import compiled, inlined, vectorised
from lava_caching.kernels.program import D, T, W

__all__ = [
    "EVENTS",
    "LAYOUT",
    "Events",
    "Layout",
    "active_columns",
    "row_of",
    "sum_columns",
    "survey_of",
    "traces_at",
    "traces_at_x0",
]

SYNAPSE, NEURON, LAYER = range(3)
NO_CACHE, DIRECT, CACHED = range(3)


class Events(NamedTuple):
    """What happened in an epoch.

    x0, y0 : (n_pre,), (n_post,), whether a neuron spiked
    tx, ty : the same shapes, step of its last spike, 0 for none
    u : whether products that depend on u^k act in this epoch
    """

    x0: NDArray[np.bool_]
    y0: NDArray[np.bool_]
    tx: NDArray[np.int64]
    ty: NDArray[np.int64]
    u: bool


EVENTS = types.NamedTuple(
    (types.boolean[::1], types.boolean[::1], types.int64[::1], types.int64[::1], types.boolean), Events
)


class Layout(NamedTuple):
    """Where the synapses of a row are.

    starts : (n_post + 1,), begin of each row in the flat arrays
    columns : (n_synapses,), column of each synapse; empty when the matrix is dense
    has_w, has_d, has_t : (n_synapses,), whether the weight, delay and tag of this synapse exist; empty when all do
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    has_w: NDArray[np.bool_]
    has_d: NDArray[np.bool_]
    has_t: NDArray[np.bool_]


LAYOUT = types.NamedTuple(
    (types.int64[::1], types.int64[::1], types.boolean[::1], types.boolean[::1], types.boolean[::1]), Layout
)


@inlined
def active_columns(x0):  # type: ignore[no-untyped-def]
    """Return the columns whose neuron spiked."""
    found, n = np.empty(x0.size, np.int64), 0
    for i in range(x0.size):
        found[n] = i
        n += x0[i]
    return found[:n]


@inlined
def traces_at_x0(history, tx, traces):  # type: ignore[no-untyped-def]
    """Fill traces (2, n_pre) with the values that the pre-synaptic traces had when their own neuron spiked last."""
    for k in range(traces.shape[0]):
        for i in range(traces.shape[1]):
            traces[k, i] = history[tx[i], k, i]


@inlined
def row_of(columns, start, stop, active, everything, x0, room, all_of_it):  # type: ignore[no-untyped-def]
    """Return the positions within a row that are worked on: all, or those that spiked."""
    if all_of_it:
        return everything[: stop - start]
    if columns.size == 0:
        return active
    n = 0
    for k in range(stop - start):
        room[n] = k
        n += x0[columns[start + k]]
    return room[:n]


@inlined
def survey_of(products, factors):  # type: ignore[no-untyped-def]
    """Count the products of a rule by dependency and by target, and tell whether w, d and t are factors."""
    by_dependency, by_target = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for p in range(products.shape[0]):
        by_dependency[products[p, 1]] += 1
        by_target[products[p, 0]] += 1
    needs_w, needs_d, needs_t = False, False, False
    for f in range(factors.shape[0]):
        needs_w |= factors[f, 0] == W
        needs_d |= factors[f, 0] == D
        needs_t |= factors[f, 0] == T
    return by_dependency, by_target, needs_w, needs_d, needs_t


@inlined
def traces_at(dependency, r, tx, ty, x_history, y_history, known, columns, start, positions, in_place, x, y, y_at_x0):  # type: ignore[no-untyped-def]
    """Find the traces of row r at the time of a product's dependency.

    known : x at x0, for all columns, and for the active ones alone
    x, y_at_x0 : (2, m), (3, m), filled where needed
    y : (3,), filled

    Returns the pre-synaptic traces, and whether the post-synaptic ones differ by column (`y_at_x0`) or do not (`y`).
    """
    x_at_x0, x_active = known
    m, last, sparse = positions.size, x_history.shape[0] - 1, columns.size > 0
    step = 1 if dependency == 0 else (ty[r] if dependency == 1 else last)
    for k in range(3):
        y[k] = y_history[step, k, r]
    here = x_at_x0 if dependency == 0 else x_history[step]
    if not in_place and not sparse:
        here = x_active  # a few columns of a dense row: the same for every row, and only x0 leads here
    elif not in_place:
        for k in range(2):
            for j in range(m):
                x[k, j] = here[k, columns[start + positions[j]]]
        here = x
    by_column = last > 1 and dependency == 0  # with one step per epoch all spikes are in it
    if by_column:
        for j in range(m):
            i = positions[j]
            at = tx[columns[start + i]] if sparse else tx[i]
            for k in range(3):
                y_at_x0[k, j] = y_history[at, k, r]
    return here, by_column


def _sum_columns(starts, columns, w, x0, total):  # type: ignore[no-untyped-def]
    """Sum the weights of the columns that spiked, row by row: 5 instead of 15 µs for 784 × 100 at 10 %."""
    active = active_columns(x0)
    for r in range(total.size):
        value = total[r]
        if columns.size:
            for k in range(starts[r], starts[r + 1]):
                value += w[k] if x0[columns[k]] else 0
        else:
            for k in range(active.size):
                value += w[starts[r] + active[k]]
        total[r] = value


@vectorised
def put(target, value):  # type: ignore[no-untyped-def]
    """Set all entries."""
    for i in range(target.size):
        target[i] = value


@inlined
def gather(source, start, positions, n, target):  # type: ignore[no-untyped-def]
    """Copy the chosen entries of a row."""
    for k in range(n):
        target[k] = source[start + positions[k]]


_I1, _F1 = types.int64[::1], types.float64[::1]
sum_columns = compiled(
    types.void(_I1, _I1, _F1, types.boolean[::1], _F1),
    types.void(_I1, _I1, types.int32[::1], types.boolean[::1], _I1),
)(_sum_columns)
