"""Progress on stderr for what takes longer than two seconds, and a Ctrl-C that keeps what is finished."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from lava_caching.cli.signals import heard
from lava_caching.cli.terminal import console, say
from lava_caching.errors import InputError
from lava_caching.signals import heard_by

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ProgressBar"]

SHOW_AFTER_S = 2.0
LINE_EVERY_S = 10.0
VERBOSE_EVERY_S = 0.1  # a round may take microseconds
FIRST_INTERRUPT = "interrupted: finishing this round and keeping the record (Ctrl-C again stops at once)"
FIRST_OF_MANY = "interrupted: finishing this round; a part of the whole is no result (Ctrl-C again stops at once)"
FIRST_OF_SWEEP = "interrupted: keeping what is finished (Ctrl-C again stops at once)"
SECOND_INTERRUPT = "interrupted: nothing more is kept"


class ProgressBar:
    """A `lava_caching.monitor.Monitor` with a bar on a terminal, or a line now and then elsewhere.

    The first Ctrl-C (or SIGTERM, SIGHUP) asks the run to stop at the next occasion, the second stops at once. `first`
    is what the first one says. Verbose, it tells every round, or ten a second of many, and in the end the time.
    """

    def __init__(self, what: str, *, quiet: bool = False, verbose: bool = False, first: str = FIRST_INTERRUPT) -> None:
        if quiet and verbose:
            raise InputError("--quiet and --verbose: give one of them")
        self.what = what
        self._verbose = verbose
        self._first = first
        self.interrupted = False
        self._quiet = quiet
        self._started = self._said = time.monotonic()
        self._bar: tuple[Progress, TaskID] | None = None
        self._hearing = contextlib.ExitStack()
        self._waiting = threading.Timer(SHOW_AFTER_S, self._say_that_it_starts)
        self._waiting.daemon = True

    def __enter__(self) -> ProgressBar:
        self._hearing.enter_context(heard_by(self._interrupt))
        if not self._quiet and not self._verbose:
            self._waiting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.cancel()
        if self._bar is not None:
            with contextlib.suppress(OSError):
                self._bar[0].stop()
        self._hearing.close()
        if self._verbose:
            say(f"{self.what}: {time.monotonic() - self._started:.2f} s in all")

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        again, self.interrupted = self.interrupted, True
        heard(number, f"\n{SECOND_INTERRUPT if again else self._first}")
        if again:
            raise KeyboardInterrupt

    def _say_that_it_starts(self) -> None:
        say(f"{self.what}: getting ready (the first run after an update compiles for about 20 s)")

    def __call__(self, n_done: int, n_total: int, what: str) -> bool:
        """Show what is done; return whether to go on."""
        self._waiting.cancel()
        now = time.monotonic()
        text = f"{n_done:,} of at most {n_total:,} {'' if what[:1].isalpha() else 'rounds, '}{what}"
        if self._verbose:
            if now - self._said > VERBOSE_EVERY_S or self._said == self._started or n_done == n_total:
                self._said = now
                say(f"{self.what}: {now - self._started:.2f} s, {text}")
        elif not self._quiet and n_done < n_total and now - self._started > SHOW_AFTER_S:
            if sys.stderr is not None and sys.stderr.isatty():
                with contextlib.suppress(OSError):
                    self._draw(n_done, n_total, text)
            elif now - self._said > LINE_EVERY_S or self._said == self._started:
                self._said = now
                say(f"{self.what}: {text}")
        return not self.interrupted

    def _draw(self, n_done: int, n_total: int, text: str) -> None:
        if self._bar is None:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}")
            bar = Progress(*columns, TimeElapsedColumn(), console=console(stderr=True), transient=True)
            self._bar = bar, bar.add_task(self.what, said="")
            bar.start()
        bar, task = self._bar
        bar.update(task, completed=n_done, total=n_total, said=text)
