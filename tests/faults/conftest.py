"""Commands as processes of their own, in sessions of their own: what they leave behind can be counted."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

PATIENCE_S = 60.0
COMMAND = [sys.executable, "-m", "lava_caching"]


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Running:
    """A command on its way.

    Parameters
    ----------
    words : tuple
        After ``lava-caching``.
    folder : Path
        Where it runs; what it says goes to files beside that.
    env : dict
        Changes of the environment; None takes a variable away.
    prepare : callable, optional
        Is called in the new process before the command.
    options : dict
        Of `subprocess.Popen`.
    """

    def __init__(
        self,
        words: tuple[str | bytes | Path, ...],
        folder: Path,
        env: dict[str, str | None],
        prepare: Callable[[], object] | None,
        options: dict[str, Any],
    ) -> None:
        self.temporary = folder.parent / f"{folder.name}-tmp"
        self.temporary.mkdir(exist_ok=True)
        self._said = [folder.parent / f"{folder.name}.{name}" for name in ("out", "err")]
        told = {"COLUMNS": "80", "TMPDIR": str(self.temporary), **env}
        known = {name: value for name, value in {**os.environ, **told}.items() if value is not None}

        def before() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job of a shell hands down that it is ignored
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if prepare is not None:
                prepare()

        with open(self._said[0], "wb") as out, open(self._said[1], "wb") as err:
            whole = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, **options}
            self.process = subprocess.Popen(
                [*COMMAND, *words],
                env=known,
                start_new_session=True,
                preexec_fn=before,  # noqa: PLW1509 - this process has no other thread then
                **whole,
            )

    def wait_until_it_listens(self) -> None:
        """Wait until it has reached its first line, and hears SIGTERM; before that a signal ends Python itself."""
        bit = 1 << (signal.SIGTERM - 1)
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < end:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            if int(status.partition("SigCgt:")[2].split()[0], 16) & bit:
                return
            time.sleep(0.005)

    def send(self, number: int, *, to_all: bool = False) -> None:
        """Send a signal to the process, or to its whole group, as a terminal and ``timeout`` do."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if to_all else os.kill)(self.process.pid, number)

    def end(self) -> Ended:
        """Wait for the end."""
        code = self.process.wait(timeout=PATIENCE_S)
        return Ended(code, *(path.read_bytes().decode() for path in self._said))

    def left(self, patience_s: float = 15.0) -> list[str]:
        """Return which processes of the session are still alive, after some patience."""
        end = time.monotonic() + patience_s
        while (alive := list(self._alive())) and time.monotonic() < end:
            time.sleep(0.05)
        return alive

    def _alive(self) -> Iterator[str]:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
                if os.getsid(process.pid) == self.process.pid and process.status() != psutil.STATUS_ZOMBIE:
                    yield " ".join(process.cmdline())[:120]


Begin = Callable[..., Running]
Call = Callable[..., Ended]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Start commands; none of them outlives the test."""
    started: list[Running] = []

    def run(
        *words: str | bytes | Path,
        folder: Path | None = None,
        env: dict[str, str | None] | None = None,
        prepare: Callable[[], object] | None = None,
        **options: Any,
    ) -> Running:
        place = tmp_path / "work" if folder is None else folder
        place.mkdir(exist_ok=True)
        started.append(Running(words, place, env or {}, prepare, options))
        return started[-1]

    yield run
    for running in started:
        if running.process.poll() is None:
            running.send(signal.SIGKILL, to_all=True)
            running.process.wait()


@pytest.fixture
def call(begin: Begin) -> Call:
    """Call a command and wait for its end; nothing of it may be alive then."""

    def run(*words: str | bytes | Path, **options: Any) -> Ended:
        running = begin(*words, **options)
        ended = running.end()
        assert running.left() == []
        return ended

    return run
