"""`CachingSparse`: Lava's ``LearningSparse`` with synaptic caching and an account of every write."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.proc.sparse.process import LearningSparse
from numpy.typing import NDArray

from lava_caching.processes._connection import CachingConnection

__all__ = ["CachingSparse"]


class CachingSparse(CachingConnection, LearningSparse):  # type: ignore[misc]
    """Sparse connections that learn on their stored pattern and cache what they learn (Li & van Rossum 2020).

    Write it where ``LearningSparse`` stands: every argument, port and Var of it is there; what is added is as in
    `lava_caching.processes.CachingDense`.

    Parameters
    ----------
    weights : sparse matrix or ndarray, (n_post, n_pre)
        Initial weights; the entries that are stored (of an array: that are not 0) are the synapses.
    learning_rule, caching, bounds, write_counts
        As in `lava_caching.processes.CachingDense`.
    tag_2, tag_1, name, num_message_bits, log_config, graded_spike_cfg, **kwargs
        As in ``LearningSparse``. A delay or tag learns where it is stored, which need not be where a weight is.

    Attributes
    ----------
    transient : Var, (n_synapses,)
        s of the stored weights, row by row and by ascending column (the order of a canonical CSR matrix).
    ledger, ledger_bins, saturated : Var
        As in `lava_caching.processes.CachingDense`.
    write_counts : Var, (n_synapses,)
        Persistent writes of each synapse, in the order of `transient`; (1,) when not asked for.

    Raises
    ------
    InputError
        For weights of the wrong shape or sign, a rule that is none, caching without ``dw``.
    """

    def _synapse_shape(self) -> tuple[int, ...]:
        self.weights.init.sum_duplicates()
        return (max(1, self.weights.init.nnz),)  # a Var has at least one entry

    def transient_matrix(self) -> Any:
        """Return the transient parts as a CSR matrix of the shape of the weights (zeros stored)."""
        from scipy.sparse import csr_matrix

        stored = self.weights.init
        values: NDArray[Any] = np.asarray(self.transient.get()).ravel()[: stored.nnz]
        return csr_matrix((values, stored.indices, stored.indptr), stored.shape)
