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

from collections.abc import Iterable

from lava_caching.hardware.bill import Bill, Line, Range
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
from lava_caching.hardware.counts import persistent_units, transient_units
from lava_caching.hardware.equivalent import equivalent_costs
from lava_caching.hardware.library import MemoryPair
from lava_caching.hardware.numbers import NotApplicable, Quantity
from lava_caching.hardware.operating import Operating, operating_point
from lava_caching.hardware.review import scopes_of
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory
from lava_caching.hardware.wear import lifetime, wear_warnings
from lava_caching.ledger import Ledger, Part

__all__ = ["price"]


def price(
    ledger: Ledger,
    pair: MemoryPair,
    *,
    step_duration_s: float | None = None,
    weight_range: tuple[float, float] | None = None,
    tau_steps: float | None = None,
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

    Returns
    -------
    Bill
        Joules (low, nominal, high) by tier and cause, and what could not be priced.

    Raises
    ------
    InputError
        If the step duration or the weight range is not possible.
    """
    total = ledger.total
    layers = [total] if len(ledger.layers) == 1 else [layer.total for layer in ledger.layers]
    point = operating_point(
        pair, step_duration_s=step_duration_s, weight_range=weight_range, largest_weight=total.largest_weight
    )
    account = _Account()
    if pair.memories is not None:
        volatile, nonvolatile = pair.memories
        _price_volatile(account, total, layers, volatile, point)
        _price_nonvolatile(account, total, nonvolatile, point)
    lives = lifetime(layers, total.n_steps, pair, point.step_duration_s)
    mean = (total.transient_hold_l1 or 0.0) / (total.transient_hold_synapse_steps or 1)
    unit = point.weight_unit("nonvolatile") or 1.0  # without a weight nothing was written, and any unit does
    return Bill(
        profile=pair.name,
        unit=pair.unit,
        items=account.items if pair.memories is not None else None,
        lines=tuple(account.lines),
        unpriced=tuple(account.unpriced),
        excluded=tuple(_excluded(total, pair)),
        estimated=tuple(account.estimated),
        warnings=(
            *pair.warnings,
            *_range_warnings(total.largest_weight, point),
            *_tau_warnings(pair, point, tau_steps),
            *wear_warnings(total, pair, lives, point.step_duration_s),
        ),
        operating_point=point.to_dict(),
        lifetime_s=lives,
        equivalent_costs=equivalent_costs(pair, point.step_duration_s, unit, mean_transient=mean or None),
        sources=tuple(account.sources()),
    )


class _Account:
    """Collects the items of a bill while a run is priced."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Range] = {}
        self.lines: list[Line] = []
        self.unpriced: list[str] = []
        self.estimated: list[str] = []
        self._used: dict[str, Quantity | NotApplicable] = {}

    def charge(self, tier: str, cause: str, action: str, n: float | None, cost: Cost) -> None:
        """Add n actions (None: not counted by the run) at a cost; what did not happen or is free needs no price."""
        if n == 0:
            return
        self._used.update(cost.used)
        if cost.is_free:
            return
        if n is None or cost.unknown:
            reason = "; ".join(cost.unknown) or "the run did not count them"
            self.unpriced.append(f"{'' if n is None else f'{n:.6g} '}{action} ({reason})")
        joules = Range(None, None, None) if n is None else cost.range * n
        self.lines.append(Line(tier, cause, action, n, cost.range, joules, tuple(key for key, _ in cost.used)))
        self.items[tier, cause] = self.items[tier, cause] + joules if (tier, cause) in self.items else joules

    def sources(self) -> Iterable[dict[str, str]]:
        """Yield where each number used comes from."""
        for key, entry in self._used.items():
            basis = entry.basis if isinstance(entry, Quantity) else f"not applicable: {entry.not_applicable}"
            confidence = {"confidence": entry.confidence} if isinstance(entry, Quantity) else {}
            yield {"key": key, "source": entry.source, "where": entry.where, "basis": basis, **confidence}


def _price_volatile(
    account: _Account, total: Part, layers: list[Part], memory: VolatileMemory, point: Operating
) -> None:
    bits = point.bits("volatile") or 0
    n_units, estimate = transient_units(total, layers, memory, point)
    account.charge("volatile", "write", f"transient writes ({memory.write.model})", n_units, transient_unit(memory))
    account.estimated += [estimate] if estimate else []
    if memory.set is not None and memory.write.model != "per_bit" and total.n_transient_writes:
        account.estimated.append("direction of transient writes: SET and RESET alike often")
    read = synapse("read.energy_j", memory.read.energy_j, memory, bits)
    n_reads, n_transferred = total.n_transient_reads, total.n_transferred
    if not memory.write.accumulates_in_place:
        n_modify = None if n_reads is None or n_transferred is None else n_reads - n_transferred
        account.charge("volatile", "read", "reads before transient writes", n_modify, read)
    account.charge("volatile", "transfer", "reads of transfers", n_transferred, read)
    clear = synapse("clear.energy_j", memory.clear.energy_j, memory, bits)
    account.charge("volatile", "clear", "clearings after transfers", n_transferred, clear)

    seconds, weight_seconds = _held(layers, point.step_duration_s)
    held: float | None = seconds
    if memory.hold.power_w_per_bit is None:
        scale = point.full_scale
        held = weight_seconds / scale if scale and weight_seconds is not None else (0.0 if seconds == 0 else None)
    account.charge("volatile", "hold", "synapse-seconds held", held, holding_power(memory, bits))
    refresh = synapse("refresh.energy_j", memory.refresh.energy_j, memory, bits)
    if memory.refresh.interval_s is not None and not refresh.is_free:
        refresh = refresh / amount("volatile.refresh.interval_s", memory.refresh.interval_s)
    account.charge("volatile", "refresh", "synapse-seconds refreshed", seconds, refresh)


def _price_nonvolatile(account: _Account, total: Part, memory: NonvolatileMemory, point: Operating) -> None:
    bits = point.bits("nonvolatile") or 0
    (n_up, n_down), estimates = persistent_units(total, memory, point)
    up, down = persistent_unit(memory)
    account.estimated += estimates
    model = memory.write.model
    if up == down:
        n_all = None if n_up is None or n_down is None else n_up + n_down
        account.charge("nonvolatile", "write", f"persistent writes ({model})", n_all, up)
    else:
        account.charge("nonvolatile", "write", f"potentiations ({model})", n_up, up)
        account.charge("nonvolatile", "write", f"depressions ({model})", n_down, down)
    if model == "per_bit" and memory.set is not None and total.n_persistent_writes:
        account.estimated.append("SET and RESET: half of the written bits each, as in random data")
    account.charge(
        "nonvolatile", "write", "writes with half-selected cells", total.n_persistent_writes, half_select(memory)
    )
    if total.n_verify_reads is not None:
        read = synapse("read.energy_j", memory.read.energy_j, memory, bits)
        account.charge("nonvolatile", "verify", "verify reads", total.n_verify_reads, read)
        return
    checks = verify(memory, bits)
    account.charge("nonvolatile", "verify", "persistent writes to verify", total.n_persistent_writes, checks)
    if total.n_persistent_writes and not checks.is_free:
        account.estimated.append("verify reads: the mean per write that the profile states")


def _held(layers: list[Part], step_duration_s: float) -> tuple[float | None, float | None]:
    """Return synapse-seconds and |weight|-synapse-seconds of the layers that used their transient part."""
    used = [p for p in layers if p.n_transient_writes != 0 or p.n_transferred != 0 or p.transient_hold_l1 != 0]
    seconds = [p.transient_hold_synapse_steps for p in used]
    weighted = [p.transient_hold_l1 for p in used]
    return (
        None if None in seconds else sum(n or 0 for n in seconds) * step_duration_s,
        None if None in weighted else sum(x or 0.0 for x in weighted) * step_duration_s,
    )


def _excluded(total: Part, pair: MemoryPair) -> Iterable[str]:
    """Yield what the bill leaves out by design."""
    counted = total.n_synaptic_ops is not None  # a log of weight changes says nothing of them
    n_ops = f"{total.n_synaptic_ops:,} " if counted else ""
    yield f"inference: {n_ops}synaptic operations, their weight reads included"
    neurons = total.n_neuron_updates is not None and total.n_spikes is not None  # a connection does not see them
    yield f"neurons: {total.n_neuron_updates:,} updates, {total.n_spikes:,} spikes" if neurons else "neurons and spikes"
    if pair.memories is None:
        return
    yield "standby power of the nonvolatile memory, drawn with and without caching"
    if pair.memories[0].read.destructive:
        yield "writing back what a partial transfer (amount quantum or pulse) leaves in the volatile memory"
    for memory in pair.memories:
        scopes = " or ".join(scopes_of(memory))
        yield f"{memory.tier} tier: whatever lies outside the scope of its numbers ({scopes})"


def _range_warnings(largest: float | None, point: Operating) -> Iterable[str]:
    reach = point.full_scale
    if largest and reach is not None and largest > reach:
        yield f"the run's weights reach {largest:g}, outside the range {point.weight_min:g} to {point.weight_max:g}"


def _tau_warnings(pair: MemoryPair, point: Operating, tau_steps: float | None) -> Iterable[str]:
    decay = pair.volatile.decay if pair.volatile else None
    if decay is None or not isinstance(decay.tau_s, Quantity):
        return
    own = decay.tau_s.nominal / point.step_duration_s
    if tau_steps is None or abs(own - tau_steps) > 0.1 * tau_steps:
        run = "did not decay" if tau_steps is None else f"decayed with τ = {tau_steps:g} steps"
        yield f"the run {run}; the volatile memory decays with τ = {own:g} steps of {point.step_duration_s:g} s"
