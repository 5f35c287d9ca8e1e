"""`running`: a fault in a worker is one error here, and neither a run nor a fault leaves anything behind."""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.run_conditions import RunContinuous, RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIF

from lava_caching.errors import InputError
from lava_caching.processes import _supervised
from lava_caching.processes.running import LavaRunError, running, stop_all

linux_only = pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="looks into /proc, which Linux has")
FLOAT = Loihi2SimCfg(select_tag="floating_pt")


class Chain(NamedTuple):
    """LIF → Faulty → Dense → LIF: the last two wait for the one that fails."""

    source: Any
    faulty: Any
    dense: Any
    out: Any


Make = Callable[..., Chain]


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import faulty.process  # type: ignore[import-not-found] # lies beside this file, which is no package

    def make(**options: Any) -> Chain:
        found = Chain(
            LIF(shape=(2,), bias_mant=1, vth=3, name="source"),
            faulty.process.Faulty(name="culprit", **options),
            Dense(weights=np.eye(2), name="dense"),
            LIF(shape=(2,), name="out"),
        )
        found.source.s_out.connect(found.faulty.a_in)
        found.faulty.s_out.connect(found.dense.s_in)
        found.dense.a_out.connect(found.out.a_in)
        return found

    return make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Do not wait a minute for what never answers."""
    monkeypatch.setattr(_supervised, "ANSWER_S", 0.3)
    monkeypatch.setattr(_supervised, "END_S", 0.3)
    return _supervised


def resources() -> dict[str, int]:
    """Return what a run must give back."""
    gc.collect()
    return {
        "files": len(os.listdir("/dev/fd")),
        "threads": threading.active_count(),
        "log handlers": len(logging.getLogger().handlers),
    }


def run(network: Chain, **options: Any) -> None:
    """Fail in the third time-step, in the second call; set a Var in between."""
    with running(network.out, FLOAT) as net:
        net.run(2, **options)
        network.faulty.x.set(np.zeros(2))
        net.run(4, **options)


def test_several_runs_continue_where_the_last_one_ended(chain: Make) -> None:
    whole, parts = chain(), chain()
    with running(whole.source, FLOAT) as network:
        network.run(RunSteps(num_steps=7))
        expected = [whole.source.v.get(), whole.out.v.get()]
    with running(parts.dense, FLOAT) as network:
        assert parts.faulty.x.get().tolist() == [0, 0]  # before the first step
        for n in (1, np.int64(4), 2):
            network.run(n)
        assert network.n_steps == 7
        assert parts.faulty.x.get().tolist() == [7, 7]
        np.testing.assert_array_equal([parts.source.v.get(), parts.out.v.get()], expected)


@pytest.mark.parametrize(
    ("where", "when"), [("init", "while its model was made"), ("spiking", None), ("learning", None)]
)
def test_a_fault_is_one_error_that_names_process_phase_and_step(
    chain: Make, capfd: pytest.CaptureFixture[str], where: str, when: str | None
) -> None:
    before = resources()
    with pytest.raises(LavaRunError) as caught:
        run(chain(where=where, at_step=3))
    error = caught.value
    when = when or f"in the {where} phase of time-step 3"
    assert str(error) == f"Process 'culprit' (Faulty) failed {when}: ValueError: no such luck"
    assert (error.process, error.step) == ("culprit", None if where == "init" else 3)
    assert isinstance(error.__cause__, ValueError)
    assert 'raise ValueError("no such luck")' in str(error.__cause__.__cause__)
    assert capfd.readouterr() == ("", "")
    del caught, error
    assert resources() == before


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("refuse", "lava_caching.errors.InputError: theta = -1: must be at least 0"),
        ("unpicklable", "faulty.process.UnpicklableError: holds a function"),
        ("one way", "faulty.process.OneWayError: does not come back"),
        ("large", f"ValueError: {'x' * 988}…"),
        ("sys.exit", "SystemExit: enough"),
    ],
)
def test_every_exception_comes_through(chain: Make, capfd: pytest.CaptureFixture[str], fault: str, said: str) -> None:
    with pytest.raises(LavaRunError) as caught:
        run(chain(where="spiking", fault=fault))
    assert str(caught.value) == f"Process 'culprit' (Faulty) failed in the spiking phase of time-step 3: {said}"
    assert caught.value.__cause__ is not None
    assert isinstance(caught.value.__cause__, InputError) == (fault == "refuse")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("where", ["init", "spiking"])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("kill", "was killed by SIGKILL (as the system does when memory runs out)"),
        ("exit", "ended with exit code 3 and without a word"),
        ("vanish", "ended with exit code 0 and without a word"),
    ],
)
def test_a_worker_that_dies_is_noticed(
    chain: Make, capfd: pytest.CaptureFixture[str], where: str, fault: str, said: str
) -> None:
    start = time.monotonic()
    with pytest.raises(LavaRunError) as caught:
        run(chain(where=where, fault=fault))
    assert str(caught.value).startswith(f"the worker of Process 'culprit' (Faulty) {said} while ")
    assert caught.value.process == "culprit"
    assert time.monotonic() - start < 5
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("fault", ["raise", "kill", "hang"])
@pytest.mark.usefixtures("impatient")
def test_a_fault_while_a_var_is_set_is_noticed(chain: Make, fault: str) -> None:
    with pytest.raises(LavaRunError, match="culprit"):
        run(chain(where="set", fault=fault), timeout_s=0.3)


@pytest.mark.parametrize("fault", ["raise", "kill", "hang"])
@pytest.mark.usefixtures("impatient")
def test_a_fault_while_the_network_stops_is_noticed(chain: Make, fault: str) -> None:
    before = resources()
    with pytest.raises(LavaRunError, match="culprit"):
        run(chain(where="stop", fault=fault))
    assert resources() == before


def test_an_error_of_the_caller_is_the_one_that_is_raised(chain: Make) -> None:
    def divide(network: Chain) -> None:
        with running(network.out, FLOAT) as net:
            net.run(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        divide(chain(where="stop"))


def test_a_run_can_be_given_a_time_limit(chain: Make) -> None:
    with pytest.raises(LavaRunError, match=r"no answer within 0\.2 s; still at work or waiting: .*'culprit'"):
        run(chain(where="spiking", fault="hang"), timeout_s=0.2)


def test_ctrl_c_ends_the_workers(chain: Make, capfd: pytest.CaptureFixture[str]) -> None:
    before = resources()
    # a shell starts what it puts into the background with SIGINT ignored, and this test then waited for ever
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(chain(where="spiking", fault="interrupt"))
    finally:
        signal.signal(signal.SIGINT, inherited)
    assert resources() == before
    assert capfd.readouterr() == ("", "")


@linux_only
def test_a_killed_parent_leaves_no_worker_behind(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        """
import multiprocessing, time
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.lif.process import LIF
from lava_caching.processes.running import running

