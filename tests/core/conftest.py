"""Small tasks for the engines. A fixture that returns a maker: the tests are no package and cannot import from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lava_caching.consolidation import get_policy
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.plasticity import get_rule


@pytest.fixture(scope="session")
def make_task() -> Callable[..., PerceptronTask]:
    """Return a maker of tasks: random patterns from a seed, everything else by name.

    `centred` subtracts the grand mean, as the experiment does; `fractions` does so beforehand.
    """

    def make(
        seed: int = 0,
        *,
        n_inputs: int = 20,
        n_patterns: int = 20,
        values: tuple[float, float] = (-1.0, 1.0),
        centred: bool = False,
        fractions: bool = False,
        policy: Any = "local-global",
        rule: Any = "perceptron",
        scope: Any = None,
        amount: Any = None,
        quantum: float | None = None,
        **fields: Any,
    ) -> PerceptronTask:
        rng = np.random.default_rng(seed)
        patterns = rng.choice(np.array(values), (n_patterns, n_inputs))
        shift = np.append(np.full(n_inputs, -patterns.mean()), 0.0)
        if fractions:  # centred as well, but so that the engine is given nothing but the result
            patterns, shift, centred = patterns - patterns.mean(), 0 * shift, False
        chosen = {
            "threshold": 3.0,
            "tau": None,
            "learning_rate": 1.0,
            "max_epochs": 100,
            "write_counts": True,
            **fields,
        }
        return PerceptronTask(
            patterns=np.hstack([patterns, np.ones((n_patterns, 1))]),
            shift=shift if centred else None,
            targets=rng.choice([-1.0, 1.0], n_patterns),
            rule=get_rule(rule),
            policy=get_policy(policy).adapted(scope=scope, amount=amount, quantum=quantum),
            **chosen,
        )

    return make
