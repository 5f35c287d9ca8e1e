"""What a run with the spiking neuron tells besides its energies: what was learned, saved, and captured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lava_caching.record import Record

__all__ = ["neuron_lines"]

SUCCESS = {
    "passed": "the classes are told apart",
    "failed": "the classes are not told apart",
    "untestable": "all patterns have the same teacher, so there is nothing to tell apart",
}


def neuron_lines(record: Record) -> Iterator[str]:
    """Yield lines for the report of the experiments `spiking` and `tagging`; nothing for others."""
    outcome = record.outcome
    if record.experiment == "spiking":
        shown = ", ".join(f"{name} {r['mean']:.3g} ({r['n']})" for name, r in outcome["responses"].items() if r)
        yield f"{SUCCESS[outcome['success']]}; mean response (patterns), after the last run: {shown} g_max"
        if outcome["converged"]:
            first, n_alike = outcome["stopping_run"], outcome["convergence"]["runs_compared"]
            yield f"account, updates and weights are of run {first}, the first of {n_alike} that agree"
            if first == outcome["convergence"]["first_run"] - n_alike + 1:
                yield "they agree from the start: it may have learned nothing"
        yield from _saved(record.config, record.energy, outcome["direct_l1"])
    elif record.experiment == "tagging" and outcome["captured_fraction"] is not None:
        delay, tau = record.config["delay"], record.config["tau"]
        share = "" if tau is None else f", {delay / tau:g} τ,"
        order = "after" if record.config["strong_first"] else "before"
        yield (
            f"weak pathway, {delay:,} trials{share} {order} the strong one: {outcome['captured']:.3g} of"
            f" {outcome['tagged']:.3g} g_max captured, {outcome['captured_fraction']:.1%}"
        )


def _saved(config: dict[str, Any], energy: dict[str, Any], direct: float) -> Iterator[str]:
    """Yield what the same changes cost without a cache, where that is the sum of their sizes."""
    if config["alpha"] != 1.0 or config["potentiation_only"] or config["persistent_maintenance_cost"] or not direct:
        return
    yield f"written directly, these changes cost {direct:.4g}: {1.0 - energy['total'] / direct:.1%} saved"
