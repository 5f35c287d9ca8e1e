"""The devices of one layer: their states, and what is drawn once for each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.devices._device import Cells, Device, Store
from lava_caching.errors import InputError

__all__ = ["COUNTED", "LEDGER_COUNTS", "DeviceSetting", "DeviceState", "device_state"]

LEDGER_COUNTS = ("n_pulses_set", "n_pulses_reset", "n_verify_reads", "n_writes_lost", "n_bits_flipped")
"""Counts that are fields of the ledger, in the order of `DeviceState.counts`."""
COUNTED = (*LEDGER_COUNTS, "n_refused", "n_cut_off", "n_not_verified")
"""All counts: besides, changes refused (too small for one pulse, or within the tolerance already), programmings cut off
at an end, writes that gave up."""
LONGEST_INTERVAL = 2**31


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviceState:
    """Arrays of (devices of a weight, synapses), changed in place, and the numbers that they obey.

    Attributes
    ----------
    cells, store : Cells, Store
        The two tiers.
    width : float
        Weight units between an empty and a full device; inf where the range does not matter.
    low, high : float
        Weight of an empty and of a full device: 0 and width in a differential pair, ∓ width/2 beside a reference.
    unit : float
        Weight units of one pulse; 0 for pulses of any size.
    store_unit, store_end : float
        Weight units between two levels of s (0: any value) and the largest |s|.
    step_s : float
        Seconds of a step.
    value : ndarray of float
        Weight units, between `low` and `high`, that each device adds to the weight or takes from it.
    up, down : ndarray of float
        Step size of each device relative to the mean.
    stuck : ndarray of bool
        Devices that never change.
    cycles_left : ndarray of float
        Programmings that each device still takes.
    programmings : ndarray of int
        How often each device was programmed, whether or not it moved.
    programmed, programmed_at : ndarray of float, of int
        State after the last programming, and its step, from which drift goes on.
    counts : ndarray of int
        As named by `COUNTED`.
    rng : Generator
        Draws every error of a write.
    writer : callable or None
        Compiled stand-in for `lava_caching.devices._plain.write`, of the same arguments.
    """

    cells: Cells
    store: Store
    width: float
    low: float
    high: float
    unit: float
    store_unit: float
    store_end: float
    step_s: float
    value: NDArray[np.float64]
    up: NDArray[np.float64]
    down: NDArray[np.float64]
    stuck: NDArray[np.bool_]
    cycles_left: NDArray[np.float64]
    programmings: NDArray[np.int64]
    programmed: NDArray[np.float64]
    programmed_at: NDArray[np.int64]
    rng: np.random.Generator
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(COUNTED), np.int64))
    writer: Callable[..., tuple[NDArray[np.float64], NDArray[np.bool_]]] | None = None

    @property
    def weights(self) -> NDArray[np.float64]:
        """Return the weight of every synapse."""
        return np.asarray(self.value[0] - self.value[1]) if len(self.value) == 2 else self.value[0].copy()

    @property
    def empty_conductance(self) -> float:
        """Return what to add to a value for its conductance, in weight units; 0 where nothing drifts."""
        return self.width / (self.cells.on_off_ratio - 1.0) - self.low if self.cells.drift_exponent else 0.0

    def interval_steps(self, seconds: float | None) -> int:
        """Return the whole steps in a time, at least 1; 0 for no time."""
        if seconds is None:
            return 0
        return max(1, round(min(seconds / self.step_s, LONGEST_INTERVAL)))

    @property
    def refresh_steps(self) -> int:
        """Return the steps between two refreshes of s; 0 where there are none."""
        return self.interval_steps(self.store.refresh_interval_s)

    @property
    def drift_steps(self) -> int:
        """Return the steps between two evaluations of the drift; 0 where there is none."""
        return self.cells.drift_interval_steps if self.cells.drift_exponent else 0

    @property
    def cycles(self) -> NDArray[np.int64]:
        """Return how often the busier device of each synapse was programmed."""
        return np.asarray(self.programmings.max(axis=0))

    def ledger_counts(self) -> dict[str, int]:
        """Return the counts so far that are fields of the ledger.

        Without levels a pulse has any size, so that a number of pulses is no measure of their energy, and there are no
        bits: these are left to the histogram of changes.
        """
        found = dict(zip(LEDGER_COUNTS, self.counts.tolist(), strict=False))
        return found if self.unit else {name: found[name] for name in ("n_verify_reads", "n_writes_lost")}

    def report(self) -> dict[str, int]:
        """Return the counts that are no fields of the ledger, and the devices that have failed."""
        found = {name: int(n) for name, n in zip(COUNTED, self.counts, strict=True) if name not in LEDGER_COUNTS}
        worn = int(np.count_nonzero(self.cycles_left <= 0))
        if not self.unit:
            found["n_pulses_of_any_size"] = int(self.counts[:2].sum())
        return {**found, "n_devices": self.value.size, "n_stuck": int(self.stuck.sum()), "n_worn": worn}


@dataclass(frozen=True, kw_only=True)
class DeviceSetting:
    """A device model and how a run uses it.

    Attributes
    ----------
    device : Device
        The model.
    weight_range : float or None
        Weight at the end of the range.
    step_s : float
        Seconds of one step.
    seed : int
        Of the run; devices and their errors are drawn from a stream of their own, which no other draw disturbs.
    """

    device: Device
    weight_range: float | None
    step_s: float
    seed: int

    def state(self, start: NDArray[np.float64]) -> DeviceState:
        """Draw the devices of a layer that begins with the weights `start`."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed).spawn(1)[0])
        return device_state(self.device, start, weight_range=self.weight_range, step_s=self.step_s, rng=rng)

    def states(self, starts: list[NDArray[np.float64]]) -> list[DeviceState]:
        """Draw the devices of all layers from one stream; the layers share its later draws, in their order."""
        whole = self.state(np.concatenate([start.reshape(-1) for start in starts]))
        ends = np.cumsum([start.size for start in starts])

        def part(layer: slice) -> dict[str, Any]:
            return {name: np.ascontiguousarray(getattr(whole, name)[:, layer]) for name in per_synapse}

        per_synapse = ("value", "up", "down", "stuck", "cycles_left", "programmings", "programmed", "programmed_at")
        return [
            dataclasses.replace(
                whole,
                counts=np.zeros(len(COUNTED), np.int64),
                **part(slice(end - start.size, end)),
            )
            for start, end in zip(starts, ends, strict=True)
        ]


