"""Who hears the signals that ask a program to end: Ctrl-C (SIGINT), SIGTERM and SIGHUP."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = ["HEARD", "heard_by", "listen", "postponed"]

HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], None]


@contextlib.contextmanager
def heard_by(handler: Handler) -> Iterator[None]:
    """Let a handler hear the signals; those that are ignored (nohup, a background job of a script) stay ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = listen(handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def listen(handler: Handler) -> dict[int, signal._HANDLER]:
    """Install a handler for good, and return those before; None is one that is not Python's, and stays."""
    return {n: signal.signal(n, handler) for n in HEARD if signal.getsignal(n) not in (signal.SIG_IGN, None)}


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """Let what would end this process wait for the end of the block, so that no half-written file is left."""
    came: list[int] = []
    try:
        with heard_by(lambda number, _: came.append(number)):
            yield
    finally:
        for number in came:
            signal.raise_signal(number)
