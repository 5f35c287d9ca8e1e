"""Networks on cores: every count by hand or against a plain loop; the culprit is named where something does not fit."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.conv.process import Conv
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF, LIFRefractory
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import Sparse
from scipy.sparse import csr_matrix

from lava_caching.hardware.chips import Chip, load_chip
from lava_caching.processes.chip_members import members_of
from lava_caching.processes.resources import RESOURCES, Mapping, Placed, map_network, synapse_bits

LOIHI1, LOIHI2 = load_chip("loihi1"), load_chip("loihi2")
PLAIN = {"dw": "2*x0*y1"}


def stock_network(name: str = "build", **sizes: int) -> Any:
    path = Path(__file__).parent / "networks" / "stock.py"
    spec = importlib.util.spec_from_file_location("stock_networks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)(**sizes)


def placed_in(mapping: Mapping) -> dict[str, Placed]:
    return {placed.label: placed for placed in mapping.placed}


def between(connection: Any, n_pre: int, n_post: int) -> Any:
    """Put a connection between two groups of neurons."""
    pre, post = LIF(shape=(n_pre,), name="pre"), LIF(shape=(n_post,), name="post")
    pre.s_out.connect(connection.s_in)
    connection.a_out.connect(post.a_in)
    return post


def learning(n_post: int, n_pre: int, **rules: str) -> Any:
    rule = Loihi2FLearningRule(**{**PLAIN, **rules}, t_epoch=2)
    return LearningDense(weights=np.zeros((n_post, n_pre)), learning_rule=rule, name="synapses")


def test_a_static_connection_counted_by_hand() -> None:
    # 100 synapses of 8 bits an input: 64·8 + 10 = 522 bits are 9 words of 64, 36·8 + 10 = 298 bits are 5
    mapping = map_network(between(Dense(weights=np.ones((100, 784)), name="synapses"), 784, 100), LOIHI1)
    found = placed_in(mapping)
    assert found["synapses"].used == {
        "compartments": 0,
        "in_axons": 784,
        "out_axons": 0,
        "synapse_bits": 784 * (9 + 5) * 64,
    }
    assert found["synapses"].n_synapses == 78_400
    assert found["synapses"].target == "post"
    assert found["post"].used["compartments"] == 100
    assert found["pre"].used == {"compartments": 784, "in_axons": 0, "out_axons": 784, "synapse_bits": 0}
    assert mapping.n_cores == 2
    assert mapping.culprits == ()
    assert mapping.available == {
        "compartments": 1024,
        "in_axons": 4096,
        "out_axons": 4096,
        "synapse_bits": 1048576,
        "n_cores": 128,
    }


@pytest.mark.parametrize(
    ("connection", "bits"),
    [
        (lambda: Dense(weights=np.ones((2, 3))), 8),
        (lambda: Dense(weights=np.ones((2, 3)), num_weight_bits=4), 4),
        (lambda: DelayDense(weights=np.ones((2, 3)), delays=np.ones((2, 3), int)), 8 + 6),
        (lambda: learning(2, 3), 9),
        (lambda: learning(2, 3, dt="x0*y1"), 9 + 9),
        (lambda: learning(2, 3, dw="x0*t"), 9 + 9),
        (lambda: learning(2, 3, dd="x0*y1"), 9 + 6),
        (lambda: learning(2, 3, dt="x0*y1", dd="x0*y1"), 9 + 9 + 6),
    ],
)
def test_a_synapse_holds_what_its_rule_uses(connection: Callable[[], Any], bits: int) -> None:
    assert synapse_bits(connection(), LOIHI1) == bits


def test_more_neurons_than_compartments_take_more_cores() -> None:
    mapping = map_network(between(Dense(weights=np.ones((3000, 2)), name="synapses"), 2, 3000), LOIHI1)
    found = placed_in(mapping)
    assert found["post"].n_cores == 3
    assert found["post"].used["compartments"] == 1000
    assert found["pre"].used["out_axons"] == 2 * 3
    assert placed_in(map_network(between(Dense(weights=np.ones((3000, 2))), 2, 3000), LOIHI2))["post"].n_cores == 1


def test_more_synapses_than_memory_take_more_cores() -> None:
    mapping = map_network(between(learning(1000, 1000, dt="x0*y1"), 1000, 1000), LOIHI1)
    used = placed_in(mapping)["synapses"]
    assert used.n_cores > 17  # 18 bits of a million synapses, without headers
    assert (used.used["synapse_bits"] or 0) <= 1048576
    assert placed_in(mapping)["pre"].used["out_axons"] == (1000 // placed_in(mapping)["pre"].n_cores) * used.n_cores
    assert mapping.culprits == ()


def test_out_axons_spread_neurons_over_more_cores() -> None:
    # 1000 neurons reach 19 cores: 4096 // 19 = 215 of them fit on one
    mapping = map_network(between(learning(1000, 1000, dt="x0*y1"), 1000, 1000), LOIHI1)
    pre = placed_in(mapping)["pre"]
    assert pre.n_cores > 1
    assert (pre.used["out_axons"] or 0) <= 4096


def test_too_many_inputs_name_connection_limit_and_way_out() -> None:
    mapping = map_network(stock_network("too_many_inputs"), LOIHI1)
    (sentence,) = mapping.culprits
    assert sentence.startswith("'feedforward' (Dense): needs 5,000 in-axons, and a core of loihi1 has 4,096: ")
    assert "use at most 4,096 inputs" in sentence
    assert placed_in(mapping)["feedforward"].used["in_axons"] == 5000
    assert map_network(stock_network("too_many_inputs"), LOIHI2).culprits == ()


def test_connections_that_share_their_neurons_share_the_core() -> None:
    post = LIF(shape=(4,), name="post")
    for i, n_pre in enumerate((2000, 2500)):
        pre, connection = LIF(shape=(n_pre,), name=f"pre {i}"), Dense(weights=np.ones((4, n_pre)), name=f"into {i}")
        pre.s_out.connect(connection.s_in)
        connection.a_out.connect(post.a_in)
    (sentence,) = map_network(post, LOIHI1).culprits
    assert sentence.startswith("'into 1' (Dense): needs 4,500 in-axons together with 1 more into 'post', and a core")


def test_synapses_of_one_neuron_that_exceed_a_core_are_a_culprit(tmp_path: Path) -> None:
    small = small_chip(tmp_path, "synapse_bits", 1048576, 1024)
    (sentence,) = map_network(between(Dense(weights=np.ones((2, 20)), name="synapses"), 20, 2), small).culprits
    assert sentence.startswith("'synapses' (Dense): the synapses of one neuron take 1,280 bits, and a core of ")


def test_a_neuron_that_reaches_too_many_cores_is_a_culprit(tmp_path: Path) -> None:
    few = small_chip(tmp_path, "out_axons", 4096, 2)
    (sentence,) = map_network(between(Dense(weights=np.ones((4000, 3)), name="synapses"), 3, 4000), few).culprits
    assert sentence.startswith(
        "'pre' (LIF): one neuron needs 4 out-axons, one for each core it reaches, and a core of "
    )


def test_more_cores_than_the_chip_has_are_a_culprit() -> None:
    mapping = map_network(between(Dense(weights=np.ones((1, 140_000))), 140_000, 1), LOIHI2)
    assert mapping.culprits == ()
    mapping = map_network(LIF(shape=(140_000,), name="crowd"), LOIHI1)
    assert mapping.n_cores == 137
    assert mapping.culprits == (
        "the network needs 137 cores and loihi1 has 128, 'crowd' alone takes 137: use fewer neurons or inputs, or"
        " spread the network over several chips",
    )


def small_chip(folder: Path, key: str, shipped: int, limit: int) -> Chip:
    import hardware_profiles

    text = (Path(next(iter(hardware_profiles.__path__))) / "chips" / "loihi1.toml").read_text(encoding="utf-8")
    before, header, after = text.partition(f"[core.{key}]")
    path = folder / "small.toml"
    path.write_text(before + header + after.replace(f" {shipped}\n", f" {limit}\n", 3), encoding="utf-8")
    return load_chip(path)


def test_a_sparse_connection_takes_axons_only_where_it_has_synapses() -> None:
    weights = np.zeros((2048, 6))
    weights[0, 0] = weights[1, 0] = weights[2047, 5] = 2
    mapping = map_network(between(Sparse(weights=csr_matrix(weights), name="synapses"), 6, 2048), LOIHI1)
    used = placed_in(mapping)["synapses"]
    assert used.n_cores == 2
    assert used.n_synapses == 3
    assert used.used["in_axons"] == 1
    assert used.used["synapse_bits"] == 64


@settings(max_examples=30)
@given(data=st.data(), n_post=st.integers(1, 40), n_pre=st.integers(1, 6), rows=st.integers(1, 40))
def test_sparse_counts_agree_with_a_plain_loop(data: st.DataObject, n_post: int, n_pre: int, rows: int) -> None:
    from lava_caching.processes.resources import _connection

    mask = data.draw(st.lists(st.booleans(), min_size=n_post * n_pre, max_size=n_post * n_pre))
    weights = np.array(mask, float).reshape(n_post, n_pre)
    process = Sparse(weights=csr_matrix(weights), name="synapses")
    (member,) = members_of(process)
    index_bits = 0 if rows == 1 else max(1, int(np.ceil(np.log2(rows))))
    axons, bits = [0], [0]
    for first in range(0, n_post, rows):
        per_input = [int(n) for n in weights[first : first + rows].sum(axis=0) if n]
        axons.append(len(per_input))
        bits.append(sum(-(-(n * (8 + index_bits) + 10) // 64) * 64 for n in per_input))
    assert _connection(member, LOIHI1).on_core(rows) == (max(axons), max(bits))


def test_sums_that_end_on_the_host_take_compartments_and_a_warning() -> None:
    connection = Dense(weights=np.ones((3, 5)), name="synapses")
    source = RingBuffer(data=np.zeros((5, 4), int))
    source.s_out.connect(connection.s_in)
    mapping = map_network(connection, LOIHI1)
    found = placed_in(mapping)
    assert found["synapses"].used["compartments"] == 3
    assert found["synapses"].used["in_axons"] == 5
    assert found["RingBuffer"].place == "host"
    assert mapping.n_cores == 1
    assert "'synapses' ends in nothing, which is no neuron of the chip" in mapping.warnings[0]


def test_monitors_and_sources_stay_on_the_host() -> None:
    classes = stock_network()
    monitor = Monitor()
    monitor.probe(classes.v, 5)
    found = placed_in(map_network(classes, LOIHI1))
    assert {label for label, placed in found.items() if placed.place == "host"} == {"Monitor"}
    assert list(found) == ["classes", "readout", "hidden", "feedforward", "inputs", "Monitor"]


def test_limits_that_nobody_has_published_are_not_checked() -> None:
    mapping = map_network(stock_network(), LOIHI2)
    assert mapping.not_checked == ("in_axons", "out_axons")
    assert [mapping.available[name] for name in RESOURCES] == [8192, None, None, 1572864]


def test_convolutions_are_named_as_not_counted() -> None:
    connection = Conv(weight=np.ones((2, 3, 3, 1)), input_shape=(8, 8, 1), name="filter")
    neurons = LIF(shape=connection.a_out.shape, name="features")
    connection.a_out.connect(neurons.a_in)
    mapping = map_network(neurons, LOIHI1)
    assert placed_in(mapping)["filter"].used["in_axons"] is None
    assert any("'filter' (Conv) shares weights" in warning for warning in mapping.warnings)
    assert placed_in(mapping)["features"].used["compartments"] == 6 * 6 * 2


def test_neurons_without_a_fixed_point_model_are_doubted() -> None:
    warnings = map_network(LIFRefractory(shape=(4,), name="slow", refractory_period=2), LOIHI1).warnings
    assert warnings == (
        "'slow' (LIFRefractory): Lava has it in floating point only, so the chip may not have it at all",
    )


def test_processes_without_a_name_are_called_by_their_class() -> None:
    first, second = LIF(shape=(2,)), LIF(shape=(2,))
    connection = Dense(weights=np.ones((2, 2)))
    first.s_out.connect(connection.s_in)
    connection.a_out.connect(second.a_in)
    assert [member.label for member in members_of(first)] == ["LIF 1", "Dense", "LIF 2"]


class Layer(AbstractProcess):  # type: ignore[misc]  # Lava is not typed
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.s_in = InPort(shape=(5,))
        self.s_out = OutPort(shape=(3,))


@implements(proc=Layer, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class SubLayerModel(AbstractSubProcessModel):  # type: ignore[misc]  # Lava is not typed
    def __init__(self, proc: Any) -> None:
        self.synapses = Dense(weights=np.ones((3, 5)), name="synapses")
        self.neurons = LIF(shape=(3,), name="neurons")
        proc.in_ports.s_in.connect(self.synapses.in_ports.s_in)
        self.synapses.out_ports.a_out.connect(self.neurons.in_ports.a_in)
        self.neurons.out_ports.s_out.connect(proc.out_ports.s_out)


def test_a_process_made_of_processes_is_taken_apart() -> None:
    layer, pre = Layer(name="layer"), LIF(shape=(5,), name="pre")
    pre.s_out.connect(layer.s_in)
    assert [member.label for member in members_of(pre, take_apart=False)] == ["pre", "layer"]
    found = placed_in(map_network(pre, LOIHI1))
    assert set(found) == {"pre", "synapses", "neurons"}
    assert found["synapses"].target == "neurons"
    assert found["pre"].used["out_axons"] == 5


@settings(max_examples=25)
@given(n_post=st.integers(1, 3000), n_pre=st.integers(1, 3000))
def test_every_core_holds_what_lies_on_it_and_none_could_be_saved(n_post: int, n_pre: int) -> None:
    from lava_caching.processes.resources import _connection, _Site

    process = Dense(weights=np.ones((n_post, n_pre), np.int8), name="synapses")
    (member,) = members_of(process)
    site = _Site("post", "LIF", n_post, None, [_connection(member, LOIHI1)])
    limits: dict[str, int | None] = {"compartments": 1024, "in_axons": 4096, "synapse_bits": 1048576}
    assert site.settle(limits, "loihi1") == []
    taken = site.on_core(site.rows)
    assert all(taken[name] <= (limits[name] or 0) for name in taken)
    assert site.rows * site.n_cores >= n_post
    if site.n_cores > 1:
        crowded = site.on_core(-(-n_post // (site.n_cores - 1)))
        assert any(crowded[name] > (limits[name] or 0) for name in crowded)
