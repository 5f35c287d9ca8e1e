"""The spikes that arrive in one trial, drawn beforehand so that all engines get the same.

An input is a pool of 15 cells, so that up to 15 spikes come in one step. Inputs are driven in the first third of a
trial, the teacher a little later, the background throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_caching.engines.spiking._neuron import NeuronModel
from lava_caching.errors import InputError

__all__ = ["POOL", "Drive", "Stimulus", "draw"]

POOL = 15
"""Cells of an input, and of the teacher at full strength; half of them, 7, for the weak class."""
INPUT_WINDOW, TEACHER_WINDOW = (0.0, 50.0), (70.0, 120.0)
"""In ms, both ends left out."""


@dataclass(frozen=True, kw_only=True)
class Drive:
    """Rates in Hz: of a cell of an input or of the teacher, and of the background."""

    rate_hz: float = 100.0
    background_rate_hz: float = 1000.0

    def check(self, dt: float) -> None:
        """Refuse rates of more than a spike in every step of `dt` ms."""
        for name, rate in vars(self).items():
            if not 0 <= rate * dt <= 1000.0:
                raise InputError(
                    f"{name} = {rate:g}: must be from 0 to {1000.0 / dt:g} Hz, one spike in each step of {dt:g} ms; use"
                    " a lower rate or a shorter step"
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class Stimulus:
    """What arrives in one trial.

    Attributes
    ----------
    active : ndarray of int, (m,)
        Which inputs are driven, ascending.
    inputs : ndarray of int, (n_steps, m)
        Spikes of each in every step.
    teacher, background : ndarray of int, (n_steps,)
        Spikes of the teacher and of the background.
    """

    active: NDArray[np.int64]
    inputs: NDArray[np.int64]
    teacher: NDArray[np.int64]
    background: NDArray[np.int64]


def draw(
    rng: np.random.Generator, active: NDArray[np.int64], strength: float, neuron: NeuronModel, drive: Drive
) -> Stimulus:
    """Draw a trial.

    Parameters
    ----------
    rng : Generator
        Of the run.
    active : ndarray of int, (m,)
        Which inputs are driven, ascending.
    strength : float
        Of the teacher, 0 to 1: the share of its pool that takes part, rounded down.
    neuron, drive : NeuronModel, Drive
        Steps and rates.
    """
    n_steps, chance = neuron.n_steps, drive.rate_hz * neuron.dt / 1000.0
    times = np.arange(n_steps) * neuron.dt
    inputs = np.zeros((n_steps, active.size), np.int64)
    teacher = np.zeros(n_steps, np.int64)
    window = _within(times, INPUT_WINDOW)
    inputs[window] = rng.binomial(POOL, chance, (window.stop - window.start, active.size))
    window = _within(times, TEACHER_WINDOW)
    teacher[window] = rng.binomial(int(POOL * strength), chance, window.stop - window.start)
    background = (rng.random(n_steps) < drive.background_rate_hz * neuron.dt / 1000.0).astype(np.int64)
    return Stimulus(active=active, inputs=inputs, teacher=teacher, background=background)


def _within(times: NDArray[np.float64], window: tuple[float, float]) -> slice:
    """Return the steps strictly within a window; a rounding of the times does not shift its ends."""
    first, last = window
    start = int(np.searchsorted(times, first + 1e-9, side="right"))
    return slice(start, int(np.searchsorted(times, last - 1e-9, side="left")))
