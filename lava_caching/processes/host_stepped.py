"""Caching with policies that Loihi's learning engine cannot express, decided by the host between presentations.

The engine sees one synapse at a time; ``local-global``, ``global-global`` and ``at-end`` look at whole neurons. Here a
stock `LearningDense` keeps the transient part in its tags (dt = dw, no reset), and after every presentation, or every
few, the host reads the tags, applies the policy and sets what is left. It uses nothing of Lava but ``run``, ``Var.get``
and ``Var.set``, so that it works wherever these do. The effective weight is never touched, and decisions do not lag.
After Li & van Rossum (2020), doi:10.7554/eLife.50804.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.cache import SynapticCache
from lava_caching.errors import InputError, unknown
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.processes.caching import Caching
from lava_caching.processes.lava_needed import require_lava
from lava_caching.processes.native_rule import LARGEST_TAG, check_cacheable
from lava_caching.processes.rule_grammar import ARITHMETICS, Arithmetic

__all__ = ["HostStepped", "tagging_rule"]

Array = NDArray[np.float64]
UNSEEN = (
    "n_updates",
    "transient_change_l1",
    "n_transient_writes",
    "n_transient_reads",
    "transient_hold_l1",
    "persistent_hold_l1",
    "largest_weight",
)
"""Fields of the ledger that the host cannot tell when it looks only every few presentations: null, not guessed."""
FIXED_TAGS = ("fixed_pt", "bit_approximate_loihi", "bit_accurate_loihi")


def tagging_rule(rule: Any, arithmetic: Arithmetic = "fixed") -> Any:
    """Return a copy of a learning rule of Lava that adds its changes to the tags as well (dt = dw).

    Parameters
    ----------
    rule : Loihi2FLearningRule or Loihi3FLearningRule
        With a dw, and with the tag free; see `lava_caching.processes.native_rule.check_cacheable`.
    arithmetic : {"fixed", "float"}
        That of the ProcessModel.

    Raises
    ------
    InputError
        As `check_cacheable`.
    """
    require_lava("tagging_rule")
    check_cacheable(rule, arithmetic, reset=False)
    tagging = copy.deepcopy(rule)
    tagging.dt_str = rule.dw_str
    return tagging


class HostStepped:
    """Runs a network of Lava presentation by presentation and consolidates between them.

    Parameters
    ----------
    connection : LearningDense
        With a rule from `tagging_rule` and tags that start at 0; connected, not yet run.
    caching : Caching
        Policy, threshold, amount. Without decay: the host would have to write every weight in every presentation.
    arithmetic : {"fixed", "float"}
        That of the ProcessModel that the run configuration selects.
    every : int
        Presentations between two looks at the tags.
    name, write_counts
        As for `lava_caching.SynapticCache`.

    Raises
    ------
    InputError
        For a connection or a caching as above excludes; in fixed arithmetic for a threshold or quantum that is not
        whole or beyond the tag's 255, and for impulses with a fraction, which Lava drops at the first ``Var.set``.

    Notes
    -----
    Lava moves one value of a Var at a time, about 16 µs each: a look reads weights and tags, and writes tags where
    something was transferred, 1.2 s for each of the three at 784 × 100 synapses. For larger networks on the CPU use
    `CachingDense`. The reading of the weights is for those that saturated: the tag is then set to what the weight
    really gained.

    Examples
    --------
    ::

        dense = LearningDense(weights=w, learning_rule=tagging_rule(rule))
        stepped = HostStepped(dense, Caching(policy="local-global", threshold=40))
        stepped.run(500, Loihi2SimCfg(select_tag="fixed_pt"))
        ledger = stepped.ledger()
        dense.stop()
    """

    def __init__(
        self,
        connection: Any,
        caching: Caching,
        *,
        arithmetic: Arithmetic = "fixed",
        every: int = 1,
        name: str = "synapses",
        write_counts: bool = False,
    ) -> None:
        require_lava("HostStepped")
        if arithmetic not in ARITHMETICS:
            raise unknown("arithmetic", str(arithmetic), ARITHMETICS)
        if every < 1 or every != int(every):
            raise InputError(f"every = {every}: must be a whole number of presentations, at least 1")
        if caching.tau is not None:
            raise InputError(
                f"tau = {caching.tau:g}: the host does not decay tags, it would have to write all weights as well; "
                "use tau=None, or CachingDense"
            )
        self._rule = _checked_rule(connection)
        if arithmetic == "fixed":
            _check_whole(caching, self._rule)
        self.connection, self.caching, self.arithmetic, self.every = connection, caching, arithmetic, int(every)
        self.n_presentations = 0
        """Presentations run so far."""
        weights = self._starting_weights()
        self._tags = np.zeros(weights.shape)
        self._cache = SynapticCache(
            weights,
            policy=caching.rule,
            threshold=caching.threshold,
            tolerance=caching.tolerance,
            name=name,
            write_counts=write_counts,
        )

    @property
    def transient(self) -> Array:
        """Return s, which the tags hold."""
        return self._cache.transient

    @property
    def persistent(self) -> Array:
        """Return l = w − s."""
        return self._cache.persistent

    @property
    def effective(self) -> Array:
        """Return w, the weights of the connection."""
        return self._cache.effective

    def run(self, n_presentations: int, run_cfg: Any) -> None:
        """Present, and consolidate after every `every` presentations; can be called again to go on.

        Parameters
        ----------
        n_presentations : int
            A multiple of `every`; one takes t_epoch steps of Lava.
        run_cfg : RunConfig
            As for ``connection.run``.

        Raises
        ------
        InputError
            If n_presentations does not fit, if run_cfg selects the other arithmetic, or if a transient part has
            outgrown its tag.
        """
        from lava.magma.core.run_conditions import RunSteps
        from lava.magma.core.run_configs import Loihi1SimCfg

        if n_presentations < 0 or n_presentations % self.every:
            raise InputError(f"n_presentations = {n_presentations}: must be a multiple of every = {self.every}")
        selected = getattr(run_cfg, "select_tag", None)
        if selected is None and isinstance(run_cfg, Loihi1SimCfg) and not run_cfg.exception_proc_model_map:
            selected = "floating_pt"  # the first model that Lava finds
        if selected is not None and (selected in FIXED_TAGS) != (self.arithmetic == "fixed"):
            raise InputError(
                f"select_tag = {selected!r} of the run configuration: does not compute in {self.arithmetic} "
                "arithmetic; change it, or arithmetic= of HostStepped"
            )
        for _ in range(n_presentations // self.every):
            steps = self.every * int(self._rule.t_epoch)
            self.connection.run(condition=RunSteps(num_steps=steps), run_cfg=run_cfg)
            self.n_presentations += self.every
            self._consolidate()

    def ledger(self) -> Ledger:
        """Return the account so far, what the tags hold booked as the residual; learning can go on afterwards.

        With ``every`` above 1, what happened between two looks is null where it cannot be told from them.
        """
        ledger = copy.deepcopy(self._cache).finish()
        if self.every == 1:
            return ledger
        (layer,) = ledger.layers
        seen: dict[str, Any] = dict.fromkeys(UNSEEN)
        seen["n_steps"] = self.n_presentations
        seen["transient_hold_synapse_steps"] = self.n_presentations * self._tags.size
        run = dataclasses.replace(layer.run, **seen)
        return Ledger(layers=(LayerLedger(name=layer.name, run=run, residual=layer.residual),))

    def _consolidate(self) -> None:
        """Read what was learned, let the policy decide, and write the tags that changed."""
        cache, persistent = self._cache, self._cache.persistent
        tags = np.asarray(self.connection.tag_1.get(), dtype=np.float64)
        weights = np.asarray(self.connection.weights.get(), dtype=np.float64)
        # rounding apart, w - t = l; where one of them saturated, the tag is made to say what the weight has gained
        gained = weights - persistent
        parted = np.abs(gained - tags) > 1e-9 * np.abs(weights).max()
        cache.accumulate(np.where(parted, gained, tags) - self._tags)
        cache.end_step()
        self._tags = np.where(parted | (cache.persistent != persistent), cache.transient, tags)
        n_outgrown = int((np.abs(self._tags) > LARGEST_TAG).sum())
        if self.arithmetic == "fixed" and n_outgrown:
            raise InputError(
                f"{n_outgrown} transient parts are beyond ±{LARGEST_TAG}, the range of the tag: use a lower threshold, "
                "or look more often"
            )
        if (self._tags != tags).any():
            self.connection.tag_1.set(self._tags)

    def _starting_weights(self) -> Array:
        """Return the weights as the model sees them: fixed arithmetic starts by cutting off low bits."""
        connection = self.connection
        weights = np.asarray(connection.weights.get(), dtype=np.float64)
        if self.arithmetic == "float" or connection.runtime is not None:
            return weights
        from lava.utils.weightutils import SignMode, truncate_weights

        mode = connection.proc_params.get("sign_mode", SignMode.MIXED)
        bits = connection.proc_params.get("num_weight_bits", 8)
        return np.asarray(truncate_weights(weights, sign_mode=mode, num_weight_bits=bits), dtype=np.float64)


def _checked_rule(connection: Any) -> Any:
    """Return the learning rule of a connection that can be stepped."""
    from lava.proc.dense.process import LearningDense

    if not isinstance(connection, LearningDense):
        raise InputError(f"connection = {type(connection).__name__}: must be a LearningDense of Lava")
    rule = connection.proc_params.get("learning_rule")
    if rule is None or rule.dw_str is None or rule.dt_str != rule.dw_str:
        raise InputError(
            f"dt = {getattr(rule, 'dt_str', None)!r}: the tags must gather what dw changes; give the connection "
            "learning_rule=tagging_rule(rule)"
        )
    if np.any(connection.tag_1.get()):
        raise InputError("tag_1 has entries that are not 0: transient parts start at 0; leave tag_1 out")
    return rule


def _check_whole(caching: Caching, rule: Any) -> None:
    """Refuse what fixed arithmetic cannot hold."""
    for name, value in (("threshold", caching.threshold), ("quantum", caching.rule.quantum or 0)):
        if value != int(value) or value > LARGEST_TAG:
            raise InputError(
                f"{name} = {value:g}: must be a whole number up to {LARGEST_TAG} in fixed arithmetic, as the tag is; "
                f"use {min(round(value), LARGEST_TAG)}, or arithmetic='float'"
            )
    for trace in sorted(rule.active_traces):
        impulse = getattr(rule, f"{trace}_impulse")
        if impulse != int(impulse):
            raise InputError(
                f"{trace}_impulse = {impulse:g}: Lava drops the fraction at the first Var.set; use {round(impulse)}"
            )
