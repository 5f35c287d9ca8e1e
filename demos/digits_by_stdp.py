"""A layer of spiking neurons with lateral inhibition learns digits by itself, with and without synaptic caching.

Run ``.venv/bin/python demos/digits_by_stdp.py`` (a minute). 64 inputs spike with the grey values of an 8 × 8
digit; the neuron that is furthest above its threshold spikes, silences the others and learns: at its spike, weights of
inputs that have just spiked grow and all others shrink, w ← w + η (trace − w). Its threshold rises with each spike, so
that all neurons get their turn (after Diehl & Cook 2015, doi:10.3389/fncom.2015.00099). Labels are used at the end
only, to name each neuron by the digit that it answers most.

The weights lie in a `SynapticCache`, as in any loop of one's own: `accumulate` and `settle` at each spike, `end_step`
after each image. The transient part decays, so caching does change what is learned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Column, Table

from lava_caching import CostFunctional, Ledger, SynapticCache
from lava_caching.cli.hardware import engineering
from lava_caching.datasets import load_images
from lava_caching.hardware import load_pair, price
from lava_caching.report.fields import draw_receptive_fields

Array = NDArray[np.float64]
N_NEURONS, N_EPOCHS = 80, 3
N_STEPS = 60
"""Steps an image is shown."""
RATE, NORM = 0.5, 4.0
"""Chance of a spike per step at grey value 1, after the image was brought to this Euclidean norm."""
LEAK, TRACE_LEAK = 0.98, 0.95
START_THRESHOLD, RISE, FALL = 6.0, 0.1, 0.9999
LEARNING_RATE = 0.02
TAU = 1000.0
"""Of the transient part, in images."""
THRESHOLDS = (0.1, 0.2, 0.4)
DRAWN = 0.2
COST = CostFunctional(maintenance_cost=1e-4)
PAIRS = ("sram_rram_22nm", "digital_rram_verify")
FIGURE = Path(__file__).parent / "out" / "receptive_fields.png"


@dataclass
class Layer:
    """Neurons that inhibit one another; their thresholds adapt."""

    cache: SynapticCache
    thresholds: Array = field(default_factory=lambda: np.full(N_NEURONS, START_THRESHOLD))

    def show(self, image: Array, rng: np.random.Generator, *, learn: bool) -> NDArray[np.int64]:
        """Show an image, and return how often each neuron spiked."""
        arrived = rng.random((N_STEPS, image.size)) < RATE * NORM * image / np.linalg.norm(image)
        weights = self.cache.effective
        drive = arrived @ weights.T
        counts, v, trace = np.zeros(len(weights), np.int64), np.zeros(len(weights)), np.zeros(image.size)
        for step in range(N_STEPS):
            v = LEAK * v + drive[step]
            trace = TRACE_LEAK * trace + (1.0 - TRACE_LEAK) * arrived[step]
            winner = int(np.argmax(v - self.thresholds))
            if v[winner] <= self.thresholds[winner]:
                continue
            counts[winner] += 1
            v[:] = 0.0  # it resets itself and silences the others
            if learn:
                self.thresholds[winner] += RISE
                change = np.zeros(weights.shape)
                change[winner] = LEARNING_RATE * (trace / RATE - weights[winner])
                self.cache.accumulate(change)
                self.cache.settle()
                weights[winner] = self.cache.effective[winner]
                drive[step + 1 :, winner] = arrived[step + 1 :] @ weights[winner]
        if learn:
            self.thresholds = START_THRESHOLD + (self.thresholds - START_THRESHOLD) * FALL
            self.cache.end_step()
        return counts


@dataclass(frozen=True)
class Learned:
    """What a layer has learned: share of held-out digits told rightly, weights, names of the neurons, account."""

    accuracy: float
    weights: Array
    names: NDArray[np.int64]
    ledger: Ledger


def learn(policy: str, threshold: float, n_images: int = 1437, n_epochs: int = N_EPOCHS) -> Learned:
    """Show the digits, then name the neurons, then let them vote on the digits held out."""
    images, rng = load_images("digits"), np.random.default_rng(0)
    x, y = images.inputs(images.x_train[:n_images]), images.y_train[:n_images]
    start = rng.uniform(0.1, 0.3, (N_NEURONS, images.n_inputs))
    layer = Layer(SynapticCache(start, policy=policy, threshold=threshold, tau=TAU, order="mlp", bounds=(0.0, 1.0)))
    console = Console(stderr=True)
    for image in track(np.tile(x, (n_epochs, 1)), f"{policy}, θ = {threshold:g}", console=console, transient=True):
        layer.show(image, rng, learn=True)
    answers = np.zeros((10, N_NEURONS))
    for image, label in zip(x, y, strict=True):
        answers[label] += layer.show(image, rng, learn=False)
    names = (answers / np.maximum(np.bincount(y, minlength=10), 1)[:, np.newaxis]).argmax(axis=0)
    votes = [
        np.bincount(names, layer.show(image, rng, learn=False), minlength=10).argmax()
        for image in images.inputs(images.x_test)
    ]
    return Learned(float(np.mean(votes == images.y_test)), layer.cache.effective, names, layer.cache.finish())


def main(n_images: int = 1437, n_epochs: int = N_EPOCHS) -> None:
    """Learn without and with caching, compare, and draw what was learned."""
    console = Console(highlight=False)
    headers = (
        "",
        "accuracy",
        "persistent\nwrites",
        "energy\n(paper)",
        *(name.replace("_", "_\n", 1) for name in PAIRS),
    )
    table = Table(
        *(Column(header, justify="right" if k else "left") for k, header in enumerate(headers)),
        title=f"{N_NEURONS} neurons, {n_epochs} × {n_images:,} digits, no labels",
        title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False,
    )  # fmt: skip
    runs = {0.0: learn("immediate", 0.0, n_images, n_epochs)}
    runs |= {threshold: learn("local-global", threshold, n_images, n_epochs) for threshold in THRESHOLDS}
    for threshold, run in runs.items():
        joules = [price(run.ledger, load_pair(name)).total for name in PAIRS]
        table.add_row(
            f"θ = {threshold:g}" if threshold else "no caching",
            f"{run.accuracy:.1%}",
            f"{run.ledger.total.n_persistent_writes:,}",
            f"{COST.price(run.ledger).total:,.0f}",
            *("unknown" if total is None else engineering(total.nominal, "J") for total in joules),
        )
    console.print(table)
    console.print(f"energy in units of weight, c = {COST.maintenance_cost:g} per image, τ = {TAU:g} images")
    console.print("joules where an image takes 1 µs")
    console.print("Caching must not wait too long: what it has not consolidated decays.")
    shown = runs[DRAWN]
    FIGURE.parent.mkdir(exist_ok=True)
    draw_receptive_fields(
        shown.weights, (8, 8), FIGURE, labels=shown.names.tolist(), title=f"learned with θ = {DRAWN:g}"
    )
    console.print(f"figure: {FIGURE.relative_to(Path.cwd()) if FIGURE.is_relative_to(Path.cwd()) else FIGURE}")


if __name__ == "__main__":
    main()
