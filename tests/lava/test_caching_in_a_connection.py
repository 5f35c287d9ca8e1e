"""Caching inside a connection: the textbook in floating point, the chip's own rule in integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.proc.dense.models import PyLearningDenseModelBitApproximate
from lava.proc.dense.process import LearningDense

from lava_caching import Policy, SynapticCache
from lava_caching.processes.account import BINS_SIZE, pack, unpack
from lava_caching.processes.caching import Caching
from lava_caching.processes.caching_dense.models import PyCachingDenseModelBitApproximate, PyCachingDenseModelFloat
from lava_caching.processes.caching_dense.process import CachingDense
from lava_caching.testing import differences
from lava_caching.testing.connections import drive

FOREVER = 2**60
T_EPOCH = 2


def rank_one_rule() -> Loihi3FLearningRule:
    """Δw = y1 · x, with graded inputs (x1 is half of the payload)."""
    rule = Loihi3FLearningRule(dw="2*x0*x1*y1", x1_tau=FOREVER, t_epoch=T_EPOCH)
    rule.y1_tau = FOREVER  # a third factor is not a trace: it does not decay between its arrival and the epoch's end
    return rule


POLICIES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        dict,
        policy=st.sampled_from(["local-local", "local-global", "global-global", "immediate", "at-end"]),
        scope=st.sampled_from([None, "layer", "synapse", "neuron"]),
    ),
    st.builds(
        dict,
        policy=st.sampled_from(["local-local", "local-global", "global-global"]),
        scope=st.sampled_from([None, "layer"]),
        amount=st.sampled_from(["quantum", "pulse"]),
        quantum=st.sampled_from([1.0, 3.0]),
    ),
    st.builds(
        dict,
        policy=st.just(
            Policy(name="cubes", summary="Σ|s|³", statistic=lambda sum_, s: sum_ + abs(s) ** 3, scope="neuron")
        ),
    ),
)


@given(
    policy=POLICIES,
    threshold=st.sampled_from([0.0, 1.0, 4.0, 9.5]),
    tau=st.sampled_from([None, None, 7.0]),
    density=st.sampled_from([0.2, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=200)
def test_in_floating_point_it_is_the_textbook(
    policy: dict[str, Any], threshold: float, tau: float | None, density: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    n_post, n_pre, n_presentations = 3, 6, 40
    start = rng.integers(-3, 4, (n_post, n_pre)).astype(float)
    x = rng.integers(-2, 3, (n_presentations, n_pre)) * (rng.random((n_presentations, n_pre)) < density)
    factor = rng.integers(-2, 3, (n_presentations, n_post)) * (rng.random((n_presentations, 1)) < 0.6)
    factor = factor * (rng.random(factor.shape) < 0.6)
    caching = Caching(threshold=threshold, tau=tau, **policy)

    cache = SynapticCache(start, policy=caching.rule, threshold=threshold, tau=tau, write_counts=True)
    outputs = []
    for pattern, factors in zip(x, factor, strict=True):
        outputs.append(cache.effective @ pattern)
        cache.accumulate(np.outer(factors, pattern))
        cache.end_step()
    weights = cache.persistent + cache._state.transient  # before the decay of the presentation that never comes
    transient = cache._state.transient.copy()
    expected = cache.finish()

    connection = CachingDense(
        weights=start,
        learning_rule=rank_one_rule(),
        caching=caching,
        write_counts=True,
        num_message_bits=8,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
    )
    given_x = np.repeat(x, T_EPOCH, axis=0)
    model = drive(
        connection,
        PyCachingDenseModelFloat,
        n_presentations * T_EPOCH,
        s_in=given_x,
        s_in_y1=np.repeat(factor, T_EPOCH, axis=0),
    )
    exact = 0.0 if tau is None else 1e-9
    np.testing.assert_allclose(model.weights, weights, rtol=exact, atol=exact)
    np.testing.assert_allclose(model.transient, transient, rtol=exact, atol=exact)
    np.testing.assert_allclose(model.a_out.sent[1::T_EPOCH], outputs, rtol=exact, atol=exact)
    model._settle()
    found = unpack(model.ledger, model.ledger_bins)
    unknown_to_it = {"n_synaptic_ops": None, "write_counts": None}
    for part in ("run", "residual"):
        a = getattr(found.layers[0], part).to_dict() | unknown_to_it
        b = getattr(expected.layers[0], part).to_dict() | unknown_to_it
        assert differences(a, b, relative=exact, where=part) == []
    assert model.write_counts.ravel().tolist() == list(expected.layers[0].run.write_counts or ())
    assert found.layers[0].run.n_synaptic_ops == np.count_nonzero(given_x) * n_post


@given(
    bounds=st.sampled_from([(-2.0, 2.0), (0.0, 3.0), (-1.5, 10.0)]),
    name=st.sampled_from(["local-local", "local-global", "immediate", "at-end"]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=40)
def test_bounds_clip_the_effective_weight_and_nothing_is_lost(
    bounds: tuple[float, float], name: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, factor = rng.integers(0, 2, (60, 5)), rng.integers(-1, 2, (60, 3))
    start = np.ones((3, 5))
    connection = CachingDense(
        weights=start,
        learning_rule=rank_one_rule(),
        caching=Caching(policy=name, threshold=1.0),
        bounds=bounds,
        num_message_bits=8,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
    )
    model = drive(
        connection, PyCachingDenseModelFloat, 120, s_in=np.repeat(x, 2, axis=0), s_in_y1=np.repeat(factor, 2, axis=0)
    )
    low, high = bounds
    expected = start.copy()
    for pattern, factors in zip(x, factor, strict=True):
        expected = np.clip(expected + np.outer(factors, pattern), low, high)
    np.testing.assert_array_equal(model.weights, expected)
    model._settle()
    total = unpack(model.ledger, model.ledger_bins).total
    assert (total.potentiation_l1 or 0.0) - (total.depression_l1 or 0.0) == (expected - start).sum()
    assert total.minimal_l1 == np.abs(expected - start).sum()


@st.composite
def integer_cases(draw: st.DrawFn) -> dict[str, Any]:
    products = st.sampled_from(
        ["x0*y1", "3*x0*y1", "y0*x1", "2^-2*y0*x1", "x0", "4*y0", "2^-1*x0", "u0", "2*u0*x1", "2^-3*x0*w", "x0*sgn(w)"]
    )
    dw = " + ".join(draw(st.lists(products, min_size=1, max_size=3))) + " - " + draw(products)
    return {
        "dw": dw,
        "threshold": draw(st.integers(0, 40)),
        "quantum": 2 ** draw(st.integers(0, 5)),
        "seed": draw(st.integers(0, 2**32 - 1)),
        "rate": draw(st.sampled_from([0.1, 0.6])),
        "t_epoch": draw(st.integers(1, 3)),
    }


@given(case=integer_cases())
@settings(max_examples=200)
def test_in_integers_it_is_the_rule_that_runs_on_the_chip(case: dict[str, Any]) -> None:
    """The transient part of CachingDense = the tag of stock LearningDense with the native pulse rule."""
    rng = np.random.default_rng(case["seed"])
    theta, quantum, n_steps = case["threshold"], case["quantum"], 60
    traces = {"x1_tau": 5, "x1_impulse": 6, "y1_tau": 5, "y1_impulse": 6, "t_epoch": case["t_epoch"], "rng_seed": 7}
    weights = rng.integers(-20, 21, (3, 6))
    inputs = {
        "s_in": (rng.random((n_steps, 6)) < case["rate"]).astype(np.int32),
        "s_in_bap": (rng.random((n_steps, 3)) < case["rate"]).astype(np.int32),
    }
    k = quantum.bit_length() - 2
    # sgn(t-0) is not in Lava's grammar
    above, below = (f"sgn(t-{theta})", f"sgn(t+{theta})") if theta else ("sgn(t)", "sgn(t)")
    native = Loihi2FLearningRule(dw=case["dw"], dt=f"{case['dw']} - 2^{k}*u0*{above} - 2^{k}*u0*{below}", **traces)
    stock = drive(
        LearningDense(weights=weights, learning_rule=native), PyLearningDenseModelBitApproximate, n_steps, **inputs
    )
    ours = CachingDense(
        weights=weights,
        learning_rule=Loihi2FLearningRule(dw=case["dw"], **traces),
        caching=Caching(policy="local-local", threshold=theta, amount="pulse", quantum=quantum),
    )
    model = drive(ours, PyCachingDenseModelBitApproximate, n_steps, **inputs)
    np.testing.assert_array_equal(model.weights, stock.weights)
    np.testing.assert_array_equal(model.transient, stock.tag_1)
    model._settle()
    total = unpack(model.ledger, model.ledger_bins).total
    if not model.saturated.any():
        moved = (total.potentiation_l1 or 0.0) - (total.depression_l1 or 0.0)
        start = (weights >> 1) << 1  # Lava drops the lowest bit of the weights it is given
        assert moved == (model.weights - start).sum()


def test_a_packed_ledger_is_the_ledger() -> None:
    rng = np.random.default_rng(0)
    cache = SynapticCache(np.zeros((4, 50)), policy="local-local", threshold=0.5)
    for _ in range(200):
        cache.accumulate(rng.normal(0, 0.3, (4, 50)))
        cache.end_step()
    ledger = cache.finish()
    found = unpack(*pack(ledger.layers[0]))
    assert differences(found.to_dict(), ledger.to_dict(), where="ledger") == []


def test_a_ledger_of_many_magnitudes_fits() -> None:
    rng = np.random.default_rng(0)
    cache = SynapticCache(np.zeros((40, 500)), policy="at-end", threshold=0.0)
    cache.accumulate(10.0 ** rng.uniform(-24, 7, (40, 500)))
    cache.end_step()
    ledger = cache.finish()
    vector, bins = pack(ledger.layers[0])
    assert bins.size < BINS_SIZE
    assert differences(unpack(vector, bins).to_dict(), ledger.to_dict(), where="ledger") == []


@given(
    policy=st.sampled_from(["local-local", "local-global", "global-global"]),
    threshold=st.integers(1, 30),
    quantum=st.integers(1, 9),
    rate=st.sampled_from([0.15, 0.6]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=100)
def test_pulses_of_whole_neurons_follow_their_description(
    policy: str, threshold: int, quantum: int, rate: float, seed: int
) -> None:
    """Against plain NumPy fed with the changes that stock LearningDense makes, which are whole numbers here."""
    assume(policy != "local-local" or quantum % 2 == 0)  # half a quantum at |s| = θ would be rounded at random
    rng = np.random.default_rng(seed)
    n_steps, traces = 40, {"dw": "2*x0 - 3*y0 - 2*u1 + 1*u1", "t_epoch": 1, "rng_seed": 1}
    weights = rng.integers(-10, 11, (3, 7)) * 2
    inputs: dict[str, Any] = {
        "s_in": (rng.random((n_steps, 7)) < rate).astype(np.int32),
        "s_in_bap": (rng.random((n_steps, 3)) < rate).astype(np.int32),
    }
    caching = Caching(policy=policy, threshold=threshold, amount="pulse", quantum=quantum)
    ours = drive(
        CachingDense(weights=weights, learning_rule=Loihi2FLearningRule(**traces), caching=caching),
        PyCachingDenseModelBitApproximate,
        n_steps,
        **inputs,
    )
    learned: list[Any] = []
    drive(
        LearningDense(weights=weights, learning_rule=Loihi2FLearningRule(**traces)),
        PyLearningDenseModelBitApproximate,
        n_steps,
        watch=lambda model: learned.append(model.weights.copy()),
        **inputs,
    )
    s, moved_l1, n_consolidations = np.zeros((3, 7), np.int64), 0, 0
    before = weights
    for after in learned:
        if policy == "local-local":
            moved = quantum // 2 * (np.sign(s - threshold) + np.sign(s + threshold))
            n_consolidations += np.count_nonzero(moved)
        else:
            strength = np.abs(s).sum(axis=1) if policy == "global-global" else np.abs(s).max(axis=1)
            fired = strength[:, None] > threshold
            moved = np.where(fired & (np.abs(s) >= quantum), quantum * np.sign(s), 0)
            n_consolidations += np.count_nonzero(moved.any(axis=1))
        s = s + (after - before) - moved
        moved_l1 += np.abs(moved).sum()
        before = after
    assume(np.abs(before).max() < 250)
    np.testing.assert_array_equal(ours.weights, before)
    np.testing.assert_array_equal(ours.transient, s)
    ours._settle()
    run = unpack(ours.ledger, ours.ledger_bins).layers[0].run
    assert (run.persistent_change_l1, run.n_consolidations) == (moved_l1, n_consolidations)
