"""The units of a trained network in spikes: what `lava_caching.processes.inference` puts into its connections.

A neuron of a hidden layer holds z = Σ w a in its current. During its phase of T steps a clock, which all neurons of the
layer receive, lowers z by T thresholds in turn, the logits of (1/2, 3/2, ...)/T. The neuron spikes in the steps in
which something is left, and these are the share 1/(1 + e^(-z)) of T, to half a step. In all other steps the clock holds
it below its threshold.

In whole numbers a weight has 8 bits and a sign, what a neuron receives in a step 16 bits, and its current loses 1/4096
in every step (Lava's bit-accurate LIF with du = 0). The clock makes up for what itself and z lose in a phase; that the
first spikes of the phase before have lost more than its last ones cannot be made up for, only be taken at their mean:
1.6 % at 128 steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_PIXEL", "Clock", "SpikingLayer", "clock_of", "leak", "spiking_layers"]

Array = NDArray[np.float64]
LARGEST_INPUT = 2**15 - 1
"""Of a neuron in one step, in whole numbers; half of it is for z, the other for what holds it down."""
LARGEST_WEIGHT = 254
"""Of weights of both signs, even numbers."""
LARGEST_PIXEL = 255
LARGEST_SHIFT = 7
KEPT = 4095 / 4096
CLOCK_WEIGHT = 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikingLayer:
    """A layer in the units of Lava.

    Attributes
    ----------
    weights : ndarray, (n_out, n_in)
        Of the connection from the layer below; even whole numbers in fixed point.
    biases : ndarray (n_out,) or None
        In the same units.
    shift : int
        Binary digits that the connection cuts off.
    message : float
        What stands for an activity of 1: the size of one graded spike, or the number of spikes.
    unit : float
        Current of the neuron at z = 1.
    bound : float
        |z| that no input exceeds.
    """

    weights: Array
    biases: Array | None
    shift: int
    message: float
    unit: float
    bound: float


def spiking_layers(weights: list[Array], *, biases: bool, n_levels: int, whole: bool) -> list[SpikingLayer]:
    """Return the layers of a network, for floats or for whole numbers."""
    messages = [LARGEST_PIXEL if whole else 1, *[n_levels] * (len(weights) - 1)]
    return [
        _layer(w, biases, float(message), n_levels, whole, k == len(weights) - 1)
        for k, (w, message) in enumerate(zip(weights, messages, strict=True))
    ]


def _layer(w: Array, biases: bool, message: float, n_levels: int, whole: bool, is_output: bool) -> SpikingLayer:
    bound = max(float(np.maximum(sign * w, 0.0).sum(axis=1).max()) for sign in (-1, 1))
    scale, shift = 1.0, 0
    if whole and bound > 0.0:
        reach = bound if is_output else max(bound, 1.01 * float(thresholds(n_levels).max()))
        # half of an input for z and half for the clock, whose steps join the last spikes of the layer below
        most = (LARGEST_INPUT / 2 - 2 * n_levels) / (reach * (1.0 + 1.0 / n_levels))
        scale = LARGEST_WEIGHT / float(np.abs(w).max())
        shift = min(max(math.ceil(math.log2(scale * message / most)), 0), LARGEST_SHIFT)
        scale = min(scale, most * 2**shift / message)
        w = 2.0 * np.rint(w * scale / 2.0)
    return SpikingLayer(
        weights=w[:, :-1] if biases else w,
        biases=w[:, -1] if biases else None,
        shift=shift,
        message=message,
        unit=scale * message / 2**shift,
        bound=bound,
    )


def thresholds(n_levels: int) -> Array:
    """Return the z at which one spike more comes, ascending."""
    share = (np.arange(n_levels) + 0.5) / n_levels
    return np.log(share / (1.0 - share))


class Clock(NamedTuple):
    """What the clock of a layer sends, (n_lines, period), and how it is connected, (n_out, n_lines)."""

    lines: Array
    columns: Array


def clock_of(layer: SpikingLayer, k: int, *, is_output: bool, n_levels: int, period: int, whole: bool) -> Clock | None:
    """Return the clock of a layer; None where it needs none.

    Parameters
    ----------
    layer, k : SpikingLayer, int
        The layer, and which it is, from 0; its phase has the same number.
    is_output : bool
        Whether it is the last, which has no phase.
    n_levels, period : int
        Steps of a phase and of an image.
    whole : bool
        Whether in whole numbers.
    """
    lines, columns = [], []
    n_out, start, kept = len(layer.weights), k * n_levels, KEPT if whole else 1.0
    middle = 0 if k == 0 else start - n_levels // 2  # of what comes from the layer below
    if not is_output:
        level = np.full(period, -(layer.bound * layer.unit + n_levels))
        age = np.arange(n_levels) + (start - middle)
        level[start : start + n_levels] = -thresholds(n_levels) * layer.unit * kept**age
        lines.append(_steps_to(level[:-1], layer.shift, whole))
        columns.append(np.full(n_out, CLOCK_WEIGHT))
    if layer.biases is not None:
        lines.append(np.zeros(period))
        lines[-1][middle] = layer.message
        columns.append(layer.biases)
    return Clock(np.array(lines), np.array(columns).T) if lines else None


def leak(n_layers: int, n_levels: int, whole: bool) -> float:
    """Return the share of z that the current of an output still holds at the end of an image."""
    age = n_levels // 2 if n_layers > 1 else 0
    return float(KEPT**age) if whole else 1.0


def _steps_to(level: Array, shift: int, whole: bool) -> Array:
    """Return what to send so that a current follows `level`, one step late; nothing in the last step."""
    sent, current = [], 0.0
    kept, grain = (KEPT, CLOCK_WEIGHT if shift == 0 else 1.0) if whole else (1.0, 0.0)
    for target in level:
        step = target - kept * current
        step = float(np.rint(step / grain)) * grain if whole else step  # which the shift leaves as it is
        current = kept * current + step
        sent.append(step * 2**shift / CLOCK_WEIGHT)
    return np.array([*sent, 0.0])
