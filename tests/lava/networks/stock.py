"""Small networks of stock Processes; Lava is imported inside, because test collection imports this file everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np


def build(n_inputs: int = 20, n_hidden: int = 12, n_classes: int = 3) -> Any:
    """Neurons → static Dense → neurons → learning Dense → neurons."""
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.proc.dense.process import Dense, LearningDense
    from lava.proc.lif.process import LIF

    rule = Loihi2FLearningRule(
        dw="2^-2*x1*y0 - 2^-2*y1*x0", x1_tau=10, x1_impulse=16, y1_tau=10, y1_impulse=16, t_epoch=2
    )
    inputs = LIF(shape=(n_inputs,), name="inputs")
    feedforward = Dense(weights=np.full((n_hidden, n_inputs), 2), name="feedforward")
    hidden = LIF(shape=(n_hidden,), name="hidden")
    readout = LearningDense(weights=np.zeros((n_classes, n_hidden)), learning_rule=rule, name="readout")
    classes = LIF(shape=(n_classes,), name="classes")
    inputs.s_out.connect(feedforward.s_in)
    feedforward.a_out.connect(hidden.a_in)
    hidden.s_out.connect(readout.s_in)
    readout.a_out.connect(classes.a_in)
    classes.s_out.connect(readout.s_in_bap)
    return classes


def too_many_inputs() -> Any:
    """Return a network with more inputs than a core of Loihi 1 has in-axons."""
    return build(n_inputs=5000)


def needs_a_size(n_inputs: int) -> Any:
    """Return a network, if told its size."""
    return build(n_inputs)


def returns_a_list() -> list[Any]:
    """Return the network in a list."""
    return [build()]


def fails() -> Any:
    """Fail."""
    return 1 / 0


a_number = 5
