"""Puts advice together: trainings, their prices on the pair, the theory beside them, and the verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lava_caching import theory
from lava_caching.advice._choice import Choice
from lava_caching.advice._holding import Holding, holding_of
from lava_caching.advice._saving import Saving, saving_of
from lava_caching.advice._trainings import Trainings
from lava_caching.advice._verdict import Verdict, verdict_of
from lava_caching.advice._workload import Workload, decay_steps
from lava_caching.errors import InputError
from lava_caching.hardware import MemoryPair, default_pair, load_pair, price
from lava_caching.hardware.missing import missing_numbers
from lava_caching.hardware.numbers import Quantity
from lava_caching.monitor import Monitor, carry_on

__all__ = ["Advice", "advise"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Advice:
    """What learning costs on a pair of memories, with and without caching.

    Attributes
    ----------
    pair : MemoryPair
        The memories.
    workload : Workload
        What was learned.
    choices : tuple of Choice
        Without caching, with it by ascending θ, and with one consolidation at the end.
    best : Choice or None
        The one with caching that takes the fewest nominal joules; None where totals are not known.
    longest : Choice or None
        The one with caching that lasts longest, and of these the cheapest; None where no endurance is stated.
    equivalent_costs : dict
        The paper's b, c and τ of the pair, right at the mean |s| of the best choice (`Bill.equivalent_costs`).
    theory : dict
        ``updates`` K, ``presentations`` T, and with the equivalent b and c: ``threshold`` θ*, ``saving`` there and
        ``immediate_is_best``; the last three are None where c or b is not known. Without decay.
    saving, holding : Saving, Holding or None
        Of the best choice.
    missing : dict of str to str
        Numbers that the bills need and nobody knows, with the reasons.
    notes : tuple of str
        What the reader should know before believing the numbers.
    verdict : Verdict
        Does caching pay?
    """

    pair: MemoryPair
    workload: Workload
    choices: tuple[Choice, ...]
    best: Choice | None
    longest: Choice | None
    equivalent_costs: dict[str, Any]
    theory: dict[str, Any]
    saving: Saving | None
    holding: Holding | None
    missing: dict[str, str]
    notes: tuple[str, ...]
    verdict: Verdict

    @property
    def uncached(self) -> Choice:
        """Return learning without caching."""
        return self.choices[0]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and None, for JSON; no times, so that it is the same every time."""
        return {
            "pair": self.pair.name,
            "workload": asdict(self.workload),
            "verdict": self.verdict.to_dict(),
            "equivalent_costs": dict(self.equivalent_costs),
            "theory": dict(self.theory),
            "best": self.best and self.best.to_dict(),
            "longest": self.longest and self.longest.to_dict(),
            "saving": self.saving and self.saving.to_dict(),
            "holding": self.holding and self.holding.to_dict(),
            "choices": [choice.to_dict() for choice in self.choices],
            "missing": dict(self.missing),
            "notes": list(self.notes),
        }


def advise(
    pair: MemoryPair | str | Path | None = None,
    *,
    n_inputs: int = 1000,
    n_patterns: int = 1000,
    policy: str = "local-global",
    seeds: int = 3,
    step_duration_s: float | None = None,
    weight_range: tuple[float, float] | None = None,
    engine: str = "numba",
    monitor: Monitor = carry_on,
) -> Advice:
    """Say whether caching pays on a pair of memories: train, price, compare.

    Parameters
    ----------
    pair : MemoryPair, str or Path, optional
        The memories, their name or their TOML file; the default pair where it is not given. Where its volatile memory
        states a decay, s decays in the trainings too.
    n_inputs, n_patterns : int
        N and P of the perceptron that is trained, P < 2N.
    policy : str
        The policy with caching.
    seeds : int
        Trainings at each threshold, with seeds 0, 1, …
    step_duration_s, weight_range : optional
        Operating point, as in `lava_caching.hardware.price`. Without a range, all trainings share ± the largest |w| of
        any of them, so that the same change costs the same everywhere.
    engine : str
        What trains.
    monitor : Monitor
        Is told of finished trainings; False ends with KeyboardInterrupt.

    Returns
    -------
    Advice

    Raises
    ------
    InputError
        If the pair has no joules, or the workload cannot be learned.

    Examples
    --------
    >>> advice = advise("sram_pcm_90nm", n_inputs=30, n_patterns=20, seeds=1, engine="reference")
    >>> advice.verdict.answer, advice.saving.nominal > 2
    ('pays', True)
    """
    chosen = pair if isinstance(pair, MemoryPair) else load_pair(pair or default_pair())
    if chosen.memories is None:
        raise InputError(
            f"{chosen.name} is in the units of the paper and has no joules: b and c are yours to choose there;"
            " take a pair of memories"
        )
    seconds, tau = decay_steps(chosen, step_duration_s, weight_range)
    workload = Workload(
        n_inputs=n_inputs,
        n_patterns=n_patterns,
        policy=policy,
        seeds=seeds,
        step_duration_s=seconds,
        tau_steps=tau,
        weight_range=weight_range,
    )
    trainings = Trainings(workload, engine, monitor)
    trainings.scan()
    best = _best(_priced(trainings, chosen, workload))
    if best is not None and best.threshold is not None:
        trainings.refine(best.threshold)
    choices = _priced(trainings, chosen, workload)
    unpriced = [text for choice in choices for bill in choice.bills for text in bill.unpriced]
    best, longest, missing = _best(choices), _longest(choices), missing_numbers(chosen, unpriced)
    saving = saving_of(choices[0], best) if best else None
    holding = holding_of(choices[0], best, chosen) if best else None
    costs = (best or choices[-1]).bills[0].equivalent_costs
    return Advice(
        pair=chosen,
        workload=workload,
        choices=choices,
        best=best,
        longest=longest,
        equivalent_costs=costs,
        theory=_theory(workload, costs),
        saving=saving,
        holding=holding,
        missing=missing,
        notes=tuple(_notes(choices, chosen, workload, holding)),
        verdict=verdict_of(choices[0], best, longest, saving, holding, len(missing)),
    )


