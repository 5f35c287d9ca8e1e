"""What lies beside the tests can be imported by them, wherever this folder is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


@pytest.fixture(scope="session")
def traces() -> Path:
    return HERE / "traces"


@pytest.fixture(scope="session")
def takes_its_time() -> bool:
    """Whether more is asked for than what a change needs (HYPOTHESIS_PROFILE=long)."""
    return settings.get_current_profile_name() == "long"