def device_state(
    device: Device,
    start: NDArray[np.float64],
    *,
    weight_range: float | None,
    step_s: float,
    rng: np.random.Generator,
) -> DeviceState:
    """Draw the devices of a layer and put its first weights on them, which costs nothing and is exact.

    Parameters
    ----------
    device : Device
        The model.
    start : ndarray
        First weights, weight units; read in the order of memory.
    weight_range : float or None
        Weight at the end of the range, > 0; None only where no effect needs it.
    step_s : float
        Seconds of one step.
    rng : Generator
        Draws the devices now and the errors of their writes later.

    Raises
    ------
    InputError
        If the range is missing or does not hold the first weights.
    """
    cells, store, flat = device.persistent, device.transient, start.reshape(-1)
    if device.needs_range and weight_range is None:
        raise InputError(f"device {device.name!r}: its effects are shares of a range; say which, as device_range")
    reach = weight_range if weight_range is not None and cells.needs_range else np.inf
    if np.abs(flat).max() > reach:
        raise InputError(
            f"device_range = {reach:g}: the first weights reach {np.abs(flat).max():g}; take at least that"
        )
    pair = cells.mapping == "differential"
    value = np.stack([np.maximum(flat, 0.0), np.maximum(-flat, 0.0)]) if pair else flat[np.newaxis].copy()
    width, low = (reach, 0.0) if pair else (2.0 * reach, -reach)
    fate = rng.random(value.shape) if cells.stuck_low or cells.stuck_high else np.ones(value.shape)
    stuck = fate < cells.stuck_low + cells.stuck_high
    value[stuck] = np.where(fate < cells.stuck_low, low, reach)[stuck] if stuck.any() else 0.0
    end = np.inf if weight_range is None or not store.needs_range else weight_range * store.share
    unit = 0.0 if store.levels is None else 2.0 * end / (store.levels - 1)
    return DeviceState(
        cells=cells,
        store=store,
        width=width,
        low=low,
        high=reach,
        unit=0.0 if cells.levels is None else width / (cells.levels - 1),
        store_unit=unit,
        store_end=end if store.levels is None else (store.levels - 1) // 2 * unit,
        step_s=step_s,
        value=value,
        up=_steps(cells, value.shape, rng),
        down=_steps(cells, value.shape, rng),
        stuck=stuck,
        cycles_left=_endurance(cells, value.shape, rng),
        programmings=np.zeros(value.shape, np.int64),
        programmed=value.copy(),
        programmed_at=np.zeros(value.shape, np.int64),
        rng=rng,
    )


def _steps(cells: Cells, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    spread = cells.device_to_device
    return np.asarray(np.maximum(0.0, 1.0 + spread * rng.standard_normal(shape))) if spread else np.ones(shape)


def _endurance(cells: Cells, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    if cells.endurance_cycles is None:
        return np.full(shape, np.inf)
    spread = cells.endurance_spread
    exponents = spread * rng.standard_normal(shape) if spread else np.zeros(shape)
    return np.asarray(np.maximum(1.0, np.rint(cells.endurance_cycles * 10.0**exponents)))
