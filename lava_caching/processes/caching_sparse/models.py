"""How a sparse learning connection with caching runs on a CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.sparse.models import AbstractPySparseModelBitAcc, AbstractPySparseModelFloat
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from lava_caching.kernels.connection import Layout
from lava_caching.processes._float import FloatCachingModel
from lava_caching.processes._integer import IntegerCachingModel
from lava_caching.processes.caching_sparse.process import CachingSparse

__all__ = ["PyCachingSparseModelBitApproximate", "PyCachingSparseModelFloat"]


def _keys(matrix: Any) -> NDArray[np.int64]:
    """Return the place of each stored entry, row · n_pre + column, ascending."""
    matrix.sum_duplicates()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return np.asarray(rows * matrix.shape[1] + matrix.indices, np.int64)


class _SparseArrays:
    """Weights, delays and tags on the union of their patterns, so that a product can have them all as factors."""

    weights: Any
    tag_1: Any
    tag_2: Any
    transient: NDArray[Any]
    write_counts: NDArray[np.int64]
    proc_params: Any
    _shape: tuple[int, int]
    _weight_type: type[Any]
    _tag_type: type[Any]
    _writes: Any

    def _bind(self) -> None:
        n_post, n_pre = self._shape
        # the builder of Lava hands over the user's matrix with the type it has: whole numbers would cut off changes
        self.weights = self.weights.astype(self._weight_type)
        self.tag_1, self.tag_2 = self.tag_1.astype(self._tag_type), self.tag_2.astype(self._tag_type)
        stored = [_keys(matrix) for matrix in (self.weights, self.tag_2, self.tag_1)]
        union = np.unique(np.concatenate(stored))
        self._places = [np.searchsorted(union, keys) for keys in stored]
        flags = [np.isin(union, keys) for keys in stored]
        if all(flag.all() for flag in flags):
            flags = [np.zeros(0, bool)] * 3
        starts = np.searchsorted(union, np.arange(n_post + 1) * n_pre).astype(np.int64)
        self._layout = Layout(starts, union % n_pre, *flags)
        self._synapses_per_input = np.bincount(stored[0] % n_pre, minlength=n_pre)
        # fixed point drops weights that truncation makes 0; their transient parts stay, and stay 0
        declared = _keys(self.proc_params["declared_weights"].copy())
        self._kept = np.flatnonzero(np.isin(declared, stored[0]))
        self._w = np.zeros(union.size, self._weight_type)
        self._d, self._t = np.zeros(union.size, self._tag_type), np.zeros(union.size, self._tag_type)
        self._s = np.zeros(union.size, self._weight_type)
        self._load()

    def _load(self) -> None:
        for flat, matrix, places in zip(
            (self._w, self._d, self._t), (self.weights, self.tag_2, self.tag_1), self._places, strict=True
        ):
            matrix.sum_duplicates()
            flat[places] = matrix.data
        self._s[self._places[0]] = self.transient[self._kept]

    def _weights(self) -> NDArray[Any]:
        return self._w

    def _delays(self) -> NDArray[Any]:
        return self._d

    def _tags(self) -> NDArray[Any]:
        return self._t

    def _transient(self) -> NDArray[Any]:
        return self._s

    def _hand_back(self) -> None:
        for flat, matrix, places in zip(
            (self._w, self._d, self._t), (self.weights, self.tag_2, self.tag_1), self._places, strict=True
        ):
            matrix.data[:] = flat[places]
        self.transient[self._kept] = self._s[self._places[0]]

    def _n_synapses(self) -> int:
        return int(self._places[0].size)

    def _counts_by_synapse(self) -> NDArray[np.int64]:
        starts = self._layout.starts
        rows = np.repeat(np.arange(starts.size - 1), np.diff(starts))
        of_union = self._writes.per_synapse[rows, np.arange(rows.size) - starts[rows]]
        counts = np.zeros(self.write_counts.shape, np.int64)
        counts[self._kept] = of_union[self._places[0]]
        return counts

    def _activation(self, s_in: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(self.weights.dot(s_in.astype(np.int64) if s_in.dtype == bool else s_in))


@implements(proc=CachingSparse, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyCachingSparseModelFloat(_SparseArrays, FloatCachingModel, AbstractPySparseModelFloat):  # type: ignore[misc]
    """Floating point, as the paper has it."""

    tag_1: csr_matrix = LavaPyType(csr_matrix, float)
    tag_2: csr_matrix = LavaPyType(csr_matrix, float)
    _weight_type, _tag_type = float, float


@implements(proc=CachingSparse, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_approximate_loihi", "fixed_pt")
class PyCachingSparseModelBitApproximate(_SparseArrays, IntegerCachingModel, AbstractPySparseModelBitAcc):  # type: ignore[misc]
    """Loihi's integers, as Lava emulates them."""

    tag_1: csr_matrix = LavaPyType(csr_matrix, int, precision=8)
    tag_2: csr_matrix = LavaPyType(csr_matrix, int, precision=6)
    _weight_type, _tag_type = np.int32, np.int64