with running(LIF(shape=(1,)), Loihi2SimCfg(select_tag="floating_pt")) as network:
    network.run(1)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    time.sleep(1000)
"""
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert len(workers) == 2
    end = time.monotonic() + 10
    while any(map(is_alive, workers)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(map(is_alive, workers))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"  # dead, and not yet buried
    except FileNotFoundError:
        return False


@pytest.mark.long  # tests/endurance looks at a few runs each time
@linux_only
def test_repeated_runs_do_not_leak(chain: Make) -> None:
    """A hundred of them take 5 s and grow by nothing that can be seen; here fewer, of which some fail."""
    sizes = []
    for n in range(15):
        network = chain(where="spiking" if n % 5 == 4 else "")
        with pytest.raises(LavaRunError) if n % 5 == 4 else contextlib.nullcontext():
            run(network)
        del network
        sizes.append({**resources(), "pages": int(Path("/proc/self/statm").read_text().split()[1])})
    growth = {name: size - sizes[4][name] for name, size in sizes[-1].items()}
    assert growth.pop("pages") * os.sysconf("SC_PAGESIZE") < 4e6
    assert not any(growth.values()), growth


def test_stopped_processes_are_forgotten(chain: Make) -> None:
    network = chain()
    with running(network.out, FLOAT) as net:
        net.run(1)
    dense = weakref.ref(network.dense)
    del network, net
    gc.collect()
    assert dense() is None


def test_networks_may_run_side_by_side_and_in_threads(chain: Make) -> None:
    def fail() -> None:
        with pytest.raises(LavaRunError):
            run(chain(where="spiking"))

    network = chain()
    with running(network.out, FLOAT) as net:
        thread = threading.Thread(target=fail)
        thread.start()
        net.run(20)
        thread.join()
        net.run(20)
        assert network.faulty.x.get().tolist() == [40, 40]


@pytest.mark.parametrize("fault", ["ask for a pause", "ask for a stop"])
def test_a_model_may_ask_for_a_pause_or_a_stop(chain: Make, fault: str) -> None:
    network = chain(where="spiking", fault=fault, at_step=3)
    with running(network.out, FLOAT) as net:
        net.run(5)
        if fault == "ask for a stop":
            with pytest.raises(InputError, match="has been stopped"):
                net.run(1)
            return
        assert network.faulty.x.get()[0] == 3
        net.run(2)
        assert network.faulty.x.get()[0] == 5


def test_what_cannot_be_run_is_refused(chain: Make) -> None:
    network = chain()
    with running(network.out, FLOAT) as net:
        for n_steps in (0, -1, 1.5, True, "3", RunContinuous()):
            with pytest.raises(InputError, match="must be a whole number of time-steps, at least 1"):
                net.run(n_steps)
        with pytest.raises(InputError, match="blocking=False"):
            net.run(RunSteps(num_steps=1, blocking=False))
        with pytest.raises(InputError, match="timeout_s = 0: must be above 0"):
            net.run(1, timeout_s=0)
        net.run(1)
    for late in (lambda: net.run(1), network.out.v.get, lambda: network.out.v.set(np.zeros(2))):
        with pytest.raises(InputError, match="the network has been stopped"):
            late()
    with (
        pytest.raises(InputError, match="'out' has run already, and Lava compiles no Process twice"),
        running(network.out, FLOAT),
    ):
        pass


@pytest.mark.parametrize("state", ["paused", "dead", "not started", "stopped"])
def test_stop_all_ends_what_lava_itself_has_started(chain: Make, state: str) -> None:
    network = chain()
    if state == "not started":
        network.out.create_runtime(FLOAT)
    else:
        network.out.run(RunSteps(num_steps=2), FLOAT)
    if state == "dead":
        os.kill(network.out.runtime._messaging_infrastructure.actors[0].pid, signal.SIGKILL)
        time.sleep(0.05)
    if state == "stopped":
        network.out.stop()
    stop_all(network.dense)
    stop_all(network.dense)


def test_stop_all_stops_a_running_network_and_ignores_one_that_never_ran(chain: Make) -> None:
    network = chain()
    stop_all(network.out)
    with running(network.out, FLOAT) as net:
        net.run(1)
        stop_all(network.dense)
        with pytest.raises(InputError, match="has been stopped"):
            net.run(1)
    assert not multiprocessing.active_children()
    assert network.dense.runtime is None or not network.dense.runtime._is_started


@pytest.mark.parametrize("run_cfg", ["floating_pt", None, Loihi2SimCfg])
def test_what_is_no_run_config_is_refused_with_one(run_cfg: Any) -> None:
    with pytest.raises(InputError, match=r"run_cfg = .*: must be a RunConfig of Lava, such as Loihi2SimCfg\("):
        running(LIF(shape=(2,)), run_cfg).__enter__()
    with pytest.raises(InputError, match="process = 'lif': must be a Process of Lava"):
        running("lif", FLOAT).__enter__()
