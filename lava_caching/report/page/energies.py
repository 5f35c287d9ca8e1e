"""The energy of runs in the units of the paper: consolidation, maintenance, transient change, and the minimum."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.report.page.cells import energy, number, percent
from lava_caching.report.page.content import Plot, Section
from lava_caching.report.page.plots import bars, marks, value_axis
from lava_caching.report.page.runs import Run
from lava_caching.report.page.summary import across

__all__ = ["energies"]

CAUSES = {"consolidation": "consolidation", "maintenance": "maintenance", "transient_change": "transient change"}
COSTS = {"alpha": "α", "change_cost": "b", "maintenance_cost": "c", "persistent_maintenance_cost": "c of l"}
COLOURS = ("@blue", "@orange", "@purple")
LEAD = (
    "Consolidation writes the persistent part, Σ|Δl|^α; maintenance holds the transient part, c·Σ|s|; changing the"
    " transient part costs b·Σ|Δs|. The minimum is what setting the final weights directly would cost."
)


def energies(runs: Sequence[Run]) -> Section:
    """Return table and plot."""
    paid, names = [run.record.energy for run in runs], [run.name for run in runs]
    rows = [(label, "", [energy(run.get(name)) for run in paid]) for name, label in CAUSES.items()]
    rows += [
        ("total", "", [energy(run.get("total")) for run in paid]),
        ("minimum", "", [energy(run.get("minimal")) for run in paid]),
        ("total / minimum", "", [energy(run.get("inefficiency")) for run in paid]),
    ]
    for name, label in CAUSES.items():
        rows.append((f"{label}, share of total", "", [percent(run.get(name), run.get("total")) for run in paid]))
    data = [
        bars(label, [number(run.get(name)) for run in paid], names, colour)
        for (name, label), colour in zip(CAUSES.items(), COLOURS, strict=True)
    ]
    data.append(marks("minimum", [number(run.get("minimal")) for run in paid], names))
    layout = value_axis("energy (units of the paper)", names, stacked=True)
    table = across("t-energy", "Energy by cause, in the units of the paper", runs, rows)
    plot = Plot(id="p-energy", caption="Energy by cause", data=data, layout=layout, beside=table.id)
    lead = f"{LEAD} {_prices(runs)}"
    return Section(id="energy", title="Energy in the units of the paper", lead=lead, blocks=[plot, table])


def _prices(runs: Sequence[Run]) -> str:
    said = [", ".join(f"{symbol} = {run.record.config[name]:g}" for name, symbol in COSTS.items()) for run in runs]
    alike = len(set(said)) == 1
    prices = said[0] if alike else "; ".join(f"{run.name}: {text}" for run, text in zip(runs, said, strict=True))
    up = [run.name for run in runs if run.record.config["potentiation_only"]]
    return f"Prices: {prices}." + (f" Only potentiation costs in {', '.join(up)}." if up else "")
