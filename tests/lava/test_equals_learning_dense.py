"""`CachingDense(caching=None)` is Lava's `LearningDense`: any rule, float within 1e-9, integers exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.proc.dense.models import PyLearningDenseModelBitApproximate, PyLearningDenseModelFloat
from lava.proc.dense.process import LearningDense
from lava.utils.weightutils import SignMode

from lava_caching.processes.caching_dense.models import PyCachingDenseModelBitApproximate, PyCachingDenseModelFloat
from lava_caching.processes.caching_dense.process import CachingDense
from lava_caching.testing.connections import drive

VARS = ("weights", "tag_1", "tag_2", "x0", "tx", "x1", "x2", "y0", "ty", "y1", "y2", "y3")
TRACES = ("x1", "x2", "y1", "y2", "y3")
STEPS = 24


@st.composite
def products(draw: st.DrawFn, *, fixed: bool, decimate: int) -> str:
    """One product: scale, dependency, factors, in the words of Lava's rules."""
    dependency = draw(st.sampled_from(["x0", "y0", f"u{decimate}"]))
    scale = f"{draw(st.integers(1, 7))}*2^{draw(st.integers(-6, 1 if fixed else -2))}"
    parts = [scale, dependency]
    for _ in range(draw(st.integers(0, 3))):
        variable = draw(st.sampled_from([*TRACES, *("w", "d", "t"), *(["x0", "y0"] if fixed else [])]))
        constant = draw(st.sampled_from(["", "", f"{draw(st.integers(1, 40))}"]))
        sign = draw(st.sampled_from("+-"))
        if variable in "wdt" and draw(st.booleans()):
            parts.append(f"sgn({variable}{sign + constant if constant else ''})")
        else:
            parts.append(f"({variable}{sign}{constant})" if constant else variable)
    return "*".join(parts)


@st.composite
def cases(draw: st.DrawFn, *, fixed: bool) -> dict[str, Any]:
    """A rule of any targets, traces and epoch, with weights, tags and spikes."""
    decimate = draw(st.integers(0, 3))
    rule: dict[str, Any] = {
        target: draw(st.sampled_from("+-")).lstrip("+")
        + " + ".join(draw(st.lists(products(fixed=fixed, decimate=decimate), min_size=1, max_size=3)))
        for target in draw(st.sets(st.sampled_from(["dw", "dt", "dd"]), min_size=1))
    }
    three = draw(st.booleans())
    for trace in ("x1", "x2") if three else TRACES:
        rule[f"{trace}_tau"] = draw(st.sampled_from([1, 3, 20] + ([0] if fixed else [])))
        rule[f"{trace}_impulse"] = draw(st.sampled_from([0, 5, 16.3, 120]))
    rule |= {"t_epoch": draw(st.integers(1, 4)), "rng_seed": draw(st.integers(0, 99))}
    return {
        "rule": rule,
        "three": three,
        "seed": draw(st.integers(0, 2**32 - 1)),
        "shape": draw(st.sampled_from([(1, 1), (3, 5), (4, 2)])),
        "sign": draw(st.sampled_from([SignMode.MIXED, SignMode.EXCITATORY, SignMode.INHIBITORY])),
        "graded": draw(st.sampled_from([None, None, *GradedSpikeCfg])),
        "rate": draw(st.sampled_from([0.1, 0.5, 1.0])),
    }


def _both(case: dict[str, Any], *, fixed: bool) -> tuple[Any, Any]:
    rng = np.random.default_rng(case["seed"])
    n_post, n_pre = case["shape"]
    weights = rng.integers(-20, 21, case["shape"])
    weights = {SignMode.EXCITATORY: np.abs(weights), SignMode.INHIBITORY: -np.abs(weights)}.get(case["sign"], weights)
    tags = rng.integers(-5, 6, case["shape"]), rng.integers(0, 6, case["shape"])
    graded = case["graded"]
    spikes = rng.random((STEPS, n_pre)) < case["rate"]
    inputs = {
        "s_in": (spikes * (rng.integers(1, 60, spikes.shape) if graded is not None else 1)).astype(np.int32),
        "s_in_bap": (rng.random((STEPS, n_post)) < case["rate"]).astype(np.int32),
        **{f"s_in_y{k}": rng.integers(0, 30, (STEPS, n_post)).astype(np.int32) for k in (1, 2, 3)},
    }
    models = (
        (PyLearningDenseModelBitApproximate, PyCachingDenseModelBitApproximate)
        if fixed
        else (PyLearningDenseModelFloat, PyCachingDenseModelFloat)
    )
    found = []
    for kind, model in zip((LearningDense, CachingDense), models, strict=True):
        rule = (Loihi3FLearningRule if case["three"] else Loihi2FLearningRule)(**case["rule"])
        process = kind(
            weights=weights.copy(),
            tag_1=tags[0].copy(),
            tag_2=tags[1].copy(),
            learning_rule=rule,
            sign_mode=case["sign"],
            num_message_bits=0 if graded is None else 8,
            graded_spike_cfg=graded or GradedSpikeCfg.USE_REGULAR_IMPULSE,
        )
        with np.errstate(all="ignore"):
            found.append(drive(process, model, STEPS, **inputs))
    return found[0], found[1]


@given(case=cases(fixed=False))
@settings(max_examples=300)
def test_any_rule_in_floating_point(case: dict[str, Any]) -> None:
    stock, ours = _both(case, fixed=False)
    sizes = [np.abs(getattr(stock, name)).max() for name in ("weights", "tag_1", "tag_2")]
    assume(all(size < 1e6 for size in sizes))
    for name in VARS:
        np.testing.assert_allclose(getattr(ours, name), getattr(stock, name), rtol=1e-9, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(ours.a_out.sent, stock.a_out.sent, rtol=1e-9, atol=1e-9)


@given(case=cases(fixed=True))
@settings(max_examples=300)
def test_any_rule_in_integers(case: dict[str, Any]) -> None:
    stock, ours = _both(case, fixed=True)
    for name in VARS:
        np.testing.assert_array_equal(getattr(ours, name), getattr(stock, name), err_msg=name)
    np.testing.assert_array_equal(ours.a_out.sent, stock.a_out.sent)
