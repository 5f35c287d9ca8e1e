"""Run the tasks of a plan by Dask: on the cores of this machine, or on a cluster that somebody has started.

Tasks travel in batches of about half a second, so that what Dask costs for each (1 to 2 ms) does not show; each draws
from a random generator of its own, so nothing depends on how many workers there are or who does what.
"""

from __future__ import annotations

import asyncio
import logging
import math
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from lava_caching.engines import get_engine
from lava_caching.errors import InputError
from lava_caching.experiments import get_experiment
from lava_caching.monitor import Monitor, carry_on
from lava_caching.sweeps._plan import MOST_TASKS, Plan, Task
from lava_caching.sweeps._rows import curve_of, row_of
from lava_caching.sweeps._store import Store

__all__ = ["Summary", "connected", "run_sweep"]

BATCH_S, MOST_IN_BATCH = 0.5, 500
WRITE_EVERY_S, MOST_WAITING = 5.0, 5000
CONNECT_S, LISTEN_S, END_S = 10.0, 0.5, 1.0
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""A worker has one core; libraries that take all of them would only be in each other's way."""
Done = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@dataclass(kw_only=True)
class Summary:
    """What a call of `run_sweep` did.

    Attributes
    ----------
    n_tasks, n_skipped, n_done : int
        Tasks of the plan, those that were there already, and those that ran now, failed ones among them.
    failures : list of (Task, str)
        What failed, and why.
    interrupted : bool
        Whether the monitor asked to stop.
    """

    n_tasks: int
    n_skipped: int
    n_done: int = 0
    failures: list[tuple[Task, str]] = field(default_factory=list)
    interrupted: bool = False


def run_sweep(
    plan: Plan,
    folder: str | Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
    max_tasks: int = MOST_TASKS,
    monitor: Monitor = carry_on,
    say: Callable[[str], None] = print,
) -> Summary:
    """Run all tasks of a plan that a folder does not hold yet.

    Parameters
    ----------
    plan : Plan
        What to run; checked as a whole before anything starts.
    folder : str or Path
        Where the results go, see `Store`; must be absent or empty unless `resume`.
    workers : int, optional
        Processes on this machine, one for each core by default.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://host:8786``, whose workers do it instead. They need the same
        version of the toolkit, and see relative paths from where they were started.
    resume : bool
        Go on with a folder that is not empty; tasks that failed run again.
    max_tasks : int
        More tasks than that are refused.
    monitor, say : Monitor, callable
        Are told of progress, and of damage.

    Raises
    ------
    InputError
        For a plan or folder that cannot be used, or a scheduler that does not answer.
    """
    tasks = plan.tasks(max_tasks)
    store = Store(Path(folder), plan, tasks, resume=resume, say=say)
    try:
        waiting = [task for task in tasks if task.task_id not in store.done]
        summary = Summary(n_tasks=len(tasks), n_skipped=len(tasks) - len(waiting))
        if waiting:
            get_engine(plan.experiment, plan.engine)  # compiles here, once, what workers then find on disk

            def go_on() -> bool:
                return monitor(summary.n_skipped, summary.n_tasks, "tasks")

            with _client(workers, scheduler, len(waiting), go_on) as client:
                _work(client, plan, waiting, store, summary, monitor)
        return summary
    finally:
        store.close()


