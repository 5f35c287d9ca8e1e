"""A profiler for Lava's CPU emulation, in the place where ``lava.utils.profiler.Profiler.init`` has none.

It is used as the one for hardware is: ask for it before the run, look at it afterwards.

    profiler = Profiler.init(run_cfg)            # importing this module has registered it
    profiler.execution_time_probe(num_steps=100)
    network.run(RunSteps(100), run_cfg=run_cfg)
    network.stop()
    print(profiler)

It counts what every Process of the network does, prices the memory of caching connections with a pair of memories, and
the operations with a chip. Times are those of the emulation on this CPU; they say nothing about a chip.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError
from lava_caching.hardware import Bill, default_pair, load_pair, price
from lava_caching.hardware.chips import ChipBill, load_chip, price_actions
from lava_caching.ledger import Ledger
from lava_caching.processes._meter import MARKS, Meter, Window, metered
from lava_caching.processes._profile_table import table
from lava_caching.processes.lava_needed import require_lava

try:
    from lava.magma.core.model.py.model import AbstractPyProcessModel
    from lava.magma.core.run_configs import Loihi1SimCfg, Loihi2SimCfg, RunConfig
except ImportError:
    require_lava(__name__)
    raise

__all__ = ["CpuProfiler", "register"]

COUNTS = ("n_synaptic_ops", "n_neuron_updates", "n_spikes", "n_synaptic_updates")
TIMES = ("spiking", "learning", "pre_lrn_mgmt", "management", "host")


class CpuProfiler:
    """Counts, times and prices the networks that are compiled with one run configuration.

    The names are those of Lava's profiler for Loihi 2. What cannot be known on a CPU is None, never 0.

    Parameters
    ----------
    run_cfg : RunConfig
        The object that the network is run with; its choice of models stays, and each chosen model is metered.
    chip : str or Path
        Profile of the chip on which operations are priced.
    pair : str, Path or None
        Pair of memories on which the writes of caching connections are priced; the default pair where it is None.
    """

    def __init__(self, run_cfg: RunConfig, *, chip: str | Path = "loihi1", pair: str | Path | None = None) -> None:
        self._run_cfg, self._select = run_cfg, run_cfg.select
        run_cfg.select = self._select_metered
        self._meters: dict[Any, Meter] = {}
        self._window = Window()
        self.energy_probe(chip=chip, pair=pair)

    # ------------------------------------------------------------------------------------------------- before the run
    def execution_time_probe(
        self, num_steps: int, t_start: int = 1, t_end: int | None = None, dt: int = 1, buffer_size: int = 1024
    ) -> None:
        """Keep the times of single time-steps; without it only their sum is known.

        Parameters
        ----------
        num_steps : int
            Time-steps that the network will run.
        t_start, t_end, dt : int
            Keep those from `t_start` to `t_end` (`num_steps` where it is None), every `dt`-th.
        buffer_size : int
            Taken for the sake of programs written for hardware; there is no buffer here.

        Raises
        ------
        InputError
            If the network has been compiled already, or a number is not possible.
        """
        if self._meters:
            raise InputError("execution_time_probe() comes too late: call it before the network is compiled or run")
        last = num_steps if t_end is None else t_end
        if not 1 <= t_start <= last <= num_steps or dt < 1:
            raise InputError(
                f"num_steps = {num_steps}, t_start = {t_start}, t_end = {last}, dt = {dt}: "
                "must satisfy 1 ≤ t_start ≤ t_end ≤ num_steps and dt ≥ 1"
            )
        self._window = Window(t_start, last, dt)

    def energy_probe(
        self, num_steps: int | None = None, *, chip: str | Path = "loihi1", pair: str | Path | None = None
    ) -> None:
        """Choose the chip and the memories to price on; all time-steps are counted, whatever `num_steps` is."""
        self._chip, self._pair = load_chip(chip), load_pair(default_pair() if pair is None else pair)

    def activity_probe(self) -> None:
        """Do nothing: activity is always counted, see `counts`."""

    # ------------------------------------------------------------------------------------------------- after the run
    @property
    def execution_time(self) -> NDArray[np.float64] | None:
        """Return the seconds that each time-step took on this CPU, (n,); None without `execution_time_probe`."""
        return self._span(("spiking", "begin"), ("step", "end"), first_end=True)

    @property
    def spiking_time(self) -> NDArray[np.float64] | None:
        """Return the seconds of each spiking phase, from the first Process that begins to the last that ends."""
        return self._span(("spiking", "begin"), ("spiking", "end"))

    @property
    def learning_time(self) -> NDArray[np.float64] | None:
        """Return the seconds of each learning phase; NaN in time-steps without one."""
        return self._span(("learning", "begin"), ("learning", "end"))

    @property
    def pre_lrn_mgmt_time(self) -> NDArray[np.float64] | None:
        """Return the seconds of each management phase before learning; NaN in time-steps without one."""
        return self._span(("pre_lrn_mgmt", "begin"), ("pre_lrn_mgmt", "end"))

    @property
    def management_time(self) -> NDArray[np.float64] | None:
        """Return the seconds of each management phase after learning; NaN in time-steps without one."""
        return self._span(("management", "begin"), ("management", "end"))

    @property
    def host_time(self) -> NDArray[np.float64] | None:
        """Return the seconds of each host phase; NaN in time-steps without one, all but the last of a run."""
        return self._span(("host", "begin"), ("host", "end"))

    @property
    def n_steps(self) -> int:
        """Return the time-steps run."""
        return max((meter["n_steps"] for meter in self._meters.values()), default=0)

    @property
    def counts(self) -> dict[str, int | None]:
        """Return the operations of all Processes; None where a Process does some that cannot be counted."""
        found = [meter.counts() for meter in self._meters.values()]
        return {name: _sum([counts[name] for counts in found if name in counts]) for name in COUNTS}

    @property
    def ledger(self) -> Ledger | None:
        """Return the account of all caching connections at the last pause; None where there are none."""
        ledgers = [ledger for meter in self._meters.values() if (ledger := meter.ledger())]
        return Ledger(layers=tuple(layer for ledger in ledgers for layer in ledger.layers)) if ledgers else None

    @property
    def memory_bill(self) -> Bill | None:
        """Return what the writes of all caching connections cost on the memories; None where there are none."""
        ledger = self.ledger
        return None if ledger is None else price(_without_operations(ledger), self._pair)

    @property
    def chip_bill(self) -> ChipBill:
        """Return what the operations would cost on the chip."""
        return price_actions(self._chip, **self.counts)

    @property
    def energy(self) -> float | None:
        """Return the nominal joules of all operations on the chip, None where one of them is not known."""
        total = self.chip_bill.total
        return None if total is None else total[1]

    @property
    def power(self) -> None:
        """Return None: how long a time-step takes on the chip is not known here."""

    @property
    def static_energy(self) -> None:
        """Return None: it is static power times a time that is not known here."""

    def report(self) -> dict[str, Any]:
        """Return everything as plain numbers, lists and None, for JSON."""
        busy_s = max((meter["busy_ns"] for meter in self._meters.values()), default=0) * 1e-9
        ledger, memory = self.ledger, self.memory_bill
        spans = {name: self._span((name, "begin"), (name, "end")) for name in TIMES}
        return {
            "run_configuration": type(self._run_cfg).__name__,
            "n_steps": self.n_steps,
            "time": {
                "what": "wall clock of the emulation on this CPU, the profiler included; not the time on a chip",
                "total_s": busy_s if self.n_steps else None,
                "per_step_s": busy_s / self.n_steps if self.n_steps else None,
                "of_phases_s": {name: _mean(span) for name, span in spans.items()},
                "execution_time_s": _plain(self.execution_time),
            },
            "counts": {
                **self.counts,
                "n_transient_writes": None if ledger is None else ledger.total.n_transient_writes,
                "n_persistent_writes": None if ledger is None else ledger.total.n_persistent_writes,
            },
            "not_counted": list(self._not_counted()),
            "processes": [_row(meter) for meter in self._meters.values()],
            "memory": None if memory is None else memory.to_dict(),
            "chip": self.chip_bill.to_dict(),
        }

    def __str__(self) -> str:
        return table(self.report())

    # ------------------------------------------------------------------------------------------------------- helpers
    def _select_metered(self, process: Any, models: list[type]) -> type:
        model: type = self._select(process, models)
        if not issubclass(model, AbstractPyProcessModel):  # made of other Processes, which come here by themselves
            return model
        self._meters[process] = Meter(process, self._window)
        return metered(model, self._meters[process])

    def _span(
        self, begin: tuple[str, str], end: tuple[str, str], *, first_end: bool = False
    ) -> NDArray[np.float64] | None:
        """Return, for each time-step that was run, from the first begin among the Processes to the last end."""
        if not self._window.size or not self._meters:
            return None
        times = np.stack([meter.times for meter in self._meters.values()])
        ran = ~np.isnan(times[:, :, MARKS.index(("spiking", "begin"))]).all(axis=0)
        begins, ends = times[:, ran, MARKS.index(begin)], times[:, ran, MARKS.index(end)]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)  # a phase that a step has not
            last = np.nanmin(ends, axis=0) if first_end else np.nanmax(ends, axis=0)
            return np.asarray(last - np.nanmin(begins, axis=0))

    def _not_counted(self) -> Iterator[str]:
        for process, meter in self._meters.items():
            for name, n in meter.counts().items():
                if n is None:
                    yield (
                        f"{name} of {process.name!r} ({type(process).__name__}): "
                        "its weights are no matrix from which the synapses of an input could be read"
                    )


def register() -> None:
    """Put `CpuProfiler` where ``lava.utils.profiler.Profiler.init`` looks for one for Lava's emulations of Loihi."""
    with warnings.catch_warnings():
        # that there is none for hardware; it says so once, when it is imported
        warnings.filterwarnings("ignore", "Loihi2HWProfiler could not be imported", UserWarning)
        from lava.utils.profiler import run_cfg_dict
    for run_cfg in (Loihi1SimCfg, Loihi2SimCfg):
        run_cfg_dict.setdefault(run_cfg, CpuProfiler)


def _without_operations(ledger: Ledger) -> Ledger:
    """Leave synaptic operations to the bill of the chip: that of the memories would list them, without the spikes."""
    layers = (replace(layer, run=replace(layer.run, n_synaptic_ops=None)) for layer in ledger.layers)
    return Ledger(layers=tuple(layers))


def _row(meter: Meter) -> dict[str, Any]:
    process = meter.process
    return {
        "name": process.name,
        "kind": type(process).__name__,
        "role": meter.role,
        "n_steps": meter["n_steps"],
        **meter.counts(),
    }


def _sum(numbers: list[int | None]) -> int | None:
    known = [n for n in numbers if n is not None]
    return sum(known) if len(known) == len(numbers) else None


def _plain(values: NDArray[np.float64] | None) -> list[float | None] | None:
    return None if values is None else [None if np.isnan(value) else float(value) for value in values]


def _mean(values: NDArray[np.float64] | None) -> float | None:
    known = [] if values is None else values[~np.isnan(values)].tolist()
    return sum(known) / len(known) if known else None


register()
