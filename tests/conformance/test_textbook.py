"""The engine `reference` against the twin of plain Python lists, on data that no trace holds.

The twin knows nothing of the toolkit: it is written from Li & van Rossum (2020), doi:10.7554/eLife.50804, and from the
definitions of the ledger's fields. Slow and obvious on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.testing import differences
from twins import learning
from twins.books import Books
from twins.caching import Caching

AMOUNTS = [
    *((policy, "full") for policy in ("immediate", "local-local", "local-global", "global-global", "at-end")),
    *((policy, a) for policy in ("local-local", "local-global", "global-global") for a in ("quantum", "pulse")),
]
UNUSED = ("n_pulses_set", "n_pulses_reset", "n_verify_reads", "n_writes_lost", "n_bits_flipped")
HISTOGRAMS = ("persistent_change_histogram", "minimal_histogram")
MakeTask = Callable[..., PerceptronTask]


def by_size(values: list[float]) -> dict[str, Any]:
    """Return how often each size was written, with both signs apart."""
    signs = {"potentiation": [v for v in values if v > 0], "depression": [-v for v in values if v < 0]}
    return {
        sign: {"values": dict(Counter(sizes)), "n": len(sizes), "l1": float(sum(sizes))}
        for sign, sizes in signs.items()
    }


def of_histogram(histogram: dict[str, Any]) -> dict[str, Any]:
    return {
        sign: {
            "values": {l1 / n: n for n, l1 in zip(bins["n"], bins["l1"], strict=True)},
            "n": sum(bins["n"]),
            "l1": float(sum(bins["l1"])),
        }
        for sign, bins in histogram.items()
    }


def told(books: Books, *, residual: bool) -> dict[str, Any]:
    """Return the account of the twin, with the sizes of its writes."""
    sizes = ([change for _, change in books.written], books.displacement)
    return books.fields(residual=residual) | dict(zip(HISTOGRAMS, map(by_size, sizes), strict=True))


def compare(task: PerceptronTask, relative: float) -> list[str]:
    policy = task.policy
    result = get_engine("perceptron", "reference")(task)
    caching = Caching(
        policy=policy.name,
        scope=policy.scope,
        amount=policy.amount,
        quantum=policy.quantum,
        threshold=task.threshold,
        tau=task.tau,
        band=1e-9 * task.learning_rate,
    )
    patterns, targets = task.inputs.tolist(), task.targets.tolist()
    lesson = learning.perceptron(patterns, targets, caching, task.learning_rate, task.max_epochs)
    layer = lesson.network.layers[0]
    found = result.ledger.to_dict()["layers"][0]
    wrong = differences(result.errors.tolist(), lesson.errors, where="errors")
    wrong += differences(result.weights.tolist(), layer.persistent[0], relative=relative, where="weights")
    for name, books in (("run", layer.run), ("residual", layer.residual)):
        plain, expected = found[name], told(books, residual=name == "residual")
        assert {plain.pop(key) for key in UNUSED} == {None}
        for key in HISTOGRAMS:
            plain[key] = of_histogram(plain[key])
            for sizes in (*plain[key].values(), *expected[key].values()):
                if relative:  # values that differ share bins
                    del sizes["values"]
        # sums of nothing are the integer 0 in plain Python
        expected = {k: float(v) if isinstance(plain[k], float) else v for k, v in expected.items()}
        wrong += differences(plain, expected, relative=relative, where=name)
    return wrong


@pytest.mark.parametrize(("policy", "amount"), AMOUNTS)
@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.0, 1.0)], ids=["pm1", "binary"])
def test_the_textbook_counts_as_the_twin_does(
    policy: str, amount: str, values: tuple[float, float], make_task: MakeTask
) -> None:
    quantum = None if amount == "full" else 2.0
    for seed, (n_inputs, n_patterns, threshold) in enumerate([(1, 1, 1.0), (7, 9, 0.0), (20, 30, 2.0), (31, 40, 3.0)]):
        theta = threshold * (n_inputs if policy == "global-global" else 1)
        task = make_task(
            seed,
            n_inputs=n_inputs,
            n_patterns=n_patterns,
            values=values,
            policy=policy,
            threshold=theta,
            amount=None if amount == "full" else amount,
            quantum=quantum,
        )
        assert not compare(task, 0.0)


@pytest.mark.parametrize(("policy", "amount"), AMOUNTS)
@pytest.mark.parametrize(
    ("tau", "eta", "centred"), [(30.0, 1.0, False), (30.0, 0.1, True), (None, 0.1, False), (1.5, 0.1, False)]
)
def test_with_decay_and_fractions_too(
    policy: str, amount: str, tau: float | None, eta: float, centred: bool, make_task: MakeTask
) -> None:
    quantum = None if amount == "full" else 2.0 * eta
    for seed in range(3):
        theta = (1.5 + seed) * eta * (15 if policy == "global-global" else 1)
        task = make_task(
            seed,
            n_patterns=24,
            policy=policy,
            threshold=theta,
            tau=tau,
            learning_rate=eta,
            centred=centred,
            amount=None if amount == "full" else amount,
            quantum=quantum,
            max_epochs=40,
        )
        assert not compare(task, 1e-9)
