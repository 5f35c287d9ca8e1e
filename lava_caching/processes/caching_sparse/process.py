"""`CachingSparse`: Lava's ``LearningSparse`` with synaptic caching and an account of every write."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import LoihiLearningRule
from lava.magma.core.process.process import LogConfig
from lava.proc.sparse.process import LearningSparse
from numpy.typing import NDArray

from lava_caching.processes._checks import check_connection
from lava_caching.processes._connection import CachingConnection
from lava_caching.processes.caching import Caching

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

    def __init__(
        self,
        *,
        weights: Any,
        learning_rule: LoihiLearningRule,
        caching: Caching | None = None,
        bounds: tuple[float, float] | None = None,
        write_counts: bool = False,
        tag_2: Any = None,
        tag_1: Any = None,
        name: str | None = None,
        num_message_bits: int = 0,
        log_config: LogConfig | None = None,
        graded_spike_cfg: GradedSpikeCfg = GradedSpikeCfg.USE_REGULAR_IMPULSE,
        **kwargs: Any,
    ) -> None:
        weights = weights if hasattr(weights, "tocsr") else np.asarray(weights)
        check_connection(
            "CachingSparse", weights, learning_rule, caching, bounds, graded_spike_cfg, (tag_1, tag_2), kwargs
        )
        super().__init__(
            weights=weights,
            tag_2=tag_2,
            tag_1=tag_1,
            name=name,
            num_message_bits=num_message_bits,
            log_config=log_config,
            learning_rule=learning_rule,
            graded_spike_cfg=graded_spike_cfg,
            caching=caching,
            bounds=bounds,
            write_counts=write_counts,
            **kwargs,
        )
        stored = self.weights.init
        stored.sum_duplicates()
        n_synapses = max(1, stored.nnz)  # a Var has at least one entry
        self._add_caching_vars((n_synapses,), (n_synapses,), write_counts=write_counts)

    def transient_matrix(self) -> Any:
        """Return the transient parts as a CSR matrix of the shape of the weights (zeros stored)."""
        from scipy.sparse import csr_matrix

        stored = self.weights.init
        values: NDArray[Any] = np.asarray(self.transient.get()).ravel()[: stored.nnz]
        return csr_matrix((values, stored.indices, stored.indptr), stored.shape)
