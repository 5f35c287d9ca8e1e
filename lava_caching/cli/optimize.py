"""``lava-caching optimize EXPERIMENT``: the best threshold for a config, and what it is worth."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from lava_caching.cli.by_experiment import ByExperiment
from lava_caching.cli.help import examples
from lava_caching.cli.options import LARGEST, Hardware, Quiet, Verbose, named_as_options, number, whole
from lava_caching.cli.outputs import check_outputs, inputs_of_fields, inputs_of_hardware, written_fields
from lava_caching.cli.progress import FIRST_OF_MANY, ProgressBar
from lava_caching.cli.run import load_engine
from lava_caching.cli.terminal import console, print_json
from lava_caching.engines import engine_names
from lava_caching.errors import InputError, unknown
from lava_caching.experiments import Experiment

if TYPE_CHECKING:
    from lava_caching.sweeps import Optimum

__all__ = ["app"]

UNITS = {"energy": "paper", "joules": "J", "time": "presentations", "accuracy": "", "lifetime": "s"}
FIELDS = ("low", "high", "seeds", "workers", "objective")


def execute(
    experiment: type[Experiment],
    fields: dict[str, Any],
    *,
    engine: str = "numba",
    objective: Annotated[
        str,
        typer.Option(
            metavar="NAME[,NAME]", help=f"Of {', '.join(UNITS)}: the first is optimised, all make the Pareto set."
        ),
    ] = "energy",
    seeds: Annotated[str, typer.Option(metavar="INT", help="Trainings at each threshold.")] = "5",
    low: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Least threshold tried (a 30th of the default one).")
    ] = None,
    high: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Largest threshold tried (30 times the default one).")
    ] = None,
    workers: Annotated[str, typer.Option(metavar="INT", help="Processes on this machine.")] = "1",
    hardware: Hardware = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Try thresholds on common seeds, first far apart, then around the best."""
    from lava_caching.sweeps import optimize

    if engine not in engine_names(experiment.name):
        raise unknown(f"engine of {experiment.name}", engine, engine_names(experiment.name))
    counts = {name: whole(f"--{name}", text) for name, text in (("seeds", seeds), ("workers", workers))}
    for name, count in counts.items():
        if count > LARGEST:
            raise InputError(f"--{name} = {count}: must be at most {LARGEST:,}")
    check_outputs(written_fields(fields), [*inputs_of_fields(experiment, fields), *inputs_of_hardware(hardware)])
    names = tuple(name.strip() for name in objective.split(","))
    with (
        named_as_options((*experiment.model_fields, *FIELDS)),
        ProgressBar("optimize", quiet=quiet, verbose=verbose, first=FIRST_OF_MANY) as monitor,
    ):
        load_engine(experiment.name, engine)
        best = optimize(
            experiment.name,
            fields,
            objectives=names,
            **counts,
            low=number("--low", low),
            high=number("--high", high),
            engine=engine,
            hardware=hardware,
            monitor=monitor,
        )
    if as_json:
        print_json(json.dumps(_plain(best, names), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(best, names, counts["seeds"])
        if "target_accuracy" in experiment.model_fields and "target_accuracy" not in fields and "accuracy" not in names:
            console().print("without --target-accuracy, what learns less costs less: name one, or --objective accuracy")


def _plain(best: Optimum, names: tuple[str, ...]) -> dict[str, Any]:
    def told(value: float) -> float | None:
        return None if math.isnan(value) else float(value)

    rows = []
    for i, theta in enumerate(best.thresholds):
        means = {name: told(best.mean(name)[i]) for name in names}
        errors = {name: told(best.standard_error(name)[i]) for name in names}
        is_candidate = bool(best.candidates[i])
        rows.append({"threshold": float(theta), "mean": means, "standard_error": errors, "candidate": is_candidate})
    found = {"threshold": best.threshold, "interval": best.interval, "pareto": best.pareto, "n_runs": best.n_runs}
    return {"objectives": list(names), **found, "tried": rows}


def _print(best: Optimum, names: tuple[str, ...], n_seeds: int) -> None:
    screen = console()
    within = (
        ""
        if best.interval is None
        else f", {best.interval[0]:.3g} to {best.interval[1]:.3g} in 95 % of resampled seeds"
    )
    screen.print(f"best θ = {best.threshold:.4g}{within}")
    screen.print()
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    headers = [f"{name} ({UNITS[name]})" if UNITS[name] else name for name in names]
    for header in ("", "θ", *headers, ""):
        table.add_column(header, justify="right" if header else "left")
    for i, theta in enumerate(best.thresholds):
        cells = [_cell(best.mean(name)[i], best.standard_error(name)[i]) for name in names]
        remark = "" if best.candidates[i] else "not all converge"
        if len(names) > 1 and float(theta) in best.pareto:
            remark = "Pareto"
        table.add_row("*" if theta == best.threshold else "", f"{theta:.4g}", *cells, remark)
    screen.print(table)
    if best.threshold in (best.thresholds[0], best.thresholds[-1]):
        screen.print("the best is at the end of what was tried: --low or --high go further")
    most = "largest" if names[0] in ("accuracy", "lifetime") else "least"
    n_own = best.values[names[0]].shape[1]
    of_what = f"means ± s.e.m. of {n_own} seeds" if n_own > 1 else "one run each"
    screen.print(f"* {most} {names[0]}; {of_what}, {best.n_runs} runs")
    if n_own < n_seeds:
        screen.print("every seed gave the same, for nothing is drawn here: one run tells all")


def _cell(mean: float, error: float) -> str:
    if math.isnan(mean):
        return "unknown"
    return f"{mean:,.4g}" if math.isnan(error) else f"{mean:,.4g} ± {error:.2g}"


class _Experiments(ByExperiment):
    EXECUTE = staticmethod(execute)

    @staticmethod
    def examples_of(name: str) -> str:
        return examples(f"optimize {name} --seeds 3")


app = typer.Typer(
    cls=_Experiments,
    help="Find the threshold with the least energy, or another objective.",
    epilog=examples(
        "optimize perceptron --maintenance-cost 0.001",
        "optimize mlp --target-accuracy 0.85 --objective energy,accuracy,lifetime",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)
