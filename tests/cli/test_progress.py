"""Progress is shown late, sparsely, and to whoever listens; Ctrl-C asks first and insists the second time."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from lava_caching.cli import progress
from lava_caching.cli.progress import ProgressBar
from lava_caching.errors import InputError


def test_a_short_run_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with ProgressBar("perceptron") as bar:
        assert bar(1, 10, "3 errors") is True
    assert capfd.readouterr().err == ""


def test_a_long_run_says_a_line_now_and_then(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SHOW_AFTER_S", 0.0)
    bar = ProgressBar("replay")
    for n_done in (1000, 2000, 3000):
        bar(n_done, 5000, "steps")
    assert capfd.readouterr().err == "replay: 1,000 of at most 5,000 steps\n"
    bar(5000, 5000, "steps")
    assert capfd.readouterr().err == ""


def test_quiet_is_quiet(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SHOW_AFTER_S", 0.0)
    with ProgressBar("perceptron", quiet=True) as bar:
        bar(1, 10, "3 errors")
    assert capfd.readouterr().err == ""


def test_the_first_interrupt_asks_and_the_second_insists(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ProgressBar("perceptron", quiet=True) as bar:
            assert bar(1, 10, "3 errors") is True
            os.kill(os.getpid(), signal.SIGINT)
            assert bar(2, 10, "3 errors") is False
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    err = capfd.readouterr().err
    assert progress.FIRST_INTERRUPT in err
    assert progress.SECOND_INTERRUPT in err


def test_who_ignores_interrupts_goes_on_ignoring_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ProgressBar("perceptron", quiet=True) as bar:
            os.kill(os.getpid(), signal.SIGINT)
            assert bar(1, 10, "3 errors") is True
    finally:
        signal.signal(signal.SIGINT, before)


def test_verbose_tells_the_last_round_and_the_time(capfd: pytest.CaptureFixture[str]) -> None:
    with ProgressBar("perceptron", verbose=True) as bar:
        bar(1, 3, "epochs, 4 errors in the last")
        bar(2, 3, "epochs, 2 errors in the last")  # within a tenth of a second: not told
        bar(3, 3, "epochs, 0 errors in the last")
    first, last, end = capfd.readouterr().err.splitlines()
    assert re.fullmatch(r"perceptron: \d\.\d\d s, 1 of at most 3 epochs, 4 errors in the last", first)
    assert re.fullmatch(r"perceptron: \d\.\d\d s, 3 of at most 3 epochs, 0 errors in the last", last)
    assert re.fullmatch(r"perceptron: \d\.\d\d s in all", end)


def test_quiet_and_verbose_exclude_each_other() -> None:
    with pytest.raises(InputError, match="--quiet and --verbose: give one of them"):
        ProgressBar("perceptron", quiet=True, verbose=True)


def test_a_verbose_run_says_its_settings_and_prints_the_same(call: Callable[..., Any]) -> None:
    plain = call("run", "perceptron", "--n-inputs", "20", "--n-patterns", "10")
    told = call("run", "perceptron", "--n-inputs", "20", "--n-patterns", "10", "--verbose")
    assert told.out == plain.out
    assert told.err.startswith("perceptron: engine numba, seed 0, policy local-global, threshold 5.0")
    assert "n_inputs 20, n_patterns 10" in told.err
