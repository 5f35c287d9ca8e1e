"""`lava-caching loihi check|run`: what a user reads at 80 columns, JSON on request, and one sentence where it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lava_caching.processes.lava_needed import lava_missing

NETWORKS = Path(__file__).parents[1] / "lava" / "networks"
STOCK = str(NETWORKS / "stock.py")
on_lava = pytest.mark.skipif(lava_missing() is not None, reason=str(lava_missing()))
CACHING = """
import numpy as np
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.lif.process import LIF
from lava_caching.processes.caching import Caching
from lava_caching.processes.caching_dense.process import CachingDense

def build():
    print("building")
    rule = Loihi2FLearningRule(dw="2*x0*y1", t_epoch=2)
    caching = Caching(policy="local-local", threshold=5)
    connection = CachingDense(weights=np.zeros((2, 3)), learning_rule=rule, caching=caching, name="synapses")
    neurons = LIF(shape=(2,), name="neurons")
    connection.a_out.connect(neurons.a_in)
    return neurons
"""


class Done(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Done]


@on_lava
@pytest.mark.parametrize("chip", ["loihi1", "loihi2"])
@pytest.mark.parametrize("target", ["perceptron", STOCK, f"{STOCK}:build"])
def test_a_network_that_fits_says_so_in_lines_of_80_columns(call: Call, target: str, chip: str) -> None:
    done = call("loihi", "check", target, "--chip", chip)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines[1:])
    cores = {"perceptron": "1 core"}.get(target, "3 cores")
    assert lines[-1] == f"fits on {cores} of {chip} (it has 128)"


@on_lava
def test_each_process_is_shown_with_used_and_available(call: Call) -> None:
    out = call("loihi", "check", "perceptron", "--n-inputs", "784", "--n-patterns", "10").out
    (row,) = (line for line in out.splitlines() if line.startswith("synapses "))
    assert row.split() == ["synapses", "1", "1/1024", "785/4096", "0/4096", f"{785 * 64}/1048576"]
    assert "  LearningDense" in out
    assert "on the host or an embedded processor: patterns (PatternSource), error" in out
    assert "learning rule of synapses: legal, 6 products, three factors, t_epoch = 2" in out
    assert "dt = 4*x0*y1 - 4*x0*y2 - 2^1*u0*sgn(t-20) - 2^1*u0*sgn(t+20)" in out
    other = call("loihi", "check", STOCK).out.splitlines()
    at = other.index("  LearningDense")
    assert other[at + 1] == "  into classes"
    out = call("loihi", "check", "perceptron", "--chip", "loihi2").out
    assert "1001/?" in out
    assert "unknown, not checked: in-axons, out-axons of loihi2" in out


@on_lava
def test_json_is_all_there_is_on_stdout_and_agrees_with_the_text(call: Call, tmp_path: Path) -> None:
    done = call("loihi", "check", "perceptron", "--n-patterns", "10", "--json")
    plain = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert plain["target"] == "perceptron"
    assert plain["fits"] is True
    assert plain["n_cores"] == {"used": 1, "available": 128}
    assert plain["processes"][0]["per_core"]["in_axons"] == {"used": 1001, "available": 4096}
    own = tmp_path / "net.py"
    own.write_text(CACHING, encoding="utf-8")
    done = call("loihi", "check", own, "--json")
    plain = json.loads(done.out)
    assert done.code == 2
    assert done.err == f"building\nerror: {plain['verdict']}\n"
    assert plain["fits"] is False


@on_lava
def test_what_does_not_fit_ends_in_a_sentence_with_culprit_limit_and_way_out(call: Call) -> None:
    done = call("loihi", "check", f"{STOCK}:too_many_inputs")
    assert done.code == 2
    assert "5000/4096" in done.out
    assert done.err == (
        "error: 'feedforward' (Dense): needs 5,000 in-axons, and a core of loihi1 has 4,096: every input needs one on"
        " each core that holds its synapses, so use at most 4,096 inputs, or let the others end in other neurons\n"
    )
    assert call("loihi", "check", f"{STOCK}:too_many_inputs", "--chip", "loihi2").code == 0


@on_lava
def test_our_own_connection_has_no_place_on_a_chip(call: Call, tmp_path: Path) -> None:
    own = tmp_path / "net.py"
    own.write_text(CACHING, encoding="utf-8")
    done = call("loihi", "check", own)
    assert done.code == 2
    assert done.err == (
        "building\n"
        "error: 'synapses' (CachingDense) is computed by a CPU only, and plasticity and memory on the chip are stock"
        " Processes of Lava: use LearningDense with lava_caching.processes.native_caching_rule(rule, threshold)\n"
    )


@on_lava
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("check", "net"), "TARGET = 'net': must be perceptron or FILE.py[:NAME], as in net.py:build"),
        (("check", "nowhere.py"), "nowhere.py: no such file; give the Python file that builds the network"),
        (("check", f"{STOCK}:fails"), f"{STOCK}: line 49: ZeroDivisionError: division by zero; put that right first"),
        (
            ("check", "perceptron", "--chip", "loihi3"),
            "unknown chip 'loihi3'; did you mean 'loihi2'? known: loihi1, loihi2",
        ),
        (("check", "perceptron", "--chip", "no.toml"), "no.toml: cannot be read (No such file or directory): give the"),
        (("check", "perceptron", "--n-inputs", "0"), "--n-inputs = 0: must be from 1 to 1,000,000,000"),
        (("check", "perceptron", "--n-inputs", "ten"), "--n-inputs = 'ten': must be a whole number, such as 1000"),
        (
            ("check", STOCK, "--n-inputs", "5"),
            f"--n-inputs = 5: belongs to the target perceptron; {STOCK} says its own",
        ),
        (("check",), "TARGET is missing: see lava-caching loihi check --help"),
        (
            ("run", "perceptron"),
            "a run on Loihi needs Intel's extension of Lava for Loihi, and this Python has no module",
        ),
        (("run", "perceptron", "--steps", "0"), "--steps = 0: must be from 1 to 1,000,000,000"),
        (
            ("run", "perceptron", "--host", "10.0.0.7", "--board", "b"),
            "--board = 'b': belongs to SLURM, and --host is '10.0.0.7'; leave one of them out",
        ),
        (("chek",), "unknown command 'chek'; did you mean 'check'? known: "),
    ],
)
def test_bad_input_ends_in_one_sentence(call: Call, words: tuple[str, ...], message: str) -> None:
    done = call("loihi", *words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(f"error: {message}")
    assert done.err.count("\n") == 1


def test_without_lava_one_sentence_says_what_is_missing(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lava.magma", None)
    for words in (("check", "perceptron"), ("check", STOCK), ("run", "perceptron")):
        done = call("loihi", *words)
        assert done.code == 2
        assert done.out == ""
        assert " needs Lava: " in done.err
        assert done.err.count("\n") == 1


def test_help_names_the_commands_and_lava_is_not_imported_for_it(shell: Call) -> None:
    done = shell("loihi", env={"COLUMNS": "80"})
    assert "check" in done.out + done.err
    assert "run" in done.out + done.err
    probe = (
        "import sys; import lava_caching.cli.app; sys.exit(any(name.split('.')[0] == 'lava' for name in sys.modules))"
    )
    import subprocess

    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
