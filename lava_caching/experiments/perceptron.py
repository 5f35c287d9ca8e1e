"""Store patterns in a perceptron with synaptic caching: Fig. 1-4 and 6 of Li & van Rossum (2020).

Source: doi:10.7554/eLife.50804.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, InstanceOf

from lava_caching.arrays import read_arrays
from lava_caching.datasets import load_digits
from lava_caching.engines import check_of, get_engine
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.errors import InputError
from lava_caching.experiments._adaptive import WithSchedule
from lava_caching.experiments._experiment import Trained
from lava_caching.files import digest_of
from lava_caching.monitor import Monitor
from lava_caching.plasticity import Rule, get_rule

__all__ = ["Perceptron"]

Array = NDArray[np.float64]
DEFAULT_SIZE = 1000
LARGEST_SIZE = 10**9
HELD_OUT = 0.2
SMALLEST_INPUT, LARGEST_INPUT, LARGEST_WHOLE = 1e-3, 1e3, 1e6
"""Of patterns. The band of a tie is 1e-9·η (`lava_caching.engines.perceptron`): below, one update adds too little to an
output, x²η; above, outputs of fractions are rounded by more; sums of whole numbers are exact."""
CURVE_POINTS = 200


class Perceptron(WithSchedule):
    """One neuron with N inputs and a bias learns P patterns, a perceptron update on each error.

    Patterns are random (the default), the user's own (`patterns`), or two classes of handwritten digits (`dataset`).
    All fields are keywords; see `Experiment` for those that every experiment has.
    """

    name: ClassVar[str] = "perceptron"
    summary: ClassVar[str] = "Store patterns in one neuron by error correction."

    n_inputs: int | None = Field(
        None, ge=1, le=LARGEST_SIZE, description="N, inputs without the bias (1000, or those of the file)"
    )
    n_patterns: int | None = Field(None, ge=1, le=LARGEST_SIZE, description="P (1000, or those of the file)")
    patterns: Path | None = Field(None, description="FILE.npz with patterns (P, N) and targets (P,) of -1 and +1")
    dataset: Literal["digits"] | None = Field(None, description="digits: two classes of handwritten digits, binarised")
    classes: str = Field("3,8", pattern=r"^\d,\d$", description="the two digits to tell apart, the first is target +1")
    coding: Literal["pm1", "binary"] = Field("pm1", description="values of a pattern: -1/+1 or 0/1")
    density: float = Field(0.5, gt=0, lt=1, description="chance of the higher value in random patterns")
    center_patterns: bool = Field(True, description="subtract the grand mean of all patterns")
    rule: str | InstanceOf[Rule] = Field("perceptron", description="plasticity rule")
    learning_rate: float = Field(1.0, gt=0, description="η in weight units")
    max_epochs: int = Field(10_000, ge=1, description="stop after so many passes even with errors left")
    weight_scale: int | None = Field(
        None, ge=1, description="integer units per η on lava-fixed and loihi-native (4 there)"
    )

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        get_rule(self.rule)
        if self.patterns is not None and self.dataset is not None:
            raise InputError(f"patterns = {self.patterns} and dataset = {self.dataset}: give one of the two")
        if self.classes[0] == self.classes[2]:
            raise InputError(f"classes = {self.classes}: the two digits must differ")

    def check_engine(self, engine: str) -> None:
        """Refuse an engine that cannot run this configuration."""
        super().check_engine(engine)
        self._resolved(engine)

    def _resolved(self, engine: str) -> dict[str, int]:
        """Return the fields whose values follow from the engine, with these values."""
        check = check_of(self.name, engine)
        found = check and check(
            binary=self.coding == "binary" or self.patterns is not None,  # a file is looked at when it is read
            centred=self.center_patterns,
            policy=self.rule_of_consolidation(),
            threshold=self.threshold,
            tau=self.tau,
            learning_rate=self.learning_rate,
            weight_scale=self.weight_scale,
        )
        if found is not None:
            return {"weight_scale": found.scale}
        if self.weight_scale is not None:
            raise InputError(
                f"weight_scale = {self.weight_scale}: engine {engine!r} does not count in whole numbers; leave it out, "
                "or use --engine lava-fixed"
            )
        return {}

    def train(self, engine: str, seed: int, monitor: Monitor) -> Trained:
        """Draw or read the patterns, train, and measure."""
        inputs, targets, held_out = self._inputs(np.random.default_rng(seed))
        patterns = inputs[:, :-1]
        shift = np.zeros(patterns.shape[1] + 1)
        shift[:-1] = _checked_shift(self.patterns, patterns, centre=self.center_patterns)  # not that of the bias input
        task = PerceptronTask(
            patterns=inputs,
            shift=shift if shift.any() else None,
            targets=targets,
            rule=get_rule(self.rule),
            policy=self.rule_of_consolidation(),
            threshold=self.threshold,
            tau=self.decay_steps(),
            learning_rate=self.learning_rate,
            max_epochs=self.max_epochs,
            course=self.course(),
            write_counts=self.write_counts,
            weight_scale=self.weight_scale,
        )
        train = get_engine(self.name, engine)
        placed = self.on_devices(seed, lambda device: train(dataclasses.replace(task, device=device), monitor))
        result: PerceptronResult = placed.result
        x, d = (inputs, targets) if held_out is None else held_out
        outputs = x @ result.weights + shift @ result.weights
        accuracy = float(np.mean(outputs * d > 0))
        return Trained(
            ledger=result.ledger,
            outcome={
                **_outcome(result, len(targets), accuracy, held_out=held_out is not None),
                **(placed.told or result.notes),
                **({"data_sha256": digest_of(self.patterns)} if self.patterns else {}),
            },
            weights=result.weights,
            resolved={
                **placed.resolved,
                "n_patterns": patterns.shape[0],
                "n_inputs": patterns.shape[1],
                **self._resolved(engine),
            },
        )

    def _inputs(self, rng: np.random.Generator) -> tuple[Array, Array, tuple[Array, Array] | None]:
        """Return patterns with the bias input (P, N + 1), targets (P,), and those held out for testing, if any."""
        found: tuple[Array, Array, tuple[Array, Array] | None]
        if self.patterns is not None:
            patterns, targets = _own_patterns(self.patterns)
            found = _with_bias(patterns), targets, None
        elif self.dataset is not None:
            found = self._digits()
        else:
            found = (*self._random(rng), None)
        n_patterns, with_bias = found[0].shape
        asked = (("n_patterns", self.n_patterns, n_patterns), ("n_inputs", self.n_inputs, with_bias - 1))
        for name, wanted, size in asked:
            if wanted not in (None, size):
                source = self.patterns or self.dataset
                raise InputError(f"{name} = {wanted}: {source} has {size}; leave the option out")
        return found

    def _random(self, rng: np.random.Generator) -> tuple[Array, Array]:
        n_patterns, n_inputs = self.n_patterns or DEFAULT_SIZE, self.n_inputs or DEFAULT_SIZE
        inputs = np.ones((n_patterns, n_inputs + 1))
        drawn, on = np.empty(n_inputs), np.empty(n_inputs, np.bool_)
        for row in inputs[:, :-1]:  # row by row: no second copy of a large array, and what is done stays in the cache
            rng.random(out=drawn)
            np.less(drawn, self.density, out=on)
            row[:] = on
            if self.coding == "pm1":
                np.multiply(row, 2.0, out=row)
                np.subtract(row, 1.0, out=row)
        return inputs, np.where(rng.random(n_patterns) < 0.5, 1.0, -1.0)

    def _coded(self, on: NDArray[np.bool_]) -> Array:
        return np.where(on, 1.0, -1.0 if self.coding == "pm1" else 0.0)

    def _digits(self) -> tuple[Array, Array, tuple[Array, Array]]:
        """Return two classes of digits, a pixel on when above half of full ink; the last 20 % are held out."""
        pixels, digits = load_digits()
        first, second = int(self.classes[0]), int(self.classes[2])
        chosen = (digits == first) | (digits == second)
        x = _with_bias(self._coded(pixels[chosen] > 8))
        d = np.where(digits[chosen] == first, 1.0, -1.0)
        n_train = int(len(d) * (1.0 - HELD_OUT))
        return x[:n_train], d[:n_train], (x[n_train:], d[n_train:])


def _own_patterns(path: Path) -> tuple[Array, Array]:
    patterns, targets = read_arrays(path, ["patterns", "targets"])
    if patterns.ndim != 2 or patterns.size == 0:
        raise InputError(f"{path}: patterns has shape {patterns.shape}: must be (P, N) with at least one of each")
    if targets.shape != (len(patterns),):
        raise InputError(
            f"{path}: targets has shape {targets.shape}: must be ({len(patterns)},), one for each of the patterns"
        )
    odd = targets[np.abs(targets) != 1.0]
    if odd.size:
        raise InputError(f"{path}: targets holds {odd[0]:g}: every target must be -1 or +1")
    return patterns, targets


def _checked_shift(path: Path | None, patterns: Array, *, centre: bool) -> float:
    """Return minus the grand mean, or 0; refuse patterns of a size at which ties and rounding errors are alike."""
    low, high = float(patterns.min()), float(patterns.max())
    raw, most = max(-low, high), LARGEST_INPUT
    if raw > most and all((row == np.rint(row)).all() for row in patterns):
        most = LARGEST_WHOLE
    shift = -float(patterns.mean()) if centre and raw <= most else 0.0
    largest = max(-low - shift, high + shift)
    # what centring leaves of patterns that are all alike is nothing, up to rounding
    if raw > most or 1e-12 * raw < largest < SMALLEST_INPUT:
        raise InputError(
            f"{path}: the largest entry is {largest:g} in size{' after centring' if shift else ''}: must be from"
            f" {SMALLEST_INPUT:g} to {most:,.0f}, because outputs within 1e-9·η of 0 are ties;"
            " scale the patterns to about 1"
        )
    return shift


def _with_bias(patterns: Array) -> Array:
    return np.hstack([patterns, np.ones((len(patterns), 1))])


def _outcome(result: PerceptronResult, n_patterns: int, accuracy: float, *, held_out: bool) -> dict[str, Any]:
    n_epochs = len(result.errors)
    every = -(-n_epochs // CURVE_POINTS)
    shown = sorted({*range(every - 1, n_epochs, every), n_epochs - 1})
    return {
        "converged": result.converged,
        "interrupted": result.interrupted,
        "n_epochs": n_epochs,
        "n_presentations": n_epochs * n_patterns,
        "n_updates": int(result.errors.sum()),
        "accuracy": accuracy,
        "accuracy_of": "held-out patterns" if held_out else "stored patterns",
        "curve": [
            {
                "n_presentations": (epoch + 1) * n_patterns,
                "n_errors": int(result.errors[epoch]),
                "online_accuracy": 1.0 - int(result.errors[epoch]) / n_patterns,
                "transient_hold_l1": None if result.totals is None else float(result.totals[epoch, 0]),
                "persistent_change_l1": None if result.totals is None else float(result.totals[epoch, 1]),
            }
            for epoch in shown
        ],
    }


experiment = Perceptron
