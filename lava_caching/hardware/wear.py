"""Lifetime: how long the synapses last when the run goes on at its own rate of writing."""

from __future__ import annotations

import math

from lava_caching.hardware.bill import NOT_KNOWN, Range
from lava_caching.hardware.costs import amount
from lava_caching.hardware.library import MemoryPair, once_for_each_pair
from lava_caching.hardware.schema import Memory
from lava_caching.ledger import Ledger, Part

__all__ = ["lifetime", "wear_warnings"]

PLACES = {"hottest": 1.0, "p99": 0.99, "median": 0.5}


def lifetime(
    ledger: Ledger, n_steps: int | None, pair: MemoryPair, step_duration_s: float, cycles_per_write: float | None = 1.0
) -> dict[str, Range | None] | None:
    """Return the seconds until the hottest, the 99th-percentile and the median synapse fails.

    Endurance / (cycles of that synapse / duration of the run). Each persistent write counts as one cycle of one device,
    in a differential pair always of the same one: a lower bound. Where the endurance is one of pulses, it counts as
    many as the mean of all writes has: an estimate. 99 % (half) of the synapses are written at most as often as the one
    called p99 (median).

    Parameters
    ----------
    ledger : Ledger
        For the writes of every synapse.
    n_steps : int or None
        Steps of the run, each of `step_duration_s` seconds.
    pair : MemoryPair
        For the endurance of its nonvolatile memory.
    cycles_per_write : float or None
        Cycles of that endurance that a write takes, None where the pulses are not known.

    Returns
    -------
    dict of str to Range or None, or None
        None for a synapse that is never written (it does not wear), a range of None where the endurance is not known;
        None as a whole when the run did not count writes per synapse or the pair has no memories.
    """
    ascending = ledger.ascending_write_counts
    if pair.nonvolatile is None or ascending is None or not ascending.size or not n_steps:
        return None
    cycles, seconds = _cycles(pair)["nonvolatile"], n_steps * step_duration_s
    found: dict[str, Range | None] = {}
    lives: dict[int, Range | None] = {0: None}  # with most policies all places are worn alike
    for place, quantile in PLACES.items():
        worn = int(ascending[math.ceil(round(quantile * ascending.size, 6)) - 1])
        if worn not in lives:
            lives[worn] = cycles * (seconds / (worn * cycles_per_write)) if cycles_per_write else NOT_KNOWN
        found[place] = lives[worn]
    return found


def wear_warnings(
    total: Part, pair: MemoryPair, lives: dict[str, Range | None] | None, step_duration_s: float
) -> list[str]:
    """Say which synapses never wear, and whether the volatile memory wears out before the nonvolatile one.

    Parameters
    ----------
    total : Part
        Account of the run over all layers, for its writes and reads of the transient parts.
    pair : MemoryPair
        For the endurance, in cycles, of its volatile memory.
    lives : dict or None
        What `lifetime` returned, in seconds.
    step_duration_s : float
        Seconds of a step.

    Returns
    -------
    list of str
        A sentence for each warning; none where the lifetime is not known.
    """
    if lives is None or pair.volatile is None:
        return []
    never = [place for place, life in lives.items() if life is None]
    words = {"hottest": "no synapse", "p99": "at most 1 synapse in 100", "median": "at most every other synapse"}
    # of the places that never wear the hottest says most
    warnings = [f"lifetime: {words[place]} is ever written, so the {place} does not wear" for place in never[:1]]
    cycles = _cycles(pair)["volatile"]
    n_reads = (total.n_transient_reads or 0) if pair.volatile.read.destructive else 0  # such a read switches the cell
    switched = (total.n_transient_writes or 0) + n_reads
    if cycles.nominal is not None and switched and total.n_synapses and total.n_steps:
        mean = switched / total.n_synapses
        first = cycles.nominal * total.n_steps * step_duration_s / mean
        hottest = lives["hottest"]
        if hottest is None or (hottest.nominal is not None and first < hottest.nominal):
            warnings.append(
                f"lifetime is that of the nonvolatile tier, but the volatile one fails first: after {first:.3g} s at"
                f" {mean:.3g} {'writes and destructive reads' if n_reads else 'writes'} per synapse and run"
                f" ({cycles.nominal:.3g} cycles)"
            )
    return warnings


@once_for_each_pair
def _cycles(pair: MemoryPair) -> dict[str, Range]:
    """Return the endurance of each tier, not known where it states none."""
    return {memory.tier: _stated(memory) for memory in pair.memories or ()}


def _stated(memory: Memory) -> Range:
    return amount("endurance.cycles", memory.endurance.cycles).range if memory.endurance else NOT_KNOWN
