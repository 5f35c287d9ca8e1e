"""The textbook of the device models: one synapse after the other, one programming after the other, in plain Python.

The compiled twin is `lava_caching.kernels.devices`; both draw the same random numbers in the same order.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lava_caching.devices._state import COUNTED, DeviceState

__all__ = ["drift", "refresh", "stored", "write"]

Array = NDArray[np.float64]
DUST = 1e-9
"""Of a pulse: what rounding leaves on the emptied device of a pair is not worth one."""
SET, RESET, READS, LOST, BITS, REFUSED, CUT_OFF, NOT_VERIFIED = range(len(COUNTED))


def stored(s: Array, state: DeviceState) -> Array:
    """Return what a volatile cell keeps of s when it is written: cut off at the end, then the nearest level."""
    kept = np.clip(s, -state.store_end, state.store_end)
    return np.rint(kept / state.store_unit) * state.store_unit if state.store_unit else kept


def refresh(s: Array, n_steps: int, state: DeviceState) -> Array:
    """Return s after step number `n_steps`, on the nearest levels if that is a step of refreshing."""
    due = state.refresh_steps > 0 and n_steps % state.refresh_steps == 0
    return stored(s, state) if due else s


def drift(n_steps: int, state: DeviceState) -> bool:
    """Let the conductances drift after step number `n_steps`, if they are due; return whether they were."""
    if not state.drift_steps or n_steps % state.drift_steps:
        return False
    cells, empty = state.cells, state.empty_conductance
    for k in np.ndindex(state.value.shape):
        ages = (n_steps - state.programmed_at[k]) * (state.step_s / cells.drift_start_s)
        if ages > 1.0 and not state.stuck[k]:
            conductance = (state.programmed[k] + empty) * ages**-cells.drift_exponent
            state.value[k] = max(conductance - empty, state.low)
    return True


def write(moved: Array, n_steps: int, state: DeviceState) -> tuple[Array, NDArray[np.bool_]]:
    """Write changes to the devices of a layer during step number `n_steps`; zeros are no writes.

    Parameters
    ----------
    moved : ndarray
        Change that each synapse is to make, weight units.

    Returns
    -------
    made : ndarray
        Change that it made.
    refused : ndarray of bool
        Where nothing was tried, because the change is too small for a pulse or the weight is near enough already.
    """
    if state.writer is not None:
        return state.writer(moved, n_steps, state)
    made, refused = np.zeros(moved.size), np.zeros(moved.size, bool)
    for i in np.flatnonzero(moved.reshape(-1)):
        made[i], n_pulses = _write_one(int(i), float(moved.reshape(-1)[i]), n_steps, state)
        refused[i] = n_pulses == 0
    return made.reshape(moved.shape), refused.reshape(moved.shape)


def _write_one(i: int, change: float, n_steps: int, state: DeviceState) -> tuple[float, int]:
    """Write one synapse; with verification, go on until the target is met or the pulses are used up.

    Returns the change it made and the pulses it took.
    """
    counts, tolerance = state.counts, state.cells.verify_tolerance
    before = _weight(i, state)
    if tolerance is None:
        n_pulses, exact = _program(i, change, 0, n_steps, state)
    else:
        target = min(max(before + change, -state.high), state.high)
        n_pulses, exact, wrong = 0, False, target - before
        while abs(wrong) > tolerance * state.width and n_pulses < state.cells.verify_max_pulses:
            n_pulses += _program(i, wrong, 1, n_steps, state)[0]
            counts[READS] += 1
            wrong = target - _weight(i, state)
        counts[NOT_VERIFIED] += abs(wrong) > tolerance * state.width
    if n_pulses == 0:
        counts[REFUSED] += 1
        return 0.0, 0
    after = _weight(i, state)
    counts[LOST] += after == before
    if state.unit:
        counts[BITS] += bin(_level(before, state) ^ _level(after, state)).count("1")
    return (change if exact else after - before), n_pulses


def _program(i: int, change: float, least: int, n_steps: int, state: DeviceState) -> tuple[int, bool]:
    """Program the devices of a synapse once; return the pulses, at least so many each, and whether all was exact."""
    value, size = state.value, abs(change)
    if len(value) == 1:
        return _pulse(0, i, size, 1 if change > 0 else -1, least, n_steps, state)
    carries, other = (0, 1) if change > 0 else (1, 0)
    emptied, dust = min(size, value[other, i]), DUST * state.unit
    n_pulses, exact = 0, True
    if emptied > dust:
        n_pulses, exact = _pulse(other, i, emptied, -1, least, n_steps, state)
    if size - emptied > dust:
        n_more, more_exact = _pulse(carries, i, size - emptied, 1, least, n_steps, state)
        n_pulses, exact = n_pulses + n_more, exact and more_exact
    return n_pulses, exact


def _pulse(
    device: int, i: int, size: float, sign: int, least: int, n_steps: int, state: DeviceState
) -> tuple[int, bool]:
    """Raise or lower one device by `size` in whole pulses; return their number and whether it moved by just that."""
    cells, k = state.cells, (device, i)
    n = 1
    if state.unit:  # no more pulses than lead from end to end
        n = max(least, round(min(size, state.width) / state.unit))
    if n == 0:
        return 0, False
    state.counts[SET if sign > 0 else RESET] += n
    state.programmings[k] += 1
    if state.stuck[k] or state.cycles_left[k] <= 0:
        return n, False
    before, factor = float(state.value[k]), float((state.up if sign > 0 else state.down)[k])
    step = (n * state.unit if state.unit else size) * factor
    exact, curvature = step == size, cells.nonlinearity_up if sign > 0 else cells.nonlinearity_down
    after = before + sign * step if curvature == 0.0 else _curved(before, step, sign, curvature, state)
    exact = exact and curvature == 0.0
    noise = math.sqrt(n * (cells.cycle_to_cycle * cells.cycle_to_cycle) + cells.write_noise * cells.write_noise)
    if noise:
        after, exact = after + noise * state.width * float(state.rng.standard_normal()), False
    kept = min(max(after, state.low), state.high)
    state.counts[CUT_OFF] += kept != after
    state.value[k] = state.programmed[k] = kept
    state.programmed_at[k] = n_steps
    state.cycles_left[k] -= 1
    return n, exact and kept == after


def _curved(before: float, step: float, sign: int, curvature: float, state: DeviceState) -> float:
    """Go along the exponential curve: from the state to its place on the curve, on by the step, and back."""
    x = (before - state.low) / state.width
    x = x if sign > 0 else 1.0 - x
    full = 1.0 - math.exp(-curvature)
    place = -math.log(1.0 - x * full) / curvature + step / state.width
    x = (1.0 - math.exp(-curvature * min(place, 1.0))) / full
    return state.low + state.width * (x if sign > 0 else 1.0 - x)


def _weight(i: int, state: DeviceState) -> float:
    value = state.value
    return float(value[0, i] - value[1, i]) if len(value) == 2 else float(value[0, i])


def _level(weight: float, state: DeviceState) -> int:
    """Return the number of the level nearest to a weight, counted from the lowest."""
    return round((weight + state.high) / state.unit)
