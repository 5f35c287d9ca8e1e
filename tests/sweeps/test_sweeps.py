"""Sweeps: the same table whatever runs it, whatever stops it, and whatever happens to its files."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lava_caching import Perceptron
from lava_caching.errors import InputError
from lava_caching.sweeps import Plan, Store, read_sweep, run_sweep
from lava_caching.sweeps._rows import curve_of, row_of

VARYING = ("time", "host", "worker")


def plan_of(n_seeds: int = 3, **tables: Any) -> Plan:
    fixed = {"n_inputs": 20, "n_patterns": 15, "maintenance_cost": 0.01}
    grid = {"threshold": [1.0, 4.0], "seed": list(range(n_seeds))}
    return Plan(experiment="perceptron", **{"fixed": fixed, "grid": grid, "zip": {}, **tables})


def same(folder: Path) -> pa.Table:
    """Return the columns that do not vary between identical runs."""
    table = read_sweep(folder)
    return table.select([name for name in table.column_names if not any(word in name for word in VARYING)])


def fill(folder: Path, plan: Plan, *, parts: int = 2, resume: bool = False) -> list[str]:
    """Run what is missing in this process, in some parts; return what the store said."""
    said: list[str] = []
    tasks = plan.tasks()
    store = Store(folder, plan, tasks, resume=resume, say=said.append)
    missing = [task for task in tasks if task.task_id not in store.done]
    for part in range(parts):
        records = [(task, Perceptron(**task.config).run(seed=task.seed)) for task in missing[part::parts]]
        store.add([row_of(*one) for one in records], [point for one in records for point in curve_of(*one)])
    store.close()
    return said


def test_a_row_holds_config_outcome_ledger_energies_and_joules(tmp_path: Path) -> None:
    plan = plan_of(1)
    fill(tmp_path / "out", plan)
    table = read_sweep(tmp_path / "out")
    assert table.column_names[:6] == ["task_id", "task_index", "experiment", "engine", "seed", "error"]
    row = table.to_pylist()[1]
    record = Perceptron(**plan.tasks()[1].config).run(seed=0)
    assert row["task_id"] == plan.tasks()[1].task_id
    assert row["config_threshold"] == 4.0
    assert row["config_tau"] is None
    assert row["outcome_n_updates"] == record.outcome["n_updates"]
    assert row["energy_total"] == record.energy["total"]
    assert row["ledger_n_persistent_writes"] == record.ledger.total.n_persistent_writes
    assert record.hardware is not None
    assert row["joules_nominal"] == record.hardware["joules"]["total"]["nominal"]
    assert json.loads(row["outcome_json"])["accuracy_of"] == "stored patterns"
    curves = read_sweep(tmp_path / "out", curves=True)
    assert curves.column_names[:2] == ["task_id", "n_presentations"]
    assert len(curves) == sum(r["outcome_n_epochs"] for r in table.to_pylist())


def test_types_do_not_depend_on_what_a_part_happens_to_hold(tmp_path: Path) -> None:
    fill(tmp_path / "a", plan_of(1))
    fill(tmp_path / "b", plan_of(1, fixed={"n_inputs": 20, "n_patterns": 15, "tau": 50.0, "device": "ideal"}))
    a, b = (read_sweep(tmp_path / name).schema.remove_metadata() for name in "ab")
    assert a.equals(b)


@pytest.mark.slow
def test_dask_gives_the_same_table_for_any_number_of_workers_and_a_scheduler(tmp_path: Path) -> None:
    from distributed import LocalCluster

    plan = plan_of()
    fill(tmp_path / "here", plan)
    for n in (1, 2):
        summary = run_sweep(plan, tmp_path / str(n), workers=n)
        assert (summary.n_done, summary.n_skipped, summary.failures) == (6, 0, [])
        assert same(tmp_path / str(n)).equals(same(tmp_path / "here"))
        assert (
            read_sweep(tmp_path / str(n), curves=True).num_rows == read_sweep(tmp_path / "here", curves=True).num_rows
        )
    before = multiprocessing.get_start_method(allow_none=True)
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
        run_sweep(plan, tmp_path / "cluster", scheduler=cluster.scheduler_address)
    multiprocessing.set_start_method(before, force=True)  # Lava, imported by later tests, wants to set it
    assert same(tmp_path / "cluster").equals(same(tmp_path / "here"))
    again = run_sweep(plan, tmp_path / "2", resume=True)
    assert (again.n_done, again.n_skipped) == (0, 6)


@pytest.mark.slow
def test_lava_can_be_imported_after_a_sweep(tmp_path: Path) -> None:
    pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    script = tmp_path / "both.py"
    script.write_text(
        "from lava_caching.sweeps import Plan, run_sweep\n"
        "if __name__ == '__main__':\n"
        "    fixed = {'n_inputs': 9, 'n_patterns': 5}\n"
        "    plan = Plan(experiment='perceptron', fixed=fixed, grid={'seed': [0]}, zip={})\n"
        f"    run_sweep(plan, {str(tmp_path / 'out')!r}, workers=1)\n"
        "    import lava.magma.runtime.message_infrastructure.multiprocessing\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_task_that_fails_is_recorded_and_tried_again(tmp_path: Path) -> None:
    missing = tmp_path / "patterns.npz"
    plan = Plan(experiment="perceptron", fixed={}, grid={"patterns": [str(missing)], "seed": [0]}, zip={})
    summary = run_sweep(plan, tmp_path / "out", workers=1)
    assert summary.n_done == 1
    ((task, error),) = summary.failures
    assert task.index == 0
    assert "cannot read" in error
    assert read_sweep(tmp_path / "out").to_pylist()[0]["error"] == error
    import numpy as np

    np.savez(missing, patterns=[[1, -1], [-1, -1]], targets=[1, -1])
    assert run_sweep(plan, tmp_path / "out", workers=1, resume=True).failures == []
    (row,) = read_sweep(tmp_path / "out").to_pylist()
    assert row["error"] is None


# a shell starts what it puts into the background with SIGINT ignored
LISTENING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("lava_caching", run_name="__main__")
"""
PLAN = """
experiment = "perceptron"
[fixed]
n_inputs = 400
n_patterns = 500
[grid]
threshold = [2, 5, 9]
seed = [{seeds}]
"""


