"""Which Processes belong to a network of Lava, and what each would be on a chip: neurons, a connection, or the host's.

A Process of Lava itself is *stock*: Intel's extension can bring a model of it for the chip. A Process defined anywhere
else has the models that its author wrote, so it stays on the host, and a connection among them has no place at all:
plasticity and memory on the chip are stock Processes only.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import math
import os
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Member", "is_stock", "members_of", "models_of", "weights_of"]

HOST_SIDE = ("io", "monitor", "spiker", "receiver", "bit_check")
"""Sub-packages of `lava.proc` whose Processes bring data in and out."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A Process of a network.

    Attributes
    ----------
    process : AbstractProcess
        The Process.
    label, kind : str
        Its own name, or else that of its class with a number where there are several; its class.
    role : str
        "neurons", "connection", "custom connection" or "host".
    size : int
        Elements of its largest output, which is the number of neurons in a group.
    sources, destinations : tuple of ports
        Of a connection: what its spikes come from, and where its sums go.
    warnings : tuple of str
        What is doubtful about it.
    """

    process: Any
    label: str
    kind: str
    role: str
    size: int
    sources: tuple[Any, ...] = ()
    destinations: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ()


def members_of(process: Any, *, take_apart: bool = True) -> list[Member]:
    """Return every Process that is connected with one.

    Parameters
    ----------
    process : AbstractProcess
        One of them.
    take_apart : bool
        Whether a Process that has nothing but a SubProcessModel is replaced by its parts. This connects the parts for
        good: build the network again before it is run.
    """
    found = _connected(process, take_apart)
    labels = _labels(found)
    return [_member(each, label) for each, label in zip(found, labels, strict=True)]


def is_stock(process: Any) -> bool:
    """Return whether a Process belongs to Lava itself or to one of its libraries."""
    return type(process).__module__.partition(".")[0] == "lava"


def models_of(process: Any) -> list[type]:
    """Return the ProcessModels of a Process.

    Those of stock Processes are imported as Lava does. Beside anybody else's Process no file is executed: only models
    in modules that are loaded already are found.
    """
    module = sys.modules[type(process).__module__]
    package = module.__package__ or ""
    if is_stock(process):
        for _, name, is_package in pkgutil.iter_modules(sys.modules[package].__path__, f"{package}."):
            if not is_package:
                with contextlib.suppress(ImportError):  # what cannot be imported is no model here, for Lava neither
                    importlib.import_module(name)
    folder = _folder(module)
    beside = [m for m in list(sys.modules.values()) if m is module or (folder is not None and _folder(m) == folder)]
    if package:
        beside += [m for m in list(sys.modules.values()) if getattr(m, "__package__", None) == package]
    models: dict[type, None] = {}
    for each in beside:
        for value in list(vars(each).values()):
            if inspect.isclass(value) and getattr(value, "implements_process", None) is type(process):
                models.setdefault(value)
    return list(models)


def weights_of(process: Any) -> Any:
    """Return what the Var of a connection's weights starts from: an array, or a sparse matrix."""
    var = getattr(process, "weights", None)
    return (process.weight if var is None else var).init  # Conv has one kernel, and calls it weight


def _folder(module: Any) -> str | None:
    file = getattr(module, "__file__", None)
    return os.path.dirname(os.path.abspath(file)) if isinstance(file, str) else None


def _connected(process: Any, take_apart: bool) -> list[Any]:
    """Walk the ports, breadth first."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting = [process]
    while waiting:
        here = waiting.pop(0)
        if id(here) in seen:
            continue
        seen.add(id(here))
        parts = _parts(here) if take_apart else []
        if parts:
            waiting += parts
            continue
        found.append(here)
        waiting += [port.process for port in _ports_beyond(here)]
    return found


def _ports_beyond(process: Any) -> Iterator[Any]:
    for ports in (process.in_ports, process.out_ports, process.ref_ports, process.var_ports):
        for port in ports.members:
            yield from port.get_src_ports()
            yield from port.get_dst_ports()


def _parts(process: Any) -> list[Any]:
    """Return the Processes that a SubProcessModel makes a Process of; none where it has another model."""
    from lava.magma.core.model.sub.model import AbstractSubProcessModel

    if process.procs.members:  # taken apart already
        return list(process.procs.members)
    models = models_of(process)
    if not models or not all(issubclass(model, AbstractSubProcessModel) for model in models):
        return []
    parts: dict[str, Any] = models[0](process).find_sub_procs()
    process.register_sub_procs(parts)
    return list(parts.values())


def _labels(processes: list[Any]) -> list[str]:
    """Return the names that users gave, and class names for those that Lava numbered."""
    names = [
        type(p).__name__ if re.fullmatch(r"Process_\d+", str(p.name)) else re.sub(r"\s+", " ", str(p.name)).strip()
        for p in processes
    ]
    total, so_far = Counter(names), Counter[str]()
    labels = []
    for name in names:
        so_far[name] += 1
        labels.append(name if total[name] == 1 else f"{name} {so_far[name]}")
    return labels


def _member(process: Any, label: str) -> Member:
    kind, role = type(process).__name__, _role(process)
    size = max((math.prod(port.shape) for port in process.out_ports.members), default=0)
    sources: tuple[Any, ...] = ()
    destinations: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ()
    if role == "connection":
        sources, destinations = tuple(process.s_in.get_src_ports()), tuple(process.a_out.get_dst_ports())
    elif role == "neurons":
        if hasattr(process, "s_out"):
            size = math.prod(process.s_out.shape)
        tags = {tag for model in models_of(process) for tag in getattr(model, "tags", ())}
        if not {"fixed_pt", "bit_accurate_loihi"} & tags:
            warnings = (f"{label!r} ({kind}): Lava has it in floating point only, so the chip may not have it at all",)
    return Member(
        process=process,
        label=label,
        kind=kind,
        role=role,
        size=size,
        sources=sources,
        destinations=destinations,
        warnings=warnings,
    )


def _role(process: Any) -> str:
    from lava.magma.core.process.connection import LearningConnectionProcess
    from lava.proc.conv.process import Conv
    from lava.proc.conv_in_time.process import ConvInTime
    from lava.proc.dense.process import Dense
    from lava.proc.sparse.process import Sparse

    connects = isinstance(process, (LearningConnectionProcess, Dense, Sparse, Conv, ConvInTime))
    if not is_stock(process):
        # whatever it is derived from, a matrix of weights makes it one
        matrix = getattr(getattr(process, "weights", None), "shape", ())
        return "custom connection" if connects or len(matrix) == 2 else "host"
    if connects:
        return "connection"
    parts = type(process).__module__.split(".")
    is_host_side = parts[1] not in ("proc", "lib") or parts[2] in HOST_SIDE
    return "host" if is_host_side or not process.out_ports.members else "neurons"
