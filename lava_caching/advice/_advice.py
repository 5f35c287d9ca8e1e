"""Puts advice together: trainings, their prices on the pair, the theory beside them, and the verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lava_caching.advice._choice import Choice
from lava_caching.advice._holding import Holding, holding_of
from lava_caching.advice._pricing import cheapest, longest_lasting, priced
from lava_caching.advice._remarks import notes_of, theory_of
from lava_caching.advice._saving import Saving, saving_of
from lava_caching.advice._trainings import Trainings
from lava_caching.advice._verdict import Verdict, verdict_of, verdict_without_total
from lava_caching.advice._workload import Workload, decay_steps
from lava_caching.errors import InputError
from lava_caching.hardware import MemoryPair, default_pair, load_pair
from lava_caching.hardware.missing import missing_numbers
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
    chosen = pair if isinstance(pair, MemoryPair) else load_pair(default_pair() if pair is None else pair)
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
    best = cheapest(priced(trainings, chosen, workload))
    if best is not None and best.threshold is not None:
        trainings.refine(best.threshold)
    choices = priced(trainings, chosen, workload)
    unpriced = [text for choice in choices for bill in choice.bills for text in bill.unpriced]
    best, longest, missing = cheapest(choices), longest_lasting(choices), missing_numbers(chosen, unpriced)
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
        theory=theory_of(workload, costs),
        saving=saving,
        holding=holding,
        missing=missing,
        notes=tuple(notes_of(choices, best, chosen, workload, holding)),
        verdict=verdict_without_total(choices[0], choices[1:], len(missing))
        if missing
        else verdict_of(choices[0], best, longest, saving, holding),
    )
