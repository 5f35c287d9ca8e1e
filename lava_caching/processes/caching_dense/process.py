"""`CachingDense`: Lava's ``LearningDense`` with synaptic caching and an account of every write."""

from __future__ import annotations

from lava.proc.dense.process import LearningDense

from lava_caching.processes._connection import CachingConnection

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

    def _synapse_shape(self) -> tuple[int, ...]:
        return tuple(self.weights.shape)
