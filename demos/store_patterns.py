"""Store 1000 patterns in 1000 synapses, with and without synaptic caching, and see what the learning cost.

Run ``make demo`` or ``python demos/store_patterns.py``. One training per threshold; every price, in the units of the
paper and in joules on each pair of memories, is then taken from the same finished records. At last the same patterns, a
few, go through every engine, real Lava Processes among them, and their accounts stand side by side.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console, Group
from rich.progress import track
from rich.table import Table
from rich.text import Text

from lava_caching import Perceptron, Record, SynapticCache
from lava_caching.cli.hardware import engineering
from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine, textbook_of
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.errors import MissingError
from lava_caching.hardware import load_pair, pair_names, price
from lava_caching.plasticity import get_rule
from lava_caching.report.threshold import draw_energy_against_threshold
from lava_caching.testing import differences

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
    cached = [train("local-global", float(x)) for x in _tracked(thresholds)]
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
    _side_by_side(console)


def _tracked(thresholds: Iterable[float]) -> Iterator[float]:
    """Yield them with a bar on a terminal; elsewhere even a bar that goes away would leave an empty line."""
    screen = Console(stderr=True)
    yield from track(thresholds, "training", console=screen, transient=True, disable=not screen.is_terminal)


def _titled(title: str, table: Table) -> Group:
    """Return a table under its title; Rich's own titles are filled up with blanks."""
    return Group(Text(title, style="italic"), table)


def _energies(uncached: Record, best: Record) -> Group:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for header in ("", "consolidation", "maintenance", "total", "× minimum"):
        table.add_column(header, justify="left" if not header else "right")
    for name, record in (("without caching", uncached), (f"caching, θ = {best.config['threshold']:.3g}", best)):
        energy = record.energy
        cells = (f"{energy[key]:,.0f}" for key in ("consolidation", "maintenance", "total"))
        table.add_row(name, *cells, f"{energy['inefficiency']:.1f}")
    minimal = f"{best.energy['minimal']:,.0f}"
    table.add_row("minimum", minimal, "0", minimal, "1.0")
    return _titled("energy in the units of the paper", table)


def _joules(uncached: Record, best: Record) -> Group:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
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
        before, after = uncached.price(name), best.price(name)
        without, with_cache = _total(before), _total(after)
        if without is None or with_cache is None:  # units of the paper, or an action that nobody has priced
            continue
        joules = [without, with_cache, _minimum(after, name)]
        shown = [engineering(x, "J") for x in joules]
        less = _hottest(uncached) / _hottest(best)
        table.add_row(name, *shown[:2], f"{joules[0] / joules[1]:.2g} ×", shown[2], f"{less:.0f} ×")
    return _titled("energy in joules (nominal)", table)


def _side_by_side(console: Console) -> None:
    """Train the same few patterns on every engine, and show that the accounts agree."""
    rng = np.random.default_rng(2)
    n_inputs, n_patterns = 50, 40
    task = PerceptronTask(
        patterns=np.hstack([(rng.random((n_patterns, n_inputs)) < 0.5).astype(float), np.ones((n_patterns, 1))]),
        targets=rng.choice([-1.0, 1.0], n_patterns),
        rule=get_rule("perceptron"),
        policy=get_policy("local-local").adapted(amount="pulse", quantum=1.0),
        threshold=2.0,
        tau=None,
        learning_rate=1.0,
        max_epochs=100,
    )
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for header in (
        "",
        "arith-\nmetic",
        "\nepochs",
        "\nupdates",
        "consoli-\ndations",
        "persistent\nwrites",
        "\nM1",
        "ms per pre-\nsentation",
    ):
        table.add_column(header, justify="left" if header in ("", "arith-\nmetic") else "right", no_wrap=True)
    fixed = get_engine("perceptron", "lava-fixed")
    whole = {"textbook": textbook_of("perceptron", fixed), "lava-fixed": fixed}
    whole["loihi-native"] = get_engine("perceptron", "loihi-native")
    groups = {"floats": {name: get_engine("perceptron", name) for name in ("numba", "lava")}, "whole": whole}
    console.print(
        f"\n[bold]Engine beside engine[/]: {n_patterns} patterns in {n_inputs} synapses, local-local caching of pulses"
    )
    try:
        for arithmetic, engines in groups.items():
            for name, row in _rows(engines, task):
                table.add_row(name, arithmetic, *row)
    except MissingError as missing:
        console.print(str(missing))
        return
    console.print(table)
    console.print(
        "In floats lava agrees with numba, in whole numbers lava-fixed and loihi-native\n"
        "(stock LearningDense of Lava) with their textbook, in every entry of the ledger.\n"
        "All learn the same; in whole numbers, as on Loihi, a synapse above the threshold\n"
        "gives a pulse in every presentation, one later, and not only after an error."
    )


def _rows(engines: dict[str, Any], task: PerceptronTask) -> Iterator[tuple[str, list[str]]]:
    """Train on each engine and yield its account; it must be that of the first, to 1e-9."""
    first: PerceptronResult | None = None
    for name, train in engines.items():
        started = time.perf_counter()
        result = train(task)
        seconds = time.perf_counter() - started
        first = first or result
        wrong = differences(result.ledger.to_dict(), first.ledger.to_dict(), relative=1e-9, where=name)
        assert not wrong, wrong[0]
        total = result.ledger.total
        counts = (len(result.errors), total.n_updates, total.n_consolidations, total.n_persistent_writes)
        per_presentation = 1e3 * seconds / (total.n_steps or 1)
        yield name, [*map(str, counts), f"{total.persistent_change_l1:g}", f"{per_presentation:.2g}"]


def _total(record: Record) -> float | None:
    joules = (record.hardware or {})["joules"]
    return None if joules is None else joules["total"]["nominal"]


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