def _priced(trainings: Trainings, pair: MemoryPair, workload: Workload) -> tuple[Choice, ...]:
    """Price all trainings over one range of weights: without caching first, at the end last."""
    reach = trainings.largest_weight
    weights = workload.weight_range
    if weights is None and pair.operating_point.weight_min is None and reach:
        weights = (-reach, reach)
    order = {"immediate": 0, "at-end": 2}
    return tuple(
        Choice(
            policy=policy,
            threshold=None if policy in order else threshold,
            pair=pair,
            records=records,
            bills=tuple(
                price(
                    record.ledger,
                    pair,
                    step_duration_s=workload.step_duration_s,
                    weight_range=weights,
                    tau_steps=record.config["tau"],
                )
                for record in records
            ),
        )
        for (policy, threshold), records in sorted(
            trainings.records.items(), key=lambda item: (order.get(item[0][0], 1), item[0][1])
        )
    )


def _best(choices: tuple[Choice, ...]) -> Choice | None:
    """Return the cheapest choice with caching that learned; None where a total is not known."""
    known = {choice: choice.joules.nominal for choice in choices if choice.learned}
    if choices[0].joules.nominal is None or any(joules is None for joules in known.values()):
        return None
    return min((c for c in known if c.policy != "immediate"), key=lambda c: known[c] or 0.0, default=None)


def _longest(choices: tuple[Choice, ...]) -> Choice | None:
    """Return the choice with caching that learned and whose first tier to fail lasts longest, the cheapest of these."""
    lasting = {}
    for choice in choices[1:]:
        first = choice.first_to_fail
        if choice.learned and first is not None and first[1].runs.nominal is not None:
            lasting[choice] = first[1].runs.nominal
    # within a tenth of the longest life the cheapest is the better choice
    near = [choice for choice, runs in lasting.items() if runs >= 0.9 * max(lasting.values())]
    return min(near, key=lambda choice: choice.joules.nominal or 0.0, default=None)


def _theory(workload: Workload, costs: dict[str, Any]) -> dict[str, Any]:
    """Return what the paper's formulas without decay say of this workload (η = 1)."""
    n, b, c = workload.n_inputs + 1, costs["change_cost"], costs["maintenance_cost"]
    k = theory.updates(workload.n_inputs, workload.n_patterns)
    t = theory.presentations(workload.n_inputs, workload.n_patterns)
    known: dict[str, Any] = {"updates": k, "presentations": t, "threshold": None, "saving": None}
    known["immediate_is_best"] = None if b is None else b >= 1.0
    if b is None or c is None:
        return known
    best = theory.best_threshold(k, t, c)
    cached = theory.consolidation_energy(n, k, best) + theory.maintenance_energy(n, t, best, c)
    cached += theory.change_energy(n, k, best, b)
    return {**known, "threshold": best, "saving": n * k / cached}


def _notes(choices: tuple[Choice, ...], pair: MemoryPair, workload: Workload, holding: Holding | None) -> list[str]:
    """Return what limits the comparison."""
    notes = ["the theory has no decay, and its writes cost in proportion to |Δ|"]
    volatile = pair.volatile
    if volatile and isinstance(volatile.hold.power_w_per_bit, Quantity):
        notes.append("θ* charges holding by |s|; this memory holds a bit at the same power whatever it says")
    if workload.tau_steps is not None:
        notes.append(
            f"the transient part decays with τ = {workload.tau_steps:.3g} steps in the trainings too, as the pair says"
        )
    keeps, held = volatile and volatile.retention_s, holding and holding.held_per_transfer_s
    if (
        volatile
        and isinstance(keeps, Quantity)
        and held
        and volatile.refresh.interval_s is None
        and held > keeps.nominal
    ):
        notes.append(
            f"s is held for {held:.3g} s on average, longer than the {keeps.nominal:.3g} s for which the volatile memory"
            " retains it, and no refresh is stated"
        )
    if stuck := [choice.name.removeprefix("at ") for choice in choices if not choice.learned]:
        notes.append(f"not learned, and so not chosen: {', '.join(stuck)}")
    return [*notes, *pair.warnings]
