"""1000 patterns in 1000 synapses cost what they cost when the numbers were written down, on either engine."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from lava_caching.testing import differences

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
MAKE = runpy.run_path(str(GOLDEN / "make.py"))


@pytest.mark.parametrize("engine", ["reference", "numba"])
@pytest.mark.parametrize("policy", MAKE["POLICIES"])
def test_a_thousand_patterns_cost_what_they_cost(policy: str, engine: str) -> None:
    expected = json.loads((GOLDEN / "perceptron_1000.json").read_text(encoding="utf-8"))[policy]
    assert not differences(MAKE["summary"](policy, engine), expected, where=policy)
