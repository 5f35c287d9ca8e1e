"""Everything that learns under a cache, trained in one way: small, from a seed, on every engine in memory.

The invariants are written once and asked of each of these. An engine or a policy that an installed package brings is
among them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from lava_caching import Ledger, SynapticCache
from lava_caching.consolidation import AMOUNTS, SCOPES, Policy, get_policy, policy_names
from lava_caching.engines import engine_names, get_engine
from lava_caching.engines.mlp import MLPTask
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.engines.replay import ReplayTask
from lava_caching.engines.spiking import Drive, NeuronModel, SpikingTask, draw
from lava_caching.plasticity import get_rule

Array = NDArray[np.float64]
ON_LAVA = {"lava", "lava-fixed", "loihi-native"}
"""Half a second each; the traces are for them."""
PERSISTENT = (
    *("persistent_change_l1", "persistent_change_sq", "persistent_hold_l1", "n_persistent_writes", "n_potentiations"),
    *("n_depressions", "potentiation_l1", "depression_l1", "minimal_l1", "minimal_writes", "minimal_sq"),
    *("largest_weight", "write_counts"),
)
"""Fields of the ledger that do not know what was cached."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How to train.

    Attributes
    ----------
    seed : int
        Draws everything: sizes, data, first weights.
    policy, scope, amount : str, str or None, str
        When to consolidate; the quantum is one usual change.
    theta : float
        Threshold in usual changes of the learner.
    tau : float or None
        Decay time constant in steps.
    unit : float
        Of all weights, changes and thresholds.
    order : int or None
        Draws an order in which the inputs come.
    """

    seed: int
    policy: str = "local-global"
    scope: Any = None
    amount: Any = "full"
    theta: float = 2.0
    tau: float | None = None
    unit: float = 1.0
    order: int | None = None

    def rule(self, change: float) -> Policy:
        """Return the policy for a learner whose usual change is this one."""
        policy = get_policy(self.policy).adapted(scope=self.scope)
        if self.amount == "full" or policy.statistic in ("always", "never"):
            return policy
        return policy.adapted(amount=self.amount, quantum=change)

    def threshold(self, change: float, n: int) -> float:
        """Return θ; of a sum over a neuron of n synapses, one that it sometimes exceeds."""
        policy = get_policy(self.policy).adapted(scope=self.scope)
        return self.theta * change * (n / 2 if policy.statistic == "sum" and policy.scope != "synapse" else 1.0)

    def columns(self, n: int) -> NDArray[np.int64]:
        """Return the inputs in the order in which they come."""
        return np.arange(n) if self.order is None else np.random.default_rng(self.order).permutation(n)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What came of it: the account, first and final weights of every layer, and l + s at several times."""

    ledger: Ledger
    start: list[Array]
    weights: list[Array]
    course: list[Array]


def any_setting(**fixed: Any) -> st.SearchStrategy[Setting]:
    """Draw a setting; what is given here is fixed."""
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "seed": st.integers(0, 2**31),
        "policy": st.sampled_from(policy_names()),
        "scope": st.sampled_from([None, None, *SCOPES]),
        "amount": st.sampled_from(["full", *AMOUNTS]),
        "theta": st.integers(0, 6).map(float) | st.floats(0, 6),
        "tau": st.none() | st.floats(1.5, 60.0),
    }
    return st.builds(Setting, **{**drawn, **{name: st.just(value) for name, value in fixed.items()}})


def perceptron(engine: str, setting: Setting) -> Trained:
    """Store patterns of whole numbers."""
    rng = np.random.default_rng(setting.seed)
    n_patterns, n_inputs = rng.integers(1, 13, 2)
    values = [np.array([-1.0, 1.0]), np.array([0.0, 1.0]), np.arange(-2.0, 3.0)][rng.integers(3)]
    patterns = np.hstack([rng.choice(values, (n_patterns, n_inputs)), np.ones((n_patterns, 1))])
    targets = rng.choice([-1.0, 1.0], n_patterns)

    def train(max_epochs: int) -> Any:
        task = PerceptronTask(
            patterns=np.ascontiguousarray(patterns[:, setting.columns(n_inputs + 1)]),
            targets=targets,
            rule=get_rule("perceptron"),
            policy=setting.rule(setting.unit),
            threshold=setting.threshold(setting.unit, int(n_inputs) + 1),
            tau=setting.tau,
            learning_rate=setting.unit,
            max_epochs=max_epochs,
            write_counts=True,
        )
        return get_engine("perceptron", engine)(task)

    early, result = train(2), train(12)
    start, weights = np.zeros((1, n_inputs + 1)), result.weights[np.newaxis]
    return Trained(ledger=result.ledger, start=[start], weights=[weights], course=[early.weights, result.weights])


