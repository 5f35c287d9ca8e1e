"""What to know before quoting a number: what has no price, warnings, what is estimated and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lava_caching.report.page.content import Block, Notes, Section
from lava_caching.report.page.runs import Run, at, texts

__all__ = ["caveats"]

LEAD = "Of the joules, unless it says otherwise. What is not known is shown as “unknown” and is never counted as 0."
KINDS = {
    "unpriced": ("Could not be priced, so that sums with it are unknown", "warning"),
    "warnings": ("Warnings", "warning"),
    "lower_bound": ("Accepted without a price: the total is a lower bound", "warning"),
    "estimated": ("Estimated", "plain"),
    "excluded": ("Not in these joules", "plain"),
}


def caveats(runs: Sequence[Run]) -> Section:
    """Return everything that restricts what the numbers mean, once, with the runs that it is about."""
    blocks: list[Block] = []
    if said := _about(runs, [(run.name, text) for run in runs for text in _of_the_run(run)]):
        blocks.append(Notes(title="About the runs", items=said, tone="warning"))
    for key, (title, tone) in KINDS.items():
        found = [(run.name, text) for run in runs for text in texts(run.bill.get(key))]
        if said := _about(runs, found):
            blocks.append(Notes(title=title, items=said, tone=tone))  # type: ignore[arg-type]  # as KINDS has it
    return Section(id="caveats", title="Before you quote", lead=LEAD, blocks=blocks)


def _about(runs: Sequence[Run], said: Sequence[tuple[str, str]]) -> list[str]:
    """Return each sentence once, with the names of the runs where it is not about all of them."""
    whose: dict[str, list[str]] = {}
    for name, text in said:
        whose.setdefault(text, []).append(name)
    everyone = {run.name for run in runs}
    return [text if set(about) == everyone else f"{text} ({', '.join(about)})" for text, about in whose.items()]


def _of_the_run(run: Run) -> Iterator[str]:
    outcome, energy = run.record.outcome, run.record.energy
    if outcome.get("interrupted"):
        yield "The run was interrupted: its counts and energies are those until then."
    if outcome.get("converged") is False:
        yield "The run did not converge: its energies are those until it was stopped."
    if outcome.get("diverged_at") is not None:
        yield f"The run diverged at presentation {outcome['diverged_at']}: these energies mean little."
    if energy.get("exact") is False:
        yield "Energies in the units of the paper are estimated from the histogram of the writes, within 1e-3."
    if at(outcome, "device", "repricing"):
        device = outcome["device"]
        yield f"It ran on the cells {device.get('name')}. May be priced anew: {device['repricing']}"
    if run.bill and run.bill.get("lifetime_s") is None and run.bill.get("unit") != "arbitrary":
        yield "Lifetimes are unknown: the run did not count the writes of every synapse (--write-counts)."