def _work(client: Any, plan: Plan, waiting: list[Task], store: Store, summary: Summary, monitor: Monitor) -> None:
    """Hand out batches, and keep what comes back."""
    n_workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    started = written = time.monotonic()
    at, size = 0, 1
    flying: dict[Any, list[Task]] = {}
    place = {task.task_id: task for task in waiting}

    def hand_out() -> None:
        nonlocal at
        batch = waiting[at : at + size]
        at += len(batch)
        flying[client.submit(_run_batch, plan.experiment, plan.engine, plan.hardware, batch, pure=False)] = batch

    try:
        while summary.n_done < len(waiting):
            while at < len(waiting) and len(flying) < 2 * n_workers:
                hand_out()
            for future in _finished(client, list(flying)):
                batch = flying.pop(future)
                (new_rows, new_curves), seconds = _result(future, batch, plan)
                rows += new_rows
                curves += new_curves
                summary.n_done += len(batch)
                summary.failures += [(place[r["task_id"]], r["error"]) for r in new_rows if r["error"] is not None]
                size = min(max(1, int(BATCH_S * len(batch) / max(seconds, 1e-4))), MOST_IN_BATCH)
                size = min(size, max(1, (len(waiting) - at) // (2 * n_workers)))  # so that all end together
            now = time.monotonic()
            if now - written > WRITE_EVERY_S or len(rows) > MOST_WAITING:
                store.add(rows, curves)
                rows, curves, written = [], [], now
            rate = summary.n_done / max(now - started, 1e-9)
            left = (len(waiting) - summary.n_done) / rate if rate else math.inf
            failed = f", {len(summary.failures)} failed" if summary.failures else ""
            text = f"tasks{failed}" + (f", {rate:.3g} a second, {left:,.0f} s left" if rate else "")
            summary.interrupted |= not monitor(summary.n_skipped + summary.n_done, summary.n_tasks, text)
            if summary.interrupted:
                break
        summary.interrupted &= summary.n_done < len(waiting)
    finally:
        store.add(rows, curves)  # whatever happened, what is finished is kept


def _finished(client: Any, futures: list[Any]) -> set[Any]:
    """Return futures that are finished, none after half a second, so that a wish to stop is heard."""
    from distributed import TimeoutError as NothingYet
    from distributed import wait

    try:
        with client.as_current():
            return set(wait(futures, timeout=LISTEN_S, return_when="FIRST_COMPLETED").done)
    except NothingYet:
        return set()


def _result(future: Any, batch: list[Task], plan: Plan) -> tuple[Done, float]:
    """Return what a batch gave; where it took its workers down again and again, an error for each of its tasks."""
    error = future.exception()
    if error is None:
        rows, curves, seconds = future.result()
        return (rows, curves), seconds
    return ([_failed(task, plan, f"{type(error).__name__}: {error}") for task in batch], []), 1.0


def _failed(task: Task, plan: Plan, error: str) -> dict[str, Any]:
    told = {"task_id": task.task_id, "task_index": task.index, "experiment": plan.experiment, "engine": plan.engine}
    config = {f"config_{name}": value for name, value in task.config.items()}
    return {**told, "seed": task.seed, "error": error, **config}


def _run_batch(
    experiment: str, engine: str, hardware: str | None, tasks: list[Task]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Run tasks one after the other on a worker; one that fails is recorded and does not stop the rest."""
    started, host = time.perf_counter(), socket.gethostname()
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    plan = Plan(experiment=experiment, engine=engine, hardware=hardware, fixed={}, grid={}, zip={})
    for task in tasks:
        try:
            record = get_experiment(experiment)(**task.config).run(engine=engine, seed=task.seed, hardware=hardware)
            row, curve = row_of(task, record), curve_of(task, record)
        except Exception as error:  # whatever a task fails with is its result
            row, curve = _failed(task, plan, f"{type(error).__name__}: {error}"), []
        rows.append({**row, "worker_host": host})
        curves += curve
    return rows, curves, time.perf_counter() - started


@contextmanager
def connected(
    workers: int, go_on: Callable[[], bool]
) -> Iterator[Callable[[Callable[..., Any], list[tuple[Any, ...]]], Iterator[Any]]]:
    """Give what calls a function with each of many arguments, in order: here, or on several processes.

    While it waits for these it asks whether to `go_on`, and raises `KeyboardInterrupt` if not.
    """
    if workers == 1:
        yield lambda function, given: (function(*arguments) for arguments in given)
        return
    with _client(workers, None, workers, go_on) as client:

        def spread(function: Callable[..., Any], given: list[tuple[Any, ...]]) -> Iterator[Any]:
            futures = [client.submit(function, *arguments, pure=False) for arguments in given]
            return (waited_for(future) for future in futures)

        def waited_for(future: Any) -> Any:
            while not _finished(client, [future]):
                if not go_on():
                    raise KeyboardInterrupt
            return future.result()

        yield spread


@contextmanager
def _client(workers: int | None, scheduler: str | None, n_tasks: int, go_on: Callable[[], bool]) -> Iterator[Any]:
    """Connect to a scheduler, or start one here with its workers and end both."""
    logging.getLogger("distributed").setLevel(logging.ERROR)
    start_method = multiprocessing.get_start_method(allow_none=True)
    try:
        with _remote(scheduler) if scheduler is not None else _local(workers, n_tasks, go_on) as client:
            yield client
    finally:
        _forget_schedulers()
        if start_method is None:  # Dask fixes it by asking for it, and Lava, imported later, wants to set it
            multiprocessing.set_start_method(None, force=True)


def _forget_schedulers() -> None:
    """Free the schedulers that have ended, 0.2 MB each: Dask keeps them in a cache of what their methods expect."""
    from distributed import core

    clear = getattr(getattr(core, "_expects_comm", None), "cache_clear", None)
    if clear is not None:
        clear()


@contextmanager
def _remote(scheduler: str) -> Iterator[Any]:
    from distributed import Client

    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"scheduler = {scheduler}: does not answer within {CONNECT_S:g} s ({type(error).__name__}); start it"
            " with 'dask scheduler', or leave it out to use this machine"
        ) from None
    with client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise InputError(f"scheduler = {scheduler}: has no workers; start some with 'dask worker {scheduler}'")
        yield client


@contextmanager
def _local(workers: int | None, n_tasks: int, go_on: Callable[[], bool]) -> Iterator[Any]:
    import dask
    from distributed import Client

    n = min(workers or os.cpu_count() or 1, n_tasks)
    environ = {**dask.config.get("distributed.nanny.pre-spawn-environ", {}), **ONE_THREAD}
    fields = {"n_workers": n, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": environ}),
        _deaf_to_ctrl_c(lambda: _started(fields, go_on)) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        try:
            yield client
        finally:
            if client.futures:  # nobody waits for these any more, and Dask would, up to 10 s
                cluster.sync(_end_workers, cluster)


def _started(fields: dict[str, Any], go_on: Callable[[], bool]) -> Any:
    from distributed import LocalCluster

    try:
        return LocalCluster(**fields)
    except (RuntimeError, OSError) as error:
        if not go_on():  # the signal that says so went to them as well, as that of `timeout` does
            raise KeyboardInterrupt from error
        first = error.__cause__ or error
        raise InputError(
            f"workers = {fields['n_workers']}: cannot be started ({type(first).__name__}: {first}); try fewer, and in a"
            " script of your own start sweeps below `if __name__ == '__main__':`"
        ) from error


async def _end_workers(cluster: Any) -> None:
    """End workers, whatever they are at; they hold nothing but what they are told."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
    ends = (nanny.kill(timeout=END_S, reason="nobody waits") for nanny in cluster.workers.values())
    await asyncio.gather(*ends, return_exceptions=True)


def _deaf_to_ctrl_c(start: Callable[[], Any]) -> Any:
    """Start processes that ignore Ctrl-C, which a terminal sends to them as well: this one tells them when to end.

    They inherit that it is held back; here it is heard afterwards.
    """
    if threading.current_thread() is not threading.main_thread():
        return start()
    # a terminal that is closed hangs up on all; Python's tracker of semaphores, if it dies of that, prints tracebacks
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    resource_tracker.ensure_running()  # its start, with the first process, would let Ctrl-C through again
    signal.pthread_sigmask(signal.SIG_SETMASK, {*before, signal.SIGINT})
    try:
        return start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
