"""Engines with the mistakes that people make do not conform: the traces tell them apart from the paper's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching import SynapticCache
from lava_caching.cache import _units
from lava_caching.engines.perceptron import PerceptronTask, reference
from lava_caching.plasticity import Rule
from lava_caching.testing import check_conformance

Array = np.ndarray[Any, np.dtype[np.float64]]


class AtTheThreshold(SynapticCache):
    """Triggers at θ already."""

    def _select(self) -> Any:
        self._tolerance = -1e-9
        return super()._select()


class AllAbove(SynapticCache):
    """Takes `global-global` for: all synapses above θ."""

    def _select(self) -> Any:
        if self.policy.statistic != "sum":
            return super()._select()
        units = _units(self._state.transient, self.policy.scope)
        fired = np.abs(units).min(axis=1) > self.threshold
        return np.repeat(fired, units.shape[1]).reshape(self._change.shape), int(fired.sum())


class Alone(SynapticCache):
    """Consolidates the synapses above θ only, whatever their unit."""

    def _select(self) -> Any:
        selected, n = super()._select()
        return selected & (np.abs(self._state.transient) > self.threshold), n


class AlwaysTested(SynapticCache):
    """Tests the trigger in every step, also without an update."""

    def end_step(self, *, fire: bool | None = None, counts: bool = True) -> None:
        self._open_step()
        if not self._change.any() and not self.policy.direct:
            self._test_and_consolidate(fire, counts)
        super().end_step(fire=fire, counts=counts)


class DecaysLast(SynapticCache):
    """Decays at the end of a step, after the output was computed with what had not decayed."""

    def _open_step(self) -> None:
        if not self._step_is_open:
            self._step_is_open = True
            self._run.n_steps += 1
            self._hold()

    def end_step(self, *, fire: bool | None = None, counts: bool = True) -> None:
        super().end_step(fire=fire, counts=counts)
        self._decay()

    @property
    def _decays_first(self) -> bool:
        return False


class HoldsBeforeTheDecay(SynapticCache):
    """Charges for holding what has not decayed yet."""

    def _decay(self) -> None:
        self._run.transient_hold_l1 += float(np.abs(self._state.transient).sum())
        super()._decay()
        self._run.transient_hold_l1 -= float(np.abs(self._state.transient).sum())


class Exponential(SynapticCache):
    """Decays with e^(−1/τ)."""

    @property
    def _kept(self) -> float:
        return 1.0 if self.tau is None else float(np.exp(-1.0 / self.tau))


class Rounds(SynapticCache):
    """Transfers the nearest number of quanta, where whole quanta are truncated towards zero."""

    def _amount(self) -> Array:
        if self.policy.quantum is None:
            return super()._amount()
        n_quanta = np.rint(np.abs(self._state.transient) / self.policy.quantum)
        n_quanta = np.minimum(n_quanta, 1.0) if self.policy.amount == "pulse" else n_quanta
        return np.asarray(np.sign(self._state.transient) * n_quanta * self.policy.quantum)


class Forgets(SynapticCache):
    """Empties s although a part of it was transferred only."""

    def _consolidate(self, moved: Array) -> Any:
        refused = super()._consolidate(moved)
        self._state.transient = np.where(moved != 0, moved, self._state.transient)
        return refused


class ChargesTheChange(SynapticCache):
    """Counts a transient write where the change was consolidated at once."""

    def _test_and_consolidate(self, fire: bool | None, counts: bool) -> None:
        n_changed = 0 if self.policy.direct else int(np.count_nonzero(self._change))
        before = self._run.n_transient_writes
        super()._test_and_consolidate(fire, counts)
        if not self.policy.direct:
            self._run.n_transient_writes = before + n_changed


MISTAKEN = [
    AtTheThreshold, AllAbove, Alone, AlwaysTested, DecaysLast, HoldsBeforeTheDecay, Exponential, Rounds, Forgets,
    ChargesTheChange,
]  # fmt: skip


@pytest.mark.parametrize("cache", MISTAKEN)
def test_a_mistaken_cache_does_not_conform(
    cache: type[SynapticCache], traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "SynapticCache", cache)
    with pytest.raises(AssertionError, match=r"≠|errors"):
        check_conformance(reference.train, traces)


def no_tie(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    return learning_rate * target if output * target < -tolerance else 0.0


def with_margin(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    return learning_rate * target if output * target <= 1.0 + tolerance else 0.0


@pytest.mark.parametrize("post_factor", [no_tie, with_margin])
def test_a_mistaken_rule_does_not_conform(post_factor: Callable[..., float], traces: Path) -> None:
    rule = Rule(name="mistaken", summary="mistaken", post_factor=post_factor, reference="none", margin=1.0)

    def train(task: PerceptronTask) -> Any:
        return reference.train(PerceptronTask(**{**vars(task), "rule": rule}))

    with pytest.raises(AssertionError, match="errors"):
        check_conformance(train, traces)
