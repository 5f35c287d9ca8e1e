"""Counts and times what one Process does while it runs, in its worker, and shows it to the parent.

The numbers lie in memory without a name that the worker shares with its parent, so that they can be read at any time,
also after the run. A model is metered by a subclass of it, which counts what passes its ports and its phases.
"""

from __future__ import annotations

import math
import mmap
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_caching.ledger import Ledger
from lava_caching.processes.account import BINS_SIZE, LEDGER_SIZE, unpack
from lava_caching.processes.lava_needed import require_lava

try:
    from lava.magma.core.model.py.model import PyLoihiProcessModel
    from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND
except ImportError:
    require_lava(__name__)
    raise

__all__ = ["MARKS", "Meter", "Window", "metered"]

Phase = PyLoihiProcessModel.Phase
PHASES = {
    "spiking": Phase.SPK,
    "pre_lrn_mgmt": Phase.PRE_MGMT,
    "learning": Phase.LRN,
    "management": Phase.POST_MGMT,
    "host": Phase.HOST,
}
MARKS = (*((name, edge) for name in PHASES for edge in ("begin", "end")), ("step", "end"))
"""Times that are kept of a time-step (s): begin and end of each phase, and the first sign of what follows the step."""

COUNTS = ("n_steps", "busy_ns", "n_spikes", "n_active_inputs", "n_synaptic_ops", "n_synaptic_updates", "ledger_at")
NOT_COUNTABLE = -1


