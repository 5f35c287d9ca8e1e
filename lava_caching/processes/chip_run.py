"""Runs a network on a Loihi 2 chip where Intel's extension of Lava is installed, and says what is missing elsewhere."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from lava_caching.errors import InputError, MissingError
from lava_caching.processes.chip_members import members_of, models_of
from lava_caching.processes.lava_needed import require_lava

__all__ = [
    "refuse_host_side_connections",
    "require_extension",
    "run_configuration",
    "run_network",
    "selected_models",
]

CHIP_MODULES = ("lava.utils.loihi2_profiler", "lava.magma.core.model.nc.model", "lava.magma.core.model.c.model")


def require_extension() -> None:
    """Do nothing where Intel's extension of Lava for Loihi is installed; say what is missing where it is not.

    Raises
    ------
    MissingError
        Naming the module, who gets it and how, and what computes the same on a CPU.
    """
    require_lava("a run on Loihi")
    missing = next((module for module in CHIP_MODULES if not has_module(module)), None)
    if missing is not None:
        raise MissingError(
            f"a run on Loihi needs Intel's extension of Lava for Loihi, and this Python has no module {missing}:"
            " members of the Intel Neuromorphic Research Community (INRC) get it there, see neuromorphic.intel.com or"
            " write to inrc_interest@intel.com; without it `lava-caching run perceptron --engine loihi-native` and"
            " `--engine lava-fixed` compute the same integers on a CPU"
        )


def has_module(name: str) -> bool:
    """Return whether a module can be imported."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # a parent is missing; it was put there by hand and has no spec
        return name in sys.modules


def selected_models(process: Any, run_cfg: Any) -> dict[str, type]:
    """Return the ProcessModel that a run configuration selects for each Process of a network, by label.

    Raises
    ------
    InputError
        If it selects none for one of them.
    """
    from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs

    selected = {}
    for member in members_of(process):
        models = ProcGroupDiGraphs._find_proc_models(member.process)  # as the compiler looks for them
        try:
            selected[member.label] = run_cfg.select(member.process, models)
        except (AssertionError, NotImplementedError) as error:
            said = " ".join(str(error).split())
            raise InputError(f"{member.label!r} ({member.kind}) has no model for this configuration: {said}") from None
    return selected


def run_configuration(process: Any) -> Any:
    """Return the `Loihi2HwCfg` of a network: models for the chip, whole numbers in what stays on the host.

    By itself it would select the first model of a host-side Process, which is mostly the one in floating point.
    """
    from lava.magma.core.model.py.model import AbstractPyProcessModel
    from lava.magma.core.run_configs import Loihi2HwCfg

    whole: dict[type, type] = {}
    for member in members_of(process, take_apart=False):
        for model in models_of(member.process) if member.role == "host" else ():
            if issubclass(model, AbstractPyProcessModel) and "fixed_pt" in getattr(model, "tags", ()):
                whole.setdefault(type(member.process), model)
    return Loihi2HwCfg(exception_proc_model_map=whole)


def refuse_host_side_connections(process: Any) -> None:
    """Refuse a network in which `Loihi2HwCfg` would let Python on the host compute a connection.

    Raises
    ------
    InputError
        Naming the connection and the model that would be selected.
    """
    from lava.magma.core.model.py.model import AbstractPyProcessModel

    chosen = selected_models(process, run_configuration(process))
    for member in members_of(process):
        model = chosen[member.label]
        if member.role in ("connection", "custom connection") and issubclass(model, AbstractPyProcessModel):
            raise InputError(
                f"{member.label!r} ({member.kind}): Loihi2HwCfg selects {model.__name__}, which runs on the host, and"
                " plasticity and memory must lie on the chip: use a Process that the extension has a model of"
            )


def run_network(
    process: Any, *, n_steps: int, host: str | None = None, partition: str | None = None, board: str | None = None
) -> None:
    """Run a network on a Loihi 2 chip with `Loihi2HwCfg`, and stop it.

    Parameters
    ----------
    process : AbstractProcess
        One Process of a network that nobody has taken apart; see `lava_caching.processes.to_chip.check_network`.
    n_steps : int
        Time steps.
    host : str or None
        "slurm", or the address of a host with a board; None for SLURM.
    partition, board : str or None
        Of SLURM.

    Raises
    ------
    MissingError
        If Intel's extension is not installed.
    InputError
        If the host cannot be used, or the run fails.
    """
    require_extension()
    from lava.magma.core.run_conditions import RunSteps

    run_cfg = run_configuration(process)
    _use_host(host, partition, board)
    try:
        process.run(condition=RunSteps(num_steps=n_steps), run_cfg=run_cfg)
    except Exception as error:  # of Lava, of the extension or of the board: none of them ours
        said = " ".join(str(error).split())
        way = "see Lava's messages above"
        raise InputError(f"the run on Loihi failed with {type(error).__name__}: {said}; {way}") from error
    finally:
        process.stop()


def _use_host(host: str | None, partition: str | None, board: str | None) -> None:
    from lava.utils import loihi

    try:
        if host in (None, "slurm"):
            loihi.use_slurm_host(partition=partition, board=board)
        else:
            loihi.use_ethernet_host(host_address=host)
    except FileNotFoundError as error:  # sinfo or ping
        raise InputError(_no_host(host, f"the command {error.filename} is not installed")) from None
    except (ValueError, ImportError) as error:
        raise InputError(_no_host(host, " ".join(str(error).split()))) from None


def _no_host(host: str | None, said: str) -> str:
    if host in (None, "slurm"):
        way = "name a partition or board that sinfo lists, or give the address of a board's host as --host ADDRESS"
        return f"--host slurm: {said}; {way}"
    return f"--host = {host!r}: {said}; give the address of a host with a Loihi 2 board, or slurm"
