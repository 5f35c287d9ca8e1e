"""What all tests on Lava share: nothing may be left behind, and no model file may be dropped without a word."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import resource_tracker, shared_memory
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHARED_MEMORY = Path("/dev/shm")
OWN_PREFIX = f"lc{os.getpid()}_"

# The last that matches holds.
WARNINGS = (
    # networkx, which Lava compiles with, looks for pandas and does without
    "ignore:pandas not found:ImportWarning",
    # Lava drops a model file that it cannot import with this warning only, and then runs something else
    "error:Cannot import module:UserWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    """Give shared memory a name of our own: several test processes share /dev/shm, and each looks after its part."""
    shared_memory._SHM_NAME_PREFIX = f"/{OWN_PREFIX}"  # type: ignore[attr-defined]
    shared_memory._SHM_SAFE_NAME_LENGTH = len(OWN_PREFIX) + 9  # type: ignore[attr-defined]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for line in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(line))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a process or shared memory behind, and clear it away for the next one."""
    before = children()
    yield
    end = time.monotonic() + 1.0  # within which a process that is ending may end
    while (left := children() - before) and time.monotonic() < end:
        time.sleep(0.01)
    names = sorted(path.name for path in SHARED_MEMORY.glob(f"{OWN_PREFIX}*"))
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for name in names:
        (SHARED_MEMORY / name).unlink(missing_ok=True)
    assert not left, "these worker processes were left behind, and have been killed"
    assert not names, "this shared memory was left behind, and has been removed"


def children() -> set[int]:
    """Return the processes that this one has started; not the one by which Python looks after shared memory."""
    multiprocessing.active_children()  # buries those that have ended
    found: set[int] = set()
    for path in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has ended
            found.update(map(int, path.read_text().split()))
    if not Path("/proc").is_dir():
        found.update(child.pid for child in multiprocessing.active_children() if child.pid)
    return found - {resource_tracker._resource_tracker._pid}  # type: ignore[attr-defined]
