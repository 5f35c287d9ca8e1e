"""A spiking neuron learns from a teacher: what caching saves, and how a strong pathway captures a weak one's tags.

Run ``.venv/bin/python demos/spikes.py [--seeds 20]`` (a minute). The first table is Fig. 2 supplement 1 of Li & van
Rossum (2020), doi:10.7554/eLife.50804: energy without caching, with ideal caching (no decay, no cost, consolidated at
the end), which reaches the minimum, and with a threshold of 0.05 g_max. Runs that did not converge, whose classes are
not told apart, or that cannot be tested stand in the table and in its means.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Column, Table

from lava_caching import Record, Spiking, Tagging
from lava_caching.report.tagging import draw_tagging

N_PATTERNS = (1, 5, 10, 15)
DELAYS = (0, 10, 25, 50, 100, 200, 500)
TAGGING = {"neuron-wide, any |s| > θ": ("local-global", 0.2), "neuron-wide, Σ|s| > θ": ("global-global", 0.9)}
TAGGING["synapse-wide"] = ("local-local", 0.2)
FIGURE = Path(__file__).parent / "out" / "tagging.png"


def main(n_seeds: int = 20, n_patterns: tuple[int, ...] = N_PATTERNS, delays: tuple[int, ...] = DELAYS) -> None:
    """Print both tables and draw the figure."""
    console = Console(highlight=False)
    console.print(energies(n_seeds, n_patterns))
    records = {label: tagging(*asked, n_seeds, delays) for label, asked in TAGGING.items()}
    console.print(captures(records))
    console.print(
        "Strong before weak captures nothing: a consolidation takes no time here, while\n"
        "in slices of brain the products of a strong stimulation stay for hours."
    )
    FIGURE.parent.mkdir(exist_ok=True)
    example = next(r for r in records["neuron-wide, any |s| > θ"] if r.config["delay"] == delays[len(delays) // 2])
    draw_tagging(example, records, FIGURE)
    console.print(f"figure: {FIGURE.relative_to(Path.cwd()) if FIGURE.is_relative_to(Path.cwd()) else FIGURE}")


def energies(n_seeds: int, n_patterns: tuple[int, ...]) -> Table:
    """Teach 1, 5, ... patterns and compare energies in g_max, means over the seeds."""
    table = _table(
        f"\nSTDP with a teacher, means of {n_seeds} seeds, energy in g_max",
        "P", "without\ncaching", "ideal", "saved", "θ = 0.05", "saved", "con-\nverged", "told\napart", "not\napart",
        "un-\ntestable",
    )  # fmt: skip
    for n in n_patterns:
        ideal = [Spiking(n_patterns=n, policy="at-end").run(seed=s) for s in _track(n_seeds, f"{n} patterns")]
        cached = [Spiking(n_patterns=n).run(seed=s) for s in range(n_seeds)]
        direct = [record.outcome["direct_l1"] for record in ideal]  # weights do not depend on the policy: no decay
        success = [record.outcome["success"] for record in ideal]
        table.add_row(
            str(n),
            f"{np.mean(direct):.1f}",
            f"{_energy(ideal).mean():.2f}",
            f"{np.mean(1 - _energy(ideal) / direct):.1%}",
            f"{_energy(cached).mean():.2f}",
            f"{np.mean(1 - _energy(cached) / direct):.1%}",
            str(sum(bool(record.outcome["converged"]) for record in ideal)),
            *(str(success.count(kind)) for kind in ("passed", "failed", "untestable")),
        )
    return table


def tagging(policy: str, threshold: float, n_seeds: int, delays: tuple[int, ...]) -> list[Record]:
    """Stimulate a weak and, after each delay, a strong pathway."""
    asked = [(delay, seed) for delay in delays for seed in range(n_seeds)]
    return [Tagging(policy=policy, threshold=threshold, delay=delay).run(seed=seed) for delay, seed in asked]


def captures(records: dict[str, list[Record]]) -> Table:
    """Return the captured fraction against the delay."""
    delays = sorted({record.config["delay"] for record in next(iter(records.values()))})
    table = _table("\nfraction of the tags captured, by delay/τ", "policy", *(f"{delay / 100:g}" for delay in delays))
    for label, own in records.items():
        means = [np.mean([r.outcome["captured_fraction"] for r in own if r.config["delay"] == d]) for d in delays]
        table.add_row(label, *(f"{mean:.3f}" for mean in means))
    return table


def _energy(records: list[Record]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([float(record.energy["total"]) for record in records])


def _track(n: int, what: str) -> Iterable[int]:
    return track(range(n), what, console=Console(stderr=True), transient=True)


def _table(title: str, *headers: str) -> Table:
    columns = [Column(header, justify="right" if k else "left") for k, header in enumerate(headers)]
    return Table(*columns, title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="trainings of each kind")
    main(parser.parse_args().seeds)
