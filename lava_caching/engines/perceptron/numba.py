"""The compiled, event-driven engine: by presentations while errors are cheap to find, by events once that pays.

The cheaper kernel is not known beforehand (it depends on the error rate), so the engine rents before it buys: it trains
by presentations until that has cost as much as the Gram matrix would, or a quarter of that where errors fall so slowly
that much more is to come. All of it is estimated from counts and never timed, so that a training takes the same way,
and rounds alike, on every machine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask
from lava_caching.kernels import perceptron as kernels
from lava_caching.kernels._compile import scalar
from lava_caching.kernels.books import TALLY, changes_of, new_writes, tally_of
from lava_caching.kernels.rows import fold_of, trigger_of
from lava_caching.kernels.schedule import course_of
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.monitor import Monitor, carry_on
from lava_caching.tally import residual_part

__all__ = ["epochs_left", "follows_schedules", "takes_devices", "train"]

takes_devices = follows_schedules = True

# Measured on one core, per element and in nanoseconds; only their ratios matter.
GRAM_NS, DOT_NS, FIELD_NS, SCAN_NS = 0.02, 0.11, 0.10, 3.0
CHUNK_NS = 1e8
"""Work between two calls of the monitor: 0.1 s."""
WATCHED, SURELY = 0.25, 2.0
"""From which part of the price on errors tell whether to buy early, and how often the guess must be worth the price."""
LARGEST_GRAM_BYTES = 2**30


def train(task: PerceptronTask, monitor: Monitor = carry_on) -> PerceptronResult:
    """Train until an epoch passes without an error, or for `max_epochs`."""
    if task.device is not None:
        from lava_caching.engines.perceptron import _on_devices  # kernels that most runs do not need

        return _on_devices.train(task, task.device.state(np.zeros(task.patterns.shape[1])), monitor)
    run = _Run(task)
    errors, totals = np.zeros(0, np.int64), np.zeros((1, 2))
    n_epochs, interrupted, converged = 0, False, False
    while n_epochs < task.max_epochs and not converged and not interrupted:
        new_errors, new_totals = run.advance(errors, task.max_epochs - n_epochs)
        errors = np.concatenate([errors, new_errors])
        totals = np.concatenate([totals, totals[-1] + new_totals])
        n_epochs = errors.size
        converged = errors[-1] == 0
        interrupted = not monitor(n_epochs, task.max_epochs, f"epochs, {errors[-1]} errors in the last")
        interrupted &= not converged
    return PerceptronResult(
        ledger=run.ledger(n_epochs),
        weights=run.persistent + run.transient,
        errors=errors,
        interrupted=interrupted,
        totals=totals[1:],
    )


def epochs_left(errors: NDArray[np.int64]) -> float:
    """Guess how many epochs are still to come if errors go on falling exponentially, as they did in the later half."""
    quarter = errors.size // 4
    if quarter < 2:
        return 0.0
    earlier, now = errors[quarter : 2 * quarter].mean(), errors[-quarter:].mean()
    return math.inf if now >= earlier else 2 * quarter * math.log(max(now, 1.0)) / math.log(earlier / now)


class _Run:
    """A training in progress: the state, the books, and the choice of kernel."""

    def __init__(self, task: PerceptronTask) -> None:
        self.task = task
        n_patterns, n_inputs = task.patterns.shape
        packed, self.size_of = np.empty(task.patterns.shape, np.int8), np.empty((2, n_patterns))
        exact = np.ascontiguousarray(task.patterns, np.float64)
        shift = np.zeros(n_inputs) if task.shift is None else np.ascontiguousarray(task.shift, np.float64)
        # no scalar product of two patterns exceeds the largest of one with itself
        self.largest_product = float(kernels.survey(exact, shift, packed, self.size_of))
        self.whole = self.largest_product < 2**15
        self.patterns: NDArray[np.int8] | NDArray[np.float64] = packed if self.whole else task.inputs
        self.shift = shift if self.whole else np.zeros(n_inputs)
        self.transient, self.persistent = np.zeros(n_inputs), np.zeros(n_inputs)
        self.tally = np.zeros(1, TALLY)
        self.writes = new_writes((1, n_inputs), per_synapse=task.write_counts)
        self.pending = np.zeros((2, n_patterns))
        kept = 1.0 if task.tau is None else 1.0 - 1.0 / task.tau
        trigger = trigger_of(task.policy, task.threshold, task.tolerance)
        rule = scalar(task.rule.post_factor, 4)
        targets = np.ascontiguousarray(task.targets, np.float64)
        silent = task.rule.margin + task.tolerance
        data = (self.patterns, self.shift, targets, self.size_of)
        self.given = (*data, rule, silent, task.learning_rate, task.tolerance, kept, trigger)
        self.state = (
            fold_of(task.policy),
            self.transient,
            self.persistent,
            self.tally,
            self.writes,
            self.pending,
            *course_of(task.course),
        )
        self.gram: NDArray[np.int16] | NDArray[np.float64] | None = None
        self.cross = np.zeros(0)
        self.spent_ns = 0.0

        self.decays = decays = kept != 1.0 and not task.policy.direct
        # with decay the two fields must stay apart, and a transfer that leaves a rest would cost P per synapse
        splits = decays and task.policy.statistic != "never"
        splits = splits and (task.policy.scope == "synapse" or task.policy.amount != "full")
        self.gram_fits = n_patterns**2 * (2 if self.whole else 8) <= LARGEST_GRAM_BYTES and not splits
        self.gram_ns = GRAM_NS * n_patterns**2 * n_inputs
        self.dot_ns = DOT_NS * n_inputs * (2 if decays else 1)
        self.field_ns = FIELD_NS * n_patterns * (1 if self.whole else 3)

    def advance(self, before: NDArray[np.int64], most_epochs: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Train for about 0.1 s, at least one epoch; return the errors of each epoch and the totals at its end.

        `before` are the errors of the epochs that are behind.
        """
        n_patterns = len(self.patterns)
        by_dots = n_patterns * self.dot_ns
        by_fields = n_patterns * SCAN_NS + (before.mean() if before.size else 0.0) * self.field_ns
        to_save = epochs_left(before) * (by_dots - by_fields) if self.spent_ns > WATCHED * self.gram_ns else 0.0
        bought = self.spent_ns >= self.gram_ns or to_save > SURELY * self.gram_ns
        pays = self.gram_fits and by_fields < by_dots and (bought or self.gram is not None)
        budget = CHUNK_NS if pays or not self.gram_fits else min(CHUNK_NS, WATCHED * self.gram_ns)
        per_epoch = by_fields if pays else by_dots
        n_epochs = max(1, min(most_epochs, int(budget / per_epoch)))
        self.spent_ns += n_epochs * per_epoch
        given = np.zeros(n_epochs, np.int64), np.zeros((n_epochs, 2))
        done = self._by_events(*given) if pays else kernels.train_by_presentations(*self.given, *self.state, *given)
        return given[0][:done], given[1][:done]

    def _by_events(self, errors: NDArray[np.int64], totals: NDArray[np.float64]) -> int:
        """Train by events; the fields are computed afresh, so that rounding never builds up over calls."""
        if self.gram is None:
            self.gram = _gram(self.patterns)
            self.cross = self.task.patterns @ self.shift if self.shift.any() else np.zeros(0)
        both, whole = self._outputs(self.persistent + self.transient), np.zeros(0, np.int32)
        if self.decays:
            fields = self._outputs(self.persistent), self._outputs(self.transient)
        else:
            fields = both, np.zeros(both.size)
            if self.whole and not self.cross.size and np.abs(both).max() < 2**30 and (both == np.rint(both)).all():
                whole = both.astype(np.int32)
        given = (*self.given, *self.state, errors, totals, self.gram, self.cross, self.largest_product)
        return int(kernels.train_by_events(*given, whole, *fields))

    def _outputs(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the output of every pattern; centred patterns are never written out."""
        exact = self.task.patterns if self.whole else self.patterns
        return np.asarray(exact @ weights + self.shift @ weights)

    def ledger(self, n_epochs: int) -> Ledger:
        """Consolidate what is left and return the account."""
        kernels.book_direct_writes(self.patterns, self.shift, self.writes, self.pending)
        n_inputs = self.transient.size
        tally = tally_of(self.tally)
        counted = self.task.write_counts
        run = tally.part(
            n_synapses=n_inputs,
            n_synaptic_ops=int(self.size_of[1].sum()) * n_epochs,
            n_neuron_updates=tally.n_steps,
            write_counts=tuple(self.writes.per_synapse.ravel().tolist()) if counted else None,
            **changes_of(self.writes),
        )
        residual = residual_part(self.transient, self.persistent + self.transient, write_counts=counted)
        return Ledger(layers=(LayerLedger(name="output", run=run, residual=residual),))


def _gram(patterns: NDArray[np.int8] | NDArray[np.float64]) -> NDArray[np.int16] | NDArray[np.float64]:
    """Return the scalar products of all pairs of patterns, in blocks so that little more than the result is held."""
    whole = patterns.dtype == np.int8
    # products of whole numbers below 2^24 are exact in single precision, at half the time
    factor: NDArray[Any] = patterns.astype(np.float32 if whole else np.float64, copy=False)
    gram: NDArray[Any] = np.empty((len(patterns), len(patterns)), np.int16 if whole else np.float64)
    for start in range(0, len(patterns), 512):
        gram[start : start + 512] = factor[start : start + 512] @ factor.T
    return gram
