"""The textbook of the two engines in Loihi's arithmetic: one presentation after the other, in whole numbers.

Weights (−256 … 255) and tags (−257 … 255) are integers, changes add up in an accumulator in units of 1/128, one after
the other and with saturation, and one random number per presentation rounds them all. The tag is the transient part,
the weight is l + s, and every decision is taken from the tag of the presentation before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_caching.consolidation import Policy
from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask, result_of
from lava_caching.errors import InputError
from lava_caching.kernels.limits import LARGEST_TRACE
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.monitor import Monitor, carry_on
from lava_caching.processes.account import scaled
from lava_caching.processes.products import DEFAULT_SCALE
from lava_caching.tally import PersistentChanges, RunTally, residual_part

__all__ = ["Books", "WholeNumbers", "of_task", "train", "whole_numbers"]

Whole = NDArray[np.int64]
# The ends at which Lava's bit-approximate model clips. The lowest of accumulator and tag lie one below what the bits
# hold, because Lava subtracts a 1 at both ends; that of the weight does not. This engine is the twin of Lava, not of a
# chip, so it does the same.
ACCUMULATOR = -(2**15) - 1, 2**15 - 1
"""15 bits and a sign; `LearningRuleFixedPointApplier` of Lava clips each product, and each sum, to it."""
WEIGHT = -(2**8), 2**8 - 1
"""8 bits and a sign; `clip_weights` of Lava, for connections of mixed sign."""
TAG = -(2**8) - 1, 2**8 - 1
"""8 bits and a sign; `_saturate_synaptic_variable` of Lava's connections, for ``tag_1``."""
LARGEST_FACTOR = LARGEST_TRACE
"""Multiples of η: error neurons send them as traces."""
ONE = 128
"""Accumulator units of one unit of weight."""
SEED = 2
"""Of Lava's random stream for rounding weights and tags."""


@dataclass(frozen=True, kw_only=True)
class WholeNumbers:
    """A task in integer units: η is `scale` of them, and one is `unit` in weight units."""

    scale: int
    unit: float
    threshold: int
    quantum: int
    single: bool
    """Each synapse decides for itself; otherwise all of the neuron go together."""
    summed: bool
    """Together when Σ|t| > θ; otherwise when any |t| > θ."""

    def triggered(self, t: Whole) -> NDArray[np.bool_]:
        """Return the synapses whose unit is above the threshold; one that decides for itself, also at the threshold."""
        size = np.abs(t)
        if self.single:
            return size >= self.threshold
        above = (size.sum() if self.summed else size.max()) > self.threshold
        return np.full(t.shape, above)

    def reset(self, t: Whole) -> list[Whole]:
        """Return what is taken from the tags, as products in accumulator units."""
        if self.single:  # half a quantum each: together a whole one above θ, none below, half of one at θ
            half = ONE // 2 * self.quantum
            return [-half * np.sign(t - self.threshold), -half * np.sign(t + self.threshold)]
        return [np.where(self.triggered(t) & (np.abs(t) >= self.quantum), -ONE * self.quantum * np.sign(t), 0)]


