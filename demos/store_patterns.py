"""Store 1000 patterns in 1000 synapses, with and without synaptic caching, and see what the learning cost.

Run ``make demo`` or ``python demos/store_patterns.py``. One training per threshold; every price, in the units of the
paper and in joules on each pair of memories, is then taken from the same finished records.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from lava_caching import Perceptron, Record, SynapticCache
from lava_caching.cli.hardware import engineering
from lava_caching.hardware import load_pair, pair_names, price
from lava_caching.report.threshold import draw_energy_against_threshold

MAINTENANCE_COST = 0.001
"""c of the paper: holding a transient weight of 1 for a step costs a thousandth of writing it for good."""
FIGURE = Path(__file__).parent / "out" / "energy_against_threshold.png"


def main() -> None:
    console = Console(highlight=False)
    started = time.perf_counter()
    console.print("[bold]Storing 1000 random patterns in 1000 synapses[/], local-global caching")

    def train(policy: str, threshold: float) -> Record:
        asked = Perceptron(
            policy=policy,
            threshold=threshold,
            n_inputs=1000,
            n_patterns=1000,
            maintenance_cost=MAINTENANCE_COST,
            write_counts=True,
        )
        return asked.run(seed=0)

    uncached = train("immediate", 0.0)
    thresholds = np.geomspace(1.0, 150.0, 25)
    cached = [
        train("local-global", float(x))
        for x in track(thresholds, "training", console=Console(stderr=True), transient=True)
    ]
    best = min(cached, key=lambda record: float(record.energy["total"]))

    console.print()
    console.print(_energies(uncached, best))
    console.print()
    console.print(_joules(uncached, best))
    console.print(
        "One step is 1 µs. The minimum writes the final weights once, directly.\n"
        "Where a transient write costs as much as a persistent one, caching saves wear\n"
        "and not joules.\n"
        "Every number with its source: lava-caching hardware show NAME"
    )
    FIGURE.parent.mkdir(exist_ok=True)
    draw_energy_against_threshold(cached, uncached, FIGURE, title="1000 patterns in 1000 synapses, c = 0.001, no decay")
    console.print(f"\nfigure: {FIGURE.relative_to(Path.cwd()) if FIGURE.is_relative_to(Path.cwd()) else FIGURE}")
    console.print(f"{len(cached) + 1} trainings, {time.perf_counter() - started:.1f} s")


def _energies(uncached: Record, best: Record) -> Table:
    table = Table(
        title="energy in the units of the paper", box=None, padding=(0, 2, 0, 0), pad_edge=False, title_justify="left"
    )
    for header in ("", "consolidation", "maintenance", "total", "× minimum"):
        table.add_column(header, justify="left" if not header else "right")
    for name, record in (("without caching", uncached), (f"caching, θ = {best.config['threshold']:.3g}", best)):
        energy = record.energy
        cells = (f"{energy[key]:,.0f}" for key in ("consolidation", "maintenance", "total"))
        table.add_row(name, *cells, f"{energy['inefficiency']:.1f}")
    minimal = f"{best.energy['minimal']:,.0f}"
    table.add_row("minimum", minimal, "0", minimal, "1.0")
    return table


def _joules(uncached: Record, best: Record) -> Table:
    table = Table(
        title="energy in joules (nominal)", box=None, padding=(0, 2, 0, 0), pad_edge=False, title_justify="left"
    )
    for header in (
        "memories",
        "without\ncaching",
        "\ncaching",
        "\nratio",
        "\nminimum",
        "hottest nonvolatile\ncell written less",
    ):
        table.add_column(header, justify="left" if header == "memories" else "right", no_wrap=True)
    for name in pair_names():
        if load_pair(name).unit == "arbitrary":
            continue
        before, after = uncached.price(name), best.price(name)
        joules = [_total(before), _total(after), _minimum(after, name)]
        shown = [engineering(x, "J") for x in joules]
        less = _hottest(uncached) / _hottest(best)
        table.add_row(name, *shown[:2], f"{joules[0] / joules[1]:.2g} ×", shown[2], f"{less:.0f} ×")
    return table


def _total(record: Record) -> float:
    return float((record.hardware or {})["joules"]["total"]["nominal"])


def _hottest(record: Record) -> int:
    return max(record.ledger.total.write_counts or (0,))


def _minimum(record: Record, pair: str) -> float:
    """Return the joules of writing the final weights once, directly, over the same range of weights."""
    assert record.weights is not None
    once = SynapticCache(np.zeros_like(record.weights), policy="immediate", threshold=0.0)
    once.accumulate(record.weights)
    once.end_step()
    point = (record.hardware or {})["operating_point"]
    bill = price(once.finish(), load_pair(pair), weight_range=(point["weight_min"], point["weight_max"]))
    return float(bill.to_dict()["joules"]["total"]["nominal"])


if __name__ == "__main__":
    main()
