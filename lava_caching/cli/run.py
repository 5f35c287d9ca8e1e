"""``lava-caching run EXPERIMENT``: one command per experiment, one option per field of its config."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from lava_caching.checking import LARGEST_RECORD
from lava_caching.cli.by_experiment import ByExperiment
from lava_caching.cli.help import examples
from lava_caching.cli.options import (
    Hardware,
    Out,
    Quiet,
    StepDuration,
    Verbose,
    WeightRange,
    named_as_options,
    number,
    parse_range,
    whole,
)
from lava_caching.cli.outputs import check_outputs, inputs_of_fields, inputs_of_hardware, written_fields
from lava_caching.cli.progress import ProgressBar
from lava_caching.cli.tables import print_record
from lava_caching.cli.terminal import print_json, say
from lava_caching.engines import engine_names, get_engine
from lava_caching.errors import unknown
from lava_caching.experiments import Experiment
from lava_caching.files import write_atomically
from lava_caching.hardware import default_pair, load_pair
from lava_caching.hardware.operating import operating_point

__all__ = ["app", "load_engine"]

INTERRUPTED = 130
LOST = {
    "n_saturated": "a weight or tag met the limit of its 8 bits, and changes were lost: use a smaller --weight-scale",
    "n_rounded": "a third factor was no whole multiple of the learning rate up to 127, and was rounded",
}
"""What whole numbers may lose, by the entry of the outcome that counts it; never silent."""
EXAMPLES = {
    "perceptron": (
        "run perceptron --threshold 5 --maintenance-cost 0.001",
        "run perceptron --patterns mine.npz --out record.json",
    ),
    "mlp": ("run mlp --max-epochs 3", "run mlp --dataset mnist --target-accuracy 0.93"),
    "spiking": ("run spiking", "run spiking --n-patterns 5 --policy at-end --out record.json"),
    "tagging": ("run tagging --delay 100", "run tagging --policy global-global --threshold 0.9"),
    "replay": ("run replay --updates log.npz --threshold 0.05 --out record.json",),
}


def execute(
    experiment: type[Experiment],
    fields: dict[str, Any],
    *,
    engine: str = "numba",
    seed: Annotated[str, typer.Option(metavar="INT", help="Seed of the run's one random generator.")] = "0",
    hardware: Hardware = None,
    step_duration: StepDuration = None,
    weight_range: WeightRange = None,
    out: Out = None,
    weights_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz", help="Write the trained weights here, as w, or w1, w2, ... of several layers."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record and nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run one experiment; everything is checked before, and files are written whole."""
    if engine not in engine_names(experiment.name):
        raise unknown(f"engine of {experiment.name}", engine, engine_names(experiment.name))
    started = whole("--seed", seed)
    seconds, weights = number("--step-duration", step_duration), parse_range(weight_range)
    operating_point(
        load_pair(default_pair() if hardware is None else hardware), step_duration_s=seconds, weight_range=weights
    )
    with named_as_options(experiment.model_fields):
        asked = experiment(**fields)
        check_outputs(
            {**written_fields(fields), "--out": out, "--weights-out": weights_out},
            [*inputs_of_fields(experiment, fields), *inputs_of_hardware(hardware)],
        )
        with ProgressBar(experiment.name, quiet=quiet, verbose=verbose) as monitor:
            if verbose:
                settings = (f"{name} {value}" for name, value in asked.model_dump().items() if value is not None)
                say(f"{experiment.name}: engine {engine}, seed {started}, {', '.join(settings)}")
            load_engine(experiment.name, engine)
            record = asked.run(
                engine=engine,
                seed=started,
                hardware=hardware,
                step_duration_s=seconds,
                weight_range=weights,
                monitor=monitor,
            )
    for name, meaning in LOST.items():
        if record.outcome.get(name):
            say(f"note: {record.outcome[name]:,} times {meaning}")
    text = record.to_json()
    if out is not None:
        record.save(out)
        if out.stat().st_size > LARGEST_RECORD:
            say(f"note: {out} is larger than {LARGEST_RECORD // 2**20} MiB, the most that is read of a record")
    if weights_out is not None:
        content = io.BytesIO()
        layers = record.weights if isinstance(record.weights, tuple) else None
        arrays = {"w": np.asarray(record.weights)} if layers is None else {f"w{k + 1}": w for k, w in enumerate(layers)}
        np.savez(content, **arrays)
        write_atomically(weights_out, content.getvalue())
    if as_json:
        print_json(text)
    else:
        print_record(record)
    if record.outcome["interrupted"]:
        raise typer.Exit(INTERRUPTED)


def load_engine(experiment: str, engine: str) -> None:
    """Load the engine; numba, which our kernels use without BLAS, need not load a scipy that is installed (0.1 s)."""
    hide = engine == "numba" and "scipy" not in sys.modules
    if hide:
        sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        get_engine(experiment, engine)
    finally:
        if hide:
            del sys.modules["scipy"]


class _Experiments(ByExperiment):
    EXECUTE = staticmethod(execute)

    @staticmethod
    def examples_of(name: str) -> str:
        return examples(*EXAMPLES.get(name, (f"run {name} --out record.json",)))


app = typer.Typer(
    cls=_Experiments,
    help="Run an experiment and see what the learning cost.",
    epilog=examples("run perceptron --n-inputs 500 --n-patterns 400", "run perceptron --help"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
