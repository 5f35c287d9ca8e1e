"""What all tests of sweeps share: Dask, and what it stands on, warn of things that are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
WARNINGS = ("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for line in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(line))
