"""``lava-caching loihi infer``: the accuracy that a trained network keeps as spiking layers of Lava."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching import MLP

Call = Callable[..., Any]
# a shell starts what it puts into the background with SIGINT ignored
LISTENING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("lava_caching", run_name="__main__")
"""
lava_only = pytest.mark.skipif(find_spec("lava") is None, reason="lava-nc installs on Python 3.10 only")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the layers of a network that has learned a little."""
    trained = MLP(n_hidden="12", learning_rate=0.5, max_samples=1000, biases=True).run(seed=0)
    path = tmp_path_factory.mktemp("weights") / "digits.npz"
    np.savez(path, **{f"w{k + 1}": w for k, w in enumerate(trained.weights)})
    return path


@lava_only
def test_it_compares_both_arithmetics_with_the_trained_network(call: Call, weights: Path) -> None:
    asked = ("loihi", "infer", weights, "--n-images", "12", "--n-levels", "16", "--quiet")
    shown = call(*asked)
    assert shown.code == 0
    assert shown.err == ""
    text = " ".join(shown.out.split())
    assert "64-12-10 12 of 360 held-out images of digits" in text
    assert "16 levels of activity, 18 steps of Lava an image" in text
    told = json.loads(call(*asked, "--json").out)
    assert told["layers"] == [64, 12, 10]
    assert set(told["accuracy"]) == {"trained", "floating_pt", "fixed_pt"}
    assert f"trained network {told['accuracy']['trained']:.2%}" in text
    assert f"Lava, fixed point {told['accuracy']['fixed_pt']:.2%}" in text
    assert told["n_changed"]["floating_pt"] <= 2


@lava_only
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--n-levels", "1"), "--n-levels = 1: must be a whole number from 2 to 128"),
        (("--n-images", "0"), "--n-images = 0: must be from 1 to"),
        (("--n-images", "some"), "--n-images = 'some': must be a whole number"),
        (("--dataset", "nowhere"), "dataset 'nowhere' is no data set"),
    ],
)
def test_bad_options_are_refused(refused: Call, weights: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refused("loihi", "infer", weights, *words)


@lava_only
def test_files_that_are_no_network_for_these_images_are_refused(refused: Call, write: Call, tmp_path: Path) -> None:
    assert "lacks the array 'w1'" in refused("loihi", "infer", write("v.npz", v=np.eye(3)))
    small = write("small.npz", w1=np.ones((3, 5)), w2=np.ones((10, 3)))
    said = refused("loihi", "infer", small)
    assert said.startswith(f"{small} on digits: layers of shapes (3, 5), (10, 3) for images of 64 pixels")
    gap = write("gap.npz", w1=np.ones((12, 64)), w3=np.ones((10, 12)))
    assert f"{gap} holds w1, w3: must hold w1, w2 and nothing else" in refused("loihi", "infer", gap)
    few = write("few.npz", w1=np.ones((3, 64)))
    assert refused("loihi", "infer", few) == f"{few} ends in 3 units: must be 10, one for each digit"
    text = tmp_path / "text.npz"
    text.write_text("no archive")
    assert "it is not an .npz file" in refused("loihi", "infer", text)
    assert "No such file" in refused("loihi", "infer", tmp_path / "absent.npz")


def test_without_lava_one_sentence_says_what_is_missing(
    refused: Call, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lava", None)
    assert refused("loihi", "infer", weights).startswith("inference in Lava needs Lava: lava-nc")


@lava_only
def test_ctrl_c_ends_it_with_130(weights: Path) -> None:
    command = [sys.executable, "-c", LISTENING, "loihi", "infer", str(weights)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while "images" not in process.stderr.readline():  # on a busy machine it first says that it gets ready
        assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    started = time.monotonic()
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert time.monotonic() - started < 30