def whole_numbers(
    engine: str,
    *,
    binary: bool,
    centred: bool,
    policy: Policy,
    threshold: float,
    tau: float | None,
    learning_rate: float,
    weight_scale: int | None,
    native: bool = False,
) -> WholeNumbers:
    """Return a configuration in whole numbers, or refuse it with the options to add.

    Parameters
    ----------
    engine : str
        For the messages.
    binary, centred : bool
        Whether all inputs are 0 or 1, and whether the grand mean is subtracted from them.
    policy, threshold, tau, learning_rate, weight_scale
        As in `PerceptronTask`.
    native : bool
        Whether the consolidation must fit a learning rule of Loihi.

    Raises
    ------
    InputError
        For what whole numbers cannot do.
    """
    single = policy.statistic == "each"
    needed = [
        (not binary, "--coding binary"),
        (centred, "--no-center-patterns"),
        (policy.amount != "pulse", f"--amount pulse --quantum {learning_rate:g}"),
        (tau is not None, "--tau inf"),
        (native and policy.scope != "synapse", "--scope synapse" if single else "--policy local-local"),
    ]
    if policy.amount != "pulse" and policy.statistic in ("always", "never"):  # a pulse goes with neither
        needed.append((not native, "--policy local-global"))
    options = " ".join(option for wanted, option in needed if wanted)
    if options:
        raise InputError(f"engine {engine!r} learns in the whole numbers of Loihi: add {options}")
    if callable(policy.statistic):
        raise InputError(f"policy = {policy.name!r}: engine {engine!r} knows no statistic of one's own; use 'numba'")
    scale = DEFAULT_SCALE if weight_scale is None else weight_scale
    mantissa = scale
    while mantissa > 7 and mantissa % 2 == 0:
        mantissa //= 2
    if not (0 < mantissa <= 7 and scale <= WEIGHT[1]):
        raise InputError(f"weight_scale = {scale}: must be 1 to 7 times a power of two, 224 at most, such as 4 or 8")
    unit = learning_rate / scale
    summed = policy.statistic == "sum" and policy.scope != "synapse"
    whole_threshold = _whole("threshold", threshold, unit, 0, None if summed else TAG[1])
    quantum = _whole("quantum", policy.quantum or 0.0, unit, 1, TAG[1])
    if policy.scope == "synapse" and quantum > whole_threshold + 1:
        raise InputError(
            f"quantum = {policy.quantum:g}: a synapse just above the threshold {threshold:g} holds less, and would "
            f"turn its sign; use {(whole_threshold + 1) * unit:g} at most, or a larger threshold"
        )
    if native and quantum & (quantum - 1):
        raise InputError(
            f"quantum = {policy.quantum:g}: is {quantum} units of {unit:g}, and engine {engine!r} needs a power of two "
            f"of them; use {unit * 2 ** (quantum.bit_length() - 1):g} or {unit * 2 ** quantum.bit_length():g}"
        )
    return WholeNumbers(
        scale=scale,
        unit=unit,
        threshold=whole_threshold,
        quantum=quantum,
        single=policy.scope == "synapse",
        summed=summed,
    )


def _whole(name: str, value: float, unit: float, least: int, most: int | None) -> int:
    """Return a number of weight units as a number of integer units."""
    found = round(value / unit)
    if abs(found * unit - value) > 1e-9 * unit:
        low = max(least, math.floor(value / unit))
        raise InputError(
            f"{name} = {value:g}: must be a whole number of units of {unit:g} (learning rate / weight scale); "
            f"use {low * unit:g} or {(low + 1) * unit:g}, or another --weight-scale"
        )
    if found < least or (most is not None and found > most):
        rule = f"at least {least}" if found < least else f"at most {most}, so use {(most or 0) * unit:g} at most"
        raise InputError(
            f"{name} = {value:g}: is {found} units of {unit:g} and must be {rule}, or use another --weight-scale"
        )
    return found


def of_task(engine: str, task: PerceptronTask, *, native: bool = False) -> WholeNumbers:
    """Return a task in whole numbers; see `whole_numbers`."""
    other = task.patterns[~np.isin(task.patterns, (0.0, 1.0))]
    if other.size:
        raise InputError(f"patterns hold {other[0]:g}: engine {engine!r} takes inputs of 0 and 1, as --coding binary")
    return whole_numbers(
        engine,
        binary=True,
        centred=task.shift is not None,
        policy=task.policy,
        threshold=task.threshold,
        tau=task.tau,
        learning_rate=task.learning_rate,
        weight_scale=task.weight_scale,
        native=native,
    )


