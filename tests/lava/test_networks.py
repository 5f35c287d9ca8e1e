"""`CachingDense` and `CachingSparse` in networks that Lava really runs: Monitors, Vars from outside, the account."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from scipy.sparse import csr_matrix

from lava_caching.processes import Caching, CachingDense, CachingSparse
from lava_caching.processes.account import unpack
from lava_caching.processes.caching_dense.models import PyCachingDenseModelBitApproximate, PyCachingDenseModelFloat
from lava_caching.testing import differences
from lava_caching.testing.connections import drive

STEPS, N_POST, N_PRE = 30, 3, 8
CACHES = {
    "floating_pt": Caching(policy="local-global", threshold=6.0, tau=50.0),
    "fixed_pt": Caching(policy="local-global", threshold=6, amount="pulse", quantum=4),
}
MODELS = {"floating_pt": PyCachingDenseModelFloat, "fixed_pt": PyCachingDenseModelBitApproximate}


def rule() -> Loihi2FLearningRule:
    return Loihi2FLearningRule(
        dw="y0*x1 - 2^-1*x0*y1", x1_impulse=8, x1_tau=6, y1_impulse=8, y1_tau=6, t_epoch=2, rng_seed=5
    )


def spikes(seed: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    pre, post = (rng.random((n, STEPS)) < 0.3 for n in (N_PRE, N_POST))
    return pre.astype(int), post.astype(int), rng.integers(-10, 11, (N_POST, N_PRE)) * 2


def network(kind: type[Any], weights: Any, pre: Any, post: Any, **more: Any) -> Any:
    connection = kind(weights=weights, learning_rule=rule(), **more)
    sources = RingBuffer(data=pre), RingBuffer(data=post)
    sources[0].s_out.connect(connection.s_in)
    sources[1].s_out.connect(connection.s_in_bap)
    connection.a_out.connect(LIF(shape=(N_POST,)).a_in)
    return connection


@pytest.mark.parametrize("tag", CACHES)
def test_a_network_does_what_the_model_does_by_itself(tag: str) -> None:
    pre, post, weights = spikes(1)
    alone = drive(
        CachingDense(weights=weights, learning_rule=rule(), caching=CACHES[tag], write_counts=True),
        MODELS[tag],
        STEPS,
        s_in=pre.T,
        s_in_bap=post.T,
    )
    alone._settle()
    connection = network(CachingDense, weights, pre, post, caching=CACHES[tag], write_counts=True)
    monitor = Monitor()
    monitor.probe(connection.transient, STEPS)
    try:
        connection.run(RunSteps(STEPS // 2), Loihi2SimCfg(select_tag=tag))
        halfway = connection.read_ledger()
        connection.run(RunSteps(STEPS // 2), Loihi2SimCfg(select_tag=tag))
        seen = next(iter(monitor.get_data()[connection.name].values()))
        np.testing.assert_array_equal(connection.weights.get(), alone.weights)
        np.testing.assert_array_equal(connection.transient.get(), alone.transient)
        np.testing.assert_array_equal(seen[-1].ravel(), alone.transient.ravel())
        ledger = connection.read_ledger("hidden")
        counts = connection.write_counts.get()
    finally:
        connection.stop()
    assert seen.shape[0] == STEPS
    assert seen.any()
    expected = unpack(alone.ledger, alone.ledger_bins, "hidden").to_dict()
    found = ledger.to_dict()
    for account in (found, expected):  # counts of synapses travel in a Var of their own
        for part in (account["total"], *(account["layers"][0][key] for key in ("run", "residual"))):
            part.pop("write_counts")
    # books that were closed halfway add up in another order
    assert differences(found, expected, relative=1e-14, where=tag) == []
    assert ledger.layers[0].run.n_steps == STEPS // 2
    assert halfway.layers[0].run.n_steps == STEPS // 4
    np.testing.assert_array_equal(counts, alone.write_counts)
    assert sum(ledger.layers[0].run.write_counts or ()) == ledger.layers[0].run.n_persistent_writes


def test_a_sparse_network_runs_and_accounts() -> None:
    pre, post, weights = spikes(2)
    weights[np.random.default_rng(0).random(weights.shape) < 0.5] = 0
    for tag, caching in CACHES.items():
        connection = network(CachingSparse, csr_matrix(weights), pre, post, caching=caching)
        try:
            connection.run(RunSteps(STEPS), Loihi2SimCfg(select_tag=tag))
            learned, transient = connection.weights.get(), connection.transient_matrix()
            ledger = connection.read_ledger()
        finally:
            connection.stop()
        assert (learned.nonzero()[0].size) <= np.count_nonzero(weights)
        assert transient.shape == weights.shape
        total = ledger.total
        assert total.n_synapses == np.count_nonzero(weights)
        net = (total.potentiation_l1 or 0.0) - (total.depression_l1 or 0.0)
        lost = 0.0 if tag == "fixed_pt" else abs(learned.sum() - weights.sum())  # what decayed
        assert net == pytest.approx(learned.sum() - weights.sum(), abs=1e-9 + lost)


def test_weights_set_from_outside_are_no_learning() -> None:
    pre, post, weights = spikes(3)
    connection = network(CachingDense, weights, pre, post, caching=Caching(policy="at-end", threshold=0.0))
    try:
        connection.run(RunSteps(10), Loihi2SimCfg(select_tag="floating_pt"))
        before = connection.read_ledger().total
        learned = connection.weights.get()
        connection.weights.set(learned + 100.0)
        connection.run(RunSteps(1), Loihi2SimCfg(select_tag="floating_pt"))
        after = connection.read_ledger().total
        np.testing.assert_allclose(connection.weights.get(), learned + 100.0)
    finally:
        connection.stop()
    assert before.minimal_l1 == pytest.approx(after.minimal_l1)
    assert before.minimal_l1


def test_without_a_cache_there_is_no_account() -> None:
    from lava_caching import InputError

    pre, post, weights = spikes(4)
    connection = network(CachingDense, weights, pre, post)
    with pytest.raises(InputError, match="caching=None keeps no account"):
        connection.read_ledger()
    cached = network(CachingDense, weights, pre, post, caching=CACHES["floating_pt"])
    with pytest.raises(InputError, match="does not run"):
        cached.read_ledger()
