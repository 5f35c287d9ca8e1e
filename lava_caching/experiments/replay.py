"""Replay the weight changes of any training, from any framework, as if they had been made under a policy."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lava_caching.arrays import read_arrays
from lava_caching.engines import get_engine
from lava_caching.engines.replay import ReplayResult, ReplayTask
from lava_caching.errors import InputError
from lava_caching.experiments._experiment import Experiment, Trained
from lava_caching.files import digest_of
from lava_caching.monitor import Monitor

__all__ = ["Replay"]


class Replay(Experiment):
    """The account of a logged training: ``w0`` (n_post, n_pre) and ``changes`` (T, n_post, n_pre), one row a step.

    The log is taken as it is: with decay the training itself would have gone differently, and the record says what
    these very changes cost.
    """

    name: ClassVar[str] = "replay"
    summary: ClassVar[str] = "Price the logged weight changes of any training."

    updates: Path = Field(description="FILE.npz with w0 (n_post, n_pre) and changes (T, n_post, n_pre)")

    def train(self, engine: str, seed: int, monitor: Monitor) -> Trained:
        """Read the log and replay it; nothing in it is random."""
        start, changes = self._log()
        task = ReplayTask(
            start=start,
            changes=changes,
            policy=self.rule_of_consolidation(),
            threshold=self.threshold,
            tau=self.decay_steps(),
            write_counts=self.write_counts,
        )
        train = get_engine(self.name, engine)
        placed = self.on_devices(seed, lambda device: train(dataclasses.replace(task, device=device), monitor))
        result: ReplayResult = placed.result
        outcome: dict[str, Any] = {
            "converged": None,
            "interrupted": result.interrupted,
            "n_epochs": None,
            "n_presentations": result.n_steps,
            "n_updates": result.ledger.total.n_updates,
            "data_sha256": digest_of(self.updates),
            **placed.told,
        }
        return Trained(ledger=result.ledger, outcome=outcome, weights=result.weights, resolved=placed.resolved)

    def _log(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        start, changes = read_arrays(self.updates, ["w0", "changes"])
        if start.ndim != 2 or start.size == 0:
            raise InputError(f"{self.updates}: w0 has shape {start.shape}: must be (n_post, n_pre), not empty")
        if changes.ndim != 3 or changes.shape[1:] != start.shape or len(changes) == 0:
            raise InputError(
                f"{self.updates}: changes has shape {changes.shape}: must be (T, {start.shape[0]}, {start.shape[1]}), "
                "one array of the shape of w0 for each step"
            )
        return start, changes


experiment = Replay
