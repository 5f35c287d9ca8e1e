"""The verdict in one sentence, from the numbers of the priced trainings and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from lava_caching.advice._choice import GROUPS, Choice
from lava_caching.advice._holding import Holding
from lava_caching.advice._saving import Saving
from lava_caching.hardware.numbers import Unknown
from lava_caching.readable import engineering, plain

__all__ = ["Verdict", "verdict_of", "verdict_without_total"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Says whether caching pays.

    Attributes
    ----------
    answer : str
        "pays", "does not pay" or "cannot say".
    sentence : str
        The same with the numbers.
    cause : str or None
        Where caching does not pay: what adds the most joules, one of the names in `GROUPS`.
    lifetime_ratio : float or None
        How many times longer than without caching it takes until the first memory has used up its endurance; None
        where no endurance is stated.
    """

    answer: Literal["pays", "does not pay", "cannot say"]
    sentence: str
    cause: str | None = None
    lifetime_ratio: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return dict(vars(self))


def verdict_without_total(uncached: Choice, cached: Iterable[Choice], n_missing: int) -> Verdict:
    """Return the verdict where a total is not known: open, unless what is known of it already costs too much.

    Parameters
    ----------
    uncached : Choice
        Learning without caching.
    cached : iterable of Choice
        Learning with it; at least one.
    n_missing : int
        Numbers of the profile that nobody knows and that the bills need.
    """
    numbers = "a number that it needs is" if n_missing == 1 else f"{n_missing} numbers that it needs are"
    most, cheapest = uncached.joules.nominal, min(cached, key=lambda choice: choice.known_joules)
    if most and cheapest.known_joules > most:
        more = plain(cheapest.known_joules / most)
        sentence = (
            f"caching does not pay in energy here: {numbers} unknown, but {cheapest.name}, the best found, what is"
            f" known already costs {more} × as much as learning without caching"
        )
        return Verdict(answer="does not pay", sentence=sentence)
    return Verdict(answer="cannot say", sentence=f"cannot say: the total is not known, because {numbers} unknown")


def verdict_of(
    uncached: Choice,
    best: Choice | None,
    longest: Choice | None,
    saving: Saving | None,
    holding: Holding | None,
) -> Verdict:
    """Return the verdict where the totals are known.

    Parameters
    ----------
    uncached, best, longest : Choice
        Learning without caching, the cheapest with it, and the one that lasts longest; None where nothing was
        learned or no endurance is known.
    saving, holding : optional
        Of the first two; None where nothing was learned.
    """
    if best is None or saving is None or holding is None:
        why = "nothing was paid that could be saved" if best is not None else "at no threshold are the patterns learned"
        return Verdict(answer="does not pay", sentence=f"caching does not pay here: {why}")
    ratio = _ratio(uncached, best)
    if saving.nominal > 1.0:
        doubt = ", though within the ranges of its numbers it may not" if (saving.apart.low or 0.0) < 1.0 else ""
        lasting = f"{_lasting(ratio, uncached, best)}{_if_it_keeps(best)}"
        sentence = f"caching pays{doubt}: {_times(saving)} less energy {best.name}, and {lasting}"
        return Verdict(answer="pays", sentence=sentence, lifetime_ratio=ratio)
    cause = max(list(GROUPS)[1:], key=lambda name: best.group(name).nominal or 0.0)
    doubt = ", though within the ranges of its numbers it may" if (saving.apart.high or 0.0) > 1.0 else ""
    sentence = (
        f"caching does not pay in energy here{doubt}: {best.name}, the best found, it costs"
        f" {_times(saving, inverse=True)} as much, because {_because(cause, uncached, best, holding)}"
    )
    return Verdict(
        answer="does not pay",
        sentence=f"{sentence}; {_for_its_lifetime(uncached, best, longest)}",
        cause=cause,
        lifetime_ratio=ratio,
    )


def _times(saving: Saving, *, inverse: bool = False) -> str:
    """Return ``9.3 × (7.1 to 11)``."""
    bounds = [saving.together.low or 0.0, saving.nominal, saving.together.high or 0.0]
    low, nominal, high = (plain(1 / x if inverse else x) for x in bounds)
    low, high = (high, low) if inverse else (low, high)
    return f"{nominal} ×" if low == high else f"{nominal} × ({low} to {high})"


def _because(cause: str, uncached: Choice, best: Choice, holding: Holding) -> str:
    """Say how much the largest cost of caching is against what it could save at most."""
    verb = "costs" if cause in ("holding", "refreshing") else "cost"
    added, total, most = (engineering(x.nominal, "J") for x in (best.group(cause), best.joules, uncached.joules))
    said = f"{cause} {verb} {added} of its {total}, and without caching all writes cost {most}"
    paid, held = holding.affordable_s, holding.held_per_saved_write_s
    if cause not in ("holding", "refreshing") or paid is None or held is None:
        return said
    worth = f"with its other costs paid is worth {engineering(paid, 's')}"
    return f"{said}: each write saved takes {engineering(held, 's')} of holding, and {worth}"


def _ratio(uncached: Choice, cached: Choice) -> float | None:
    """Return how many times longer it takes with caching until the first tier fails."""
    before, after = uncached.first_to_fail, cached.first_to_fail
    if before is None or after is None or not before[1].runs.nominal or after[1].runs.nominal is None:
        return None
    return after[1].runs.nominal / before[1].runs.nominal


def _if_it_keeps(cached: Choice) -> str:
    """Say that the sentence holds for a volatile memory that keeps its charge, where its decay is not known."""
    decay = cached.pair.volatile.decay if cached.pair.volatile else None
    if decay is None or not isinstance(decay.tau_s, Unknown):
        return ""
    return "; all this if the volatile memory keeps its charge for the whole training, for its τ is not known"


def _lasting(ratio: float | None, uncached: Choice, cached: Choice) -> str:
    """Say what caching does to the lifetime, of the tiers whose endurance is stated."""
    if ratio is None:
        fewer = uncached.cycles_of_the_hottest / max(cached.cycles_of_the_hottest, 1.0)
        return (
            f"the hottest synapse is written {plain(fewer)} × less; no endurance is stated, so lifetimes are not known"
        )
    cells = "nonvolatile cells" if cached.volatile_is_open else "cells"
    if plain(ratio) == "1":
        return f"the first {cells} to wear out last as long as without"
    if ratio < 1.0:
        return f"the first {cells} wear out {plain(1 / ratio)} × sooner"
    return f"the first {cells} to wear out last {plain(ratio)} × longer"


def _for_its_lifetime(uncached: Choice, best: Choice, longest: Choice | None) -> str:
    """Say what caching would be good for where it does not save energy."""
    chosen = longest or best
    ratio = _ratio(uncached, chosen)
    lasting = _lasting(ratio, uncached, chosen)
    if ratio is None:
        return f"but {lasting}"
    if ratio <= 1.0 or plain(ratio) == "1":
        return f"nor does it help the memories: {lasting}"
    if chosen is best:
        return f"but {lasting}"
    more = (chosen.joules.nominal or 0.0) / (uncached.joules.nominal or 1.0)
    return f"but {chosen.name} {lasting}, for {plain(more)} × the energy"
