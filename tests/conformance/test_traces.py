"""Every engine does what the traces tell, step by step; the traces are what the twins write."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import make
import numpy as np
import pytest

from lava_caching import Ledger, SynapticCache
from lava_caching.engines import engine_names, get_engine, textbook_of
from lava_caching.engines.mlp import MLPTask
from lava_caching.engines.perceptron import numba
from lava_caching.engines.replay import ReplayTask
from lava_caching.errors import InputError, MissingError
from lava_caching.testing import Trace, check_conformance, differences, read_traces
from twins.cases import POLICIES

# networkx, with which Lava draws its graphs, warns that pandas and others are not there
ON_LAVA = pytest.mark.filterwarnings("ignore:.* not found, skipping conversion test:ImportWarning")
SLOW = {"lava", "lava-fixed", "loihi-native"}
TAKE_ALL = {"reference", "numba", "lava", "lava-fixed"}
"""Of their order. `loihi-native` takes what its learning rule can express, and others what they say."""
KINDS = {"changes": 176, "perceptron": 88, "loihi": 12, "backprop": 25}


def test_the_stored_traces_are_what_the_twins_write() -> None:
    assert not make.differing(make.written())


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_has_its_trace(kind: Any, traces: Path) -> None:
    names = [trace.name for trace in read_traces(traces, kind)]
    assert len(names) == len(set(names)) == KINDS[kind]


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent / "traces").glob("*/*.json")), ids=lambda p: p.parent.name
)
def test_a_trace_is_read_without_the_package(path: Path) -> None:
    """Its parts have the shapes and the names that the README tells, and fit one another."""
    file = json.loads(path.read_bytes())
    assert list(file) == ["format", "kind", "policy", "data", "columns", "costs", "cases"]
    assert (file["kind"], file["policy"]) == (path.parent.name, path.stem)
    columns = file["columns"]
    for case in file["cases"]:
        shapes = {name: np.array(case[name][0][0]).shape for name in ("transient", "persistent")}
        assert shapes["transient"] == shapes["persistent"]
        assert len(case["transient"]) == len(case["persistent"]) == len(case["counts"])
        for k, (run, residual) in enumerate(case["ledger"]):
            told = dict(zip(columns["ledger"], run, strict=True))
            counted = np.sum([step[k] for step in case["counts"]], axis=0)
            assert [told[name] for name in columns["counts"]] == counted.tolist()
            rest = dict(zip(columns["ledger"], residual, strict=True))
            left = np.array(case["transient"][-1][k], np.float64)
            assert rest["n_transferred"] == np.count_nonzero(left)
            assert rest["persistent_change_l1"] == pytest.approx(np.abs(left).sum(), rel=1e-9)
        assert [len(row) for row in case["energy"]] == [len(columns["energy"])] * len(file["costs"])
        if file["kind"] == "changes" and case["tau"] is None:
            weights = [np.array(layer) for layer in file["data"]["start"]]
            for step, changes in enumerate(file["data"]["changes"]):
                weights = [w + np.array(change) for w, change in zip(weights, changes, strict=True)]
                parts = (case["transient"][step], case["persistent"][step])
                assert all((np.add(s, l) == w).all() for s, l, w in zip(*parts, weights, strict=True))


def test_traces_are_small(traces: Path) -> None:
    assert sum(path.stat().st_size for path in traces.rglob("*.json")) < 500_000


def as_it_is(trace: Trace) -> bool:
    """Whether a policy has its own scope."""
    own = {"local-local": "synapse"}.get(trace.case["policy"], "neuron")
    return bool(trace.case["scope"] == own)


@ON_LAVA
@pytest.mark.parametrize("name", engine_names("perceptron"))
def test_an_engine_for_the_perceptron_conforms(name: str, traces: Path, takes_its_time: bool) -> None:
    """Networks of Lava take half a second each: all settings in the long run, otherwise policies as they are."""
    train = get_engine("perceptron", name)
    same = textbook_of("perceptron", train) is get_engine("perceptron", "reference")
    try:
        refused = check_conformance(
            train,
            traces,
            order="perceptron" if same else "loihi",
            at_every_epoch=name not in SLOW,
            choose=as_it_is if name in SLOW and not takes_its_time else None,
        )
    except MissingError as missing:
        pytest.skip(str(missing))
    assert not refused or name not in TAKE_ALL
    assert not any("local-local, scope synapse" in case for case in refused)


def test_the_event_driven_kernel_conforms(traces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba, "GRAM_NS", 0.0)  # such small trainings would stay with presentations
    monkeypatch.setattr(numba, "SCAN_NS", 1e-9)
    monkeypatch.setattr(numba, "FIELD_NS", 1e-9)
    monkeypatch.setattr(numba, "CHUNK_NS", 0.0)
    assert check_conformance(numba.train, traces) == {}


class Caches:
    """A network of layers under one policy, as one writes it with `SynapticCache`."""

    def __init__(self, start: Sequence[Any], trace: Trace) -> None:
        self.trace, self.order = trace, trace.case["order"]
        self.layers = [
            SynapticCache(
                layer,
                policy=trace.policy,
                threshold=trace.case["threshold"],
                tau=trace.case["tau"],
                order=self.order,
                name=f"layer {k + 1}",
                write_counts=True,
            )
            for k, layer in enumerate(start)
        ]

    def step(self, changes: Sequence[Any]) -> None:
        for cache, change in zip(self.layers, changes, strict=True):
            cache.accumulate(change)
        fire = self.decision() if self.trace.policy.scope == "network" else None
        for k, cache in enumerate(self.layers):
            cache.end_step(fire=fire, counts=k == 0)

    def decision(self) -> bool:
        policy, value = self.trace.policy, 0.0
        if policy.statistic in ("always", "never") or not any(cache.has_changed for cache in self.layers):
            return policy.statistic == "always" and any(cache.has_changed for cache in self.layers)
        for cache in self.layers:
            value = cache.statistic(value)
        return value > self.layers[0].threshold + 1e-9

    def differences(self, step: int) -> list[str]:
        """Compare both parts; between steps a cache already shows the decay with which the next one begins."""
        case, wrong = self.trace.case, []
        kept = 1.0 if case["tau"] is None or self.order == "mlp" else 1.0 - 1.0 / case["tau"]
        for name in ("transient", "persistent"):
            found = [getattr(cache, name).tolist() for cache in self.layers]
            told = self.trace.state(name, step)
            expected = [(part * (kept if name == "transient" else 1.0)).tolist() for part in told]
            wrong += differences(found, expected, relative=self.trace.relative, where=f"step {step}, {name}")
        return wrong

    def finish(self, **counts: int) -> Ledger:
        return Ledger(layers=tuple(layer for cache in self.layers for layer in cache.finish(**counts).layers))


def of_policy(traces: Path, kind: Literal["changes", "perceptron"], policy: str) -> list[Trace]:
    found = [trace for trace in read_traces(traces, kind) if trace.case["policy"] == policy]
    assert found, f"no trace of {policy} in {kind}"
    return found


@pytest.mark.parametrize("policy", POLICIES)
def test_a_cache_under_changes_that_are_given_conforms(policy: str, traces: Path) -> None:
    for trace in of_policy(traces, "changes", policy):
        caches = Caches(trace.data["start"], trace)
        for step, changes in enumerate(trace.data["changes"]):
            caches.step(changes)
            assert not caches.differences(step), trace.name
        assert not trace.differences(caches.finish()), trace.name


@pytest.mark.parametrize("policy", POLICIES)
def test_a_cache_in_a_perceptron_conforms(policy: str, traces: Path) -> None:
    for trace in of_policy(traces, "perceptron", policy):
        patterns, targets, eta = (trace.data[key] for key in ("patterns", "targets", "learning_rate"))
        caches = Caches([np.zeros((1, len(patterns[0])))], trace)
        for step, output in enumerate(trace.case["outputs"]):
            x, d = np.array(patterns[step % len(targets)]), targets[step % len(targets)]
            y = float(caches.layers[0].effective[0] @ x)
            assert y == pytest.approx(output, rel=trace.relative, abs=trace.relative), trace.name
            caches.step([eta * d * (y * d <= 1e-9) * x[np.newaxis]])
            assert not caches.differences(step), trace.name
        told = dict(zip(trace.columns["ledger"], trace.case["ledger"][0][0], strict=True))
        of_neurons = {key: told[key] for key in ("n_synaptic_ops", "n_neuron_updates", "n_spikes")}
        assert not trace.differences(caches.finish(**of_neurons)), trace.name


@pytest.mark.parametrize("name", engine_names("replay"))
def test_an_engine_for_logs_conforms(name: str, traces: Path) -> None:
    """A log has one layer, so layers are replayed apart; what decides over both is left out."""
    train, n_taken = get_engine("replay", name), 0
    for trace in read_traces(traces, "changes"):
        if trace.case["order"] == "perceptron" and trace.case["scope"] != "network":
            n_steps = len(trace.data["changes"])
            for last in range(1, n_steps + 1):
                results = [train(log_of(trace, layer, last)) for layer in range(2)]
                for result, counted in zip(results, trace.counted(last), strict=True):
                    run = result.ledger.layers[0].run.to_dict()
                    assert not differences({key: run[key] for key in counted}, counted), trace.name
                assert not trace.weights_apart([result.weights for result in results], last - 1), trace.name
            ledger = Ledger(layers=tuple(result.ledger.layers[0] for result in results))
            assert not trace.differences(ledger), trace.name
            n_taken += 1
    assert n_taken == 66


def log_of(trace: Trace, layer: int, n_steps: int) -> ReplayTask:
    return ReplayTask(
        start=np.array(trace.data["start"][layer], np.float64),
        changes=np.array([step[layer] for step in trace.data["changes"][:n_steps]], np.float64),
        policy=trace.policy,
        threshold=float(trace.case["threshold"]),
        tau=trace.case["tau"],
        write_counts=True,
    )


@pytest.mark.parametrize("name", engine_names("mlp"))
def test_an_engine_for_networks_conforms(name: str, traces: Path) -> None:
    for trace in read_traces(traces, "backprop"):
        case, data = trace.case, trace.data
        task = MLPTask(
            start=tuple(np.array(layer, np.float64) for layer in data["start"]),
            biases=False,
            loss=case["loss"],
            error_backprop=case["error_backprop"],
            policy=trace.policy,
            threshold=case["threshold"],
            tau=case["tau"],
            learning_rate=case["learning_rate"],
            write_counts=True,
        )
        network = get_engine("mlp", name)(task)
        x, labels = np.array(data["inputs"], np.float64), np.array(data["labels"], np.int64)
        for step in range(len(labels)):
            assert network.train(x[step : step + 1], labels[step : step + 1]) == 1
            runs = [layer.run.to_dict() for layer in network.account().layers]
            for run, counted in zip(runs, trace.counted(step + 1), strict=True):
                assert not differences({key: run[key] for key in counted}, counted, where=trace.name)
            assert not trace.weights_apart(network.effective(), step), trace.name
        assert not trace.differences(network.finish()), trace.name


def test_a_decay_of_networks_is_exponential_and_that_of_the_perceptron_is_not(traces: Path) -> None:
    """The first change of a step that consolidates nothing, after its decay."""
    by_order = {
        t.case["order"]: t for t in read_traces(traces, "changes") if "at-end, scope neuron" in t.name and t.case["tau"]
    }
    first = by_order["perceptron"].data["changes"][0][0][0][0]
    assert first != 0
    assert by_order["perceptron"].case["transient"][0][0][0][0] == first
    assert by_order["mlp"].case["transient"][0][0][0][0] == pytest.approx(first * math.exp(-1 / 4), rel=1e-9)


def test_a_folder_without_traces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no traces"):
        check_conformance(get_engine("perceptron", "reference"), tmp_path)
    (tmp_path / "perceptron").mkdir()
    (tmp_path / "perceptron" / "x.json").write_text('{"format": "another"}')
    with pytest.raises(InputError, match="format is 'another'"):
        check_conformance(get_engine("perceptron", "reference"), tmp_path)


def test_at_least_one_trace_has_to_be_taken(traces: Path) -> None:
    with pytest.raises(AssertionError, match="takes no trace"):
        check_conformance(get_engine("perceptron", "reference"), traces, choose=lambda trace: False)
