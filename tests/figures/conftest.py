"""The quick version of each figure, made once for all tests, however many processes run them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from lava_caching.figures import Made, get_figure, make_figure
from lava_caching.report.panels import Curve
from lava_caching.sweeps import Plan, Store, read_plan
from lava_caching.sweeps._run import _run_batch

Alone = Callable[[str], AbstractContextManager[None]]


def fill(plan: Plan, folder: Path) -> None:
    """Run in this process what a folder does not hold yet; starting Dask takes longer than most of the plans."""
    tasks = plan.tasks()
    store = Store(folder, plan, tasks, resume=True, say=print)
    missing = [task for task in tasks if task.task_id not in store.done]
    rows, curves, _ = _run_batch(plan.experiment, plan.engine, plan.hardware, missing)
    store.add(rows, curves)
    store.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of a test run share."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "figures"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(scope="session")
def alone(folder: Path) -> Alone:
    """Keep other processes of a test run away from the runs of a figure."""

    @contextmanager
    def lock(name: str) -> Iterator[None]:
        with (folder / f"{get_figure(name).plan}.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    return lock


@pytest.fixture(scope="session")
def made(folder: Path, alone: Alone) -> Callable[[str], Made]:
    """Make the quick version of a figure."""
    done: dict[str, Made] = {}

    def make(name: str) -> Made:
        if name not in done:
            figure = get_figure(name)
            with alone(name):
                fill(read_plan(figure.plan_path(quick=True)), folder / f"{figure.plan}-quick-runs")
                done[name] = make_figure(figure, folder / f"{name}.png", quick=True)
        return done[name]

    return make


@pytest.fixture(scope="session")
def curve(made: Callable[[str], Made]) -> Callable[..., Curve]:
    """Return a curve of a figure's quick version by its label."""

    def find(name: str, label: str, panel: int = 0) -> Curve:
        curves = made(name).panels[panel].curves
        (found,) = [one for one in curves if one.label == label]
        return found

    return find
