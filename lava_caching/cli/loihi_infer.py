"""``lava-caching loihi infer``: a trained network as spiking layers of Lava, and the accuracy that this loses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from lava_caching.arrays import array_names, read_arrays
from lava_caching.cli.help import examples
from lava_caching.cli.options import Quiet, Verbose, named_as_options, size, whole
from lava_caching.cli.progress import FIRST_OF_MANY, ProgressBar
from lava_caching.cli.terminal import console, print_json
from lava_caching.datasets import load_images
from lava_caching.datasets.images import N_CLASSES
from lava_caching.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EXAMPLES", "infer"]

EXAMPLES = examples(
    "run mlp --weights-out digits.npz",
    "loihi infer digits.npz",
    "loihi infer mnist.npz --dataset mnist --n-images 200 --n-levels 64",
)
INTERRUPTED = 130
ARITHMETICS = {"floating_pt": "Lava, floating point", "fixed_pt": "Lava, fixed point"}


def infer(
    weights: Annotated[
        Path, typer.Argument(metavar="WEIGHTS.npz", help="Layers w1, w2, ... as run mlp --weights-out writes them.")
    ],
    dataset: Annotated[
        str, typer.Option(metavar="NAME|DIR|FILE", help="Whose held-out images: digits, mnist, a folder, a file.")
    ] = "digits",
    n_images: Annotated[str, typer.Option(metavar="INT", help="How many of them at most, the first ones.")] = "1000",
    n_levels: Annotated[
        str, typer.Option(metavar="INT", help="Steps in which a neuron can spike: levels of its activity.")
    ] = "32",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show held-out images to a trained network as Dense and LIF layers of Lava, and report the accuracy lost.

    Each logistic unit becomes a spiking neuron. Lava runs in floating point and in fixed point, the integers of Loihi;
    both are compared with the trained network itself, on the same images.
    """
    from lava_caching.engines.mlp import evidence
    from lava_caching.processes.inference import InferenceNetwork, with_biases
    from lava_caching.processes.lava_needed import require_lava

    require_lava("inference in Lava")
    most, steps = size("--n-images", n_images), whole("--n-levels", n_levels)
    held_out = load_images(dataset)
    layers = _layers(weights)
    x, y = held_out.inputs(held_out.x_test[:most]), held_out.y_test[:most]
    try:
        biases = with_biases(layers, held_out.n_inputs)
    except InputError as error:
        raise InputError(f"{weights} on {dataset}: {error}") from None
    if len(layers[-1]) != N_CLASSES:
        raise InputError(f"{weights} ends in {len(layers[-1])} units: must be {N_CLASSES}, one for each digit")
    answers = {"trained": evidence(layers, x, biases=biases).argmax(axis=1)}
    with (
        named_as_options(("n_levels",)),
        ProgressBar("loihi infer", quiet=quiet, verbose=verbose, first=FIRST_OF_MANY) as monitor,
    ):
        for k, tag in enumerate(ARITHMETICS):

            def both(n_done: int, n_total: int, what: str, k: int = k) -> bool:
                return monitor(k * n_total + n_done, len(ARITHMETICS) * n_total, what)

            network = InferenceNetwork(layers, x, tag=tag, n_levels=steps)  # type: ignore[arg-type]
            answers[tag] = network.evidence(both).argmax(axis=1)
            if monitor.interrupted:
                raise typer.Exit(INTERRUPTED)
    told: dict[str, Any] = {
        "weights": str(weights),
        "dataset": dataset,
        "n_images": len(x),
        "n_held_out": len(held_out.x_test),
        "n_levels": steps,
        "n_steps_per_image": network.period,
        "layers": [held_out.n_inputs, *(len(w) for w in layers)],
        "accuracy": {name: float((given == y).mean()) for name, given in answers.items()},
        "n_changed": {tag: int((answers[tag] != answers["trained"]).sum()) for tag in ARITHMETICS},
    }
    if as_json:
        print_json(json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(told)


def _layers(path: Path) -> list[NDArray[np.float64]]:
    """Read w1, w2, ... of a file that holds nothing else."""
    stored = array_names(path)
    names = [f"w{k + 1}" for k in range(len(stored))]
    if "w1" in stored and set(stored) != set(names):
        raise InputError(
            f"{path} holds {', '.join(sorted(stored))}: must hold {', '.join(names)} and nothing else, biases as the"
            " last column of each"
        )
    return read_arrays(path, names if "w1" in stored else ["w1"])


def _print(told: dict[str, Any]) -> None:
    screen = console()
    network, n = "-".join(str(size) for size in told["layers"]), told["n_images"]
    of = "" if n == told["n_held_out"] else f" of {told['n_held_out']:,}"
    screen.print(Text.assemble((network, "bold"), f"  {n:,}{of} held-out images of {told['dataset']}"))
    screen.print(f"{told['n_levels']} levels of activity, {told['n_steps_per_image']} steps of Lava an image")
    screen.print()
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for header in ("", "accuracy", "change", "other answers"):
        table.add_column(header, justify="right" if header else "left")
    trained = told["accuracy"]["trained"]
    table.add_row("trained network", f"{trained:.2%}", "", "")
    for tag, title in ARITHMETICS.items():
        accuracy = told["accuracy"][tag]
        change = f"{100 * (accuracy - trained):+.2f} points"
        table.add_row(title, f"{accuracy:.2%}", change, f"{told['n_changed'][tag]:,}")
    screen.print(table)
