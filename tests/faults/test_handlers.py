"""Moments at which Python or a library would lose a signal, or show it as a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Begin = Callable[..., Any]
IN_A_DESTRUCTOR = """
import os, signal, time
from lava_caching.cli.signals import exit_code, leave_at_once, unwinding

class Awkward:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

leave_at_once()
try:
    with unwinding():
        Awkward()
        time.sleep(20)
except KeyboardInterrupt:
    print("left", exit_code())
"""
WHILE_WORKERS_START = """
import os, signal, subprocess, sys
from lava_caching.sweeps._run import _deaf_to_ctrl_c

heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append("heard"))
child = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"

def start():
    os.kill(os.getpid(), signal.SIGINT)
    return subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout.strip()

print(_deaf_to_ctrl_c(start), heard)
"""
WHILE_A_FILE_IS_WRITTEN = """
import os, signal
from pathlib import Path
from lava_caching import files

replace = os.replace

def struck(*given):
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    replace(*given)

os.replace = struck
signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    files.write_atomically(Path("whole"), b"all of it")
except KeyboardInterrupt:
    print(Path("whole").read_bytes().decode(), os.listdir())
"""
GROUPS = """
import multiprocessing, os
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.lif.process import LIF
from lava_caching.processes.running import running

with running(LIF(shape=(1,)), Loihi2SimCfg(select_tag="floating_pt")) as network:
    network.run(1)
    ours = os.getpgid(0)
    print({os.getpgid(child.pid) == ours for child in multiprocessing.active_children()})
"""


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param(IN_A_DESTRUCTOR, "left 143", id="in a destructor"),
        pytest.param(WHILE_WORKERS_START, "True ['heard']", id="while workers start"),
        pytest.param(WHILE_A_FILE_IS_WRITTEN, "all of it ['whole']", id="while a file is written"),
    ],
)
def test_a_signal_is_neither_lost_nor_in_the_way(tmp_path: Path, script: str, said: str) -> None:
    assert run(script, tmp_path) == said


def test_workers_of_lava_are_out_of_reach_of_a_terminal(tmp_path: Path) -> None:
    pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    assert run(GROUPS, tmp_path) == "{False}"


def run(script: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize("n", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 30))])
def test_a_command_that_is_done_is_not_killed_while_python_ends(begin: Begin, tmp_path: Path, n: int) -> None:
    running = begin("hardware", "list")
    said = tmp_path / "work.out"
    end = time.monotonic() + 60
    while not said.stat().st_size and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(0.004 * n)
    running.send(signal.SIGTERM)
    assert running.end().code in (0, 143)


@pytest.mark.long
def test_the_same_between_two_busy_processes(begin: Begin, tmp_path: Path) -> None:
    """A signal is heard within seconds where others have the cores."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        words = "run perceptron --n-inputs 1000 --n-patterns 1900 --engine reference --quiet --out r.json"
        running = begin(*words.split())
        running.wait_until_it_listens()
        time.sleep(5)
        running.send(signal.SIGTERM)
        sent = time.monotonic()
        ended = running.end()
        assert ended.code == 143
        assert time.monotonic() - sent < 30
        assert running.left() == []
    finally:
        for process in busy:
            process.kill()
            process.wait()
