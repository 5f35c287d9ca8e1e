"""What the traces are of: small data and every setting of the cache, by kind."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from twins import learning, loihi
from twins.caching import Caching
from twins.learning import Lesson

Case = tuple[Caching, dict[str, Any], Lesson]
"""The cache, what else was asked for, and the finished training."""
POLICIES = ("immediate", "local-local", "local-global", "global-global", "at-end")
SCOPES = {"synapse": 2, "neuron": 4, "layer": 6, "network": 8}
"""With the threshold of a sum over such a unit. Any other threshold is that of a synapse."""
OWN_SCOPE = {"local-local": "synapse"}
"""Of the policies as they are; the others test neurons."""
TAU = Fraction(4)
BAND = Fraction(1, 10**9)


def settings(policy: str, **fixed: Any) -> Iterator[Caching]:
    """Yield every scope, amount and decay that go with a policy."""
    amounts = ("full",) if policy in ("immediate", "at-end") else ("full", "quantum", "pulse")
    for scope, amount, tau in itertools.product(SCOPES, amounts, (None, TAU)):
        threshold = SCOPES[scope if policy == "global-global" else "synapse"]
        quantum = None if amount == "full" else 2
        yield Caching(
            policy=policy, scope=scope, amount=amount, quantum=quantum, threshold=threshold, tau=tau, band=BAND, **fixed
        )


def drawn(seed: int, values: list[int], *shape: int) -> Any:
    """Return nested lists of some of the values; `random()` promises the same for the same seed."""
    rng = random.Random(seed)

    def draw(sizes: tuple[int, ...]) -> Any:
        return [draw(sizes[1:]) for _ in range(sizes[0])] if sizes else values[int(rng.random() * len(values))]

    return draw(shape)


def with_bias(patterns: list[list[int]]) -> list[list[int]]:
    return [[*pattern, 1] for pattern in patterns]


SMALL = [-3, -2, -1, 0, 1, 2, 3]
START = [drawn(1, SMALL, 2, 2), drawn(2, SMALL, 1, 2)]
CHANGES = [list(pair) for pair in zip(drawn(3, SMALL, 9, 2, 2), drawn(4, SMALL, 9, 1, 2), strict=True)]
CHANGES[3] = [[[0, 0], [0, 0]], [[0, 0]]]
CHANGES[5][1] = [[0, 0]]
CHANGES[6][0][1] = [0, 0]
PATTERNS: dict[str, Any] = {"patterns": with_bias(drawn(107, SMALL, 5, 4)), "targets": drawn(1107, [-1, 1], 5)}
BINARY: dict[str, Any] = {"patterns": with_bias(drawn(7, [0, 1], 6, 4)), "targets": drawn(8, [-1, 1], 6)}
EPOCHS: dict[str, Any] = {"learning_rate": 1, "max_epochs": 3}
WEIGHTS = [[[v / 4 for v in row] for row in layer] for layer in (drawn(9, SMALL, 2, 3), drawn(13, SMALL, 2, 2))]
SAMPLES: dict[str, Any] = {
    "inputs": [[v / 4 for v in x] for x in drawn(11, [0, 1, 2, 3, 4], 5, 3)],
    "labels": drawn(12, [0, 1], 5),
}


def changes(policy: str) -> Iterator[Case]:
    """Two layers take changes that are given, in both orders of the acts."""
    for order in ("perceptron", "mlp"):
        for caching in settings(policy, order=order):
            yield caching, {}, learning.replay(START, CHANGES, caching)


def perceptron(policy: str) -> Iterator[Case]:
    """One neuron stores patterns of whole numbers."""
    for caching in settings(policy):
        yield caching, {}, learning.perceptron(**PATTERNS, caching=caching, **EPOCHS)


def loihi_(policy: str) -> Iterator[Case]:
    """One neuron stores patterns of 0 and 1 by a rule of Loihi: pulses only, and no decay."""
    for scope in SCOPES if policy not in ("immediate", "at-end") else ():
        threshold = 3 if policy == "global-global" and scope != "synapse" else 1
        caching = Caching(
            policy=policy,
            scope=scope,
            amount="pulse",
            quantum=Fraction(1, 2),
            threshold=threshold,
            band=0,
            order="loihi",
        )
        yield caching, {}, loihi.perceptron(**BINARY, caching=caching, **EPOCHS)


def backprop(policy: str) -> Iterator[Case]:
    """A network of logistic units learns to tell two classes apart."""
    samples = list(zip(SAMPLES["inputs"], SAMPLES["labels"], strict=True))
    scope, threshold = OWN_SCOPE.get(policy, "neuron"), 0.04 if policy == "global-global" else 0.02
    mse = itertools.product((None, TAU), ("plain", "textbook"), ("mse",))
    for tau, what, loss in (*mse, (TAU, "plain", "cross-entropy")):
        caching = Caching(policy=policy, scope=scope, threshold=threshold, tau=tau, band=1e-9, order="mlp")
        asked: dict[str, Any] = {"learning_rate": 0.5, "error_backprop": what, "loss": loss}
        yield caching, asked, learning.backprop(WEIGHTS, samples, caching, **asked)


KINDS: dict[str, tuple[Callable[[str], Iterator[Case]], dict[str, Any]]] = {
    "changes": (changes, {"start": START, "changes": CHANGES}),
    "perceptron": (perceptron, {**PATTERNS, **EPOCHS}),
    "loihi": (loihi_, {**BINARY, **EPOCHS}),
    "backprop": (backprop, {"start": WEIGHTS, **SAMPLES}),
}
"""Kinds of traces: what yields the cases of a policy, and the data that all of them share."""
