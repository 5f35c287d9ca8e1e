"""Teach a spiking neuron to tell patterns apart by STDP: Fig. 2 supplement 1 of Li & van Rossum (2020).

Source: doi:10.7554/eLife.50804; the neuron is that of D'Souza, Liu & Hahnloser (2010), doi:10.1073/pnas.0909394107.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lava_caching.arrays import read_arrays
from lava_caching.engines import get_engine
from lava_caching.engines.spiking import SpikingTask, Stimulus, draw
from lava_caching.engines.spiking._training import WINDOW, Taught, judge, teach
from lava_caching.errors import InputError
from lava_caching.experiments._experiment import Tau, Trained
from lava_caching.experiments._neuron import NeuronExperiment
from lava_caching.files import digest_of
from lava_caching.monitor import Monitor

__all__ = ["Spiking"]

DEFAULT_PATTERNS = 10
CURVE_POINTS = 200
STRONG, WEAK = 1.0, 0.5
"""Of the teacher."""


class Spiking(NeuronExperiment):
    """A spiking neuron with adaptation learns by STDP to answer patterns as strongly as a teacher does.

    Weights, thresholds and energies are in units of the largest conductance g_max; a step is one trial, a run one trial
    of each pattern. All fields are keywords; see `Experiment` for those that every experiment has.
    """

    name: ClassVar[str] = "spiking"
    summary: ClassVar[str] = "Teach a spiking neuron patterns by STDP with adaptation."

    threshold: float = Field(0.05, ge=0, description="θ in units of g_max (global-global: sum over the neuron)")
    tau: Tau = Field(None, gt=1, description="decay time constant of the transient part in trials, or inf")
    n_patterns: int | None = Field(None, ge=1, le=10_000, description="patterns (10, or those of the file)")
    n_inputs: int | None = Field(None, ge=1, le=10_000, description="inputs (100, or those of the file)")
    n_active: int = Field(2, ge=1, description="inputs that a random pattern drives")
    patterns: Path | None = Field(
        None, description="FILE.npz with patterns (P, N) of 0 and 1, targets (P,) of +1 (strong teacher) and -1 (weak)"
    )
    init: Path | None = Field(None, description="FILE.npz with first weights w (N,) from 0 to 1 g_max [default: 0]")
    convergence_tolerance: float = Field(
        0.03, gt=0, description=f"g_max within which the weights of {WINDOW} runs must agree"
    )
    max_epochs: int = Field(1000, ge=1, description="runs at most")

    def train(self, engine: str, seed: int, monitor: Monitor) -> Trained:
        """Draw or read the patterns, and present runs until the weights stay."""
        rng = np.random.default_rng(seed)
        n_inputs, patterns, strong = self._patterns(rng)
        neuron, drive = self.neuron(), self.drive()
        task = SpikingTask(
            start=self._start(n_inputs),
            policy=self.rule_of_consolidation(),
            threshold=self.threshold,
            tau=self.tau,
            neuron=neuron,
            write_counts=self.write_counts,
        )

        def one_run() -> list[Stimulus]:
            strengths = np.where(strong, STRONG, WEAK).tolist()
            return [draw(rng, p, strength, neuron, drive) for p, strength in zip(patterns, strengths, strict=True)]

        taught = teach(
            get_engine(self.name, engine)(task),
            one_run,
            max_runs=self.max_epochs,
            tolerance=self.convergence_tolerance,
            monitor=monitor,
        )
        return Trained(
            ledger=taught.ledger,
            outcome={
                **self._outcome(taught, len(patterns)),
                **judge(taught.weights, patterns, strong),
                **({"data_sha256": digest_of(self.patterns)} if self.patterns else {}),
            },
            weights=taught.persistent + taught.transient,
            resolved={"n_patterns": len(patterns), "n_inputs": n_inputs},
        )

    def _patterns(self, rng: np.random.Generator) -> tuple[int, list[NDArray[np.int64]], NDArray[np.bool_]]:
        """Return the number of inputs, the inputs that each pattern drives, and whose teacher is strong."""
        if self.patterns is not None:
            if self.n_active != type(self).model_fields["n_active"].default:
                raise InputError(
                    f"n_active = {self.n_active}: {self.patterns} says itself what is active; leave it out"
                )
            return self._own_patterns(self.patterns)
        n_inputs, n_patterns = self.n_inputs or 100, self.n_patterns or DEFAULT_PATTERNS
        if self.n_active > n_inputs:
            raise InputError(f"n_active = {self.n_active}: must be at most the {n_inputs} inputs")
        drawn = [np.sort(rng.choice(n_inputs, self.n_active, replace=False)) for _ in range(n_patterns)]
        return n_inputs, drawn, rng.random(n_patterns) < 0.5

    def _own_patterns(self, path: Path) -> tuple[int, list[NDArray[np.int64]], NDArray[np.bool_]]:
        patterns, targets = read_arrays(path, ["patterns", "targets"])
        if patterns.ndim != 2 or not patterns.size or targets.shape != (len(patterns),):
            raise InputError(
                f"{path}: patterns {patterns.shape} and targets {targets.shape}: must be (P, N) and (P,), P and N at"
                " least 1"
            )
        for name, values, allowed in (("patterns", patterns, (0, 1)), ("targets", targets, (-1, 1))):
            if not np.isin(values, allowed).all():
                odd = values[~np.isin(values, allowed)][0]
                raise InputError(f"{path}: {name} holds {odd:g}: must be {allowed[0]} or {allowed[1]} throughout")
        for i in np.flatnonzero(~patterns.any(axis=1)):
            raise InputError(f"{path}: pattern {i} has no active input: must have one at least; leave it out")
        for name, size in zip(("n_patterns", "n_inputs"), patterns.shape, strict=True):
            if getattr(self, name) not in (None, size):
                raise InputError(f"{name} = {getattr(self, name)}: {path} has {size}; leave the option out")
        return patterns.shape[1], [np.flatnonzero(row) for row in patterns], targets > 0

    def _start(self, n_inputs: int) -> NDArray[np.float64]:
        if self.init is None:
            return np.zeros(n_inputs)
        (w,) = read_arrays(self.init, ["w"])
        if w.shape != (n_inputs,):
            raise InputError(f"{self.init}: w has shape {w.shape}: must be ({n_inputs},), one for each input")
        outside = w[(w < 0) | (w > 1)]
        if outside.size:
            raise InputError(f"{self.init}: w holds {outside[0]:g}: must lie from 0 to 1, in units of g_max")
        return w

    def _outcome(self, taught: Taught, n_patterns: int) -> dict[str, Any]:
        every = -(-len(taught.curve) // CURVE_POINTS)
        return {
            "converged": taught.converged,
            "interrupted": taught.interrupted,
            "n_epochs": taught.n_runs,
            "n_presentations": taught.n_runs * n_patterns,
            "n_updates": taught.ledger.total.n_updates,
            "accuracy": None,
            "stopping_run": taught.stopping_run,
            "convergence": {
                "runs_compared": WINDOW,
                "tolerance": self.convergence_tolerance,
                "first_run": WINDOW + 1,
                "account_at": "the first of the runs compared",
                "responses_at": "the last run",
            },
            "direct_l1": taught.direct_l1,
            "curve": taught.curve[::-every][::-1],
        }


experiment = Spiking
