"""Whatever is run, its kernels come from the disk: one compiled in a run takes 0.5 s in each process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SMALL = {"n_inputs": 50, "n_patterns": 60}
RUNS = {
    "perceptron": [
        SMALL,
        {**SMALL, "policy": "immediate"},
        {**SMALL, "policy": "at-end", "tau": 100, "max_epochs": 50},
        {**SMALL, "policy": "local-local", "amount": "quantum", "quantum": 1},
        {**SMALL, "policy": "global-global", "threshold": 50, "center_patterns": False},
        {**SMALL, "write_counts": True, "learning_rate": 0.3},
        {**SMALL, "schedule": "error-rate", "schedule_steps": 500},
        {**SMALL, "device": "pcm-mushroom-90nm", "max_epochs": 5},
        {**SMALL, "device": "noisy-15-levels", "max_epochs": 5},
    ],
    "mlp": [{"max_epochs": 1}, {"max_epochs": 1, "policy": "local-local", "tau": 1000}],
    "spiking": [{"n_patterns": 1, "max_epochs": 3}],
    "tagging": [{}],
}
SCRIPT = """
import json, sys
from numba import njit
from numba.core import event
from lava_caching.experiments import get_experiment

class Compiled(event.Listener):
    def on_start(self, told): print(told.data["dispatcher"])
    def on_end(self, told): pass

name, configs, also = json.loads(sys.argv[1])
with event.install_listener("numba:compile", Compiled()):
    for config in configs:
        get_experiment(name)(**config).run(seed=0)
    if also:
        njit(lambda x: x)(1)
"""


def compiled_by(name: str, *, also: bool = False) -> str:
    """Run all configs in a process of its own and return what was compiled there."""
    words = [sys.executable, "-c", SCRIPT, json.dumps([name, RUNS[name], also])]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", RUNS)
def test_a_second_process_compiles_nothing(name: str) -> None:
    compiled_by(name)
    assert compiled_by(name) == ""


def test_what_is_compiled_is_heard() -> None:
    assert "lambda" in compiled_by("tagging", also=True)
