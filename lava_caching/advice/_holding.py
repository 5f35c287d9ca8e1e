"""When holding the transient part costs more than caching saves: hold time per saved write, and update rate.

Caching replaces W persistent writes by fewer, W′, and holds all synapses all the time. With holding as the only cost it
pays while the time for which a synapse is held per write saved, N·T·Δt/(W − W′), is below T* = E_write/P_hold. The
break-even update rate counts every other cost as well. If the same updates came more slowly, all joules but those of
holding and refreshing would stay, so that these may grow to what all else saves:

    rate* = rate · E_hold,refresh / (E_uncached − (E_cached − E_hold,refresh)),    rate = W/(N·T·Δt).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lava_caching.advice._choice import Choice
from lava_caching.hardware import MemoryPair, Range, break_even_hold_time_s

__all__ = ["Holding", "holding_of"]


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Hold times and update rates of a workload, means over the seeds.

    Attributes
    ----------
    is_free : bool
        True where holding and refreshing cost nothing: then no rate is too slow.
    break_even_hold_time_s : Range or None
        T* (`lava_caching.hardware.break_even_hold_time_s`); its refreshes included; None where holding costs
        nothing.
    held_per_saved_write_s : float or None
        Synapse-seconds held over persistent writes saved; None where none is saved.
    held_per_transfer_s : float or None
        Synapse-seconds held over synapses transferred.
    update_rate_hz : float
        Updates per synapse and second of this workload.
    break_even_update_rate_hz : float or None
        Below it caching costs more than it saves; 0 where holding is free; None where caching costs more at any rate,
        or a price is not known.
    """

    is_free: bool
    break_even_hold_time_s: Range | None
    held_per_saved_write_s: float | None
    held_per_transfer_s: float | None
    update_rate_hz: float
    break_even_update_rate_hz: float | None

    @property
    def affordable_s(self) -> float | None:
        """Return the holding that a write saved pays for once all other costs of caching are paid, in seconds."""
        if self.held_per_saved_write_s is None or not self.break_even_update_rate_hz:
            return None
        return self.held_per_saved_write_s * self.update_rate_hz / self.break_even_update_rate_hz

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        rest = self.break_even_hold_time_s
        return {**vars(self), "affordable_s": self.affordable_s, "break_even_hold_time_s": rest and rest.to_dict()}


def holding_of(uncached: Choice, cached: Choice, pair: MemoryPair) -> Holding:
    """Return the hold times and rates of the workload that was trained without and with caching."""
    before, after = ([r.ledger.total for r in choice.records] for choice in (uncached, cached))
    n_writes, n_left = (sum(total.n_persistent_writes or 0 for total in totals) for totals in (before, after))
    n_transfers = sum(total.n_transferred or 0 for total in after)
    step = cached.bills[0].operating_point["step_duration_s"]
    held = step * sum(total.transient_hold_synapse_steps or 0 for total in after)
    lasted = step * sum((total.n_steps or 0) * (total.n_synapses or 0) for total in before)
    rate = n_writes / lasted
    return Holding(
        is_free=(cached.group("holding") + cached.group("refreshing")).nominal == 0.0,
        break_even_hold_time_s=break_even_hold_time_s(pair),
        held_per_saved_write_s=held / (n_writes - n_left) if n_writes > n_left else None,
        held_per_transfer_s=held / n_transfers if n_transfers else None,
        update_rate_hz=rate,
        break_even_update_rate_hz=_break_even_rate(uncached, cached, rate),
    )


def _break_even_rate(uncached: Choice, cached: Choice, rate: float) -> float | None:
    resting = (cached.group("holding") + cached.group("refreshing")).nominal
    before, after = uncached.joules.nominal, cached.joules.nominal
    if resting is None or before is None or after is None:
        return None
    saved = before - (after - resting)
    return rate * resting / saved if saved > 0 else None
