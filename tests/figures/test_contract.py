"""What holds for every figure, found by its file: plans that can run, labels with units, data beside the image."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from lava_caching.errors import InputError
from lava_caching.figures import Made, figure_names, get_figure, make_figure
from lava_caching.sweeps import read_plan

Make = Callable[[str], Made]
Alone = Callable[[str], AbstractContextManager[None]]
PAPER = ["1c", "1d", "1s1", "2b", "2c", "2s1", "3", "3s1", "4b", "5a", "5b", "5c", "6"]
MOST_QUICK_TASKS = 1000
every_figure = pytest.mark.parametrize("name", figure_names())


def test_all_figures_are_there() -> None:
    assert figure_names() == PAPER


@every_figure
def test_a_figure_says_what_it_is_and_its_plans_can_run(name: str) -> None:
    figure = get_figure(name)
    assert figure.name == name
    assert figure.title[0].isupper()
    assert not figure.title.endswith(".")
    assert figure.caption.endswith(".")
    assert figure.source.startswith("Fig. ")
    assert figure.source.endswith("doi:10.7554/eLife.50804")
    quick, full = (read_plan(figure.plan_path(quick=quick)) for quick in (True, False))
    assert quick.experiment == full.experiment
    n_quick, n_full = len(quick.tasks()), len(full.tasks())
    assert n_quick <= min(n_full, MOST_QUICK_TASKS)
    seeds = {task.seed for task in quick.tasks()}
    assert len(seeds) > 1  # or there is no standard error


@every_figure
def test_its_quick_version_is_drawn_with_its_numbers_beside_it(name: str, made: Make) -> None:
    done = made(name)
    assert done.out.read_bytes().startswith(b"\x89PNG")
    assert done.data == done.out.with_suffix(".csv")
    assert done.panels
    with done.data.open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == sum(len(curve.x) for panel in done.panels for curve in panel.curves)
    rows = iter(table)
    for panel in done.panels:
        assert panel.x_label
        assert panel.y_label
        assert len({curve.label for curve in panel.curves}) == len(panel.curves)
        assert any(curve.kind == "simulation" for curve in panel.curves)
        for curve in panel.curves:
            assert len(curve.x) == len(curve.y) > 0
            assert np.isfinite(curve.x).all()
            assert np.isfinite(curve.y).all()
            for x, y in zip(curve.x, curve.y, strict=True):
                row = next(rows)
                assert (row["panel"], row["curve"], row["kind"]) == (panel.title, curve.label, curve.kind)
                assert (float(row["x"]), float(row["y"])) == (x, y)


@every_figure
def test_made_again_nothing_runs_and_the_numbers_are_the_same(
    name: str, made: Make, alone: Alone, tmp_path: Path
) -> None:
    done = made(name)
    with alone(name):
        again = make_figure(get_figure(name), tmp_path / "again.svg", quick=True, runs=done.runs)
    assert (again.summary.n_done, again.summary.n_skipped) == (0, done.summary.n_tasks)
    assert again.data.read_bytes() == done.data.read_bytes()
    assert b"<svg" in again.out.read_bytes()[:500]


def test_an_unknown_figure_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown figure '3s2'; did you mean '3s1'\? known: 1c, 1d, "):
        get_figure("3s2")


@pytest.mark.parametrize(
    ("out", "said"),
    [("figure.jpg", "the ending says the format; use .png, .pdf, .svg"), ("no/folder/2c.png", "there is no folder")],
)
def test_an_output_that_cannot_be_is_refused_before_anything_runs(out: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        make_figure(get_figure("2c"), tmp_path / out, quick=True)
    assert list(tmp_path.iterdir()) == []
