"""What all tests share: kernels that are compiled once, and drawn examples that are the same in every run."""

import importlib

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Compile before the workers start: several processes that fill numba's cache at once have crashed (numba 4807)."""
    if not hasattr(config, "workerinput"):
        for kernels in ("perceptron", "replay", "traces", "learning_float", "learning_integer"):
            importlib.import_module(f"lava_caching.kernels.{kernels}")
