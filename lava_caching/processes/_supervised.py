"""Lava's runtime under supervision: it looks after its workers while it waits for them, and cleans up after them."""

from __future__ import annotations

import contextlib
import mmap
import os
import threading
import time
from collections.abc import Callable
from itertools import count
from multiprocessing import connection
from types import SimpleNamespace
from typing import Any

from lava_caching.errors import InputError
from lava_caching.processes._left_over import end_external_ports, forget
from lava_caching.processes._workers import POLL_S, LavaRunError, Port, Worker, end, first_failed
from lava_caching.processes.lava_needed import require_lava

try:
    from lava.magma.compiler.channels.interfaces import ChannelType
    from lava.magma.runtime.message_infrastructure.multiprocessing import MultiProcessing
    from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND, MGMT_RESPONSE, enum_equal
    from lava.magma.runtime.runtime import Runtime
except ImportError:
    require_lava(__name__)
    raise

__all__ = ["SupervisedRuntime"]

ANSWER_S = 60.0  # within which a paused network must answer: it does so in microseconds
END_S = 30.0  # within which a worker that was told to stop must have ended
REPORT_S = 2.0  # within which a worker that failed must have said why
SECOND_LOOK_S = 0.3  # within which the cause of another's end shows


class SupervisedRuntime(Runtime):  # type: ignore[misc] # Lava is not typed
    """Lava's runtime, which never waits for a worker that is gone and cleans up whatever happens."""

    runtime_to_service: list[Any]
    service_to_runtime: list[Any]
    _is_running: bool

    def __init__(self, executable: Any, *arguments: Any, **options: Any) -> None:
        self._pid, self._is_closed, self._is_ending = os.getpid(), False, False
        self.timeout_s: float | None = None
        self._patience_s = float("inf")
        self._ends: list[Port] = []
        super().__init__(executable, *arguments, **options)
        self._messaging_infrastructure = Infrastructure(executable)

    def initialize(self, node_cfg_idx: int = 0) -> None:
        """Fork the workers and wait until all have made their models."""
        try:
            super().initialize(node_cfg_idx)
        except BaseException:
            self.abandon()
            raise
        self._is_started = True  # the services answer from now on, so that Vars can be read before the first step

    def _build_message_infrastructure(self) -> None:
        self._messaging_infrastructure.start()

    def _start_ports(self) -> None:
        super()._start_ports()
        self.runtime_to_service = [Port(port, self._look) for port in self.runtime_to_service]
        self.service_to_runtime = [Port(port, self._look) for port in self.service_to_runtime]
        self._ends = [*self.runtime_to_service, *self.service_to_runtime]
        self.exception_q.clear()  # nobody writes to Lava's own
        while waiting := [w for w in self._messaging_infrastructure.actors if not w.is_built]:
            connection.wait([end for worker in waiting for end in (worker.ear, worker.sentinel)])
            self._look(0.0)

    def require_started(self) -> None:
        """Refuse what needs a running network."""
        if not self._is_started:
            raise InputError(
                "the network has been stopped: run it, and read its Vars, inside the `with running(…)` block"
            )

    def get_var(self, var_id: int, idx: Any = None) -> Any:
        """Return a Var's value."""
        self.require_started()
        self._patience_s = ANSWER_S
        return super().get_var(var_id, idx)

    def set_var(self, var_id: int, value: Any, idx: Any = None) -> None:
        """Set a Var's value."""
        self.require_started()
        self._patience_s = ANSWER_S
        super().set_var(var_id, value, idx)

    def _get_resp_for_run(self) -> None:
        """Wait until each service has said that the run is over."""
        self._patience_s = self.timeout_s or float("inf")
        pending: list[Port] = list(self.service_to_runtime)
        while self._is_running and pending:
            port = self._next(pending)
            answer = self._answer(port)
            pending.remove(port)
            if enum_equal(answer, MGMT_RESPONSE.REQ_PAUSE):
                self.pause()
            elif enum_equal(answer, MGMT_RESPONSE.REQ_STOP):
                self.stop()
            elif not enum_equal(answer, MGMT_RESPONSE.DONE):
                raise self._failure(
                    LavaRunError(f"Lava's runtime service answered {answer}, which is no answer to a run")
                )
        self._is_running = False

    def pause(self) -> None:
        """Pause a run; what it still answers is passed over."""
        if self._is_running:
            self._ask(MGMT_COMMAND.PAUSE, MGMT_RESPONSE.PAUSED, ANSWER_S)
        self._is_running = False

    def stop(self) -> None:
        """Stop all workers, politely if they answer in time, and free everything; a second call does nothing."""
        if self._is_closed or os.getpid() != self._pid:
            return
        try:
            if self._is_started:
                self._is_ending = True
                self._ask(MGMT_COMMAND.STOP, MGMT_RESPONSE.TERMINATED, END_S)
                self._wait_for_the_end()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """End all workers at once and free everything; a second call does nothing."""
        if self._is_closed or os.getpid() != self._pid:
            return
        self._is_closed, self._is_started, self._is_running = True, False, False
        self._messaging_infrastructure.stop()
        for port in self._ends:
            port.end()
        self.join()
        end_external_ports(self._executable)
        with contextlib.suppress(Exception):  # Lava's own watchdog is a debugging aid
            self._watchdog_manager.stop()
        forget(self._executable)
        self._ends, self.runtime_to_service, self.service_to_runtime = [], [], []

    def _ask(self, command: Any, expected: Any, patience_s: float) -> None:
        self._patience_s = patience_s
        for port in self.runtime_to_service:
            port.send(command)
        for port in self.service_to_runtime:
            while not enum_equal(self._answer(port), expected):
                pass

    def _answer(self, port: Port) -> Any:
        """Return the next answer of a service; where it is an error, wait for the worker to say more."""
        answer = port.recv()
        if not enum_equal(answer, MGMT_RESPONSE.ERROR):
            return answer
        latest = time.monotonic() + REPORT_S
        while time.monotonic() < latest:
            self._look(0.0, may_end=True)
            time.sleep(POLL_S / 10)
        raise self._failure(LavaRunError("a Process failed, and Lava does not say which"))

    def _next(self, ports: list[Port]) -> Port:
        """Return a port that has an answer."""
        event, waited_s = threading.Event(), 0.0
        while True:
            for port in ports:
                if port.is_ready(event):
                    return port
            if not event.wait(POLL_S):
                waited_s += POLL_S
                self._look(waited_s)
            event.clear()

    def _wait_for_the_end(self) -> None:
        workers = {worker.sentinel: worker for worker in self._messaging_infrastructure.actors}
        for n in count(1):
            for sentinel in connection.wait(list(workers), timeout=POLL_S):
                del workers[sentinel]
            self._look(n * POLL_S)
            if not workers:
                return

    def _look(self, waited_s: float, *, may_end: bool = False) -> None:
        """Raise if a worker has failed, or the parent has waited too long."""
        workers, may_end = self._messaging_infrastructure.actors, may_end or self._is_ending
        failed = first_failed(workers, may_end=may_end)
        latest = time.monotonic() + SECOND_LOOK_S
        while failed and _may_follow_another(failed) and time.monotonic() < latest:
            time.sleep(POLL_S / 10)
            failed = first_failed(workers, may_end=may_end)
        if failed:
            raise self._failure(failed.error())
        if waited_s > self._patience_s:
            alive = ", ".join(worker.who for worker in workers if worker.is_alive())
            raise self._failure(
                LavaRunError(f"no answer within {self._patience_s:g} s; still at work or waiting: {alive}")
            )

    def _failure(self, error: LavaRunError) -> LavaRunError:
        """Return the error, with nothing left running."""
        self.abandon()
        return error


