"""What stands beside the simulation: the paper's theory, and what the reader should know of both."""

from __future__ import annotations

from typing import Any

from lava_caching import theory
from lava_caching.advice._choice import Choice
from lava_caching.advice._holding import Holding
from lava_caching.advice._workload import Workload
from lava_caching.hardware import MemoryPair
from lava_caching.hardware.numbers import Quantity

__all__ = ["notes_of", "theory_of"]


def theory_of(workload: Workload, costs: dict[str, Any]) -> dict[str, Any]:
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


def notes_of(
    choices: tuple[Choice, ...],
    best: Choice | None,
    pair: MemoryPair,
    workload: Workload,
    holding: Holding | None,
) -> list[str]:
    """Return what limits the comparison."""
    notes = ["the theory has no decay, and its writes cost in proportion to |Δ|"]
    volatile = pair.volatile
    if volatile and isinstance(volatile.hold.power_w_per_bit, Quantity):
        notes.append("θ* charges holding by |s|; this memory holds a bit at the same power whatever it says")
    if best is not None and best.threshold is None:
        notes.append(
            "one consolidation at the end leaves all that is learned in the volatile memory until then: a power failure"
            " loses it, and its range must hold whole weights"
        )
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
            f"s is held for {held:.3g} s on average, longer than the volatile memory retains it"
            f" ({keeps.nominal:.3g} s), and no refresh is stated"
        )
    if stuck := [choice.name.removeprefix("at ") for choice in choices if not choice.learned]:
        notes.append(f"not learned, and so not chosen: {', '.join(stuck)}")
    bill = (best or choices[-1]).bills[0]
    # what a bill says of lifetimes stands in the table of choices, with the tier that fails first
    notes += [text for text in bill.warnings if not text.startswith("lifetime")]
    return [*notes, *(f"estimated: {text}" for text in bill.estimated)]