@pytest.mark.slow
def test_a_sweep_that_is_killed_goes_on_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(seeds=", ".join(map(str, range(60)))))
    command = [sys.executable, "-m", "lava_caching", "sweep", str(path), "--workers", "2", "--quiet", "--out"]
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    chance = random.Random(1)
    for _ in range(3):
        process = subprocess.Popen(
            [*command, str(tmp_path / "killed"), "--resume"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(2.0, 6.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run([*command, str(tmp_path / "killed"), "--resume"], check=True, capture_output=True)
    assert same(tmp_path / "killed").equals(same(tmp_path / "whole"))
    ids = [row["task_id"] for row in read_sweep(tmp_path / "killed").to_pylist()]
    assert len(set(ids)) == len(ids) == 180


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(seeds=", ".join(map(str, range(2000)))))
    words = ["sweep", str(path), "--workers", "2", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENING, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    while "a second" not in process.stderr.readline():  # the workers are at it
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted: go on with --resume" in shown
    assert 0 < read_sweep(tmp_path / "out").num_rows < 6000
    end = time.monotonic() + 10  # within which what looks after shared memory may end
    while time.monotonic() < end and is_alive(process.pid):
        time.sleep(0.05)
    assert not is_alive(process.pid)


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


# ---------------------------------------------------------------------------------------------------------- damage
def parts(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / kind).glob("part-*.parquet"))


@pytest.mark.parametrize("kind", ["runs", "curve"])
@pytest.mark.parametrize("harm", ["flip", "truncate", "empty"])
def test_a_damaged_part_is_named_set_aside_and_done_again(tmp_path: Path, kind: str, harm: str) -> None:
    plan = plan_of()
    fill(tmp_path / "whole", plan)
    fill(tmp_path / "harmed", plan)
    path = parts(tmp_path / "harmed", kind)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"flip": bytes(content), "truncate": bytes(content[:-9]), "empty": b""}[harm])
    said = fill(tmp_path / "harmed", plan, resume=True)
    assert any(str(path) in line and "set aside" in line for line in said)
    assert path.with_name(path.name + ".damaged").exists()
    assert same(tmp_path / "harmed").equals(same(tmp_path / "whole"))
    assert read_sweep(tmp_path / "harmed", curves=True).num_rows == read_sweep(tmp_path / "whole", curves=True).num_rows


