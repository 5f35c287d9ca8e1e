"""Make a figure: run what its plan says and is not there yet, draw it, and write its numbers beside it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lava_caching.datasets import load_images
from lava_caching.errors import InputError
from lava_caching.figures._figure import Figure, Row
from lava_caching.files import check_writable, write_atomically
from lava_caching.monitor import Monitor, carry_on
from lava_caching.report.panels import Panel, check_ending, draw_panels

if TYPE_CHECKING:
    from lava_caching.sweeps import Plan, Summary

__all__ = ["Made", "make_figure"]

COLUMNS = ("panel", "curve", "kind", "x", "y", "error")
MARKS = {"theory": "dashed: theory", "reference": "grey: to compare with"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """What `make_figure` did.

    Attributes
    ----------
    out, data, runs : Path
        The image, the numbers in it as CSV, and the folder of the runs.
    panels : list of Panel
        What was drawn; empty if the runs were interrupted.
    notes : list of str
        What to know of the curves, such as points that are not shown because some seed did not converge.
    summary : Summary
        What ran now, see `lava_caching.sweeps`.
    """

    out: Path
    data: Path
    runs: Path
    panels: list[Panel]
    notes: list[str]
    summary: Summary


def make_figure(
    figure: Figure,
    out: str | Path,
    *,
    quick: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    runs: str | Path | None = None,
    monitor: Monitor = carry_on,
    say: Callable[[str], None] = print,
) -> Made:
    """Run the plan of a figure, as far as its folder does not hold the runs yet, and draw it.

    Parameters
    ----------
    figure : Figure
        See `lava_caching.figures.get_figure`.
    out : str or Path
        Image to write; the ending decides the format (png, pdf, svg). Its numbers go beside it, with the ending .csv.
    quick : bool
        The small version, seconds instead of minutes or hours.
    workers, scheduler, monitor, say
        As for `lava_caching.sweeps.run_sweep`.
    runs : str or Path, optional
        Folder of the runs; beside `out` by default. What it holds is not run again.

    Raises
    ------
    InputError
        If a file cannot be written, which is tried before anything runs, the data are not there, or a run failed.
    """
    from lava_caching.sweeps import read_plan, run_sweep

    out = Path(out)
    check_ending(out)
    data = out.with_suffix(".csv")
    for path in (out, data):
        check_writable(path)
    folder = Path(runs) if runs is not None else out.parent / f"{figure.plan}{'-quick' if quick else ''}-runs"
    plan = read_plan(figure.plan_path(quick=quick))
    if plan.experiment == "mlp":
        load_images(str(plan.fixed["dataset"]))  # one sentence now, instead of the same failure in every run
    summary = run_sweep(plan, folder, workers=workers, scheduler=scheduler, resume=True, monitor=monitor, say=say)
    if summary.failures:
        task, error = summary.failures[0]
        raise InputError(
            f"{len(summary.failures)} of {summary.n_tasks} runs failed, first task {task.index} ({error}); the others"
            f" are kept in {folder}, and the same command tries again"
        )
    if summary.interrupted:
        return Made(out=out, data=data, runs=folder, panels=[], notes=[], summary=summary)
    rows, curves = _finished(plan, folder, with_curves=figure.curves)
    panels = figure.panels(rows, curves)
    notes = list(dict.fromkeys(said for panel in panels for curve in panel.curves for said in curve.notes))
    draw_panels(panels, out, title=figure.title, caption=_caption(figure, rows, panels, notes, quick=quick))
    write_atomically(data, _csv(panels))
    return Made(out=out, data=data, runs=folder, panels=panels, notes=notes, summary=summary)


def _finished(plan: Plan, folder: Path, *, with_curves: bool) -> tuple[list[Row], list[Row]]:
    """Return what the runs of this plan gave; the folder may hold others."""
    from lava_caching.sweeps import read_sweep

    wanted = {task.task_id for task in plan.tasks()}

    def read(*, curves: bool) -> list[Row]:
        return [row for row in read_sweep(folder, curves=curves).to_pylist() if row["task_id"] in wanted]

    return read(curves=False), read(curves=True) if with_curves else []


def _caption(figure: Figure, rows: Sequence[Row], made: Sequence[Panel], notes: Sequence[str], *, quick: bool) -> str:
    kinds = {curve.kind for panel in made for curve in panel.curves}
    n_seeds = len({row["seed"] for row in rows})
    said = [f"means ± s.e.m. of {n_seeds} seeds", *(meaning for kind, meaning in MARKS.items() if kind in kinds)]
    marks = "; ".join(said)
    missing = f" To note: {'; '.join(notes)}." if notes else ""
    sort = "Quick version" if quick else "Full version"
    return f"{figure.caption} {marks[0].upper()}{marks[1:]}.{missing} {sort} of {figure.source}."


def _csv(panels: Sequence[Panel]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for panel in panels:
        for curve in panel.curves:
            errors = np.full(len(curve.x), np.nan) if curve.error is None else curve.error
            for x, y, error in zip(curve.x, curve.y, errors, strict=True):
                table.writerow([panel.title, curve.label, curve.kind, *map(_number, (x, y, error))])
    return text.getvalue().encode()


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))
