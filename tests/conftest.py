"""What all tests share: kernels compiled once, drawn examples that are the same in every run, what may warn."""

import importlib
from collections.abc import Generator
from typing import Any

import numba
import pytest
from _pytest.doctest import DoctestModule
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
START_DASK = {"figures", "sweeps"}
ON_REQUEST = ("browser", "long")
# Dask, and what it stands on, warn of things that are not ours.
WARNINGS = ("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_configure(config: pytest.Config) -> None:
    """Compile before the workers start: several processes that fill numba's cache at once have crashed (numba 4807)."""
    if not hasattr(config, "workerinput") and not numba.config.DISABLE_JIT:
        for kernels in ("perceptron", "replay", "traces", "learning_float", "learning_integer", "mlp", "spiking"):
            importlib.import_module(f"lava_caching.kernels.{kernels}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs Chromium or hours, unless asked for by its marker (`make test-browser`); let Dask warn."""
    for item in items:
        if item.path.parent.name in START_DASK:
            for line in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(line))
    for marker in ON_REQUEST:
        if marker not in config.option.markexpr:
            left_out = [item for item in items if item.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not item.get_closest_marker(marker)]


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[Any], list[Any]]:
    """Look for no doctests in tests: where one cannot be imported, pytest 9 would then skip all of it and not fail."""
    found = yield
    return [collector for collector in found if not isinstance(collector, DoctestModule)]
