"""``lava-caching figure ID``: a figure of the paper, made anew: its runs, the image, and the numbers in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from lava_caching.cli.help import examples
from lava_caching.cli.options import Quiet, Verbose, completing, named_as_options
from lava_caching.cli.outputs import refuse_overwriting
from lava_caching.cli.progress import FIRST_OF_SWEEP, ProgressBar
from lava_caching.cli.run import load_engine
from lava_caching.cli.sweep import INTERRUPTED, Scheduler, Workers, processes
from lava_caching.cli.terminal import console, print_json, say
from lava_caching.figures import figure_names, get_figure

if TYPE_CHECKING:
    from lava_caching.figures import Figure, Made

__all__ = ["EXAMPLES", "figure"]

EXAMPLES = examples(
    "figure --list",
    "figure 2c --quick --out 2c.png",
    "figure 5b --out 5b.pdf --runs runs/5b",
)


def _list(wanted: bool) -> None:
    if wanted:
        for name in figure_names():
            print(f"{name:<5}{get_figure(name).title}")
        raise typer.Exit()


def figure(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID", help=f"One of {', '.join(figure_names())}.", autocompletion=completing(figure_names)
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Image to write: .png, .pdf or .svg; a .csv goes beside it.")
    ],
    quick: Annotated[bool, typer.Option("--quick", help="The small version: seconds, not minutes or hours.")] = False,
    runs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder that keeps the runs.  [default: beside FILE]")
    ] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary as JSON and nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    list_: Annotated[
        bool, typer.Option("--list", is_eager=True, callback=_list, help="List the figures and end.")
    ] = False,
) -> None:
    """Make a figure of Li & van Rossum (2020) anew, theory and errors included.

    The runs are kept, so that the same command after an interruption goes on, and after a success only draws.
    """
    from lava_caching.figures import make_figure
    from lava_caching.report.panels import check_ending
    from lava_caching.sweeps import read_plan

    check_ending(out)
    refuse_overwriting({"--out": out, "the numbers of --out": out.with_suffix(".csv"), "--runs": runs})
    n_workers = processes(workers, scheduler)
    asked = get_figure(name)
    plan = read_plan(asked.plan_path(quick=quick))
    with (
        named_as_options(("scheduler",)),
        ProgressBar(f"figure {name}", quiet=quiet, verbose=verbose, first=FIRST_OF_SWEEP) as monitor,
    ):
        load_engine(plan.experiment, plan.engine)
        made = make_figure(
            asked, out, quick=quick, workers=n_workers, scheduler=scheduler, runs=runs, monitor=monitor, say=say
        )
    if as_json:
        print_json(json.dumps(_plain(asked, made), indent=2, ensure_ascii=False))
    else:
        _print(asked, made)
    if made.summary.interrupted:
        raise typer.Exit(INTERRUPTED)


def _plain(asked: Figure, made: Made) -> dict[str, Any]:
    counts = {name: getattr(made.summary, name) for name in ("n_tasks", "n_skipped", "n_done", "interrupted")}
    files = {"out": None, "data": None} if made.summary.interrupted else {"out": str(made.out), "data": str(made.data)}
    told = {"figure": asked.name, "title": asked.title, "source": asked.source}
    return {**told, **files, "runs": str(made.runs), **counts, "notes": made.notes}


def _print(asked: Figure, made: Made) -> None:
    screen, summary = console(), made.summary
    finished = summary.n_skipped + summary.n_done
    there = f", {summary.n_skipped:,} of them before" if summary.n_skipped else ""
    screen.print(f"{finished:,} of {summary.n_tasks:,} runs finished{there}: {made.runs}", soft_wrap=True)
    if summary.interrupted:
        screen.print(Text("interrupted: the same command goes on", style="yellow"))
        return
    screen.print(f"{asked.title} ({asked.source})")
    for said in made.notes:
        screen.print(Text(f"note: {said}", style="yellow"))
    screen.print(f"figure: {made.out}\nnumbers: {made.data}", soft_wrap=True)  # a path can be copied in one piece
