"""The mutation check itself: a sound package passes, a fault in memory is noticed, and files stay as they are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULE = "lava_caching/plasticity/perceptron.py"
# In a process of its own: the script turns compilation off for all that comes after.
CODE = f"""
import json, sys
sys.path.insert(0, "tests/mutation")
import run
tests = ["tests/core/test_contracts.py::test_the_perceptron_rule_takes_a_tie_within_the_band_for_an_error"]
faults = {{m.operator.removeprefix("core/"): m for m in run.places(["{RULE}"], ["*_LtE_Eq"])}}
fault = faults["ReplaceComparisonOperator_LtE_Gt"]
json.dump({{
    "kinds": sorted(faults),
    "change": fault.change,
    "outcomes": [run.attempt(one, tests, 60.0)[:2] for one in (None, fault)],
    "wilson": run.wilson(8, 10),
    "annotated": [m.line for m in run.places(["lava_caching/consolidation/__init__.py"], []) if "BitOr" in m.operator],
}}, sys.stdout)
"""


def test_a_fault_is_noticed_and_soundness_is_not_taken_for_one() -> None:
    before = (ROOT / RULE).read_text()
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert (ROOT / RULE).read_text() == before
    assert found["outcomes"][0] == ["survived", ""]
    assert found["outcomes"][1][0] == "killed"
    assert "takes_a_tie" in found["outcomes"][1][1]
    assert [line.split("output * target ")[1][:2] for line in found["change"]] == ["<=", "> "]
    assert "ReplaceComparisonOperator_LtE_Eq" not in found["kinds"]  # asked to be left out
    assert found["annotated"] == []  # `str | Policy` is no arithmetic
    assert found["wilson"] == pytest.approx([0.4902, 0.9433], abs=1e-4)  # 8 of 10
