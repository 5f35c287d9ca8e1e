"""`CachingDense`: Lava's ``LearningDense`` with synaptic caching and an account of every write."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import LoihiLearningRule
from lava.magma.core.process.process import LogConfig
from lava.proc.dense.process import LearningDense
from numpy.typing import NDArray

from lava_caching.processes._checks import check_connection
from lava_caching.processes._connection import CachingConnection
from lava_caching.processes.caching import Caching

__all__ = ["CachingDense"]


class CachingDense(CachingConnection, LearningDense):  # type: ignore[misc]
    """Dense connections that learn by any rule of Loihi and cache what they learn (Li & van Rossum 2020).

    Write it where ``LearningDense`` stands: every argument, port and Var of it is there. A weight is w = l + s; the
    Var ``weights`` holds w, which is what neurons see, and ``transient`` holds s. A learning epoch (``t_epoch`` steps
    of Lava) is one presentation: s decays before its first step, and changes, triggers and consolidations happen at
    its end.

    Parameters
    ----------
    weights : ndarray, (n_post, n_pre)
        Initial weights, all of them persistent.
    learning_rule : Loihi2FLearningRule or Loihi3FLearningRule
        Any rule with ``dw``, ``dt``, ``dd``, traces and ``t_epoch``.
    caching : Caching, optional
        Policy, threshold, decay; None learns plainly, as ``LearningDense`` does (integers exactly, floating point to
        1e-9), and keeps no account.
    bounds : (float, float), optional
        Limits of the effective weight; a change beyond them is cut off.
    write_counts : bool
        Keep the number of persistent writes of every synapse in the Var ``write_counts`` (gives lifetimes).
    tag_2, tag_1, name, num_message_bits, log_config, graded_spike_cfg, **kwargs
        As in ``LearningDense`` (``sign_mode``, ``weight_exp``, ``num_weight_bits`` among the last).

    Attributes
    ----------
    transient : Var, (n_post, n_pre)
        s in weight units.
    ledger, ledger_bins : Var
        The account as numbers; use `read_ledger`.
    write_counts : Var, (n_post, n_pre)
        Persistent writes of each synapse; (1,) when not asked for.
    saturated : Var, (2,)
        Fixed point only: how often a weight, and a tag or transient part, was cut off at its width.

    Raises
    ------
    InputError
        For weights of the wrong shape or sign, a rule that is none, caching without ``dw``.

    Notes
    -----
    Models: ``floating_pt`` follows the paper; ``fixed_pt`` (``bit_approximate_loihi``) follows Loihi's integers, where
    a cache moves one quantum at a time (``amount="pulse"``, integer θ and quantum, no decay) and decides one epoch
    late, see `lava_caching.kernels.learning_integer`.
    """

    def __init__(
        self,
        *,
        weights: NDArray[Any],
        learning_rule: LoihiLearningRule,
        caching: Caching | None = None,
        bounds: tuple[float, float] | None = None,
        write_counts: bool = False,
        tag_2: NDArray[Any] | None = None,
        tag_1: NDArray[Any] | None = None,
        name: str | None = None,
        num_message_bits: int = 0,
        log_config: LogConfig | None = None,
        graded_spike_cfg: GradedSpikeCfg = GradedSpikeCfg.USE_REGULAR_IMPULSE,
        **kwargs: Any,
    ) -> None:
        weights = np.asarray(weights)
        check_connection(
            "CachingDense", weights, learning_rule, caching, bounds, graded_spike_cfg, (tag_1, tag_2), kwargs
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
        self._add_caching_vars(weights.shape, weights.shape, write_counts=write_counts)
