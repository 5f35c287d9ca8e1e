"""Writes to modelled memory cells, compiled: the twin of `lava_caching.devices._plain`, which explains each act.

Both draw the same random numbers in the same order and do the same arithmetic. Helpers are spelt out where they are
called: a call hands over eight arrays, each counted in and out, and a write took 413 instead of 127 ns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.core import types
from numpy.typing import NDArray

from lava_caching.devices import DeviceState
from lava_caching.devices._plain import BITS, CUT_OFF, DUST, LOST, NOT_VERIFIED, READS, REFUSED, RESET, SET
from lava_caching.kernels._compile import compiled, inlined, spelt_out

__all__ = ["CELLS", "RNG", "CellArrays", "age", "cells_of", "stored", "write", "write_cell", "write_cells"]

RNG = types.NumPyRandomGeneratorType("NumPyRandomGeneratorType")


class CellArrays(NamedTuple):
    """A `DeviceState` for kernels: arrays of (devices of a weight, synapses), shared with it, and numbers."""

    value: NDArray[np.float64]
    up: NDArray[np.float64]
    down: NDArray[np.float64]
    stuck: NDArray[np.bool_]
    cycles_left: NDArray[np.float64]
    programmings: NDArray[np.int64]
    programmed: NDArray[np.float64]
    programmed_at: NDArray[np.int64]
    counts: NDArray[np.int64]
    width: float
    low: float
    high: float
    unit: float
    curve_up: float
    curve_down: float
    pulse_noise: float
    write_noise: float
    verified: bool
    tolerance: float
    most_pulses: int
    store_unit: float
    store_end: float
    refresh_steps: int
    drift_steps: int
    drift_exponent: float
    steps_per_age: float
    empty: float


_F2, _I2 = types.float64[:, ::1], types.int64[:, ::1]
_F = types.float64
CELLS = types.NamedTuple(
    (
        *(_F2, _F2, _F2, types.boolean[:, ::1], _F2, _I2, _F2, _I2, types.int64[::1]),
        *(_F, _F, _F, _F, _F, _F, _F, _F, types.boolean, _F, types.int64),
        *(_F, _F, types.int64, types.int64, _F, _F, _F),
    ),
    CellArrays,
)


def cells_of(state: DeviceState) -> CellArrays:
    """Translate a device state; the kernels change its arrays."""
    cells = state.cells
    return CellArrays(
        value=state.value,
        up=state.up,
        down=state.down,
        stuck=state.stuck,
        cycles_left=state.cycles_left,
        programmings=state.programmings,
        programmed=state.programmed,
        programmed_at=state.programmed_at,
        counts=state.counts,
        width=state.width,
        low=state.low,
        high=state.high,
        unit=state.unit,
        curve_up=cells.nonlinearity_up,
        curve_down=cells.nonlinearity_down,
        pulse_noise=cells.cycle_to_cycle,
        write_noise=cells.write_noise,
        verified=cells.verify_tolerance is not None,
        tolerance=(cells.verify_tolerance or 0.0) * (state.width if cells.verify_tolerance is not None else 0.0),
        most_pulses=cells.verify_max_pulses,
        store_unit=state.store_unit,
        store_end=state.store_end,
        refresh_steps=state.refresh_steps,
        drift_steps=state.drift_steps,
        drift_exponent=cells.drift_exponent,
        steps_per_age=state.step_s / cells.drift_start_s,
        empty=state.empty_conductance,
    )


@inlined
def stored(s, cells):  # type: ignore[no-untyped-def]
    """Return what a volatile cell keeps of s when it is written."""
    kept = min(max(s, -cells.store_end), cells.store_end)
    return np.rint(kept / cells.store_unit) * cells.store_unit if cells.store_unit > 0.0 else kept


@spelt_out
def _weight(i, cells):  # type: ignore[no-untyped-def]
    return cells.value[0, i] - cells.value[1, i] if cells.value.shape[0] == 2 else cells.value[0, i]


@inlined
def _curved(before, step, sign, curvature, cells):  # type: ignore[no-untyped-def]
    x = (before - cells.low) / cells.width
    x = x if sign > 0 else 1.0 - x
    full = 1.0 - np.exp(-curvature)
    place = -np.log(1.0 - x * full) / curvature + step / cells.width
    x = (1.0 - np.exp(-curvature * min(place, 1.0))) / full
    return cells.low + cells.width * (x if sign > 0 else 1.0 - x)


@spelt_out
def _pulse(device, i, size, sign, least, n_steps, cells, rng):  # type: ignore[no-untyped-def]
    n = 1
    if cells.unit > 0.0:
        n = max(least, np.int64(np.rint(min(size, cells.width) / cells.unit)))
    if n == 0:
        return 0, False
    cells.counts[SET if sign > 0 else RESET] += n
    cells.programmings[device, i] += 1
    if cells.stuck[device, i] or cells.cycles_left[device, i] <= 0.0:
        return n, False
    before = cells.value[device, i]
    factor = cells.up[device, i] if sign > 0 else cells.down[device, i]
    step = (n * cells.unit if cells.unit > 0.0 else size) * factor
    curvature = cells.curve_up if sign > 0 else cells.curve_down
    exact = step == size and curvature == 0.0
    after = before + sign * step if curvature == 0.0 else _curved(before, step, sign, curvature, cells)
    noise = np.sqrt(n * (cells.pulse_noise * cells.pulse_noise) + cells.write_noise * cells.write_noise)
    if noise > 0.0:
        after = after + noise * cells.width * rng.standard_normal()
        exact = False
    kept = min(max(after, cells.low), cells.high)
    cells.counts[CUT_OFF] += kept != after
    cells.value[device, i] = kept
    cells.programmed[device, i] = kept
    cells.programmed_at[device, i] = n_steps
    cells.cycles_left[device, i] -= 1.0
    return n, exact and kept == after


@spelt_out
def _program(i, change, least, n_steps, cells, rng):  # type: ignore[no-untyped-def]
    size = abs(change)
    if cells.value.shape[0] == 1:
        return _pulse(0, i, size, 1 if change > 0.0 else -1, least, n_steps, cells, rng)
    carries = 0 if change > 0.0 else 1
    other = 1 - carries
    emptied, dust = min(size, cells.value[other, i]), DUST * cells.unit
    n_pulses, exact = 0, True
    if emptied > dust:
        n_pulses, exact = _pulse(other, i, emptied, -1, least, n_steps, cells, rng)
    if size - emptied > dust:
        n_more, more_exact = _pulse(carries, i, size - emptied, 1, least, n_steps, cells, rng)
        n_pulses += n_more
        exact = exact and more_exact
    return n_pulses, exact


@inlined
def write_cell(i, change, n_steps, cells, rng):  # type: ignore[no-untyped-def]
    """Write one synapse; return the change that it made and the pulses it took, 0 where nothing was tried."""
    before = _weight(i, cells)
    exact, n_pulses = False, 0
    if cells.verified:
        target = min(max(before + change, -cells.high), cells.high)
        wrong = target - before
        while abs(wrong) > cells.tolerance and n_pulses < cells.most_pulses:
            n_pulses += _program(i, wrong, 1, n_steps, cells, rng)[0]
            cells.counts[READS] += 1
            wrong = target - _weight(i, cells)
        cells.counts[NOT_VERIFIED] += abs(wrong) > cells.tolerance
    else:
        n_pulses, exact = _program(i, change, 0, n_steps, cells, rng)
    if n_pulses == 0:
        cells.counts[REFUSED] += 1
        return 0.0, 0
    after = _weight(i, cells)
    cells.counts[LOST] += after == before
    if cells.unit > 0.0:
        flipped = np.int64(np.rint((before + cells.high) / cells.unit)) ^ np.int64(
            np.rint((after + cells.high) / cells.unit)
        )
        while flipped:
            cells.counts[BITS] += 1
            flipped &= flipped - 1
    return (change if exact else after - before), n_pulses


@inlined
def drift_cells(n_steps, cells):  # type: ignore[no-untyped-def]
    """Let the conductances drift; the caller sees whether they are due."""
    for d in range(cells.value.shape[0]):
        for i in range(cells.value.shape[1]):
            ages = (n_steps - cells.programmed_at[d, i]) * cells.steps_per_age
            if ages > 1.0 and not cells.stuck[d, i]:
                conductance = (cells.programmed[d, i] + cells.empty) * ages**-cells.drift_exponent
                cells.value[d, i] = max(conductance - cells.empty, cells.low)


@inlined
def age(s, l, decay, n_steps, cells):  # type: ignore[no-untyped-def]
    """Refresh s and let l drift after a step, where they are due; return whether anything changed.

    `decay` is what s has to be multiplied with before it is looked at.
    """
    refreshes = cells.refresh_steps > 0 and n_steps % cells.refresh_steps == 0
    drifts = cells.drift_steps > 0 and n_steps % cells.drift_steps == 0
    if not refreshes and not drifts:
        return False
    n_columns = s.shape[1]
    for r in range(s.shape[0]):
        for i in range(n_columns):
            s[r, i] *= decay
            if refreshes:
                s[r, i] = stored(s[r, i], cells)
    if drifts:
        drift_cells(n_steps, cells)
        for r in range(s.shape[0]):
            for i in range(n_columns):
                l[r, i] = _weight(r * n_columns + i, cells)
    return True


def _write_cells(moved, n_steps, cells, rng, made, refused):  # type: ignore[no-untyped-def]
    for i in range(moved.size):
        if moved[i] != 0.0:
            made[i], n_pulses = write_cell(i, moved[i], n_steps, cells, rng)
            refused[i] = n_pulses == 0


write_cells: Any = compiled(
    types.void(types.float64[::1], types.int64, CELLS, RNG, types.float64[::1], types.boolean[::1])
)(_write_cells)


def write(
    moved: NDArray[np.float64], n_steps: int, state: DeviceState
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Write changes of a layer: `lava_caching.devices._plain.write`, compiled."""
    made, refused = np.zeros(moved.size), np.zeros(moved.size, bool)
    write_cells(np.ascontiguousarray(moved).reshape(-1), n_steps, cells_of(state), state.rng, made, refused)
    return made.reshape(moved.shape), refused.reshape(moved.shape)
