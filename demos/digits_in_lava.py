"""A network for digits goes to Lava: inference with spikes, and its output layer learns there, cached.

Run ``.venv/bin/python demos/digits_in_lava.py`` (10 s). The network is trained by back-propagation under
caching. Then its layers become spiking layers of Lava, and held-out images show what that loses. At last the output
layer forgets everything and learns once more, on a `CachingDense` in Lava from the activities of the hidden layer
(computed beforehand, sent as graded spikes, so in floating point), without and with caching; its writes are those of
the compiled engine.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.magma.core.run_configs import Loihi2SimCfg
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Column, Table

from lava_caching import MLP, Caching, CachingDense
from lava_caching.cli.hardware import engineering
from lava_caching.consolidation import get_policy
from lava_caching.datasets import load_images
from lava_caching.engines import get_engine
from lava_caching.engines.mlp import MLPTask, outputs
from lava_caching.hardware import load_pair, price
from lava_caching.ledger import Ledger
from lava_caching.plasticity import Rule
from lava_caching.processes.error_neuron.process import ErrorNeuron
from lava_caching.processes.inference import infer
from lava_caching.processes.pattern_source.process import PatternSource
from lava_caching.processes.running import running
from lava_caching.testing import differences

Array = NDArray[np.float64]
LEARNING_RATE = 0.5
THRESHOLD = 0.05
TAU = 1000.0
PAIRS = ("sram_rram_22nm", "digital_rram_verify")
T_EPOCH = 2
"""Steps of a presentation: a connection of Lava answers one step late."""
SAME = ("n_transient_writes", "transient_change_l1", "n_persistent_writes", "persistent_change_l1", "n_consolidations")
"""What both engines count alike. Holding they do not: `mlp` takes it after an update and `CachingDense` before, as the
paper does for multilayer networks and for the perceptron."""
FOR_EVER = 2**60
"""A time constant with which a trace arrives as it was sent."""


def delta(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    """Return η·δ of a logistic unit under the squared error, δ = (target - o)·o·(1 - o)."""
    o = 1.0 / (1.0 + math.exp(-output)) if output >= 0 else math.exp(output) / (1.0 + math.exp(output))
    return learning_rate * (target - o) * o * (1.0 - o)


RULE = Rule(
    name="logistic-delta",
    summary="Δw = η·δ·x of a logistic output unit",
    post_factor=delta,
    reference="Rumelhart, Hinton & Williams (1986), doi:10.1038/323533a0",
)
"""A rule of one's own for the error neurons, which send its factor back to the connection as the third one."""


def main(n_images: int = 100, n_samples: int = 1437) -> None:
    """Train, infer in Lava, and learn in Lava."""
    console = Console(highlight=False)
    images = load_images("digits")
    trained = MLP(n_hidden="50", learning_rate=LEARNING_RATE, max_epochs=8).run(seed=0)
    hidden, output = trained.weights
    console.print(
        f"[bold]64-50-10, trained on digits[/]: accuracy {trained.outcome['accuracy']:.1%} on 360 held-out images\n"
    )

    x, y = images.inputs(images.x_test[:n_images]), images.y_test[:n_images]
    shown = table(f"in Lava, the first {n_images} of them", "", "accuracy", "other answers")
    expected = outputs([hidden, output], x, biases=False).argmax(axis=1)
    shown.add_row("trained network", f"{(expected == y).mean():.1%}", "")
    for tag in ("floating_pt", "fixed_pt"):
        answers = infer([hidden, output], x, tag=tag)
        shown.add_row(f"spiking, {tag}", f"{(answers == y).mean():.1%}", str(int((answers != expected).sum())))
    console.print(shown)

    activities = outputs([hidden], images.inputs(images.x_train[:n_samples]), biases=False)
    seen = outputs([hidden], images.inputs(images.x_test), biases=False)
    start = np.random.default_rng(1).normal(0.0, 0.01, output.shape)
    title = f"\nthe output layer learns {n_samples:,} images anew"
    learned = table(title, "", "accuracy", "persistent\nwrites", *PAIRS)
    for policy, threshold in (("immediate", 0.0), ("local-global", THRESHOLD)):
        weights, ledger = learn_in_lava(start, activities, images.y_train[:n_samples], policy, threshold)
        compiled = learn_compiled(start, activities, images.y_train[:n_samples], policy, threshold)
        ours, theirs = ({name: getattr(l.layers[0].run, name) for name in SAME} for l in (ledger, compiled))
        if wrong := differences(ours, theirs, relative=1e-9):
            sys.exit(f"Lava and the compiled engine differ: {wrong}")
        accuracy = (outputs([weights], seen, biases=False).argmax(axis=1) == images.y_test).mean()
        joules = [price(ledger, load_pair(name)).total for name in PAIRS]
        learned.add_row(
            "no caching" if policy == "immediate" else f"caching, θ = {threshold:g}",
            f"{accuracy:.1%}",
            f"{ledger.total.n_persistent_writes:,}",
            *("unknown" if total is None else engineering(total.nominal, "J") for total in joules),
        )
    console.print(learned)
    console.print("The writes are those that the compiled engine counts.")


