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
        means = {name: told["mean"] for name, told in outcome["responses"].items() if told}
        shown = ", ".join(f"{name} {mean:.3g}" for name, mean in means.items())
        yield f"{SUCCESS[outcome['success']]}; mean response in g_max: {shown}"
        if outcome["converged"]:
            n_alike = outcome["convergence"]["runs_compared"]
            yield f"account at run {outcome['stopping_run']}, the first of {n_alike} alike"
        yield from _saved(record.config, record.energy, outcome["direct_l1"])
    elif record.experiment == "tagging":
        delay, tau, fraction = record.config["delay"], record.config["tau"], outcome["captured_fraction"]
        share = "" if tau is None else f", {delay / tau:g} τ,"
        if fraction is not None:
            order = "after" if record.config["strong_first"] else "before"
            yield (
                f"weak pathway, {delay:,} trials{share} {order} the strong one: {outcome['captured']:.3g} of"
                f" {outcome['tagged']:.3g} g_max captured, {fraction:.1%}"
            )


def _saved(config: dict[str, Any], energy: dict[str, Any], direct: float) -> Iterator[str]:
    """Yield what the same changes cost without a cache, where that is the sum of their sizes."""
    if config["alpha"] != 1.0 or config["potentiation_only"] or config["persistent_maintenance_cost"] or not direct:
        return
    yield f"written directly, these changes cost {direct:.4g}: {1.0 - energy['total'] / direct:.1%} saved"
