"""Synaptic caching as a learning rule of Loihi can express it, in plain Python and whole numbers.

A synapse has a weight w and a tag t. The tag is the transient part and the weight the effective one, so that the
persistent part is w − t: dw = Δ, dt = Δ − reset(t), both from the t of the step before, in every step. A synapse that
decides for itself has reset(t) = q/2·(sgn(t − θ) + sgn(t + θ)): a quantum above θ, half of one where |t| = θ. A neuron
that decides as a whole takes a quantum from each of its synapses that hold one.
"""

from __future__ import annotations

from fractions import Fraction

from twins.books import Number
from twins.caching import Caching, Network
from twins.learning import Lesson


def perceptron(
    patterns: list[list[int]], targets: list[int], caching: Caching, learning_rate: int, max_epochs: int
) -> Lesson:
    """Store patterns of 0 and 1 in one neuron; half a quantum must be a whole unit of weight."""
    network = Network([[[0] * len(patterns[0])]], caching)
    lesson, layer = Lesson(network), network.layers[0]
    run, counted, places = layer.run, layer.run.counted, range(len(patterns[0]))

    def sign(v: Number) -> int:
        return int(v > 0) - int(v < 0)

    def resets(t: list[Number]) -> tuple[list[Number], int]:
        """Return what is taken from each tag, and how many units decided so."""
        theta, quantum = caching.threshold, caching.quantum
        if caching.scope == "synapse":
            taken: list[Number] = [Fraction(quantum, 2) * (sign(v - theta) + sign(v + theta)) for v in t]
            return taken, sum(v != 0 for v in taken)
        above = caching.exceeds([abs(v) for v in t])
        taken = [quantum * sign(v) if above and abs(v) >= quantum else 0 for v in t]
        return taken, int(any(taken))

    def present(x: list[int], d: int) -> None:
        t, l = layer.transient[0], layer.persistent[0]
        y = sum((l[i] + t[i]) * x[i] for i in places)
        error = y * d <= 0
        change = [learning_rate * d * v if error else 0 for v in x]
        before = run.counts()
        taken, n_units = resets(t)
        counted["n_steps"] += 1
        counted["n_neuron_updates"] += 1
        counted["n_synaptic_ops"] += sum(x)
        counted["n_spikes"] += y > 0
        counted["n_consolidations"] += n_units
        counted["n_transferred"] += sum(v != 0 for v in taken)
        run.transient_hold.append(sum(map(abs, t)))
        run.persistent_hold.append(sum(map(abs, l)))
        for i in places:
            layer.write(0, i, taken[i], run)
            t[i] += change[i]
            if change[i] != 0 and taken[i] == 0:
                run.cached.append(change[i])
        if any(change):
            counted["n_updates"] += 1
            run.largest = max(run.largest, layer.largest())
        lesson.outputs.append(y)
        lesson.errors[-1] += error
        counts = [b - a for a, b in zip(before, run.counts(), strict=True)]
        network.history.append({"transient": [[list(t)]], "persistent": [[list(l)]], "counts": [counts]})

    while len(lesson.errors) < max_epochs and (not lesson.errors or lesson.errors[-1] > 0):
        lesson.errors.append(0)
        for x, d in zip(patterns, targets, strict=True):
            present(x, d)
    network.finish()
    return lesson
