"""Step the ProcessModel of a learning connection by hand, without Lava's runtime: 100 times faster than a network.

For tests that compare many connections; how a network runs is tested with networks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["drive"]


class _Given:
    """An InPort that receives one row per step, zeros where none are given."""

    def __init__(self, rows: NDArray[Any] | None, shape: tuple[int, ...]) -> None:
        self.rows, self.shape, self.step = rows, shape, 0

    def recv(self) -> NDArray[Any]:
        self.step += 1
        return np.zeros(self.shape, np.int32) if self.rows is None else self.rows[self.step - 1].copy()


class _Kept:
    """An OutPort that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[NDArray[Any]] = []

    def send(self, values: NDArray[Any]) -> None:
        self.sent.append(np.array(values))


def drive(
    process: Any,
    model_class: type[Any],
    n_steps: int,
    *,
    watch: Callable[[Any], None] | None = None,
    **inputs: NDArray[Any],
) -> Any:
    """Run a model for `n_steps` of Lava and return it; its Vars are attributes, ``a_out.sent`` is what it sent.

    Parameters
    ----------
    process : AbstractProcess
        A ``LearningDense``, ``CachingDense``, ``LearningSparse`` or ``CachingSparse``.
    model_class : type
        The ProcessModel to run.
    n_steps : int
        Time-steps.
    watch : callable, optional
        Is handed the model after each of them.
    **inputs : ndarray, (n_steps, n)
        What arrives at an InPort, by its name.
    """
    model = model_class(process.proc_params)
    for var in process.vars:
        wanted = getattr(model_class, var.name)
        if not issubclass(wanted.cls, np.ndarray):
            setattr(model, var.name, var.init.copy() if hasattr(var.init, "tocsr") else var.init)
            continue
        values = np.empty(var.shape, wanted.d_type)
        values[:] = var.init
        setattr(model, var.name, values)
    for port in process.in_ports:
        setattr(model, port.name, _Given(inputs.get(port.name), port.shape))
    model.a_out = _Kept()
    for _ in range(n_steps):
        model.time_step += 1
        model.run_spk()
        if model.lrn_guard():
            model.run_lrn()
        if watch is not None:
            watch(model)
    return model