@pytest.mark.parametrize("content", [None, b"{", b"[]"])
def test_a_manifest_that_is_missing_or_damaged_is_made_again(tmp_path: Path, content: bytes | None) -> None:
    plan = plan_of()
    fill(tmp_path, plan)
    manifest = tmp_path / "manifest.json"
    before = manifest.read_bytes()
    manifest.unlink() if content is None else manifest.write_bytes(content)
    assert any("made again from the plan" in line for line in fill(tmp_path, plan, resume=True))
    assert manifest.read_bytes() == before
    assert read_sweep(tmp_path).num_rows == 6


def test_a_curve_without_its_rows_and_a_write_that_was_killed_are_removed(tmp_path: Path) -> None:
    plan = plan_of()
    fill(tmp_path, plan)
    parts(tmp_path, "runs")[0].unlink()
    (tmp_path / "runs" / ".lava-caching-x").write_bytes(b"part of it")
    fill(tmp_path, plan, resume=True)
    assert read_sweep(tmp_path).num_rows == 6
    assert not (tmp_path / "runs" / ".lava-caching-x").exists()
    runs = read_sweep(tmp_path).to_pylist()
    assert read_sweep(tmp_path, curves=True).num_rows == sum(row["outcome_n_epochs"] for row in runs)


def test_a_longer_plan_takes_over_what_is_there_and_a_shorter_one_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, plan_of(1))
    first = {path.name for path in parts(tmp_path, "runs")}
    fill(tmp_path, plan_of(3), resume=True)
    assert read_sweep(tmp_path).num_rows == 6
    assert first <= {path.name for path in parts(tmp_path, "runs")}
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(InputError, match="2 runs that this plan has not, of another plan"):
        fill(tmp_path, plan_of(2), resume=True)
    assert read_sweep(tmp_path).num_rows == 6  # nothing is lost, and nothing was written
    assert (tmp_path / "manifest.json").read_bytes() == before


def test_reading_a_damaged_part_names_it(tmp_path: Path) -> None:
    fill(tmp_path, plan_of(1))
    path = parts(tmp_path, "runs")[0]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=f"{path.name} is damaged"):
        read_sweep(tmp_path)


def test_a_folder_that_is_not_empty_needs_resume_and_the_same_experiment(tmp_path: Path) -> None:
    plan = plan_of(1)
    fill(tmp_path, plan)
    with pytest.raises(InputError, match="is not empty: name an empty folder, or go on with --resume"):
        fill(tmp_path, plan)
    other = Plan(experiment="spiking", fixed={}, grid={}, zip={})
    with pytest.raises(InputError, match="holds a sweep of 'perceptron'"):
        Store(tmp_path, other, other.tasks(), resume=True, say=print)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "mine"),
        ("manifest.json", '{"name": "an app"}'),
        ("manifest.json", '{"experiment": "of somebody", "format": 1}'),
        ("runs/log.txt", "mine"),
        ("curve/points.csv", "mine"),
    ],
)
def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path, name: str, content: str) -> None:
    path, plan = tmp_path / name, plan_of(1)
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"holds .*: .*name an(other| empty) folder"):
        Store(tmp_path, plan, plan.tasks(), resume=True, say=print)
    assert sorted(tmp_path.rglob("*")) == before
    assert path.read_text() == content


