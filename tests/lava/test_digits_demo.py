"""The worked example: a network for digits in Lava, whose output layer learns there."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava_caching.testing import differences

DEMO = Path(__file__).parents[2] / "demos" / "digits_in_lava.py"


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("digits_in_lava", DEMO)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_runs_and_shows_what_it_promises(demo: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    demo.main(n_images=20, n_samples=100)
    shown = capsys.readouterr().out
    assert all(said in shown for said in ("trained network", "spiking, fixed_pt", "no caching", "caching, θ = 0.05"))
    assert "µJ" in shown
    assert shown.endswith("The writes are those that the compiled engine counts.\n")


@pytest.mark.parametrize("policy", ["immediate", "local-local", "local-global", "global-global", "at-end"])
def test_an_output_layer_in_lava_learns_as_the_compiled_engine_does(demo: ModuleType, policy: str) -> None:
    rng = np.random.default_rng(5)
    start, activities = rng.normal(0, 0.1, (10, 12)), rng.random((60, 12))
    labels = rng.integers(0, 10, 60)
    given = start, activities, labels, policy, 0.3 if policy == "global-global" else 0.03
    weights, ledger = demo.learn_in_lava(*given)
    compiled = demo.learn_compiled(*given)
    ours, theirs = ({name: getattr(part.layers[0].run, name) for name in demo.SAME} for part in (ledger, compiled))
    assert differences(ours, theirs, relative=1e-9) == []
    assert ledger.total.n_persistent_writes > 0
    assert np.abs(weights - start).max() > 0.01
