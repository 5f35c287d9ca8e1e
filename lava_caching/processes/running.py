"""Run a Lava network so that a fault is one error here, and nothing of it is left behind.

Lava forks one worker per Process. When one of them fails, Lava reports a number of exceptions without saying which, and
waits for ever when a worker is killed. Here each worker has a pipe of its own through which it says how it ended, the
parent looks after its workers while it waits, and what they share is memory without a name, so that not even a killed
parent leaves a worker, a semaphore or a block of shared memory behind.
"""

from __future__ import annotations

import contextlib
import importlib
import warnings
from collections.abc import Iterator
from operator import index
from typing import Any

from lava_caching.errors import InputError
from lava_caching.processes._workers import LavaRunError
from lava_caching.processes.lava_needed import require_lava

try:
    from lava.magma.core.process.message_interface_enum import ActorType
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import RunConfig

    from lava_caching.processes._left_over import stop_plain
    from lava_caching.processes._supervised import SupervisedRuntime
except ImportError:
    require_lava(__name__)
    raise

__all__ = ["LavaRunError", "Network", "running", "stop_all"]


class Network:
    """A running network, paused between calls of `run`; made by `running`.

    Attributes
    ----------
    process : AbstractProcess
        The Process it was started from; Vars of all Processes can be read and set while it exists.
    n_steps : int
        Time-steps asked for so far.
    """

    def __init__(self, process: AbstractProcess, run_cfg: RunConfig, compile_config: dict[str, Any] | None = None):
        if not isinstance(process, AbstractProcess):
            raise InputError(f"process = {process!r}: must be a Process of Lava; give any one of the network")
        if not isinstance(run_cfg, RunConfig):
            raise InputError(
                f"run_cfg = {run_cfg!r}: must be a RunConfig of Lava, such as Loihi2SimCfg(select_tag='floating_pt')"
            )
        if process.is_compiled:
            raise InputError(
                f"Process {process.name!r} has run already, and Lava compiles no Process twice: make it anew"
            )
        self.process, self.n_steps = process, 0
        with warnings.catch_warnings():
            # networkx, which Lava compiles with, looks for pandas
            warnings.filterwarnings("ignore", "pandas not found", ImportWarning)
            executable = process.compile(run_cfg, compile_config)
        _warm_up(executable)
        self._runtime = SupervisedRuntime(executable, ActorType.MultiProcessing, loglevel=process._log_config.level)
        process.runtime = self._runtime
        executable.assign_runtime_to_all_processes(self._runtime)
        self._runtime.initialize()

    def run(self, n_steps: int | RunSteps, *, timeout_s: float | None = None) -> None:
        """Run some time-steps, continuing where the last call ended.

        A ProcessModel that asks for a pause or a stop ends the call early, as in Lava.

        Parameters
        ----------
        n_steps : int or RunSteps
            Number of time-steps, at least 1.
        timeout_s : float, optional
            Give up after so many seconds; None waits as long as all workers live.

        Raises
        ------
        LavaRunError
            If a worker fails or ends, or the time is over; everything has been stopped then.
        InputError
            If the number of steps is not possible, or the network has been stopped.
        """
        given = n_steps.num_steps if isinstance(n_steps, RunSteps) else n_steps
        if isinstance(n_steps, RunSteps) and not n_steps.blocking:
            raise InputError("RunSteps(blocking=False) cannot be looked after: use RunSteps(num_steps) or a number")
        try:
            steps = 0 if isinstance(given, bool) else index(given)
        except TypeError:
            steps = 0
        if steps < 1:
            raise InputError(f"n_steps = {given!r}: must be a whole number of time-steps, at least 1")
        if timeout_s is not None and not timeout_s > 0:
            raise InputError(f"timeout_s = {timeout_s!r}: must be above 0, or None to wait as long as all workers live")
        self._runtime.require_started()
        self._runtime.timeout_s = timeout_s
        self._runtime.start(RunSteps(num_steps=steps))
        self.n_steps += steps

    def stop(self) -> None:
        """Stop all workers and free what they used; a second call does nothing."""
        self._runtime.stop()


@contextlib.contextmanager
def running(
    process: AbstractProcess, run_cfg: RunConfig, *, compile_config: dict[str, Any] | None = None
) -> Iterator[Network]:
    """Start the network around a Process, paused before its first time-step, and stop it when the block ends.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of the network.
    run_cfg : RunConfig
        As for Lava's ``Process.run``.
    compile_config : dict, optional
        As for Lava's ``Process.run``.

    Yields
    ------
    Network
        Has `run`. Vars can be read and set from the start and until the block ends, not later.

    Raises
    ------
    LavaRunError
        If a worker fails: when its ProcessModel is made, in a time-step, or when it ends.
    InputError
        If the Process has run already, or one of the two is of another kind.

    Examples
    --------
    >>> from lava.magma.core.run_configs import Loihi2SimCfg
    >>> from lava.proc.lif.process import LIF
    >>> neurons = LIF(shape=(2,), bias_mant=1)
    >>> with running(neurons, Loihi2SimCfg(select_tag="floating_pt")) as network:
    ...     network.run(3)
    ...     neurons.v.get()
    array([3., 3.])
    """
    network = Network(process, run_cfg, compile_config)
    try:
        yield network
    except BaseException:  # also Ctrl-C
        network._runtime.abandon()
        raise
    network.stop()


def stop_all(process: AbstractProcess) -> None:
    """Stop the network around a Process, whoever started it, and free what it used; never waits for ever.

    Networks that Lava's own ``Process.run`` started are stopped as well: politely if all workers live and answer, else
    by ending them. A Process that never ran, or was stopped, is left as it is.
    """
    runtime = process.runtime
    if isinstance(runtime, SupervisedRuntime):
        runtime.stop()
    elif runtime is not None:
        stop_plain(runtime)


def _warm_up(executable: Any) -> None:
    """Compile the kernels of our own Processes here, once, before every worker would for itself."""
    if any(type(process).__module__.startswith("lava_caching.") for process in executable.process_list):
        kernels = importlib.import_module("lava_caching.kernels.learning")
        kernels.warm_up()
