"""The workers of a Lava run: each says through a pipe of its own what went wrong in it, and ends with its parent."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from itertools import count
from multiprocessing import Pipe, connection, parent_process
from multiprocessing.context import ForkProcess
from queue import Empty
from typing import Any, NamedTuple

__all__ = ["LavaRunError", "Port", "Worker", "end", "first_failed"]

POLL_S = 0.05  # how long a worker may be dead before the waiting parent looks
GRACE_S = 2.0  # between asking a worker to end and killing it
KILLED_S = 30.0  # within which a killed worker must be gone
LONGEST = 1000  # characters of a worker's message; its traceback has them all
PHASES = {1: "spiking", 2: "pre-learning management", 3: "learning", 4: "post-learning management", 5: "host"}


class LavaRunError(RuntimeError):
    """A worker of a Lava run failed; its own exception, with the worker's traceback, is the ``__cause__``.

    Attributes
    ----------
    process : str or None
        Name of the Process whose worker failed; None where it cannot be known.
    phase : str or None
        Phase of Lava's protocol in which it failed, where the worker could tell.
    step : int or None
        Time-step of that phase, counted from 1.
    """

    process: str | None = None
    phase: str | None = None
    step: int | None = None


class WorkerTracebackError(Exception):
    """Carries the text of a worker's traceback to where it is shown."""


class Report(NamedTuple):
    """What a worker says about its fault; plain data, since not every exception can travel."""

    time: float
    phase: str | None
    step: int | None
    summary: str
    traceback: str
    error: bytes | None

    @classmethod
    def of(cls, error: BaseException, actor: Any) -> Report:
        """Describe an exception; `actor` is the model or service that raised it, None while it was made."""
        now, phase = time.monotonic(), getattr(actor, "phase", None)
        try:
            pickled = pickle.dumps(error)
            pickle.loads(pickled)  # some exceptions can be packed, and not unpacked
        except Exception:
            pickled = None
        return cls(
            time=now,
            phase=None if phase is None else PHASES.get(int(phase[0])),
            step=getattr(actor, "time_step", None),
            summary=_shortened(traceback.format_exception_only(type(error), error)[-1].strip()),
            traceback="".join(traceback.format_exception(type(error), error, error.__traceback__)),
            error=pickled,
        )

    def cause(self) -> BaseException:
        """Return the worker's exception, which shows the worker's traceback as its own cause."""
        remote = WorkerTracebackError(f'\n"""\n{self.traceback}"""')
        if self.error is None:
            return remote
        error: BaseException = pickle.loads(self.error)
        error.__cause__ = remote
        return error


class Worker(ForkProcess):
    """A worker that ends with its parent, leaves Ctrl-C to it, and says what went wrong.

    Parameters
    ----------
    who : str
        How errors call it.
    process : str or None
        Name of its Process; None for Lava's own services.
    builder : AbstractBuilder
        Makes the model or the service that runs here.
    """

    def __init__(self, who: str, process: str | None, builder: Any) -> None:
        super().__init__(name=who, daemon=True)  # so that Python ends it when it ends itself
        self.who, self.process, self._builder = who, process, builder
        self.is_built = False
        self.report: Report | None = None
        self.ear, self._mouth = Pipe(duplex=False)

    def start(self) -> None:
        """Fork."""
        try:
            super().start()
        finally:
            self._mouth.close()

    def run(self) -> None:
        """Make the model and let it run until it is told to stop; this happens in the worker."""
        self._config["daemon"] = False  # type: ignore[attr-defined] # so that a model may have processes of its own
        os.setpgid(0, 0)  # out of the group that a terminal or `timeout` sends its signals to
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        actor = None
        try:
            actor = self._builder.build()
            self._mouth.send(None)
            actor.start()
        except BaseException as error:
            self._mouth.send(Report.of(error, actor))

    def listen(self) -> None:
        """Take in what the worker has said."""
        with contextlib.suppress(EOFError, OSError):
            while self.ear.poll():
                self.report = self.ear.recv()
                self.is_built = self.is_built or self.report is None

    def error(self) -> LavaRunError:
        """Return the error of a worker that has failed."""
        when, phase, step, report = "while its model was made", None, None, self.report
        if self.is_built:
            phase, step = (report.phase, report.step) if report and report.step else (None, None)
            when = f"in the {phase} phase of time-step {step}" if step else "while it ran"
        if report is None:
            error = LavaRunError(f"the worker of {self.who} {_ended(self.exitcode or 0)} {when}")
        else:
            error = LavaRunError(f"{self.who} failed {when}: {report.summary}")
            error.__cause__ = report.cause()
        error.process, error.phase, error.step = self.process, phase, step
        return error


class Port:
    """The parent's end of a channel; while it waits, it looks after the workers."""

    def __init__(self, port: Any, look: Callable[[float], None]) -> None:
        self._port, self._look = port, look

    def recv(self) -> Any:
        """Return the next message."""
        queue, waited_s = self._port._queue, 0.0
        while True:
            with contextlib.suppress(Empty):
                if not queue.queue:  # most of a long Var is there already
                    queue.get(timeout=POLL_S, peek=True)
                return self._port.recv()
            waited_s += POLL_S
            self._look(waited_s)

    def send(self, message: Any) -> None:
        """Send a message when there is room for it."""
        for n in count(1):
            if self._port._semaphore.acquire(timeout=POLL_S):
                break
            self._look(n * POLL_S)
        self._port._semaphore.release()
        self._port.send(message)

    def is_ready(self, event: threading.Event) -> bool:
        """Return whether there is a message, and set the event when the next one comes."""
        self._port.observer = event.set
        return bool(self._port.probe())

    def end(self) -> None:
        """End the thread of the port."""
        self._port.join()
        self._port.thread.join(GRACE_S)


def first_failed(workers: Sequence[Worker], *, may_end: bool) -> Worker | None:
    """Return the worker that failed first: of those that say why, else one that was killed, else one that is gone.

    `may_end` is True where a worker is not wrong to have ended.
    """
    gone = [worker for worker in workers if worker.exitcode is not None]  # before listening: the last word may be late
    for worker in workers:
        worker.listen()
    said = [(worker.process is None, worker.report.time, n) for n, worker in enumerate(workers) if worker.report]
    if said:
        return workers[min(said)[-1]]  # a service of Lava's fails because a Process has
    wrong = sorted(
        (worker for worker in gone if worker.exitcode or not may_end), key=lambda worker: not worker.exitcode
    )
    return wrong[0] if wrong else None


def end(workers: Sequence[Worker]) -> None:
    """End workers, by force where they do not follow, and free what they used here."""
    forked = [worker for worker in workers if worker.pid is not None]
    for act, patience_s in ((Worker.terminate, GRACE_S), (Worker.kill, KILLED_S)):
        for worker in forked:
            if worker.is_alive():
                act(worker)
        latest = time.monotonic() + patience_s
        for worker in forked:
            worker.join(max(0.0, latest - time.monotonic()))
    for worker in workers:
        worker.ear.close()
        if worker.pid is not None and worker.exitcode is not None:
            worker.close()


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _ended(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code} and without a word"
    number = -exit_code
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    hint = " (as the system does when memory runs out)" if number == signal.SIGKILL else ""
    return f"was killed by {name}{hint}"


def _end_with_parent() -> None:
    """Wait for the parent's death, then end: a worker whose parent was killed would wait for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
