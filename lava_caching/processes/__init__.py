"""Synaptic caching as Lava Processes, on the CPU, in Loihi's arithmetic, and as a rule for Loihi's learning engine.

This is the only part of the toolkit, besides the engines on Lava, that imports Lava; names are loaded when first used,
so that everything else works without it. lava-nc installs on Python 3.10 only.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lava_caching.processes.caching import Caching

if TYPE_CHECKING:
    from lava_caching.processes.caching_dense.process import CachingDense
    from lava_caching.processes.caching_sparse.process import CachingSparse
    from lava_caching.processes.error_neuron.process import ErrorNeuron
    from lava_caching.processes.host_stepped import HostStepped
    from lava_caching.processes.native_rule import native_caching_rule
    from lava_caching.processes.pattern_source.process import PatternSource
    from lava_caching.processes.profiler import CpuProfiler

_HOME = {
    "CachingDense": "caching_dense.process",
    "CachingSparse": "caching_sparse.process",
    "CpuProfiler": "profiler",
    "ErrorNeuron": "error_neuron.process",
    "HostStepped": "host_stepped",
    "PatternSource": "pattern_source.process",
    "native_caching_rule": "native_rule",
}

__all__ = [
    "Caching",
    "CachingDense",
    "CachingSparse",
    "CpuProfiler",
    "ErrorNeuron",
    "HostStepped",
    "PatternSource",
    "native_caching_rule",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lava_caching.processes.lava_needed import require_lava

    require_lava()
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
