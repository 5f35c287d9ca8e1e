"""The state of a layer's synapses: a transient and a persistent part whose sum is the weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEGLIGIBLE", "SynapseState"]

Array = NDArray[np.float64]
NEGLIGIBLE = 1e-290
"""A transient part that decayed below this counts as 0: near the smallest floats engines would round apart."""


@dataclass
class SynapseState:
    """Transient (s) and persistent (l) parts, both (n_post, n_pre), in weight units."""

    transient: Array
    persistent: Array

    @property
    def effective(self) -> Array:
        """Return the weights w = l + s that the neuron sees."""
        return self.persistent + self.transient
