"""``lava-caching run EXPERIMENT``: one command per experiment, one option per field of its config."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lava_caching.cli.options import Hardware, Out, StepDuration, WeightRange, command_of, parse_range
from lava_caching.cli.progress import ProgressBar
from lava_caching.cli.tables import print_record
from lava_caching.experiments import Experiment, experiment_names, get_experiment
from lava_caching.files import check_writable, write_atomically

__all__ = ["app"]

app = typer.Typer(help="Run an experiment and see what the learning cost.", no_args_is_help=True, rich_markup_mode=None)

INTERRUPTED = 130


def execute(
    experiment: type[Experiment],
    fields: dict[str, Any],
    *,
    engine: Annotated[str, typer.Option(metavar="ENGINE", help="reference or numba.")] = "numba",
    seed: Annotated[int, typer.Option(metavar="INT", help="Seed of the run's random generator.")] = 0,
    hardware: Hardware = None,
    step_duration: StepDuration = None,
    weight_range: WeightRange = None,
    out: Out = None,
    weights_out: Annotated[
        Path | None, typer.Option(metavar="FILE.npz", help="Write the trained weights here (array w).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Run one experiment; files are checked before and written whole."""
    for path in (out, weights_out):
        if path is not None:
            check_writable(path)
    asked = experiment(**fields)
    with ProgressBar(experiment.name, quiet=quiet) as monitor:
        record = asked.run(
            engine=engine,
            seed=seed,
            hardware=hardware,
            step_duration_s=step_duration,
            weight_range=parse_range(weight_range),
            monitor=monitor,
        )
    if out is not None:
        record.save(out)
    if weights_out is not None:
        _save_weights(weights_out, record.weights)
    if as_json:
        print(record.to_json())
    else:
        print_record(record)
    if record.outcome["interrupted"]:
        raise typer.Exit(INTERRUPTED)


def _save_weights(path: Path, weights: Any) -> None:
    import io

    import numpy as np

    content = io.BytesIO()
    np.savez(content, w=weights)
    write_atomically(path, content.getvalue())


for _name in experiment_names():
    app.command(_name)(command_of(get_experiment(_name), execute))
