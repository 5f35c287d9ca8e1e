"""What only a process of its own can show: signals, pipes, terminals, encodings, a home that is not there."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

LAVA_CACHING = [sys.executable, "-m", "lava_caching"]
LONG = ["run", "perceptron", "--n-inputs", "1000", "--n-patterns", "1900", "--engine", "reference"]
SMALL = ["run", "perceptron", "--n-inputs", "20", "--n-patterns", "15", "--engine", "reference"]
Shell = Callable[..., Any]


def listen_to_ctrl_c() -> None:
    """Undo what a test run in the background of a script would hand down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_the_finished_epochs(tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    process = subprocess.Popen(
        [*LAVA_CACHING, *LONG, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        preexec_fn=listen_to_ctrl_c,  # noqa: PLW1509 - this process has no other thread then
    )
    assert process.stderr is not None
    progress = process.stderr.readline()  # comes after about two seconds
    process.send_signal(signal.SIGINT)
    printed, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert progress.startswith("perceptron: ")
    assert "of at most 10,000" in progress
    assert "interrupted: finishing this round" in err
    assert "interrupted after" in printed
    outcome = json.loads(out.read_text(encoding="utf-8"))["outcome"]
    assert outcome["interrupted"] is True
    assert outcome["converged"] is False
    assert outcome["n_presentations"] == 1900 * outcome["n_epochs"] > 0


def rest_of(terminal: int) -> bytes:
    """Read our side of a terminal until the program on the other has ended, and close it."""
    shown = b""
    with contextlib.suppress(OSError):  # Linux: the other side is closed
        while chunk := os.read(terminal, 4096):
            shown += chunk
    os.close(terminal)
    return shown


def test_a_terminal_gets_a_bar(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*LAVA_CACHING, *LONG, "--out", str(tmp_path / "record.json")],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        preexec_fn=listen_to_ctrl_c,  # noqa: PLW1509 - as above
    )
    os.close(theirs)
    shown, end = b"", time.monotonic() + 60
    while "━━━".encode() not in shown and time.monotonic() < end:
        shown += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    shown += rest_of(ours)
    assert process.wait(timeout=60) == 130
    assert "━━━".encode() in shown
    assert b"of at most 10,000" in shown


def test_a_reader_that_leaves_is_no_error() -> None:
    command = [*LAVA_CACHING, "hardware", "show", "sram_pcm_90nm"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


def test_a_full_disk_on_stdout_is_told() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*LAVA_CACHING, "doctor"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: cannot write to standard output: No space left on device")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "POSIX", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "posix"],
)
def test_a_plain_locale_spells_greek_out(shell: Shell, env: dict[str, str]) -> None:
    done = shell(*SMALL, "--tau", "100", env=env)
    assert done.code == 0
    assert "theta = 5, tau = 100" in done.out
    assert "####" in done.out
    assert done.out.isascii()


def test_paths_may_hold_anything(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "päth with spaces λ"
    folder.mkdir()
    patterns, out = folder / "öwn.npz", folder / "récord.json"
    np.savez(patterns, patterns=np.eye(3), targets=np.ones(3))
    done = shell("run", "perceptron", "--patterns", patterns, "--engine", "reference", "--out", out, "--quiet")
    assert (done.code, done.err) == (0, "")
    printed = shell("price", out, "--json", env={"PYTHONIOENCODING": "ascii"}).out
    assert printed.isascii()
    assert json.loads(printed)["config"]["patterns"] == str(patterns)


def test_a_name_that_is_no_text_does_not_lose_the_run(tmp_path: Path) -> None:
    patterns, out = os.fsencode(tmp_path) + b"/\xff.npz", tmp_path / "record.json"
    np.savez(tmp_path / "own.npz", patterns=np.eye(3), targets=np.ones(3))
    shutil.copy(os.fsencode(tmp_path / "own.npz"), patterns)
    command = [*LAVA_CACHING, "run", "perceptron", "--engine", "reference", "--quiet", "--out", str(out), "--patterns"]
    done = subprocess.run([*map(os.fsencode, command), patterns], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(out.read_bytes())["config"]["patterns"].endswith("\udcff.npz")


def test_a_home_that_is_not_there_does_no_harm(tmp_path: Path) -> None:
    gone = str(tmp_path / "file" / "home")
    (tmp_path / "file").write_text("no folder")
    script = "from lava_caching.kernels._compile import cache_folder; print(cache_folder())"
    for extra in ({}, {"HOME": gone, "XDG_CACHE_HOME": gone}):
        kept = {k: v for k, v in os.environ.items() if k not in {"HOME", "XDG_CACHE_HOME", "LAVA_CACHING_KERNEL_CACHE"}}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, env={**kept, **extra}, check=False)
        assert done.returncode == 0, done.stderr
        assert os.access(done.stdout.strip(), os.W_OK)


@pytest.mark.parametrize(("terminal", "coloured"), [("xterm-256color", True), ("dumb", False)])
def test_colours_are_for_terminals_that_have_them(terminal: str, coloured: bool) -> None:
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    command = [*LAVA_CACHING, "hardware", "list"]
    with subprocess.Popen(command, stdout=theirs, env={**env, "TERM": terminal, "COLUMNS": "80"}):
        os.close(theirs)
        shown = rest_of(ours)
    assert b"sram_rram_22nm" in shown
    assert (b"\x1b[" in shown) is coloured


def test_a_pipe_gets_no_colours(shell: Shell) -> None:
    assert "\x1b" not in shell("hardware", "list").out
