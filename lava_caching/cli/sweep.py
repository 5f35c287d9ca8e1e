"""``lava-caching sweep PLAN.toml``: all runs of a plan, on all cores or on a cluster, kept in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from lava_caching.cli.help import examples
from lava_caching.cli.options import Quiet, Verbose, named_as_options, size
from lava_caching.cli.outputs import inputs_of_hardware, refuse_overwriting
from lava_caching.cli.progress import FIRST_OF_SWEEP, ProgressBar
from lava_caching.cli.run import load_engine
from lava_caching.cli.terminal import console, print_json, say
from lava_caching.errors import InputError

if TYPE_CHECKING:
    from lava_caching.sweeps import Summary

__all__ = ["EXAMPLES", "INTERRUPTED", "Quiet", "Scheduler", "Workers", "processes", "sweep"]

EXAMPLES = examples(
    "sweep plan.toml --out thresholds",
    "sweep plan.toml --out thresholds --resume --workers 8",
    "sweep plan.toml --out thresholds --scheduler tcp://10.0.0.7:8786",
)
INTERRUPTED = 130
SHOWN = 5
Workers = Annotated[
    str | None, typer.Option(metavar="INT", help="Processes on this machine.  [default: one for each core]")
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Use the workers of a Dask scheduler that is running.")
]


def processes(workers: str | None, scheduler: str | None) -> int | None:
    """Read how many processes are asked for on this machine; a cluster has its own."""
    if workers is not None and scheduler is not None:
        raise InputError(
            f"--workers = {workers} and --scheduler = {scheduler}: a cluster has its own; give one of them"
        )
    return None if workers is None else size("--workers", workers)


def sweep(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.toml", help="What to run, see the README.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the results, absent or empty.")],
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Annotated[bool, typer.Option("--resume", help="Skip what the folder holds, after checking it.")] = False,
    max_tasks: Annotated[str, typer.Option(metavar="INT", help="Refuse plans of more tasks.")] = "100000",
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary as JSON and nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run every task of a plan and keep a row and a curve of each, as Parquet.

    The folder can be read at any time: runs/*.parquet has a row for each finished task, curve/*.parquet their curves. A
    sweep that was stopped, however, goes on with --resume; what is damaged is found by its checksum and done again.
    """
    from lava_caching.sweeps import read_plan, run_sweep

    n_workers = processes(workers, scheduler)
    most = size("--max-tasks", max_tasks)
    asked = read_plan(plan)
    refuse_overwriting({"--out": out / "manifest.json"}, [("the plan", plan), *inputs_of_hardware(asked.hardware)])
    with (
        named_as_options(("scheduler", "max_tasks")),
        ProgressBar("sweep", quiet=quiet, verbose=verbose, first=FIRST_OF_SWEEP) as monitor,
    ):
        load_engine(asked.experiment, asked.engine)
        summary = run_sweep(
            asked,
            out,
            workers=n_workers,
            scheduler=scheduler,
            resume=resume,
            max_tasks=most,
            monitor=monitor,
            say=say,
        )
    if as_json:
        print_json(json.dumps(_plain(out, summary), indent=2, ensure_ascii=False))
    else:
        _print(out, summary)
    if summary.interrupted:
        raise typer.Exit(INTERRUPTED)
    if summary.n_tasks == len(summary.failures):
        raise InputError(f"every task failed, the first with {summary.failures[0][1]}")


def _plain(out: Path, summary: Summary) -> dict[str, Any]:
    failures = [{"task_id": task.task_id, "task_index": task.index, "error": error} for task, error in summary.failures]
    counts = {name: getattr(summary, name) for name in ("n_tasks", "n_skipped", "n_done", "interrupted")}
    return {"out": str(out), **counts, "failures": failures}


def _print(out: Path, summary: Summary) -> None:
    screen = console()
    finished = summary.n_skipped + summary.n_done - len(summary.failures)
    there = f", {summary.n_skipped:,} of them before" if summary.n_skipped else ""
    screen.print(f"{finished:,} of {summary.n_tasks:,} tasks finished{there}: {out}/runs")
    if summary.interrupted:
        screen.print(Text("interrupted: go on with --resume", style="yellow"))
    if summary.failures:
        screen.print(Text(f"{len(summary.failures):,} failed; --resume tries them again:", style="yellow"))
        for task, error in summary.failures[:SHOWN]:
            screen.print(Text(f"  task {task.index}: {error}"))
        if len(summary.failures) > SHOWN:
            screen.print("  ... all are in the column error")
