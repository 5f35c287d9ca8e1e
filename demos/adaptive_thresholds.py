"""What adapting saves beyond the best fixed threshold: schedules of θ, competitive and lazy plasticity, and together.

Run ``.venv/bin/python demos/adaptive_thresholds.py`` (five minutes). Each variant gets the best (first) threshold that
`optimize` finds on five seeds, and is then compared with the best fixed threshold on twenty others, pair by pair.

A perceptron learns from errors only and its ±1 patterns change all synapses alike, so that of the three only schedules
concern it. The network learns digits until it tells more than `TARGET` of the held-out ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Column, Table

from lava_caching.experiments import get_experiment
from lava_caching.sweeps import optimize

Config = Mapping[str, Any]
TUNED_ON, COMPARED_ON = 5, range(100, 120)
SIZE, COSTS = 1000, (1e-4, 1e-3, 1e-2, 1e-1)
TARGET = 0.85
NETWORK: Config = {"learning_rate": 0.3, "target_accuracy": TARGET, "evaluate_every": 100, "max_epochs": 60}
SCHEDULES: dict[str, Config] = {
    "fixed": {},
    "error-rate": {"schedule": "error-rate", "schedule_steps": SIZE},  # averaged over an epoch
    "linear": {"schedule": "linear", "schedule_steps": SIZE**1.5},  # T of the theory for P = N
    "exponential": {"schedule": "exponential", "schedule_steps": SIZE**1.5 / 2},
}
COMPETING, LAZY = {"competing": 0.01}, {"lazy": True}
FOLLOWS = {"schedule": "error-rate", "schedule_steps": 1000}
RESTRICTED: dict[str, Config] = {
    "fixed θ": {},
    "error-rate": FOLLOWS,
    "competing": COMPETING,
    "lazy": LAZY,
    "error-rate, competing": {**FOLLOWS, **COMPETING},
    "error-rate, lazy": {**FOLLOWS, **LAZY},
    "competing, lazy": {**COMPETING, **LAZY},
    "all three": {**FOLLOWS, **COMPETING, **LAZY},
}


def energies(experiment: str, config: Config) -> NDArray[np.float64]:
    """Return the energy of a training on each of the seeds that are compared; NaN where one does not converge."""
    records = [get_experiment(experiment)(**config).run(seed=seed) for seed in COMPARED_ON]
    return np.array([r.energy["total"] if r.outcome["converged"] else np.nan for r in records])


def tuned(experiment: str, config: Config, low: float, high: float) -> Config:
    """Return the config with its best threshold."""
    best = optimize(experiment, config, seeds=TUNED_ON, low=low, high=high)
    return {**config, "threshold": best.threshold}


def saved(energy: NDArray[np.float64], fixed: NDArray[np.float64]) -> str:
    """Return what is saved in per cent, mean ± s.e.m. of the pairs."""
    share = 100.0 * (1.0 - energy / fixed)
    if np.isnan(share).any():
        return "-"
    return f"{share.mean():.1f} ± {share.std(ddof=1) / np.sqrt(share.size):.1f} %"


def table(title: str, headers: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    """Return a plain table, its first column to the left."""
    columns = [Column(header, justify="right" if k else "left") for k, header in enumerate(headers)]
    made = Table(*columns, title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for row in rows:
        made.add_row(*row)
    return made


def schedules_of_a_perceptron(console: Console, costs: Iterable[float]) -> Table:
    """Compare schedules at several maintenance costs."""
    rows = []
    for c in track(list(costs), "perceptron", console=console, transient=True):
        given: Config = {"n_inputs": SIZE, "n_patterns": SIZE, "maintenance_cost": c}
        found = {name: tuned("perceptron", {**given, **more}, 0.5, 300.0) for name, more in SCHEDULES.items()}
        measured = {name: energies("perceptron", config) for name, config in found.items()}
        gains = [saved(measured[name], measured["fixed"]) for name in SCHEDULES if name != "fixed"]
        rows.append([f"{c:g}", f"{measured['fixed'].mean():,.0f}", *gains])
    return table(
        f"perceptron, N = P = {SIZE}: saved beyond the best fixed θ",
        ["c", "energy, fixed θ", "error-rate", "linear", "exponential"],
        rows,
    )


def restrictions_of_a_network(console: Console, variants: Mapping[str, Config]) -> Table:
    """Compare a schedule, competitive and lazy plasticity, alone and together, with and without caching."""
    rows, fixed = [], None
    for name, more in track(list(variants.items()), "network", console=console, transient=True):
        config = tuned("mlp", {**NETWORK, **more}, 0.02, 2.0)
        energy = energies("mlp", config)
        fixed = energy if fixed is None else fixed
        bare = {key: value for key, value in more.items() if not key.startswith("schedule")}
        alone = energies("mlp", {**NETWORK, **bare, "policy": "immediate"})
        cells = ["-" if np.isnan(e).any() else f"{e.mean():,.0f}" for e in (alone, energy)]
        rows.append([name, *cells, saved(energy, fixed), f"{config['threshold']:.3g}"])
    return table(
        f"digits by back-propagation until {TARGET:.0%}: energies, and saved beyond the best fixed θ",
        ["", "no caching", "caching", "saved", "θ"],
        rows,
    )


def main(costs: Iterable[float] = COSTS, variants: Mapping[str, Config] = RESTRICTED) -> None:
    """Print both tables."""
    console, progress = Console(highlight=False), Console(stderr=True)
    console.print(schedules_of_a_perceptron(progress, costs))
    console.print()
    console.print(restrictions_of_a_network(progress, variants))
    console.print(f"energies in the units of the paper; means of {len(COMPARED_ON)} seeds, tuned on {TUNED_ON} others")


if __name__ == "__main__":
    main()
