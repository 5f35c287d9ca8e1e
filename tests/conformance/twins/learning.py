"""What drives the synapses: changes given beforehand, a perceptron, and back-propagation; plain Python.

Written from Li & van Rossum (2020), doi:10.7554/eLife.50804: the order of acts of its perceptron (Fig. 1-4) and of its
networks (Fig. 5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from twins.books import Number
from twins.caching import Caching, Network, Rows


@dataclass
class Lesson:
    """A finished training: the network, and what it did; fields that do not apply are empty."""

    network: Network
    outputs: list[Number] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)


def replay(starts: list[Rows], changes: list[list[Rows]], caching: Caching) -> Lesson:
    """Make the given changes, one of each layer in every step."""
    network = Network(starts, caching)
    for step in changes:
        network.step(lambda _, step=step: step)  # type: ignore[misc]
    network.finish()
    return Lesson(network)


def perceptron(patterns: Rows, targets: list[int], caching: Caching, learning_rate: Number, max_epochs: int) -> Lesson:
    """Store patterns in one neuron: until an epoch passes without an error, or for `max_epochs`."""
    network = Network([[[0 * learning_rate] * len(patterns[0])]], caching)
    lesson, counted = Lesson(network), network.layers[0].run.counted

    def present(x: list[Number], d: int) -> None:
        def propose(weights: list[Rows]) -> list[Rows]:
            y = sum(w * v for w, v in zip(weights[0][0], x, strict=True))
            error = y * d <= caching.band  # a tie is an error
            lesson.outputs.append(y)
            lesson.errors[-1] += error
            counted["n_spikes"] += y > caching.band
            return [[[learning_rate * d * v if error else 0 * v for v in x]]]

        network.step(propose)
        counted["n_neuron_updates"] += 1
        counted["n_synaptic_ops"] += sum(v != 0 for v in x)

    while len(lesson.errors) < max_epochs and (not lesson.errors or lesson.errors[-1] > 0):
        lesson.errors.append(0)
        for x, d in zip(patterns, targets, strict=True):
            present(x, d)
    network.finish()
    return lesson


def backprop(
    starts: list[Rows],
    samples: list[tuple[list[float], int]],
    caching: Caching,
    learning_rate: float,
    error_backprop: str,
    loss: str,
) -> Lesson:
    """Present samples one after the other to logistic units; targets are 0.99 for the label and 0.01 elsewhere.

    `error_backprop` says what travels back, errors (``plain``, as published) or δ (``textbook``).
    """
    network = Network(starts, caching)
    lesson = Lesson(network)

    def present(pixels: list[float], label: int) -> None:
        def propose(weights: list[Rows]) -> list[Rows]:
            activities = [pixels]
            for w in weights:
                sums = [sum(v * a for v, a in zip(row, activities[-1], strict=True)) for row in w]
                activities.append([1 / (1 + math.exp(-z)) for z in sums])
            for layer, a in zip(network.layers, activities[:-1], strict=True):
                layer.run.counted["n_synaptic_ops"] += sum(v != 0 for v in a) * len(layer.start)
                layer.run.counted["n_neuron_updates"] += len(layer.start)
            output = activities[-1]
            lesson.outputs += [output]
            error = [(0.99 if i == label else 0.01) - o for i, o in enumerate(output)]
            delta = [e * o * (1 - o) for e, o in zip(error, output, strict=True)] if loss == "mse" else error
            deltas = [delta]
            for w, hidden in zip(weights[:0:-1], activities[-2:0:-1], strict=True):
                back = error if error_backprop == "plain" else deltas[0]
                error = [sum(row[j] * b for row, b in zip(w, back, strict=True)) for j in range(len(hidden))]
                deltas.insert(0, [e * h * (1 - h) for e, h in zip(error, hidden, strict=True)])
            return [
                [[learning_rate * d * a for a in before] for d in delta]
                for delta, before in zip(deltas, activities[:-1], strict=True)
            ]

        network.step(propose)

    for pixels, label in samples:
        present(pixels, label)
    network.finish()
    return lesson


def ledger_of(lesson: Lesson) -> list[list[dict[str, Any]]]:
    """Return the run and the residual of each layer."""
    layers = lesson.network.layers
    return [[layer.run.fields(residual=False), layer.residual.fields(residual=True)] for layer in layers]