def test_notes_beside_a_sweep_are_no_obstacle(tmp_path: Path) -> None:
    plan = plan_of(1)
    fill(tmp_path, plan)
    (tmp_path / "notes.txt").write_text("mine")
    assert fill(tmp_path, plan, resume=True) == []


def test_a_lost_manifest_is_made_again_beside_damage_and_killed_writes(tmp_path: Path) -> None:
    plan = plan_of()
    fill(tmp_path, plan)
    part = parts(tmp_path, "runs")[0]
    part.write_bytes(b"")
    fill(tmp_path, plan, resume=True)
    assert list((tmp_path / "runs").glob("*.damaged"))
    (tmp_path / "runs" / ".lava-caching-x").write_bytes(b"")
    (tmp_path / ".lava-caching-y").write_bytes(b"")
    (tmp_path / "manifest.json").unlink()
    fill(tmp_path, plan, resume=True)
    assert read_sweep(tmp_path).num_rows == 6


def test_two_sweeps_do_not_write_to_one_folder(tmp_path: Path) -> None:
    plan = plan_of(1)
    store = Store(tmp_path, plan, plan.tasks(), resume=True, say=print)
    with pytest.raises(InputError, match="another sweep is writing to it"):
        Store(tmp_path, plan, plan.tasks(), resume=True, say=print)
    store.close()
    Store(tmp_path, plan, plan.tasks(), resume=True, say=print).close()


def test_places_that_cannot_be_written_or_read_are_refused(tmp_path: Path) -> None:
    plan = plan_of(1)
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "no" / "such", tmp_path / "file"):
        with pytest.raises(InputError, match="cannot write"):
            Store(place, plan, plan.tasks(), resume=False, say=print)
    with pytest.raises(InputError, match="holds no finished runs of a sweep"):
        read_sweep(tmp_path)


def test_a_scheduler_that_does_not_answer_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lava_caching.sweeps._run.CONNECT_S", 0.5)
    with pytest.raises(InputError, match=r"scheduler = tcp://127\.0\.0\.1:9: does not answer within 0\.5 s"):
        run_sweep(plan_of(1), tmp_path, scheduler="tcp://127.0.0.1:9")


# ---------------------------------------------------------------------------------------------------- command line
def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "lava_caching", "sweep", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"})


@pytest.mark.slow
def test_the_command_runs_a_plan_and_tells_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(seeds="0, 1"))
    done = command(path, "--out", tmp_path / "out", "--workers", "1", "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"6 of 6 tasks finished: {tmp_path}/out/runs\n" or "6 of 6 tasks finished" in done.stdout
    again = command(path, "--out", tmp_path / "out", "--resume", "--json")
    told = json.loads(again.stdout)
    assert (told["n_tasks"], told["n_skipped"], told["n_done"], told["failures"]) == (6, 6, 0, [])
    pq.read_table(tmp_path / "out" / "runs")  # a folder that any reader of Parquet takes


def test_the_command_refuses_what_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(seeds="0, 1"))
    for words, said in (
        ((path, "--out", tmp_path / "out", "--max-tasks", "5"), "--max-tasks = 5: the plan has 6 tasks"),
        ((path, "--out", tmp_path / "out", "--workers", "0"), "--workers = 0: must be from 1 to"),
        ((path, "--out", tmp_path / "out", "--workers", "1", "--scheduler", "tcp://x"), "give one"),
        ((tmp_path / "none.toml", "--out", tmp_path / "out"), "none.toml: cannot be read"),
    ):
        done = command(*words)
        assert done.returncode == 2
        assert said in done.stderr
        assert not (tmp_path / "out").exists()