def _log(setting: Setting) -> tuple[Array, Array]:
    """Return first weights (n_post, n_pre) and changes (T, n_post, n_pre), some rows and steps of which are 0."""
    rng = np.random.default_rng(setting.seed)
    shape = tuple(rng.integers(1, 6, 2))
    start, changes = rng.integers(-3, 4, shape), rng.integers(-2, 3, (25, *shape))
    changes[rng.random(25) < 0.2] = 0
    changes[rng.random((25, shape[0])) < 0.3] = 0
    columns = setting.columns(shape[1])
    return setting.unit * start[:, columns], setting.unit * changes[:, :, columns]


def replay(engine: str, setting: Setting) -> Trained:
    """Replay changes of whole numbers."""
    start, changes = _log(setting)
    task = ReplayTask(
        start=start,
        changes=changes,
        policy=setting.rule(setting.unit),
        threshold=setting.threshold(setting.unit, start.shape[1]),
        tau=setting.tau,
        write_counts=True,
    )
    result = get_engine("replay", engine)(task)
    return Trained(ledger=result.ledger, start=[start], weights=[result.weights], course=[result.weights])


def cache(order: Any, setting: Setting) -> Trained:
    """Drive a `SynapticCache` with the same changes."""
    start, changes = _log(setting)
    one = SynapticCache(
        start,
        policy=setting.rule(setting.unit),
        threshold=setting.threshold(setting.unit, start.shape[1]),
        tau=setting.tau,
        order=order,
        write_counts=True,
    )
    course = []
    for change in changes:
        one.accumulate(change)
        one.end_step()
        course.append(one.effective)
    return Trained(ledger=one.finish(), start=[start], weights=[one.effective], course=course)


CHANGE = {"mlp": 0.02, "spiking": 0.0005}
"""A usual change of a weight."""


def mlp(engine: str, setting: Setting) -> Trained:
    """Learn random images by back-propagation."""
    rng = np.random.default_rng(setting.seed)
    sizes = [int(rng.integers(2, 9)), int(rng.integers(1, 6)), 10]
    start = [rng.normal(0, 0.3, shape) for shape in zip(sizes[1:], sizes[:-1], strict=True)]
    x, labels = rng.random((30, sizes[0])), rng.integers(0, 10, 30)
    x[rng.random(x.shape) < 0.5] = 0.0
    start[0], x = start[0][:, setting.columns(sizes[0])], x[:, setting.columns(sizes[0])]
    change = CHANGE["mlp"]
    task = MLPTask(
        start=tuple(start),
        biases=False,
        loss="mse",
        error_backprop="plain",
        policy=setting.rule(change),
        threshold=setting.threshold(change, 4),
        tau=setting.tau,
        learning_rate=0.5,
        write_counts=True,
    )
    network = get_engine("mlp", engine)(task)
    course = []
    for some in (slice(0, 10), slice(10, 20), slice(20, 30)):
        network.train(x[some], labels[some])
        course += [np.concatenate([w.ravel() for w in network.effective()])]
    return Trained(ledger=network.finish(), start=start, weights=network.effective(), course=course)


def spiking(engine: str, setting: Setting) -> Trained:
    """Teach a spiking neuron by STDP; weights stay from 0 to 1."""
    rng, model = np.random.default_rng(setting.seed), NeuronModel(dt=1.0)
    n, change = 4, CHANGE["spiking"]
    columns = setting.columns(n)
    start = np.clip(rng.normal(0.4, 0.4, n), 0.0, 1.0)[columns]
    policy, threshold = setting.rule(change), setting.threshold(change, n)
    neuron = get_engine("spiking", engine)(
        SpikingTask(start=start, policy=policy, threshold=threshold, tau=setting.tau, neuron=model, write_counts=True)
    )
    course = []
    for _ in range(2):
        stimulus = draw(rng, np.arange(n), 1.0, model, Drive())
        neuron.present(dataclasses.replace(stimulus, inputs=stimulus.inputs[:, columns]))
        course.append(neuron.persistent + neuron.transient)
    return Trained(ledger=neuron.account(), start=[start[np.newaxis]], weights=[course[-1][np.newaxis]], course=course)


LEARNERS: dict[str, Callable[[Setting], Trained]] = {
    "cache": partial(cache, "perceptron"),
    "cache in the order of networks": partial(cache, "mlp"),
    **{
        f"{experiment} on {engine}": partial(train, engine)
        for experiment, train in (("perceptron", perceptron), ("replay", replay), ("mlp", mlp), ("spiking", spiking))
        for engine in engine_names(experiment)
        if engine not in ON_LAVA
    },
}
"""All of them, by a name."""
WHOLE = tuple(name for name in LEARNERS if name.startswith(("cache", "perceptron", "replay")))
"""Those that learn in whole numbers, in any unit of weight: without decay they are exact."""
