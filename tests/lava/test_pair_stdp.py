"""Pair STDP in Lava: the spikes of the engine `numba`, replayed, give its weights and traces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava_caching import Caching
from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.spiking import NeuronModel, SpikingTask, draw
from lava_caching.engines.spiking._spikes import Drive
from lava_caching.errors import InputError
from lava_caching.processes.pair_stdp import PairSTDP, lava_tau, replay_spikes
from lava_caching.testing import differences

NEURON = NeuronModel()
FIELDS: dict[str, Any] = {
    "potentiation": NEURON.potentiation,
    "depression": NEURON.depression,
    "tau_pre": NEURON.tau_pre,
    "tau_post": NEURON.tau_post,
    "dt": NEURON.dt,
}
ONE = np.ones((3, 1), bool)
SAME = ("n_transient_writes", "n_persistent_writes", "persistent_change_l1", "transient_change_l1", "n_consolidations")


def trial(seed: int, policy: str, threshold: float, start: float = 0.3) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    task = SpikingTask(start=np.full(4, start), policy=get_policy(policy), threshold=threshold, tau=None)
    neuron = get_engine("spiking", "numba")(task)
    stimulus = draw(rng, np.arange(4), 1.0, NEURON, Drive())
    spikes = neuron.present(stimulus).spikes
    assert spikes.sum() >= 2
    return neuron, stimulus.inputs > 0, spikes[:, np.newaxis]


@pytest.mark.parametrize("three_factor", [False, True])
@pytest.mark.parametrize(("policy", "threshold"), [("local-local", 0.002), ("local-global", 0.004), ("immediate", 0.0)])
def test_in_floating_point_lava_learns_what_numba_learned(policy: str, threshold: float, three_factor: bool) -> None:
    neuron, inputs, spikes = trial(3, policy, threshold)
    stdp = PairSTDP(**FIELDS, three_factor=three_factor)
    caching = Caching(policy=policy, threshold=threshold, tolerance=1e-9)
    found = replay_spikes(stdp, inputs, spikes, np.full((1, 4), 0.3), bounds=(0, 1), caching=caching)
    np.testing.assert_allclose(found.weights[0], neuron.persistent + neuron.transient, atol=1e-6)
    np.testing.assert_allclose(found.transient[0], neuron.transient, atol=1e-6)
    np.testing.assert_allclose(found.pre_trace, stdp.traces(inputs, stdp.tau_pre)[-1], atol=1e-6)
    if not three_factor:
        np.testing.assert_allclose(found.post_trace, stdp.traces(spikes, stdp.tau_post)[-1], atol=1e-6)
    assert found.ledger is not None
    runs = found.ledger.layers[0].run, neuron.account().layers[0].run
    ours, theirs = ({name: getattr(run, name) for name in SAME} for run in runs)
    assert differences(ours, theirs, relative=1e-9) == []


@pytest.mark.parametrize(("first", "end"), [("inputs", 1.0), ("spikes", 0.0)])
def test_bounds_hold_in_lava(first: str, end: float) -> None:
    early, late = np.zeros((30, 2), bool), np.zeros((30, 2), bool)
    early[:5], late[10:20] = True, True
    inputs, spikes = (early, late[:, :1]) if first == "inputs" else (late, early[:, :1])
    start = np.full((1, 2), abs(end - 1e-5))
    found = replay_spikes(PairSTDP(**FIELDS), inputs, spikes, start, bounds=(0, 1))
    assert found.weights.tolist() == [[end, end]]
    free = replay_spikes(PairSTDP(**FIELDS), inputs, spikes, start)
    assert np.abs(free.weights - 0.5).min() > 0.51


def test_in_fixed_point_the_mean_change_is_that_of_floats() -> None:
    """Integers round at random: of 12 trials the mean change agrees within three of its standard errors."""
    gap = []
    caching = Caching(policy="local-local", threshold=0.02, amount="pulse", quantum=0.016)
    start = 76 / 254
    for seed in range(12):
        neuron, inputs, spikes = trial(seed, "at-end", 0.0, start=start)
        found = replay_spikes(
            PairSTDP(**FIELDS), inputs, spikes, np.full((1, 4), start), bounds=(0, 1), caching=caching, tag="fixed_pt"
        )
        assert found.weights.min() >= 0.0
        gap.append((found.weights[0] - neuron.persistent - neuron.transient).mean())
    mean, error = float(np.mean(gap)), float(np.std(gap) / np.sqrt(len(gap)))
    assert abs(mean) <= 3 * error
    assert error < 0.005


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"threshold": 0.5, "quantum": 0.01, "tau": 20.0}, "tau"),
        ({"threshold": 0.001, "quantum": 0.01}, "threshold = 0.001: is less than half a unit"),
        ({"threshold": 0.5, "quantum": 0.0001}, "quantum = 0.0001: is less than half a unit"),
    ],
)
def test_a_cache_that_integers_cannot_keep_is_refused(fields: dict[str, Any], said: str) -> None:
    caching = Caching(policy="local-local", amount="pulse", **fields)
    with pytest.raises(InputError) as error:
        replay_spikes(PairSTDP(**FIELDS), ONE, ONE, [[0.5]], bounds=(0, 1), caching=caching, tag="fixed_pt")
    assert said in str(error.value)


def test_first_weights_are_rounded_to_what_integers_hold() -> None:
    start = np.array([[0.0, 0.3, 0.5, 0.9, 1.0]])
    none = np.zeros((3, 5), bool)
    found = replay_spikes(PairSTDP(**FIELDS), none, none[:, :1], start, bounds=(0, 1), tag="fixed_pt")
    assert np.abs(found.weights - start).max() <= 0.5 / 127


def test_a_time_constant_of_lava_is_that_of_an_euler_step() -> None:
    assert np.exp(-1 / lava_tau(70.0, 0.1)) == pytest.approx(1 - 0.1 / 70.0, rel=1e-14)
    with pytest.raises(InputError, match="shorter than the time constant"):
        lava_tau(0.1, 0.1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: PairSTDP(**{**FIELDS, "potentiation": -1.0}), "potentiation = -1.0: must be a number, not negative"),
        (lambda: PairSTDP(**{**FIELDS, "dt": 80.0}), "dt = 80 and tau = 70"),
        (lambda: PairSTDP(**{**FIELDS, "tau_pre": np.inf}), "which must be finite"),
        (lambda: replay_spikes(PairSTDP(**FIELDS), ONE, ONE, [[0.0]], tag="fixed"), "tag = 'fixed'"),  # type: ignore[arg-type]
        (lambda: replay_spikes(PairSTDP(**FIELDS), ONE, ONE[:2], [[0.0]]), "must be (T, n_pre), (T, n_post)"),
        (lambda: replay_spikes(PairSTDP(**FIELDS), ONE, ONE, [[0.0]], tag="fixed_pt"), "fixed point needs (0, largest"),
        (
            lambda: replay_spikes(
                PairSTDP(**{**FIELDS, "potentiation": 1.0}), ONE, ONE, [[0.0]], bounds=(0, 1), tag="fixed_pt"
            ),
            "one spike may move a weight by 127 units at most",
        ),
        (
            lambda: replay_spikes(PairSTDP(**FIELDS), ONE, ONE, [[2.0]], bounds=(0, 1)),
            "bounds",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        call()
    assert said in str(error.value)
