"""Progress on stderr for what takes longer than two seconds, and a Ctrl-C that keeps what is finished."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType, TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

__all__ = ["ProgressBar"]

SHOW_AFTER_S = 2.0
LINE_EVERY_S = 10.0


class ProgressBar:
    """A `lava_caching.monitor.Monitor` with a bar on a terminal, or a line now and then elsewhere.

    The first Ctrl-C asks the run to stop at the next occasion, the second stops at once.
    """

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        self.what = what
        self.interrupted = False
        self._quiet = quiet
        self._started = self._said = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._old_handler: signal._HANDLER = None

    def __enter__(self) -> ProgressBar:
        if threading.current_thread() is threading.main_thread():
            self._old_handler = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._old_handler is not None:
            signal.signal(signal.SIGINT, self._old_handler)
        if self._bar is not None:
            self._bar.stop()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        print("\ninterrupted: keeping what is finished (Ctrl-C again stops at once)", file=sys.stderr)

    def __call__(self, n_done: int, n_total: int, what: str) -> bool:
        """Show what is done; return whether to go on."""
        now = time.monotonic()
        if not self._quiet and now - self._started > SHOW_AFTER_S:
            if sys.stderr.isatty():
                self._draw(n_done, n_total, what)
            elif now - self._said > LINE_EVERY_S or self._said == self._started:
                self._said = now
                print(f"{self.what}: {n_done} of at most {n_total}, {what}", file=sys.stderr)
        return not self.interrupted

    def _draw(self, n_done: int, n_total: int, what: str) -> None:
        if self._bar is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[said]}"),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self.what, said="")
            self._bar.start()
        self._bar.update(self._task, completed=n_done, total=n_total, said=f"{n_done} of at most {n_total}, {what}")
