"""Plasticity and memory in Lava's stock `LearningDense`, the caching in its learning rule: what a Loihi chip can do.

The weight is l + s and the tag is s, so that the rule of the weights is the plain one and that of the tags takes one
quantum away above the threshold. The host reads weights and tags after each presentation that can have changed them,
and keeps the account from them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_caching.engines.perceptron import _integer
from lava_caching.engines.perceptron._integer import Books, WholeNumbers, of_task
from lava_caching.engines.perceptron._integer import train as textbook
from lava_caching.engines.perceptron._network import PerceptronNetwork, lossless
from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask, result_of
from lava_caching.monitor import Monitor, carry_on
from lava_caching.processes.account import scaled
from lava_caching.processes.lava_needed import require_lava

__all__ = ["check", "textbook", "train"]

ENGINE = "loihi-native"


def check(**asked: Any) -> WholeNumbers:
    """Refuse what this engine cannot do; see `lava_caching.engines.perceptron._integer.whole_numbers`."""
    require_lava(f"engine {ENGINE!r}")
    return _integer.whole_numbers(ENGINE, native=True, **asked)


def train(task: PerceptronTask, monitor: Monitor = carry_on) -> PerceptronResult:
    """Train until an epoch passes without an error, or for `max_epochs`."""
    whole = of_task(ENGINE, task, native=True)
    require_lava(f"engine {ENGINE!r}")
    from lava.proc.dense.process import LearningDense

    from lava_caching.processes.native_rule import native_caching_rule

    plain = lossless(f"{whole.scale}*x0*y1 - {whole.scale}*x0*y2")
    caching = native_caching_rule(plain, whole.threshold, quantum=whole.quantum)
    connection = LearningDense(weights=np.zeros((1, task.patterns.shape[1])), learning_rule=caching.learning_rule)
    network = PerceptronNetwork(task, connection, tag="fixed_pt", unit=whole.unit)
    books = Books(whole, task.patterns.shape[1], write_counts=task.write_counts)
    state = _Reader(network, whole, books)
    with network.running():
        errors, interrupted = network.train(monitor, state.watch)
        return result_of(
            task,
            scaled(books.ledger(state.w, state.t), whole.unit),
            state.w * whole.unit,
            errors,
            n_spikes=network.count("n_spikes"),
            interrupted=interrupted,
            notes={"n_saturated": books.n_saturated, "n_rounded": network.count("n_rounded")},
        )


class _Reader:
    """Presents one pattern after the other, and reads what became of weights and tags.

    Reading costs about as much as presenting (2 of 4 ms with 51 synapses; a `Monitor`, which reads at every step, costs
    3 ms more and needs memory for the whole run), so it is left out where nothing can have changed: without an error,
    and with all tags below the threshold before.
    """

    def __init__(self, network: PerceptronNetwork, whole: WholeNumbers, books: Books) -> None:
        self.network, self.whole, self.books = network, whole, books
        self.patterns = network.task.patterns.astype(np.int64)
        self.w, self.t = (np.zeros(self.patterns.shape[1], np.int64) for _ in "wt")
        self.n_errors = 0

    def watch(self) -> None:
        """Present all patterns once."""
        for x in self.patterns:
            self.network.present(1)
            n_errors = self.network.count("n_errors")
            proposed, new_w, new_t = np.zeros_like(x), self.w, self.t
            if n_errors > self.n_errors:
                multiple = int((self.network.read("y1") - self.network.read("y2"))[0])
                proposed = self.whole.scale * multiple * x
            if n_errors > self.n_errors or np.abs(self.t).max() >= self.whole.threshold:
                new_w, new_t = (self.network.read(name).astype(np.int64) for name in ("weights", "tag_1"))
            self.books.add(self.w, self.t, new_w, new_t, proposed)
            self.w, self.t, self.n_errors = new_w, new_t, n_errors
