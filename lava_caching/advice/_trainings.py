"""Trains the workload at one threshold after the other, with the same patterns for each."""

from __future__ import annotations

import numpy as np

from lava_caching.advice._workload import Workload
from lava_caching.errors import InputError
from lava_caching.experiments.perceptron import Perceptron
from lava_caching.monitor import Monitor
from lava_caching.record import Record

__all__ = ["Trainings"]

N_COARSE = 10
N_FINE = 3
PATIENCE = 10
"""A caching training may take so many times the epochs of one without caching; decay can keep it from learning."""

Key = tuple[str, float]


class Trainings:
    """All trainings made so far, by policy and threshold; the records are in the order of the seeds."""

    def __init__(self, workload: Workload, engine: str, monitor: Monitor) -> None:
        self.records: dict[Key, tuple[Record, ...]] = {}
        self._workload, self._engine, self._monitor = workload, engine, monitor
        self._n_total = workload.seeds * (2 + N_COARSE + 2 * N_FINE)
        self._train("immediate", 0.0)
        for seed, record in enumerate(self.records["immediate", 0.0]):
            if not record.outcome["converged"]:
                raise InputError(
                    f"n_patterns = {workload.n_patterns}: those of seed {seed} are not learned in"
                    f" {record.outcome['n_epochs']:,} epochs of {workload.n_inputs} inputs; take fewer patterns"
                )
        self._train("at-end", 0.0)

    @property
    def largest_weight(self) -> float:
        """Return the largest |w| of all trainings."""
        return max(record.ledger.total.largest_weight or 0.0 for records in self.records.values() for record in records)

    def scan(self) -> None:
        """Train at thresholds from the least to near the largest |w|, from which on all waits for the end."""
        least = self._workload.least_threshold
        most = max(0.8 * self.largest_weight * self._workload.scale, 2.0 * least)
        for threshold in np.geomspace(least, most, N_COARSE):
            self._train(self._workload.policy, float(threshold))

    def refine(self, threshold: float) -> None:
        """Train at more thresholds between a trained one and its neighbours."""
        trained = sorted(x for policy, x in self.records if policy == self._workload.policy)
        i = trained.index(threshold)
        for low, high in zip(trained[max(i - 1, 0) : i + 1], trained[max(i, 1) : i + 2], strict=False):
            for x in np.geomspace(low, high, N_FINE + 2)[1:-1]:
                self._train(self._workload.policy, float(x))

    def _train(self, policy: str, threshold: float) -> None:
        uncached = self.records.get(("immediate", 0.0), ())
        limit = {"max_epochs": PATIENCE * max(r.outcome["n_epochs"] for r in uncached)} if uncached else {}
        asked = Perceptron(
            policy=policy,
            threshold=threshold,
            tau=None if policy == "immediate" else self._workload.tau_steps,
            n_inputs=self._workload.n_inputs,
            n_patterns=self._workload.n_patterns,
            write_counts=True,
            **limit,
        )
        done = len(self.records) * self._workload.seeds
        records = []
        for seed in range(self._workload.seeds):
            records.append(asked.run(engine=self._engine, seed=seed, monitor=self._ask(done + seed)))
            if not self._ask(done + seed + 1)(0, 0, ""):
                raise KeyboardInterrupt
        self.records[policy, threshold] = tuple(records)

    def _ask(self, n_done: int) -> Monitor:
        """Return a monitor of one training that tells how many are done and passes a wish to stop on."""
        return lambda *_: self._monitor(n_done, self._n_total, "trainings")
