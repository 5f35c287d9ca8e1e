"""What all tests share: kernels compiled once, drawn examples that are the same in every run, what may warn."""

import importlib
import os
from collections.abc import Callable, Generator
from typing import Any

import numba
import numpy as np
import pytest
from _pytest.doctest import DoctestModule
from hypothesis import is_hypothesis_test, settings

from lava_caching.consolidation import get_policy
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.plasticity import get_rule

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("long", settings.get_profile("default"), derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
LONGER = 15
"""How many times as many examples the profile `long` draws, at random, of each test."""
START_DASK = {"figures", "sweeps"}
ON_REQUEST = ("browser", "long")
# Dask, and what it stands on, warn of things that are not ours.
WARNINGS = ("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_configure(config: pytest.Config) -> None:
    """Compile before the workers start: several processes that fill numba's cache at once have crashed (numba 4807)."""
    if not hasattr(config, "workerinput") and not numba.config.DISABLE_JIT:
        for kernels in ("perceptron", "replay", "traces", "learning_float", "learning_integer", "mlp", "spiking"):
            importlib.import_module(f"lava_caching.kernels.{kernels}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs Chromium or hours, unless asked for by its marker (`make test-browser`); let Dask warn."""
    for item in items:
        if item.path.parent.name in START_DASK:
            for line in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(line))
    for marker in ON_REQUEST:
        if marker not in config.option.markexpr:
            left_out = [item for item in items if item.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not item.get_closest_marker(marker)]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Draw more examples in the long run; what a test says of their number holds against any profile."""
    if settings.get_current_profile_name() == "long":
        lengthen(getattr(item, "function", None))


def lengthen(test: Any) -> None:
    """Give a test of drawn examples `LONGER` times as many, once, however many items come of it."""
    if is_hypothesis_test(test) and not hasattr(test, "lengthened"):
        own = test._hypothesis_internal_use_settings  # there is no other way to a test's own settings
        test._hypothesis_internal_use_settings = settings(own, max_examples=LONGER * own.max_examples)
        test.lengthened = True


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[Any], list[Any]]:
    """Look for no doctests in tests: where one cannot be imported, pytest 9 would then skip all of it and not fail."""
    found = yield
    return [collector for collector in found if not isinstance(collector, DoctestModule)]


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