class Books:
    """The account, kept from nothing but the weights and tags before and after each presentation."""

    def __init__(self, whole: WholeNumbers, n_inputs: int, *, write_counts: bool = False) -> None:
        self.whole = whole
        self.tally, self.changes = RunTally(), PersistentChanges()
        self.writes = np.zeros(n_inputs, np.int64) if write_counts else None
        self.n_saturated = 0

    def add(self, w: Whole, t: Whole, new_w: Whole, new_t: Whole, proposed: Whole) -> None:
        """Book one presentation.

        Parameters
        ----------
        w, t, new_w, new_t : ndarray of int
            Weights and tags before and after it.
        proposed : ndarray of int
            The change that the rule proposed; it tells what saturation cut off.
        """
        tally, whole = self.tally, self.whole
        tally.n_steps += 1
        tally.transient_hold_l1 += float(np.abs(t).sum())
        tally.persistent_hold_l1 += float(np.abs(w - t).sum())
        change = new_w - w
        moved = change - (new_t - t)
        if change.any():
            tally.n_updates += 1
            tally.largest_weight = max(tally.largest_weight, float(np.abs(new_w).max()))
        consolidated = whole.triggered(t) & (moved != 0)
        tally.n_consolidations += int(consolidated.sum() if whole.single else consolidated.any())
        kept = np.where(moved == 0, change, 0)
        tally.transient_change_l1 += float(np.abs(kept).sum())
        tally.n_transient_writes += int(np.count_nonzero(kept))
        tally.n_transferred += int(np.count_nonzero(moved))
        self.changes.add(moved.astype(np.float64))
        if self.writes is not None:
            self.writes += moved != 0
        for values, (low, high) in ((w + proposed, WEIGHT), (t + proposed + sum(whole.reset(t)) / ONE, WEIGHT)):
            self.n_saturated += int(((values < low) | (values > high)).sum())

    def ledger(self, w: Whole, t: Whole) -> Ledger:
        """Return the account of a run that began with weights 0 and ended with these, in integer units."""
        counted = self.writes is not None
        run = self.tally.part(
            n_synapses=w.size,
            write_counts=None if self.writes is None else tuple(self.writes.tolist()),
            **self.changes.fields(),
        )
        residual = residual_part(t.astype(np.float64), w.astype(np.float64), write_counts=counted)
        return Ledger(layers=(LayerLedger(name="output", run=run, residual=residual),))


def train(task: PerceptronTask, monitor: Monitor = carry_on) -> PerceptronResult:
    """Train until an epoch passes without an error, or for `max_epochs`; slow, obvious, and without Lava."""
    whole = of_task("lava-fixed", task)
    patterns, rng = task.patterns.astype(np.int64), np.random.default_rng(SEED)
    w, t = (np.zeros(patterns.shape[1], np.int64) for _ in "wt")
    books = Books(whole, w.size, write_counts=task.write_counts)
    rng.random()  # Lava draws one before the first learning epoch
    errors: list[int] = []
    n_spikes = n_rounded = 0
    interrupted = False
    while not interrupted and len(errors) < task.max_epochs and (not errors or errors[-1] > 0):
        errors.append(0)
        for x, target in zip(patterns, task.targets, strict=True):
            output = float(w @ x) * whole.unit
            factor = task.rule.post_factor(output, float(target), task.learning_rate, task.tolerance)
            multiple = np.clip(np.rint(factor / task.learning_rate), -LARGEST_FACTOR, LARGEST_FACTOR)
            n_rounded += abs(multiple - factor / task.learning_rate) > 1e-9
            n_spikes += output > task.tolerance
            errors[-1] += factor != 0
            proposed = whole.scale * int(multiple) * x
            products = [np.maximum(ONE * proposed, 0), np.minimum(ONE * proposed, 0)]
            random = rng.random()
            new_w = np.clip(_rounded(_accumulated(w, products), random), *WEIGHT)
            new_t = np.clip(_rounded(_accumulated(t, [*products, *whole.reset(t)]), random), *TAG)
            books.add(w, t, new_w, new_t, proposed)
            w, t = new_w, new_t
        interrupted = not monitor(len(errors), task.max_epochs, f"epochs, {errors[-1]} errors in the last")
    return result_of(
        task,
        scaled(books.ledger(w, t), whole.unit),
        w * whole.unit,
        np.array(errors),
        n_spikes=n_spikes,
        interrupted=interrupted,
        notes={"n_saturated": books.n_saturated, "n_rounded": int(n_rounded)},
    )


def _accumulated(values: Whole, products: list[Whole]) -> Whole:
    """Return values plus products, in accumulator units, each sum saturated."""
    total = ONE * values
    for product in products:
        total = np.clip(total + np.clip(product, *ACCUMULATOR), *ACCUMULATOR)
    return total


def _rounded(total: Whole, random: float) -> Whole:
    """Return whole units, rounded up where the fraction exceeds the random number."""
    return total // ONE + (random < total % ONE / ONE)
