"""The perceptron as a network of Lava: pattern source → learning connection → error neuron, and back.

A presentation takes two steps, because a connection answers one step late: the first delivers the pattern, the second
its output to the error neuron, which returns the third factor in time for the learning at the end of that step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.engines.perceptron._task import PerceptronTask
from lava_caching.monitor import Monitor

__all__ = ["T_EPOCH", "PerceptronNetwork", "lossless"]

T_EPOCH = 2
NO_DECAY = 2**60
"""A time constant with exp(-1/τ) = 1 exactly; by itself Lava lets third factors decay by exp(-1/65535) per step."""


def lossless(dw: str) -> Any:
    """Return a learning rule of Lava in which graded inputs and third factors arrive as they were sent."""
    from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

    x1_tau = NO_DECAY if "x1" in dw else 0
    rule = Loihi3FLearningRule(dw=dw, t_epoch=T_EPOCH, x1_tau=x1_tau, rng_seed=1)
    rule.y1_tau = rule.y2_tau = rule.y3_tau = NO_DECAY
    return rule


class PerceptronNetwork:
    """A perceptron in Lava, ready to run.

    Parameters
    ----------
    task : PerceptronTask
        What to learn.
    connection : LearningConnectionProcess
        From all inputs to one neuron, with a three-factor rule and `T_EPOCH` steps per learning epoch.
    tag : {"floating_pt", "fixed_pt"}
        Which models run.
    unit : float
        Weight units in one unit of the connection's weights.
    """

    def __init__(self, task: PerceptronTask, connection: Any, *, tag: str, unit: float = 1.0) -> None:
        from lava.magma.core.run_configs import Loihi2SimCfg

        from lava_caching.processes.error_neuron.process import ErrorNeuron
        from lava_caching.processes.pattern_source.process import PatternSource

        self.task, self.connection = task, connection
        self.source = PatternSource(patterns=task.inputs, targets=task.targets, t_epoch=T_EPOCH)
        self.error = ErrorNeuron(
            rule=task.rule,
            learning_rate=task.learning_rate,
            tolerance=task.tolerance,
            unit=unit,
            t_epoch=T_EPOCH,
        )
        self.source.s_out.connect(connection.s_in)
        self.source.target_out.connect(self.error.target_in)
        connection.a_out.connect(self.error.a_in)
        for factor in ("bap", "y1", "y2", "y3"):
            getattr(self.error, f"s_out_{factor}").connect(getattr(connection, f"s_in_{factor}"))
        self.run_cfg = Loihi2SimCfg(select_tag=tag)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start the workers, and stop them at the end, whatever happens."""
        from lava_caching.processes.running import running

        with running(self.connection, self.run_cfg) as network:
            self._run = network.run
            yield

    def present(self, n_patterns: int) -> None:
        """Present the next patterns."""
        self._run(T_EPOCH * n_patterns)

    def train(self, monitor: Monitor, pass_through: Callable[[], None] | None = None) -> tuple[NDArray[np.int64], bool]:
        """Train until an epoch passes without an error, or for ``max_epochs``.

        Parameters
        ----------
        monitor : Monitor
            Called after each epoch.
        pass_through : callable, optional
            Presents all patterns once, where it is not enough to let them run.

        Returns
        -------
        errors : ndarray of int
            Of each epoch.
        interrupted : bool
            Whether the monitor asked to stop.
        """
        errors: list[int] = []
        before, interrupted = 0, False
        while not interrupted and len(errors) < self.task.max_epochs and (not errors or errors[-1] > 0):
            if pass_through is None:
                self.present(len(self.task.targets))
            else:
                pass_through()
            after = self.count("n_errors")
            errors.append(after - before)
            before = after
            interrupted = not monitor(len(errors), self.task.max_epochs, f"epochs, {errors[-1]} errors in the last")
        return np.array(errors), interrupted

    def count(self, name: str) -> int:
        """Return a count of the error neuron."""
        return int(getattr(self.error, name).get()[0])

    def read(self, name: str) -> NDArray[np.float64]:
        """Return a variable of the connection, (N + 1,)."""
        values: NDArray[np.float64] = np.asarray(getattr(self.connection, name).get(), np.float64)
        return values.reshape(-1)
