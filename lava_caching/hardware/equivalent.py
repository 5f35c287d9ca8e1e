"""The paper's costs for a pair: change cost b, maintenance cost c and time constant τ, and the break-even hold time.

Li & van Rossum (2020), doi:10.7554/eLife.50804, measure energy in units of one consolidated weight unit:
M = Σ|Δl| + c·Σ_t Σ|s| + b·Σ|Δs|. In joules the unit is one persistent write of one weight unit (driver overhead and
verify reads included, transfer and clearing not, for a write without caching needs neither).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_caching.errors import InputError
from lava_caching.hardware.bill import Range
from lava_caching.hardware.costs import (
    Cost,
    amount,
    half_select,
    holding_power,
    persistent_unit,
    synapse,
    transient_unit,
    verify,
)
from lava_caching.hardware.counts import expected_flips
from lava_caching.hardware.library import MemoryPair, once_for_each_pair
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory

__all__ = ["break_even_hold_time_s", "equivalent_costs", "write_energies_j"]


def equivalent_costs(
    pair: MemoryPair, step_duration_s: float, weight_unit: float, *, mean_transient: float | None = None
) -> dict[str, Any]:
    """Return the paper's b, c and τ for a pair, from nominal numbers.

    Parameters
    ----------
    pair : MemoryPair
        The pair.
    step_duration_s : float
        Seconds of one presentation, > 0.
    weight_unit : float
        Weight between two levels of the nonvolatile memory, > 0; each write is taken to change the weight by it.
    mean_transient : float, optional
        Mean |s| over synapses and steps, in weights; `weight_unit` where it is not given. The paper charges c·|s|, most
        memories hold a bit at the same power whatever it says: c is chosen so that both agree at this mean.

    Returns
    -------
    dict
        ``change_cost`` b (a transient write, with the read before it, over a persistent write), ``maintenance_cost`` c
        (per weight and step) and ``tau_steps``, each None where it has no meaning or is not known;
        ``break_even_hold_time_s``, see the function of this name; and ``assumptions``: what was assumed, and why
        something is None.

    Raises
    ------
    InputError
        If a parameter is not positive.
    """
    mean = weight_unit if mean_transient is None else mean_transient
    for name, value in (("step duration", step_duration_s), ("weight unit", weight_unit), ("mean |s|", mean)):
        if not value > 0:
            raise InputError(f"{name} = {value}: must be > 0")
    if pair.memories is None:
        why = "the pair is in the units of the paper: b, c and τ are the caller's choice"
        nothing = dict.fromkeys(("change_cost", "maintenance_cost", "tau_steps", "break_even_hold_time_s"))
        return {**nothing, "assumptions": [why]}
    volatile, _ = pair.memories
    consolidation, change, hold = _rates(pair)
    assumptions = [f"each write changes the weight by one nonvolatile level, {weight_unit:.3g}"]
    assumptions += consolidation.unknown + change.unknown + hold.unknown
    # bounds are of no use here: each cost is a ratio of nominal numbers
    per_weight = _ratio(hold.range.nominal, consolidation.range.nominal, step_duration_s)
    if volatile.hold.power_w_per_bit is not None and not hold.is_free:
        assumptions.append(f"holding costs the same at every |s|: c is right at a mean |s| of {mean:.3g}")
        per_weight = None if per_weight is None else per_weight * (weight_unit / mean)
    tau, rest = volatile.decay.tau_s if volatile.decay else None, break_even_hold_time_s(pair)
    if not isinstance(tau, Quantity):
        assumptions.append("the volatile memory states no decay: τ is the caller's choice")
    return {
        "change_cost": _ratio(change.range.nominal, consolidation.range.nominal),
        "maintenance_cost": per_weight,
        "tau_steps": tau.nominal / step_duration_s if isinstance(tau, Quantity) else None,
        "break_even_hold_time_s": rest and rest.to_dict(),
        "assumptions": assumptions,
    }


def break_even_hold_time_s(pair: MemoryPair) -> Range | None:
    """Return how long a transient part may be held before that costs more than one persistent write.

    T* = E_consolidate / P_hold of one synapse, its refreshes included. Where the power is proportional to |s|, s is one
    nonvolatile level.

    Returns
    -------
    Range or None
        Seconds; None where holding costs nothing (not applicable) or the pair has no memories.
    """
    if pair.memories is None:
        return None
    return _break_even(pair)


@once_for_each_pair
def _break_even(pair: MemoryPair) -> Range | None:
    consolidation, _, hold = _rates(pair)
    return None if hold.is_free else consolidation.range / hold.range


def write_energies_j(pair: MemoryPair) -> tuple[Range, Range] | None:
    """Return the joules of one transient write and of one persistent one, each changing a weight by one level.

    The level is that of the nonvolatile memory; the transient write includes the read before it, the persistent one its
    verification. None where the pair has no memories.
    """
    if pair.memories is None:
        return None
    consolidation, change, _ = _rates(pair)
    return change.range, consolidation.range


@once_for_each_pair
def _rates(pair: MemoryPair) -> tuple[Cost, Cost, Cost]:
    """Return the costs of one persistent write, of one transient write, and the watts of holding."""
    assert pair.memories is not None
    volatile, nonvolatile = pair.memories
    return _consolidation(pair, nonvolatile), _change(pair, volatile), _holding_a_unit(pair, volatile)


def _ratio(a: float | None, b: float | None, factor: float = 1.0) -> float | None:
    return None if a is None or not b else a * factor / b


def _consolidation(pair: MemoryPair, memory: NonvolatileMemory) -> Cost:
    """Return the cost of one persistent write of one level, increase and decrease alike often."""
    bits = _bits(pair.nonvolatile_levels)
    up, down = persistent_unit(memory)
    if memory.write.model == "per_bit":
        up = up * (float(expected_flips(np.ones(1), bits)[0]) if memory.write.skip_unchanged else bits)
        down = up
    return (up if up == down else (up + down) * 0.5) + verify(memory, bits) + half_select(memory)


def _change(pair: MemoryPair, memory: VolatileMemory) -> Cost:
    """Return the cost of one transient write of one nonvolatile level, with the read that goes before it."""
    bits, unit = _bits(pair.volatile_levels), transient_unit(memory)
    if memory.write.model == "per_bit":
        unit = unit * bits
    elif memory.write.model == "per_pulse":
        unit = unit * max(1.0, float(np.rint(_steps(pair.volatile_levels) / _steps(pair.nonvolatile_levels))))
    if memory.write.accumulates_in_place:
        return unit
    return unit + synapse("read.energy_j", memory.read.energy_j, memory, bits)


def _holding_a_unit(pair: MemoryPair, memory: VolatileMemory) -> Cost:
    """Return the watts of holding one synapse at |s| = one nonvolatile level, its refreshes included."""
    bits = _bits(pair.volatile_levels)
    power = holding_power(memory, bits)
    if memory.hold.power_w_per_bit is None:
        # full scale is half of the way from the lowest level to the highest
        power = power * (2.0 / _steps(pair.nonvolatile_levels))
    refresh = synapse("refresh.energy_j", memory.refresh.energy_j, memory, bits)
    if refresh.is_free:
        return power
    if memory.refresh.interval_s is not None:
        refresh = refresh / amount("volatile.refresh.interval_s", memory.refresh.interval_s)
    return power + refresh


def _steps(levels: int | None) -> int:
    assert levels is not None, "a pair with memories has levels"
    return levels - 1


def _bits(levels: int | None) -> int:
    return _steps(levels).bit_length()
