"""The ledger as a table: counts and magnitudes of each layer, while it learned and in the residual at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lava_caching.ledger import Part
from lava_caching.report.page.cells import UNKNOWN, count, energy, words
from lava_caching.report.page.content import Block, Cell, Column, Section, Table
from lava_caching.report.page.runs import Run
from lava_caching.report.page.summary import across

__all__ = ["FIELDS", "ledgers"]

FIELDS = {
    "n_steps": "steps",
    "n_updates": "updates",
    "n_synapses": "synapses",
    "n_transient_writes": "transient writes",
    "n_transient_reads": "transient reads",
    "transient_change_l1": "Σ|Δs|",
    "transient_hold_l1": "Σ over steps of Σ|s|",
    "transient_hold_synapse_steps": "synapse-steps held",
    "n_persistent_writes": "persistent writes",
    "persistent_change_l1": "Σ|Δl|",
    "persistent_change_sq": "ΣΔl²",
    "persistent_hold_l1": "Σ over steps of Σ|l|",
    "n_potentiations": "potentiations",
    "n_depressions": "depressions",
    "potentiation_l1": "Σ|Δl| of potentiations",
    "depression_l1": "Σ|Δl| of depressions",
    "n_consolidations": "consolidations (trigger events)",
    "n_transferred": "synapses transferred",
    "minimal_l1": "Σ|w(T) − w(0)|",
    "minimal_writes": "synapses changed in the end",
    "minimal_sq": "Σ(w(T) − w(0))²",
    "largest_weight": "largest |w|",
    "n_synaptic_ops": "synaptic operations",
    "n_neuron_updates": "neuron updates",
    "n_spikes": "spikes",
    "n_pulses_set": "SET pulses",
    "n_pulses_reset": "RESET pulses",
    "n_verify_reads": "verify reads",
    "n_writes_lost": "writes lost",
    "n_bits_flipped": "bits flipped",
}
"""What the ledger counts, in words; histograms and the counts of single synapses have no place in a table."""
DEVICES = {"n_pulses_set", "n_pulses_reset", "n_verify_reads", "n_writes_lost", "n_bits_flipped"}
LEAD = (
    "Counts first, prices later: from these numbers every energy of the page follows. l is the persistent, s the"
    " transient part of a weight w = l + s. The residual is what is consolidated when learning has ended."
)


def ledgers(runs: Sequence[Run]) -> Section:
    """Return the totals of the runs side by side, then each run by layer."""
    blocks: list[Block] = []
    if len(runs) > 1:
        totals = [run.record.ledger.total for run in runs]
        rows = [(FIELDS[name], "", [_cell(total, name) for total in totals]) for name in _names(totals)]
        blocks.append(across("t-ledgers", "Ledgers, totals", runs, rows))
    blocks += [table for i, run in enumerate(runs) for table in _by_layer(i, run)]
    return Section(id="ledger", title="Ledger", lead=LEAD, blocks=blocks)


def _by_layer(i: int, run: Run) -> Iterator[Table]:
    ledger = run.record.ledger
    columns, parts = [Column("quantity"), Column("field")], []
    for layer in ledger.layers:
        columns += [Column(f"{layer.name}, {part}", number=True) for part in ("run", "residual")]
        parts += [layer.run, layer.residual]
    columns.append(Column("total", number=True))
    parts.append(ledger.total)
    names = _names(parts)
    rows = [[words(FIELDS[name]), words(name), *(_cell(part, name) for part in parts)] for name in names]
    yield Table(id=f"t-ledger-{i}", caption=f"Ledger of {run.name}", columns=columns, rows=rows)


def _names(parts: Sequence[Part]) -> list[str]:
    """Return the fields to show: what only devices count is left out where none did."""
    counted = {name for name in DEVICES if any(getattr(part, name) is not None for part in parts)}
    return [name for name in FIELDS if name not in DEVICES or name in counted]


def _cell(part: Part, name: str) -> Cell:
    value = getattr(part, name)
    return UNKNOWN if value is None else count(value) if isinstance(value, int) else energy(value)
