"""How a dense learning connection with caching runs on a CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.dense.models import AbstractPyDenseModelBitAcc, AbstractPyDenseModelFloat
from numpy.typing import NDArray

from lava_caching.kernels.connection import sum_columns
from lava_caching.processes._float import FloatCachingModel
from lava_caching.processes._integer import IntegerCachingModel
from lava_caching.processes.caching_dense.process import CachingDense

__all__ = ["PyCachingDenseModelBitApproximate", "PyCachingDenseModelFloat"]


class _DenseArrays:
    """The arrays of a dense connection, flat; kernels change them in place."""

    weights: NDArray[Any]
    tag_1: NDArray[Any]
    tag_2: NDArray[Any]
    transient: NDArray[Any]

    def _bind(self) -> None:
        self._layout = self._dense_layout()  # type: ignore[attr-defined]

    def _weights(self) -> NDArray[Any]:
        return self.weights.reshape(-1)

    def _delays(self) -> NDArray[Any]:
        return self.tag_2.reshape(-1)

    def _tags(self) -> NDArray[Any]:
        return self.tag_1.reshape(-1)

    def _transient(self) -> NDArray[Any]:
        return self.transient.reshape(-1)

    def _load(self) -> None:
        """Nothing to fetch: the flat arrays are those of the Vars."""

    def _hand_back(self) -> None:
        """Nothing to return."""

    def _n_synapses(self) -> int:
        return self.weights.size

    def _activation(self, s_in: NDArray[Any]) -> NDArray[Any]:
        if s_in.dtype != bool:
            return np.asarray(self.weights.dot(s_in))
        total = np.zeros(self.weights.shape[0], np.int64 if self.weights.dtype.kind == "i" else float)
        sum_columns(self._layout.starts, self._layout.columns, self._weights(), s_in, total)
        return total


@implements(proc=CachingDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyCachingDenseModelFloat(_DenseArrays, FloatCachingModel, AbstractPyDenseModelFloat):  # type: ignore[misc]
    """Floating point, as the paper has it."""


@implements(proc=CachingDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_approximate_loihi", "fixed_pt")
class PyCachingDenseModelBitApproximate(_DenseArrays, IntegerCachingModel, AbstractPyDenseModelBitAcc):  # type: ignore[misc]
    """Loihi's integers, as Lava emulates them."""
