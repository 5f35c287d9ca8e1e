"""Plans: the order of their tasks, ids that stay the same, and what is refused before anything starts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lava_caching.errors import InputError
from lava_caching.sweeps import Plan, read_plan

ON_LAVA = pytest.mark.skipif(find_spec("lava") is None, reason="lava-nc installs on Python 3.10 only")
FULL = """
experiment = "perceptron"
engine = "reference"
hardware = "sram_rram_22nm"
[fixed]
maintenance_cost = 0.01
[grid]
policy = ["local-local", "local-global"]
threshold = { logspace = [0.1, 10, 3] }
[zip]
n_inputs = [20, 30]
n_patterns = [10, 15]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


def test_zip_advances_slowly_and_the_last_axis_fast(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, FULL))
    tasks = plan.tasks()
    assert [task.index for task in tasks] == list(range(12))
    seen = [(t.config["n_inputs"], t.config["n_patterns"], t.config["policy"], t.config["threshold"]) for t in tasks]
    assert seen[:4] == [
        (20, 10, "local-local", 0.1),
        (20, 10, "local-local", 1.0),
        (20, 10, "local-local", 10.0),
        (20, 10, "local-global", 0.1),
    ]
    assert seen[-1] == (30, 15, "local-global", 10.0)
    assert all(task.config["maintenance_cost"] == 0.01 and task.seed == 0 for task in tasks)


def test_ids_follow_from_what_is_run_and_not_from_the_plan() -> None:
    def plan(**tables: Any) -> Plan:
        return Plan(experiment="perceptron", **{"fixed": {}, "grid": {}, "zip": {}, **tables})

    (one,) = plan(fixed={"threshold": 2.0, "seed": 3}).tasks()
    many = plan(grid={"seed": [1, 3], "threshold": [1.0, 2.0]}).tasks()
    assert one.task_id == many[3].task_id
    assert len({task.task_id for task in many}) == 4
    (defaults,) = plan(fixed={"threshold": 2.0, "seed": 3, "alpha": 1.0}).tasks()  # alpha is 1 anyway
    assert defaults.task_id == one.task_id
    (other,) = plan(fixed={"threshold": 2.0, "seed": 3, "alpha": 0.5}).tasks()
    assert other.task_id != one.task_id
    assert [t.seed for t in plan(zip={"seed": [4, 5], "threshold": [1, 2]}).tasks()] == [4, 5]


def test_spaced_axes_end_where_they_say() -> None:
    plan = Plan(
        experiment="perceptron",
        fixed={},
        grid={"threshold": {"logspace": [0.001, 1000, 7]}, "maintenance_cost": {"linspace": [0, 0.3, 4]}},
        zip={},
    )
    thresholds = list(dict.fromkeys(task.config["threshold"] for task in plan.tasks()))
    assert thresholds == [0.001, 0.01, 0.1, 1, 10, 100, 1000]
    assert [task.config["maintenance_cost"] for task in plan.tasks()[:4]] == pytest.approx([0, 0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[grid]\nseed = [1]", "says no experiment"),
        ('experiment = "perceptrom"', "did you mean 'perceptron'"),
        ('experiment = "perceptron"\ngird = 1', "did you mean 'grid'"),
        ('experiment = "perceptron"\nengine = "cuda"', "unknown engine of perceptron 'cuda'"),
        ('experiment = "perceptron"\nhardware = "flash"', "flash"),
        ('experiment = "perceptron"\n[fixed]\nthresold = 1', "did you mean 'threshold'"),
        ('experiment = "perceptron"\n[fixed]\nthreshold = [1, 2]', "lists belong in grid or zip"),
        ('experiment = "perceptron"\n[grid]\nthreshold = []', "grid.threshold has no values"),
        ('experiment = "perceptron"\n[grid]\nthreshold = 3', "a single value belongs in fixed"),
        ('experiment = "perceptron"\n[grid]\nthreshold = { logspace = [0, 1, 3] }', "in logspace above 0"),
        ('experiment = "perceptron"\n[grid]\nthreshold = { powers = [0, 1, 3] }', "must be a list, { logspace"),
        ('experiment = "perceptron"\n[grid]\nthreshold = [1]\n[fixed]\nthreshold = 2', "set more than once"),
        ('experiment = "perceptron"\n[zip]\nthreshold = [1, 2]\nseed = [1]', "threshold 2, seed 1 values"),
        ("experiment = 3", "experiment = 3: must be a name"),
        ('experiment = "perceptron"\ngrid = [1]', "must be a table, [grid]"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_plan(path)
    assert str(error.value).startswith(f"{path}: ")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"grid": {"threshold": [1, -1]}}, "task 1 (threshold = -1): threshold = -1: must be at least 0"),
        ({"grid": {"seed": [1, 1]}}, "tasks 0 and 1 are the same (seed = 1)"),
        ({"grid": {"seed": [0], "threshold": [5, 5.0]}}, "tasks 0 and 1 are the same"),
        ({"grid": {"seed": [-1]}}, "seed = -1: must be a whole number, not negative"),
        ({"grid": {"seed": list(range(11))}}, "max_tasks = 10: the plan has 11 tasks"),
        pytest.param({"fixed": {"device": "ideal"}, "engine": "lava"}, "knows no device models", marks=ON_LAVA),
    ],
)
def test_a_task_that_cannot_be_is_refused(tables: dict[str, Any], said: str) -> None:
    plan = Plan(experiment="perceptron", **{"fixed": {}, "grid": {}, "zip": {}, **tables})
    with pytest.raises(InputError) as error:
        plan.tasks(10)
    assert said in str(error.value)
