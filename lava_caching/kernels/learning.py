"""The kernels of learning connections, compiled before workers start: each would compile them for itself otherwise."""

from __future__ import annotations

import importlib

__all__ = ["warm_up"]

MODULES = ("traces", "connection", "learning_float", "learning_integer")


def warm_up() -> None:
    """Compile, or load from disk, everything that a learning connection calls; importing does it."""
    for module in MODULES:
        importlib.import_module(f"lava_caching.kernels.{module}")
