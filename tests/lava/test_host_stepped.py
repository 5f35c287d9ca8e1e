"""Stock `LearningDense` stepped by the host caches as `SynapticCache` does, for policies of whole neurons as well."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lava_caching.cache import SynapticCache
from lava_caching.errors import InputError, MissingError
from lava_caching.processes.caching import Caching
from lava_caching.processes.host_stepped import UNSEEN, HostStepped, tagging_rule

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.source import RingBuffer
from lava.utils.weightutils import SignMode

Array = NDArray[np.float64]
N_POST, N_PRE, N_EPOCHS, T_EPOCH = 3, 5, 48, 2
TAGS = {"float": "floating_pt", "fixed": "fixed_pt"}


def third_factors(dw: str = "2*x0*y1 - 3*x0*y2") -> Loihi3FLearningRule:
    rule = Loihi3FLearningRule(dw=dw, t_epoch=T_EPOCH, rng_seed=3)
    rule.y1_tau = rule.y2_tau = 2**60  # set after construction; without it Lava lets third factors decay a little
    return rule


def connected(rule: Any, start: Array, **more: Any) -> LearningDense:
    """Return a connection with random spikes and third factors."""
    dense = LearningDense(weights=start, learning_rule=rule, **more)
    for seed, (port, n) in enumerate({"s_in": N_PRE, "s_in_y1": N_POST, "s_in_y2": N_POST}.items()):
        data = (np.random.default_rng(seed).random((n, N_EPOCHS * T_EPOCH)) < 0.3).astype(float)
        RingBuffer(data=data).s_out.connect(getattr(dense, port))
    return dense


@lru_cache
def weights_of_all_policies(arithmetic: str) -> tuple[Array, Array]:
    """Return where stock learning starts and its weights, which no policy changes."""
    start = np.random.default_rng(9).integers(-10, 11, (N_POST, N_PRE)) * 2.0
    return start, plain_weights(third_factors(), arithmetic, start)


def plain_weights(rule: Any, arithmetic: str, start: Array, **more: Any) -> Array:
    """Return the weights of stock learning after every epoch."""
    dense, weights = connected(rule, start, **more), []
    try:
        for _ in range(N_EPOCHS):
            dense.run(condition=RunSteps(num_steps=T_EPOCH), run_cfg=Loihi2SimCfg(select_tag=TAGS[arithmetic]))
            weights.append(dense.weights.get())
    finally:
        dense.stop()
    return np.array(weights)


def oracle(caching: Caching, start: Array, weights: Array, every: int = 1) -> SynapticCache:
    """Return a cache that was fed with the changes of the weights."""
    cache = SynapticCache(
        start, policy=caching.rule, threshold=caching.threshold, tolerance=caching.tolerance, write_counts=True
    )
    for before, after in zip([start, *weights[every - 1 :: every]], weights[every - 1 :: every], strict=False):
        cache.accumulate(after - before)
        cache.end_step()
    return cache


@pytest.mark.parametrize("arithmetic", ["float", "fixed"])
@pytest.mark.parametrize(
    "caching",
    [
        Caching(policy="local-global", threshold=5),
        Caching(policy="global-global", threshold=12),
        Caching(policy="local-local", threshold=6, amount="quantum", quantum=4),
        Caching(policy="local-global", threshold=4, amount="pulse", quantum=2),
        Caching(policy="at-end", threshold=0),
        Caching(policy="immediate", threshold=0),
    ],
    ids=lambda caching: f"{caching.rule.name}-{caching.rule.amount}",
)
def test_stepping_keeps_the_account_of_a_synaptic_cache(caching: Caching, arithmetic: Any) -> None:
    start, weights = weights_of_all_policies(arithmetic)
    expected = oracle(caching, start, weights)
    dense = connected(tagging_rule(third_factors()), start)
    stepped = HostStepped(dense, caching, arithmetic=arithmetic, write_counts=True)
    config = Loihi2SimCfg(select_tag=TAGS[arithmetic])
    try:
        stepped.run(10, config)
        halfway = stepped.ledger().total.n_steps
        stepped.run(N_EPOCHS - 10, config)
        w, t = dense.weights.get(), dense.tag_1.get()
    finally:
        dense.stop()
    assert np.array_equal(w, weights[-1])
    assert np.array_equal(t, expected.transient)
    assert np.array_equal(stepped.transient, t)
    assert np.array_equal(stepped.persistent, w - t)
    assert np.array_equal(stepped.effective, w)
    ledger = stepped.ledger()
    assert ledger.to_dict() == expected.finish().to_dict()
    assert (halfway, ledger.total.n_steps) == (10, N_EPOCHS)
    assert ledger.total.n_persistent_writes


def test_looking_every_few_presentations_says_null_where_it_saw_nothing() -> None:
    caching, start = Caching(policy="local-global", threshold=5), np.zeros((N_POST, N_PRE))
    expected = oracle(caching, start, plain_weights(third_factors(), "fixed", start), every=4).finish().to_dict()
    dense = connected(tagging_rule(third_factors()), start)
    stepped = HostStepped(dense, caching, every=4, write_counts=True)
    try:
        stepped.run(N_EPOCHS, Loihi2SimCfg(select_tag="fixed_pt"))
        with pytest.raises(InputError, match="n_presentations = 6: must be a multiple of every = 4"):
            stepped.run(6, Loihi2SimCfg(select_tag="fixed_pt"))
    finally:
        dense.stop()
    ledger = stepped.ledger().to_dict()
    run, told = ledger["layers"][0]["run"], expected["layers"][0]["run"]
    assert ledger["layers"][0]["residual"] == expected["layers"][0]["residual"]
    assert all(run[name] is None for name in UNSEEN)
    assert run["n_steps"] == N_EPOCHS
    assert run["transient_hold_synapse_steps"] == N_EPOCHS * start.size
    same = set(run) - {*UNSEEN, "n_steps", "transient_hold_synapse_steps"}
    assert {name: run[name] for name in same} == {name: told[name] for name in same}


def test_rounded_floats_are_not_taken_for_changes() -> None:
    start = np.random.default_rng(9).normal(size=(N_POST, N_PRE))
    rule = third_factors("3*2^-5*x0*y1*(w+1) - 2^-4*x0*y2*w")
    dense = connected(tagging_rule(rule, "float"), start)
    caching = Caching(policy="local-global", threshold=0.2)
    stepped = HostStepped(dense, caching, arithmetic="float", write_counts=True)
    try:
        stepped.run(N_EPOCHS, Loihi2SimCfg())
        w, t = dense.weights.get(), dense.tag_1.get()
    finally:
        dense.stop()
    weights = plain_weights(rule, "float", start)
    ledger, expected = stepped.ledger().total, oracle(caching, start, weights).finish().total
    np.testing.assert_allclose(w, weights[-1], rtol=1e-12)
    np.testing.assert_allclose(t, stepped.transient, rtol=0, atol=1e-14)
    for name, value in vars(expected).items():
        if isinstance(value, (int, float)):
            assert getattr(ledger, name) == pytest.approx(value, rel=1e-9), name
    assert ledger.write_counts == expected.write_counts


@pytest.mark.parametrize("sign_mode", [SignMode.MIXED, SignMode.EXCITATORY])
def test_a_saturated_weight_keeps_its_account(sign_mode: SignMode) -> None:
    start = np.random.default_rng(9).integers(100, 121, (N_POST, N_PRE)) * 2.0 + 1
    rule = third_factors("20*x0*y1 - 12*x0*y2")
    weights = plain_weights(rule, "fixed", start, sign_mode=sign_mode)
    assert weights.max() == 255
    dense = connected(tagging_rule(rule), start, sign_mode=sign_mode)
    caching = Caching(policy="global-global", threshold=90)
    stepped = HostStepped(dense, caching, write_counts=True)
    try:
        stepped.run(N_EPOCHS, Loihi2SimCfg(select_tag="fixed_pt"))
        w, t = dense.weights.get(), dense.tag_1.get()
    finally:
        dense.stop()
    begun = start - 1 if sign_mode == SignMode.MIXED else start  # Lava cuts the lowest bit of mixed weights off
    expected = oracle(caching, begun, weights)
    assert np.array_equal(w, weights[-1])
    assert np.array_equal(t, expected.transient)
    assert stepped.ledger().to_dict() == expected.finish().to_dict()


def test_a_running_network_can_be_taken_over() -> None:
    start = np.zeros((N_POST, N_PRE))
    dense = connected(tagging_rule(third_factors("2*x0*y1*y2*y3")), start)  # y3 stays 0: nothing is learned yet
    config = Loihi2SimCfg(select_tag="fixed_pt")
    try:
        dense.run(condition=RunSteps(num_steps=T_EPOCH), run_cfg=config)
        dense.weights.set(np.full(start.shape, 7.0))
        stepped = HostStepped(dense, Caching(policy="at-end", threshold=0))
        stepped.run(2, config)
    finally:
        dense.stop()
    assert np.array_equal(stepped.effective, np.full(start.shape, 7.0))


def test_a_transient_part_beyond_its_tag_is_refused() -> None:
    start = np.full((N_POST, N_PRE), -250.0)
    dense = connected(tagging_rule(third_factors("56*x0*y1")), start)
    stepped = HostStepped(dense, Caching(policy="at-end", threshold=0))
    try:
        with pytest.raises(InputError, match="transient parts are beyond ±255, the range of the tag: use a lower"):
            stepped.run(N_EPOCHS, Loihi2SimCfg(select_tag="fixed_pt"))
    finally:
        dense.stop()


CACHING = Caching(policy="local-global", threshold=5)


@pytest.mark.parametrize(
    ("caching", "more", "said"),
    [
        (Caching(policy="local-global", threshold=5.5), {}, "threshold = 5.5: must be a whole number up to 255"),
        (Caching(policy="local-global", threshold=300), {}, "use 255, or arithmetic='float'"),
        (Caching(policy="local-global", threshold=5, amount="pulse", quantum=1.5), {}, "quantum = 1.5"),
        (Caching(policy="local-global", threshold=5, tau=10), {}, "tau = 10: the host does not decay tags"),
        (CACHING, {"every": 0}, "every = 0: must be a whole number"),
        (CACHING, {"arithmetic": "double"}, "unknown arithmetic 'double'"),
    ],
)
def test_what_cannot_be_stepped_is_refused(caching: Caching, more: dict[str, Any], said: str) -> None:
    dense = LearningDense(weights=np.zeros((2, 3)), learning_rule=tagging_rule(third_factors()))
    with pytest.raises(InputError) as refusal:
        HostStepped(dense, caching, **more)
    assert said in str(refusal.value)


def test_connections_that_do_not_gather_in_their_tags_are_refused() -> None:
    weights = np.zeros((2, 3))
    with pytest.raises(InputError, match="connection = Dense: must be a LearningDense"):
        HostStepped(Dense(weights=weights), CACHING)
    with pytest.raises(InputError, match=r"dt = None: .*learning_rule=tagging_rule\(rule\)"):
        HostStepped(LearningDense(weights=weights, learning_rule=third_factors()), CACHING)
    tagged = LearningDense(weights=weights, tag_1=weights + 1, learning_rule=tagging_rule(third_factors()))
    with pytest.raises(InputError, match="tag_1 has entries that are not 0"):
        HostStepped(tagged, CACHING)
    rule = tagging_rule(Loihi2FLearningRule(dw="x1*y0", x1_impulse=2.5, x1_tau=4))
    with pytest.raises(InputError, match=r"x1_impulse = 2\.5: Lava drops the fraction at the first"):
        HostStepped(LearningDense(weights=weights, learning_rule=rule), CACHING)
    with pytest.raises(InputError, match="the tag is taken"):
        tagging_rule(rule)


def test_the_run_configuration_must_compute_as_announced() -> None:
    dense = LearningDense(weights=np.zeros((2, 3)), learning_rule=tagging_rule(third_factors()))
    with pytest.raises(InputError, match=r"select_tag = 'floating_pt' .* does not compute in fixed arithmetic"):
        HostStepped(dense, CACHING).run(1, Loihi2SimCfg())


def test_without_lava_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lava", None)
    with pytest.raises(MissingError, match="HostStepped needs Lava"):
        HostStepped(None, CACHING)
    with pytest.raises(MissingError, match="tagging_rule needs Lava"):
        tagging_rule(None)
