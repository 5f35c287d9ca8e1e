"""The CPU profiler: what it counts is what happened, what it cannot know is None, and it changes nothing."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi1SimCfg, Loihi2HwCfg, Loihi2SimCfg
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import Sparse
from scipy.sparse import csr_matrix

from lava_caching.errors import InputError
from lava_caching.hardware import load_pair, price
from lava_caching.ledger import Ledger
from lava_caching.processes import Caching, CachingDense
from lava_caching.processes.profiler import CpuProfiler
from lava_caching.processes.running import running

from lava.utils.profiler import Profiler  # isort: skip # after the module that registers ours, and hushes its warning

SPIKES = np.random.default_rng(0).random((6, 10)) < 0.4
WEIGHTS = np.random.default_rng(1).integers(-20, 20, (4, 6)).astype(float)


def config(tag: str = "floating_pt") -> Any:
    return Loihi2SimCfg(select_tag=tag)


def driven(connection: Any, *, n_out: int = 4) -> tuple[Any, Any]:
    """Feed `SPIKES` into a connection, and its output into neurons; returns source and neurons."""
    source, out = Source(data=SPIKES.astype(int)), LIF(shape=(n_out,), vth=30, name="out")
    source.s_out.connect(connection.s_in)
    connection.a_out.connect(out.a_in)
    return source, out


def rule() -> Any:
    traces = {"x1_impulse": 16, "x1_tau": 10, "y1_impulse": 16, "y1_tau": 10}
    return Loihi2FLearningRule(dw="2^-2*x1*y0 - 2^-3*y1*x0", **traces, t_epoch=2, rng_seed=0)


def learning(connection: Any) -> Any:
    """Let a connection learn from the spikes of its neurons."""
    _, out = driven(connection)
    out.s_out.connect(connection.s_in_bap)
    return out


def profiled(process: Any, *, n_steps: int = 10, tag: str = "floating_pt", **options: Any) -> CpuProfiler:
    run_cfg = config(tag)
    profiler = CpuProfiler(run_cfg, **options)
    with running(process, run_cfg) as network:
        network.run(n_steps)
    return profiler


@pytest.mark.parametrize("run_cfg", [Loihi1SimCfg(), Loihi2SimCfg()], ids=["loihi 1", "loihi 2"])
def test_it_stands_where_lava_has_no_profiler(run_cfg: Any) -> None:
    assert isinstance(Profiler.init(run_cfg), CpuProfiler)
    with pytest.raises(NotImplementedError):
        Profiler.init(Loihi2HwCfg())


def test_it_is_used_as_the_one_for_hardware_is() -> None:
    neurons, run_cfg = LIF(shape=(3,), bias_mant=1, vth=3), config()
    profiler: Any = Profiler.init(run_cfg)
    profiler.execution_time_probe(num_steps=8)
    profiler.energy_probe(num_steps=8)
    profiler.activity_probe()
    begin = time.perf_counter()
    neurons.run(RunSteps(num_steps=5), run_cfg=run_cfg)
    neurons.run(RunSteps(num_steps=3), run_cfg=run_cfg)
    neurons.stop()
    wall_s = time.perf_counter() - begin
    assert profiler.counts["n_neuron_updates"] == 3 * 8
    assert profiler.counts["n_spikes"] == 3 * 2  # v = 1, 2, 3, 4 > 3
    assert profiler.execution_time.shape == (8,)
    assert (profiler.execution_time > profiler.spiking_time).all()
    assert (profiler.spiking_time > 0).all()
    assert 0 < profiler.execution_time.sum() < wall_s
    assert np.isnan(profiler.learning_time).all()
    assert np.flatnonzero(~np.isnan(profiler.host_time)).tolist() == [4, 7]
    assert profiler.energy == pytest.approx(24 * 81e-12 + 6 * 1.7e-12)
    assert profiler.power is None
    assert profiler.static_energy is None


@pytest.mark.parametrize("tag", ["floating_pt", "fixed_pt"])
def test_synaptic_operations_are_active_inputs_times_stored_synapses(tag: str) -> None:
    dense, sparse = Dense(weights=WEIGHTS), Sparse(weights=csr_matrix(np.where(WEIGHTS > 0, WEIGHTS, 0)))
    for connection, stored in ((dense, np.full(6, 4)), (sparse, (WEIGHTS > 0).sum(axis=0))):
        profiler = profiled(driven(connection)[1], tag=tag)
        assert profiler.counts["n_synaptic_ops"] == (SPIKES.sum(axis=1) * stored).sum()
        assert profiler.counts["n_synaptic_updates"] == 0
        assert profiler.counts["n_neuron_updates"] == 4 * 10  # the source is none
        assert profiler.report()["not_counted"] == []


def test_the_account_of_a_caching_connection_is_priced_and_outlives_the_run() -> None:
    run_cfg, pair = config(), "sram_rram_22nm"
    connection = CachingDense(weights=WEIGHTS, learning_rule=rule(), caching=Caching(policy="local-local", threshold=3))
    profiler = CpuProfiler(run_cfg, pair=pair)
    assert profiler.memory_bill is None
    with running(learning(connection), run_cfg) as network:
        network.run(4)
        network.run(6)
        ledger = connection.read_ledger()
    assert profiler.ledger is not None
    assert profiler.ledger.total.to_dict() == ledger.total.to_dict()
    assert profiler.counts["n_synaptic_ops"] == ledger.total.n_synaptic_ops == SPIKES.sum() * 4
    run, bill = ledger.layers[0].run, profiler.memory_bill
    assert run.n_transient_writes
    assert run.n_persistent_writes
    assert profiler.counts["n_synaptic_updates"] == run.n_transient_writes + run.n_persistent_writes
    assert bill is not None
    counted = dataclasses.replace(run, n_neuron_updates=0, n_spikes=0)
    whole = Ledger(layers=(dataclasses.replace(ledger.layers[0], run=counted),))
    assert bill.items == price(whole, load_pair(pair)).items
    for tier in ("volatile", "nonvolatile"):
        joules = bill.tier(tier)
        assert joules is not None
        assert joules.nominal is not None
        assert joules.nominal > 0


def test_stock_learning_counts_the_synapses_that_it_changes() -> None:
    caching = Caching(policy="immediate", threshold=0)
    stock = profiled(learning(LearningDense(weights=WEIGHTS, learning_rule=rule())))
    ours = profiled(learning(CachingDense(weights=WEIGHTS, learning_rule=rule(), caching=caching)))
    plain = profiled(learning(CachingDense(weights=WEIGHTS, learning_rule=rule())))
    assert stock.counts == ours.counts == plain.counts
    assert stock.counts["n_synaptic_updates"]
    assert stock.memory_bill is None
    assert stock.report()["memory"] is None


def test_what_cannot_be_counted_is_none_and_named() -> None:
    convolution = Conv(weight=np.ones((2, 3, 3, 1)), input_shape=(4, 4, 1), name="filter")
    source = Source(data=np.ones((4, 4, 1, 5), int))
    out = Sink(shape=convolution.a_out.shape, buffer=5)
    source.s_out.connect(convolution.s_in)
    convolution.a_out.connect(out.a_in)
    profiler = profiled(out, n_steps=5)
    assert profiler.counts["n_synaptic_ops"] is None
    assert profiler.energy is None
    (reason,) = profiler.report()["not_counted"]
    assert reason.startswith("n_synaptic_ops of 'filter' (Conv): ")
    assert "not counted: n_synaptic_ops of 'filter'" in str(profiler)


def test_loihi_2_lists_what_nobody_has_published() -> None:
    profiler = profiled(driven(Dense(weights=WEIGHTS))[1], chip="loihi2")
    assert profiler.energy is None
    assert len(profiler.chip_bill.unpriced) == 3  # nothing learns
    assert "Intel publishes no energy per operation of Loihi 2" in " ".join(str(profiler).split())


def test_metering_changes_nothing() -> None:
    found = []
    for with_profiler in (False, True):
        run_cfg = config("fixed_pt")
        connection = LearningDense(weights=WEIGHTS, learning_rule=rule())
        out = learning(connection)
        if with_profiler:
            CpuProfiler(run_cfg)
        with running(out, run_cfg) as network:
            network.run(10)
            found.append((out.v.get(), connection.weights.get(), connection.x1.get()))
    for plain, metered in zip(*found, strict=True):
        np.testing.assert_array_equal(plain, metered)


def test_single_steps_can_be_chosen() -> None:
    run_cfg = config()
    profiler = CpuProfiler(run_cfg)
    assert profiler.execution_time is None
    profiler.execution_time_probe(num_steps=20, t_start=3, t_end=15, dt=4)
    with running(LIF(shape=(1,)), run_cfg) as network:
        network.run(12)
        assert profiler.execution_time is not None
        assert profiler.execution_time.shape == (3,)  # 3, 7, 11
        with pytest.raises(InputError, match="comes too late"):
            profiler.execution_time_probe(num_steps=20)


@pytest.mark.parametrize("window", [{"t_start": 0}, {"t_end": 11}, {"t_start": 5, "t_end": 4}, {"dt": 0}], ids=" ".join)
def test_a_window_that_is_not_possible_is_refused(window: dict[str, int]) -> None:
    with pytest.raises(InputError, match="1 ≤ t_start ≤ t_end ≤ num_steps and dt ≥ 1"):
        CpuProfiler(config()).execution_time_probe(num_steps=10, **window)


@pytest.mark.parametrize(("chip", "pair"), [("loihi1", "fecap_memristor_130nm"), ("loihi2", "li2020")])
def test_the_report_is_json_and_the_table_fits_80_columns(chip: str, pair: str) -> None:
    run_cfg = config()
    profiler = CpuProfiler(run_cfg, chip=chip, pair=pair)
    profiler.execution_time_probe(num_steps=10)
    assert json.dumps(profiler.report(), allow_nan=False)
    connection = CachingDense(weights=WEIGHTS, learning_rule=rule(), caching=Caching(policy="local-local", threshold=3))
    with running(learning(connection), run_cfg) as network:
        network.run(10)
    report = json.loads(json.dumps(profiler.report(), allow_nan=False))
    assert report["n_steps"] == 10
    assert report["chip"]["chip"] == chip
    assert report["memory"]["profile"] == pair
    assert {row["role"] for row in report["processes"]} == {"connection", "neurons", "other"}
    lines = str(profiler).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("  synaptic operations") and line.endswith(str(SPIKES.sum() * 4)) for line in lines)