def learn_in_lava(
    start: Array, activities: Array, labels: NDArray[np.int64], policy: str, threshold: float
) -> tuple[Array, Ledger]:
    """Teach an output layer in Lava: source of activities → CachingDense → error neurons, and back."""
    rule = Loihi3FLearningRule(dw="2*x0*x1*y1", x1_tau=FOR_EVER, t_epoch=T_EPOCH)  # a graded spike h leaves x1 = h/2
    rule.y1_tau = rule.y2_tau = rule.y3_tau = FOR_EVER
    connection = CachingDense(
        weights=start,
        learning_rule=rule,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
        num_message_bits=24,
        caching=Caching(policy=policy, threshold=threshold, tau=TAU, tolerance=1e-9 * LEARNING_RATE),
    )
    source = PatternSource(patterns=activities, targets=targets_of(labels), t_epoch=T_EPOCH)
    error = ErrorNeuron(shape=(len(start),), rule=RULE, learning_rate=LEARNING_RATE, t_epoch=T_EPOCH)
    source.s_out.connect(connection.s_in)
    source.target_out.connect(error.target_in)
    connection.a_out.connect(error.a_in)
    for factor in ("bap", "y1", "y2", "y3"):
        getattr(error, f"s_out_{factor}").connect(getattr(connection, f"s_in_{factor}"))
    with running(connection, Loihi2SimCfg(select_tag="floating_pt")) as network:
        network.run(T_EPOCH * len(labels))
        return np.array(connection.weights.get()), connection.read_ledger("output")


def learn_compiled(start: Array, activities: Array, labels: NDArray[np.int64], policy: str, threshold: float) -> Ledger:
    """Do the same with the engine of the experiment `mlp`, on a network of one layer."""
    task = MLPTask(
        start=(start,),
        biases=False,
        loss="mse",
        error_backprop="plain",
        policy=get_policy(policy),
        threshold=threshold,
        tau=-1.0 / math.log1p(-1.0 / TAU),  # s decays by exp(-1/τ) there, and by 1 - 1/τ in Lava
        learning_rate=LEARNING_RATE,
    )
    network = get_engine("mlp", "numba")(task)
    network.train(activities, labels)
    ledger: Ledger = network.finish()
    return ledger


def table(title: str, *headers: str) -> Table:
    """Return a table for numbers, with names in its first column."""
    columns = [Column(header, justify="right" if header else "left") for header in headers]
    return Table(*columns, title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)


def targets_of(labels: NDArray[np.int64]) -> Array:
    """Return 0.99 for the digit an image shows and 0.01 for the others, as in the paper's scripts."""
    return np.where(np.arange(10) == labels[:, np.newaxis], 0.99, 0.01)


if __name__ == "__main__":
    main()
