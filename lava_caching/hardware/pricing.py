"""Prices a finished run: the actions of a ledger times the costs of a pair of memories.

E = n_transient_writes·E_v                             volatile write
  + (n_transient_reads − n_transferred)·E_vr           volatile read: the read of each read-modify-write
  + hold time·P_hold, or Σ|s|·time·P_full/full scale   volatile hold
  + hold time/interval·E_refresh                       volatile refresh
  + n_transferred·E_vr                                 volatile transfer: the read that consolidation makes
  + n_transferred·E_clear                              volatile clear: s back to 0
  + (n_set·E_set + n_reset·E_reset)·driver             nonvolatile write, with its half-selected cells
  + n_verify·E_r                                       nonvolatile verify

The reads of transfers are part of n_transient_reads, and each is priced once. A volatile cell that accumulates in place
is not read before it is written. A destructive read clears the cell: in a read-modify-write the write restores it, in a
transfer nothing needs to be cleared. A layer whose transient part was never used (`immediate`) needs no volatile memory
and pays no hold and no refresh.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lava_caching.errors import unknown
from lava_caching.hardware.bill import CAUSES, NOT_KNOWN, TIERS, Bill, Line, Range
from lava_caching.hardware.counts import Counts
from lava_caching.hardware.equivalent import equivalent_costs
from lava_caching.hardware.library import MemoryPair, once_for_each_pair
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.operating import Operating, operating_point
from lava_caching.hardware.review import scopes_of
from lava_caching.hardware.tariff import Item, sources_of, tariff_of
from lava_caching.hardware.wear import lifetime, wear_warnings
from lava_caching.ledger import Ledger, Part

__all__ = ["price"]

PLACES = [f"{tier}.{cause}" for tier in TIERS for cause in CAUSES]


def price(
    ledger: Ledger,
    pair: MemoryPair,
    *,
    step_duration_s: float | None = None,
    weight_range: tuple[float, float] | None = None,
    tau_steps: float | None = None,
    cells: Mapping[str, Any] | None = None,
    lower_bound: Collection[str] = (),
) -> Bill:
    """Price the actions of a finished run.

    Parameters
    ----------
    ledger : Ledger
        Counts and magnitudes of one run; no energies.
    pair : MemoryPair
        Costs per action in joules, holding power in watts.
    step_duration_s : float, optional
        Seconds of one presentation; the pair's own or 1e-6 where it is not given.
    weight_range : (float, float), optional
        Weights of the lowest and the highest level; the pair's own or ± the run's largest |w| where it is not given.
    tau_steps : float, optional
        The run's τ; None, as in a record, when s did not decay. It changes no joule: the bill warns where the pair's
        own decay differs from it.
    cells : mapping, optional
        What a record's outcome tells of the device model that the run used; the bill warns where the pair has others.
    lower_bound : collection of str
        Actions, as ``tier.cause`` (``volatile.read``), that may count 0 where they have no price; the total is then a
        lower bound, and the bill says so.

    Returns
    -------
    Bill
        Joules (low, nominal, high) by tier and cause, and what could not be priced.

    Raises
    ------
    InputError
        If the step duration or the weight range is not possible, or `lower_bound` names no action.
    """
    lower_bound = (lower_bound,) if isinstance(lower_bound, str) else lower_bound
    for place in lower_bound:
        if place not in PLACES:
            raise unknown("action", place, PLACES)
    total = ledger.total
    layers = [total] if len(ledger.layers) == 1 else [layer.total for layer in ledger.layers]
    point = operating_point(
        pair, step_duration_s=step_duration_s, weight_range=weight_range, largest_weight=total.largest_weight
    )
    lines: list[Line] = []
    unpriced: list[str] = []
    accepted: dict[str, None] = {}
    charged: list[Item] = []
    estimated: list[str] = []
    cycles_per_write: float | None = 1.0
    if pair.memories is not None:
        counts = Counts(total, layers, *pair.memories, point)
        for item in tariff_of(pair):
            n = item.count(counts)
            if n == 0:  # what did not happen needs no price
                continue
            charged.append(item)
            if item.cost.is_free:
                continue
            unit = item.cost.range
            if n is not None and not item.cost.unknown:  # spelt out: most lines of most bills
                joules = Range(unit[0] * n, unit[1] * n, unit[2] * n)  # type: ignore[operator]
            else:
                joules = NOT_KNOWN if n is None else unit * n
                reason = "; ".join(item.cost.unknown) or "the run did not count them"
                unpriced.append(f"{'' if n is None else f'{n:.6g} '}{item.action} ({reason})")
                place = f"{item.tier}.{item.cause}"
                if place in lower_bound:
                    accepted[place], joules = None, Range(0.0, 0.0, None)
            lines.append(Line(*item.head, n, unit, joules, item.keys))
        cycles_per_write = counts.cycles_per_write()
        estimated = counts.estimated
    lives = lifetime(ledger, total.n_steps, pair, point.step_duration_s, cycles_per_write)
    if lives and cycles_per_write not in (None, 1):
        estimated.append(f"lifetime: a write wears by {cycles_per_write:.3g} pulses, the mean of all")
    mean = (total.transient_hold_l1 or 0.0) / (total.transient_hold_synapse_steps or 1)
    level = point.weight_unit("nonvolatile") or 1.0  # without a weight nothing was written, and any unit does
    return Bill(
        profile=pair.name,
        unit=pair.unit,
        lines=tuple(lines) if pair.memories is not None else None,
        unpriced=tuple(unpriced),
        lower_bound=tuple(accepted),
        excluded=tuple(_excluded(total, pair)),
        estimated=tuple(estimated),
        warnings=(
            *pair.warnings,
            *([f"the total is a lower bound: without {', '.join(accepted)}"] if accepted else []),
            *(f"lower bound: nothing of {place} lacked a price" for place in lower_bound if place not in accepted),
            *_cell_warnings(cells, pair),
            *_range_warnings(total.largest_weight, point),
            *([] if cells else _level_warnings(total, point)),
            *_tau_warnings(pair, point, tau_steps),
            *wear_warnings(total, pair, lives, point.step_duration_s),
        ),
        operating_point=point.to_dict(),
        lifetime_s=lives,
        equivalent_costs=equivalent_costs(pair, point.step_duration_s, level, mean_transient=mean or None),
        sources=sources_of(pair, tuple(charged)),
    )


def _excluded(total: Part, pair: MemoryPair) -> Iterable[str]:
    """Yield what the bill leaves out by design."""
    counted = total.n_synaptic_ops is not None  # a log of weight changes says nothing of them
    n_ops = f"{total.n_synaptic_ops:,} " if counted else ""
    yield f"inference: {n_ops}synaptic operations, their weight reads included"
    neurons = total.n_neuron_updates is not None and total.n_spikes is not None  # a connection does not see them
    yield f"neurons: {total.n_neuron_updates:,} updates, {total.n_spikes:,} spikes" if neurons else "neurons and spikes"
    yield from _outside(pair)


@once_for_each_pair
def _outside(pair: MemoryPair) -> tuple[str, ...]:
    """Return what no bill on this pair contains."""
    if pair.memories is None:
        return ()
    texts = ["standby power of the nonvolatile memory, drawn with and without caching"]
    if pair.memories[0].read.destructive:
        texts.append("writing back what a partial transfer (amount quantum or pulse) leaves in the volatile memory")
    for memory in pair.memories:
        scopes = " or ".join(scopes_of(memory))
        texts.append(f"{memory.tier} tier: whatever lies outside the scope of its numbers ({scopes})")
    return tuple(texts)


def _cell_warnings(cells: Mapping[str, Any] | None, pair: MemoryPair) -> Iterable[str]:
    """Say where the cells that the run modelled are others than those that it is priced on."""
    if not cells or pair.nonvolatile is None:
        return
    memory, levels = pair.nonvolatile, cells.get("n_levels")
    if memory.verify.included:
        yield "the pair prices a verified write as a whole: pulses and repeats of the run's cells do not enter"
    elif levels is not None and levels != pair.nonvolatile_levels:
        counted = {"per_pulse": "pulses are those of the run's cells", "per_bit": "each write has the pair's bits"}
        said = counted.get(memory.write.model, "each programming of the run's cells is one of the pair's")
        yield f"the run's cells have {levels} levels a weight and this pair {pair.nonvolatile_levels}: {said}"
    lasts = (cells.get("parameters") or {}).get("persistent.endurance_cycles")
    stated = memory.endurance.cycles if memory.endurance else None
    if lasts is not None and not (isinstance(stated, Quantity) and stated.nominal == lasts):
        yield f"the run's cells wear out after {lasts:g} cycles; lifetimes here are by the pair's own endurance"


def _range_warnings(largest: float | None, point: Operating) -> Iterable[str]:
    reach = point.full_scale
    if largest and reach is not None and largest > reach:
        yield (
            f"the run's weights, with their transient parts, reach {largest:g}, outside the range {point.weight_min:g}"
            f" to {point.weight_max:g}"
        )


def _level_warnings(total: Part, point: Operating) -> Iterable[str]:
    """Say where the run, whose cells were ideal, made changes that a memory of so few levels could not carry out."""
    written = (
        (total.transient_change_l1, total.n_transient_writes),
        (total.persistent_change_l1, total.n_persistent_writes),
    )
    for tier, (change_l1, n) in zip(TIERS, written, strict=True):
        unit = point.weight_unit(tier)
        if change_l1 and n and unit and change_l1 / n < 0.5 * unit:
            yield (
                f"{tier} tier: a write changes the weight by {change_l1 / n:.3g} on average, less than half of the"
                f" {unit:.3g} between two of its levels: real cells would not carry it out, as a run with --device"
                " shows"
            )


def _tau_warnings(pair: MemoryPair, point: Operating, tau_steps: float | None) -> Iterable[str]:
    decay = pair.volatile.decay if pair.volatile else None
    if decay is None or not isinstance(decay.tau_s, Quantity):
        return
    own = decay.tau_s.nominal / point.step_duration_s
    if tau_steps is None or abs(own - tau_steps) > 0.1 * tau_steps:
        run = "did not decay" if tau_steps is None else f"decayed with τ = {tau_steps:g} steps"
        yield f"the run {run}; the volatile memory decays with τ = {own:g} steps of {point.step_duration_s:g} s"
