"""Synaptic caching in plain Python: lists of numbers, one act after the other.

Written from Li & van Rossum (2020), doi:10.7554/eLife.50804, and from what the fields of the ledger count. It knows
nothing of the toolkit, and is slow and obvious on purpose: it makes the traces, and all engines are held to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twins.books import Books, Number

Rows = list[list[Number]]
"""A layer: one list for each neuron, with a number for each of its synapses."""
Place = tuple[int, int, int]
"""Layer, neuron, synapse."""


@dataclass(frozen=True, kw_only=True)
class Caching:
    """When transient parts are consolidated, and how they decay; θ, quantum and band in weight units, τ in steps."""

    policy: str
    scope: str
    threshold: Number
    band: Number
    amount: str = "full"
    quantum: Number = None
    tau: Number = None
    order: str = "perceptron"

    @property
    def kept(self) -> Number:
        """What one decay leaves of s."""
        if self.tau is None:
            return 1
        return 1 - 1 / self.tau if self.order == "perceptron" else math.exp(-1 / self.tau)

    def exceeds(self, sizes: list[Number]) -> bool:
        """Whether the transient parts of a unit, given by their sizes, are above the threshold."""
        value = sum(sizes) if self.policy == "global-global" else max(sizes)
        return bool(value > self.threshold + self.band)

    def moved(self, s: Number) -> Number:
        """Return what a selected synapse transfers."""
        if self.amount == "full":
            return s
        n_quanta = (abs(s) + self.band) // self.quantum
        size = self.quantum * (min(n_quanta, 1) if self.amount == "pulse" else n_quanta)
        if size and abs(abs(s) - size) <= self.band:
            return s
        return size if s > 0 else -size


class Layer:
    """The two parts of the weights, and the books."""

    def __init__(self, start: Rows) -> None:
        self.start = [list(row) for row in start]
        self.persistent = [list(row) for row in start]
        self.transient = [[0 * w for w in row] for row in start]
        n = sum(map(len, start))
        self.run, self.residual = Books(n), Books(n)
        self.run.largest = self.largest()

    def effective(self) -> Rows:
        return [
            [l + s for l, s in zip(*rows, strict=True)] for rows in zip(self.persistent, self.transient, strict=True)
        ]

    def largest(self) -> Number:
        return max(abs(w) for row in self.effective() for w in row)

    def write(self, i: int, j: int, value: Number, books: Books) -> None:
        """Move a part of s to l: their sum is what it was."""
        if value != 0:
            self.persistent[i][j] += value
            self.transient[i][j] -= value
            books.written.append((i * len(self.start[0]) + j, value))


class Network:
    """Layers that learn step by step, whatever the rule.

    Attributes
    ----------
    history : list of dict
        After each step the transient and the persistent parts, and what was counted in it, layer by layer.
    """

    def __init__(self, starts: list[Rows], caching: Caching) -> None:
        self.layers = [Layer(start) for start in starts]
        self.caching, self.units = caching, _units([layer.start for layer in self.layers], caching.scope)
        self.history: list[dict[str, Any]] = []

    def step(self, propose: Callable[[list[Rows]], list[Rows]]) -> None:
        """Do one step; `propose` gets the effective weights of all layers and returns a change of each."""
        before = [layer.run.counts() for layer in self.layers]
        if self.caching.order == "perceptron":
            self._decay()
            self._hold()
        changes = propose([layer.effective() for layer in self.layers])
        self._change(changes)
        self._consolidate(changes)
        if self.caching.order == "mlp":
            self._hold()
            self._decay()
        after = [layer.run.counts() for layer in self.layers]
        self.history.append(
            {
                "transient": [[list(row) for row in layer.transient] for layer in self.layers],
                "persistent": [[list(row) for row in layer.persistent] for layer in self.layers],
                "counts": [[y - x for x, y in zip(*pair, strict=True)] for pair in zip(before, after, strict=True)],
            }
        )

    def finish(self) -> None:
        """Consolidate what is left, and only then take the least that the weights could have cost."""
        for layer in self.layers:
            final = layer.effective()
            for i, row in enumerate(final):
                for j, w in enumerate(row):
                    layer.residual.counted["n_transferred"] += layer.transient[i][j] != 0
                    layer.write(i, j, layer.transient[i][j], layer.residual)
                    layer.residual.displacement.append(w - layer.start[i][j])

    def _decay(self) -> None:
        for layer in self.layers:
            layer.transient = [[s * self.caching.kept for s in row] for row in layer.transient]

    def _hold(self) -> None:
        for layer in self.layers:
            layer.run.counted["n_steps"] += 1
            layer.run.transient_hold.append(sum(abs(s) for row in layer.transient for s in row))
            layer.run.persistent_hold.append(sum(abs(l) for row in layer.persistent for l in row))

    def _change(self, changes: list[Rows]) -> None:
        for layer, change in zip(self.layers, changes, strict=True):
            for i, row in enumerate(change):
                for j, delta in enumerate(row):
                    layer.transient[i][j] += delta
            if any(delta != 0 for row in change for delta in row):
                layer.run.counted["n_updates"] += 1
                layer.run.largest = max(layer.run.largest, layer.largest())

    def _consolidate(self, changes: list[Rows]) -> None:
        """Test every unit, then transfer; what changed and was not transferred was a write of the transient part."""
        if not any(delta != 0 for change in changes for row in change for delta in row):
            return  # only after an update
        direct = self.caching.policy == "immediate"
        selected: set[Place] = set()
        for unit in self.units:
            if self._fires(unit, changes):
                selected.update(unit)
                self.layers[unit[0][0]].run.counted["n_consolidations"] += 1
        for unit in self.units:
            for k, i, j in unit:
                layer, moved = self.layers[k], 0
                if (k, i, j) in selected:
                    moved = self.caching.moved(layer.transient[i][j])
                    layer.write(i, j, moved, layer.run)
                    layer.run.counted["n_transferred"] += moved != 0 and not direct
                consolidated = (k, i, j) in selected and (self.caching.amount == "full" or moved != 0)
                if changes[k][i][j] != 0 and not consolidated:
                    layer.run.cached.append(changes[k][i][j])

    def _fires(self, unit: list[Place], changes: list[Rows]) -> bool:
        """Decide about a unit; only where something changed, in its layer or in one of its layers."""
        if self.caching.policy == "at-end":
            return False
        if self.caching.policy == "immediate":
            return any(changes[k][i][j] != 0 for k, i, j in unit)
        updated = any(delta != 0 for k in {k for k, _, _ in unit} for row in changes[k] for delta in row)
        return updated and self.caching.exceeds([abs(self.layers[k].transient[i][j]) for k, i, j in unit])


def _units(layers: list[Rows], scope: str) -> list[list[Place]]:
    """Return what is tested and consolidated as one."""
    neurons = [[[(k, i, j) for j in range(len(row))] for i, row in enumerate(rows)] for k, rows in enumerate(layers)]
    if scope == "synapse":
        return [[place] for layer in neurons for neuron in layer for place in neuron]
    if scope == "neuron":
        return [neuron for layer in neurons for neuron in layer]
    whole = [[place for neuron in layer for place in neuron] for layer in neurons]
    return whole if scope == "layer" else [[place for layer in whole for place in layer]]