class Window(NamedTuple):
    """Which time-steps are timed one by one: from `first` to `last`, every `every`-th."""

    first: int = 1
    last: int = 0
    every: int = 1

    @property
    def size(self) -> int:
        """Return how many these are."""
        return max(0, (self.last - self.first) // self.every + 1)

    def place(self, step: int) -> int | None:
        """Return the place of a time-step among them; None where it is not one of them."""
        n, rest = divmod(step - self.first, self.every)
        return n if rest == 0 and 0 <= n < self.size else None


class Meter:
    """The numbers of one Process.

    Parameters
    ----------
    process : AbstractProcess
        What is metered.
    window : Window
        The time-steps that are timed one by one.
    """

    def __init__(self, process: Any, window: Window) -> None:
        self.process, self.window = process, window
        self._counts = _shared(len(COUNTS), np.int64)
        self.times = _shared(window.size * len(MARKS), np.float64).reshape(window.size, len(MARKS))
        self.times[...] = np.nan
        self._has_account = "ledger" in process.vars.member_names and process.proc_params.get("caching") is not None
        self._ledger = _shared(LEDGER_SIZE * self._has_account, np.float64)
        self._bins = _shared(BINS_SIZE * self._has_account, np.float64)
        self._fan_out = _fan_out(process)
        self._begin_ns = 0

    # ------------------------------------------------------------------------------------------------- in the parent
    @property
    def role(self) -> str:
        """Return "connection" (s_in to a_out), "neurons" (an ``a_…`` input to s_out) or "other"."""
        inputs, outputs = self.process.in_ports.member_names, self.process.out_ports.member_names
        if "s_in" in inputs and "a_out" in outputs:
            return "connection"
        return "neurons" if "s_out" in outputs and any(name.startswith("a_") for name in inputs) else "other"

    def __getitem__(self, name: str) -> int:
        """Return one of `COUNTS`."""
        return int(self._counts[COUNTS.index(name)])

    def counts(self) -> dict[str, int | None]:
        """Return what the Process did; None is what cannot be counted of it, and what it has not is absent."""
        if self.role == "neurons":
            n_updates = math.prod(self.process.s_out.shape) * self["n_steps"]
            return {"n_neuron_updates": n_updates, "n_spikes": self["n_spikes"]}
        if self.role == "connection":
            n_updates = None if self["n_synaptic_updates"] == NOT_COUNTABLE else self["n_synaptic_updates"]
            ledger = self.ledger()
            if ledger is not None:
                run = ledger.layers[0].run
                n_updates = (run.n_transient_writes or 0) + (run.n_persistent_writes or 0)
            n_ops = None if self._fan_out is None else self["n_synaptic_ops"]
            return {"n_synaptic_ops": n_ops, "n_synaptic_updates": n_updates}
        return {}

    def ledger(self) -> Ledger | None:
        """Return the account at the last pause; None where the Process keeps none."""
        if not self["ledger_at"]:
            return None
        return unpack(self._ledger, self._bins, self.process.name)

    # ------------------------------------------------------------------------------------------------- in the worker
    def attach(self, model: Any) -> None:
        """Count what passes the ports and the phases of a model; it is about to start."""
        for name, count in (("s_out", self._count_spikes), ("s_in", self._count_inputs)):
            port: Any = getattr(model, name, None)
            if hasattr(port, "send"):
                port.send = _before(port.send, count)
            elif hasattr(port, "recv"):
                port.recv = _after(port.recv, count)
        if not isinstance(model, PyLoihiProcessModel):
            return
        handlers = model._cmd_handlers
        learns = self.role == "connection" and not self._has_account
        in_phase = "spiking" if hasattr(model, "_learn_if_due") else "learning"  # ours learn where the spikes end
        for name, phase in PHASES.items():
            handler = handlers[phase[0]]
            if name == in_phase and learns:
                handler = self._counting_updates(model, handler)
            handlers[phase[0]] = self._timed(model, name, handler)
        for command in (MGMT_COMMAND.PAUSE, MGMT_COMMAND.STOP):
            handlers[command[0]] = self._timed(model, None, handlers[command[0]])

    def _add(self, name: str, n: int) -> None:
        self._counts[COUNTS.index(name)] += n

    def _count_spikes(self, data: Any, *_: Any) -> None:
        self._add("n_spikes", int(np.count_nonzero(data)))

    def _count_inputs(self, data: Any) -> None:
        active = np.asarray(data[0] if isinstance(data, tuple) else data).ravel() != 0
        self._add("n_active_inputs", int(np.count_nonzero(active)))
        if self._fan_out is not None:
            self._add("n_synaptic_ops", int(self._fan_out[active].sum()))

    def _counting_updates(self, model: Any, handler: Callable[[], None]) -> Callable[[], None]:
        """Compare the synapses before and after the phase in which they learn."""

        def count() -> None:
            before = [values.copy() for values in _synapses(model)]
            handler()
            after = _synapses(model)
            if any(old.shape != new.shape for old, new in zip(before, after, strict=True)):
                self._counts[COUNTS.index("n_synaptic_updates")] = NOT_COUNTABLE
            elif self["n_synaptic_updates"] != NOT_COUNTABLE and before:
                changed = np.any([old != new for old, new in zip(before, after, strict=True)], axis=0)
                self._add("n_synaptic_updates", int(np.count_nonzero(changed)))

        return count

    def _timed(self, model: Any, name: str | None, handler: Callable[[], None]) -> Callable[[], None]:
        """Time a phase; whatever follows the last phase of a step ends the step."""
        opens, closes = name == "spiking", name in (None, "spiking", "host")

        def run() -> None:
            now = time.monotonic_ns()
            if closes and self._begin_ns:
                self._add("busy_ns", now - self._begin_ns)
                self._mark(model.time_step, ("step", "end"), now)
                self._begin_ns = 0
            if closes and not opens:
                self._settle(model)
            if opens:
                self._add("n_steps", 1)
                self._begin_ns = now
            step = model.time_step + opens
            handler()
            if name is not None:
                self._mark(step, (name, "begin"), now)
                self._mark(step, (name, "end"), time.monotonic_ns())

        return run

    def _mark(self, step: int, mark: tuple[str, str], now_ns: int) -> None:
        place = self.window.place(step)
        if place is not None:
            self.times[place, MARKS.index(mark)] = now_ns * 1e-9

    def _settle(self, model: Any) -> None:
        """Copy the account of a caching connection; the run pauses here."""
        if self._has_account and model._bound and self["ledger_at"] != model.time_step:
            model._settle()
            bins = model.ledger_bins.ravel()
            self._ledger[:], self._bins[: bins.size] = model.ledger.ravel(), bins
            self._counts[COUNTS.index("ledger_at")] = model.time_step


def metered(model: type, meter: Meter) -> type:
    """Return a ProcessModel that does the same, and is metered."""

    def start(self: Any) -> None:
        meter.attach(self)
        model.start(self)  # type: ignore[attr-defined]

    return type(f"Metered{model.__name__}", (model,), {"start": start, "__module__": model.__module__})


def _shared(n: int, dtype: Any) -> NDArray[Any]:
    """Return zeros that forked workers share."""
    size = n * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, size), dtype) if size else np.zeros(0, dtype)


def _before(function: Callable[..., Any], count: Callable[..., None]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        count(*arguments)
        return function(*arguments)

    return call


def _after(function: Callable[[], Any], count: Callable[[Any], None]) -> Callable[[], Any]:
    def call() -> Any:
        data = function()
        count(data)
        return data

    return call


def _fan_out(process: Any) -> NDArray[np.int64] | None:
    """Return how many synapses each input of a connection has in store; None where a matrix does not say so."""
    weights: Any = getattr(getattr(process, "weights", None), "init", None)
    if getattr(weights, "ndim", 0) != 2:
        return None
    n_post, n_pre = weights.shape
    if hasattr(weights, "tocsr"):
        return np.bincount(weights.tocsr().indices, minlength=n_pre)
    return np.full(n_pre, n_post, np.int64)


def _synapses(model: Any) -> list[NDArray[Any]]:
    """Return the values that learning changes, one array each."""
    values = (getattr(model, name, None) for name in ("weights", "tag_1", "tag_2"))
    arrays = (getattr(value, "data", value) if hasattr(value, "tocsr") else value for value in values)
    return [array.ravel() for array in arrays if isinstance(array, np.ndarray)]