class Infrastructure(MultiProcessing):  # type: ignore[misc] # Lava is not typed
    """Lava's workers, each under supervision, and the memory that they share."""

    def __init__(self, executable: Any) -> None:
        super().__init__()
        self._actors: list[Worker] = []
        self._names = {
            id(builder): (f"Process {process.name!r} ({type(process).__name__})", process.name)
            for process, builder in executable.proc_builders.items()
        }
        channels = (*(executable.channel_builders or ()), *(executable.sync_channel_builders or ()))
        self._is_plain = all(channel.channel_type is ChannelType.PyPy for channel in channels)

    def start(self) -> None:
        """Provide shared memory: without a name where only Python shares it, otherwise as Lava does."""
        if self._is_plain:
            self._smm = SimpleNamespace(create_shared_memory=_nameless_memory, shutdown=lambda: None)
        else:
            super().start()

    def build_actor(self, target_fn: Callable[..., None], builder: Any, exception_q: Any = None) -> Worker:
        """Fork a worker, which takes the place of what Lava would run in it and of Lava's queue for exceptions."""
        service = f"Lava's {getattr(builder, 'rs_class', type(builder)).__name__}"
        worker = Worker(*self._names.get(id(builder), (service, None)), builder)
        self._actors.append(worker)
        worker.start()
        return worker

    def stop(self) -> None:
        """End all workers and free their memory; a second call does nothing."""
        workers, self._actors = self._actors, []
        end(workers)
        if self._smm is not None:
            self._smm.shutdown()


def _may_follow_another(failed: Worker) -> bool:
    """Return whether a worker may have failed because another one has, which still takes a breath to say so."""
    return failed.process is None or not (failed.report or failed.exitcode)


def _nameless_memory(size: int) -> SimpleNamespace:
    """Return memory that forked workers share and that the system frees with the last of them."""
    return SimpleNamespace(buf=memoryview(mmap.mmap(-1, max(size, 1))))
