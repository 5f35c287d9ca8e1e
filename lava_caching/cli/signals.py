"""What Ctrl-C (SIGINT), SIGTERM and SIGHUP do to a command: the exit code is 128 + the signal's number.

A command that has nothing to keep ends at once. A run is asked to stop (see `lava_caching.cli.progress`), and what has
workers or hardware of its own is left by `KeyboardInterrupt`, so that it can let go of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from lava_caching.signals import HEARD, heard_by, listen

__all__ = ["exit_code", "finish", "heard", "leave_at_once", "unwinding"]

ALL_LOST = "error: interrupted: what was not written yet is lost"
AGAIN_S = 0.05
_last: list[int] = []


def exit_code() -> int:
    """Return the exit code of an interrupted command, after the signal that came last."""
    return 128 + (_last[-1] if _last else signal.SIGINT)


def heard(number: int, said: str) -> None:
    """Remember a signal and say on stderr what it does; print() could be interrupted in the middle of itself."""
    _last.append(number)
    with contextlib.suppress(OSError):
        os.write(2, f"{said}\n".encode())


def leave_at_once() -> None:
    """From now on, end the process where it stands.

    An exception would be no use here: in the middle of an import it is swallowed or shown with a traceback.
    """
    if threading.current_thread() is threading.main_thread():
        listen(_leave)
        sys.unraisablehook = _not_lost


def finish() -> None:
    """From now on, let the process end by itself: all is done, and Python would die of a signal while it tidies up."""
    if threading.current_thread() is threading.main_thread():
        for number in HEARD:
            signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def unwinding() -> Iterator[None]:
    """Leave by `KeyboardInterrupt`, so that everything on the way is put in order."""
    with heard_by(_raise):
        yield


def _leave(number: int, frame: FrameType | None) -> None:
    heard(number, ALL_LOST)
    os._exit(exit_code())


def _raise(number: int, frame: FrameType | None) -> None:
    _last.append(number)
    raise KeyboardInterrupt


def _not_lost(lost: sys.UnraisableHookArgs) -> None:
    """Send a signal anew whose `KeyboardInterrupt` fell into a destructor or a callback, where Python drops it."""
    if lost.exc_type is KeyboardInterrupt:
        ident = threading.main_thread().ident
        again = threading.Timer(AGAIN_S, signal.pthread_kill, [ident, _last[-1]])
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)
