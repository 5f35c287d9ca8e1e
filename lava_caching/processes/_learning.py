"""What floating-point and integer models of caching connections share: events of an epoch, books, and the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.utils.weightutils import SignMode
from numpy.typing import NDArray

from lava_caching.kernels.books import TALLY, changes_of, new_writes, tally_of
from lava_caching.kernels.connection import CACHED, DIRECT, LAYER, NEURON, NO_CACHE, SYNAPSE, Events, Layout
from lava_caching.kernels.program import Program, program_of
from lava_caching.ledger import LayerLedger, Part
from lava_caching.processes.account import pack
from lava_caching.processes.caching import Caching
from lava_caching.tally import residual_part

__all__ = ["CachingModel"]

SCOPES = {"synapse": SYNAPSE, "neuron": NEURON, "layer": LAYER, "network": LAYER}
_NO_FLAGS = np.zeros(0, bool)


class CachingModel:
    """Mixed into a ProcessModel of Lava before its own learning model, whose epoch it replaces.

    What follows without a value comes from Lava, from the arithmetic (float or integer) and from how synapses are
    stored (dense or sparse). No abstract methods: ABC among the bases would put Lava's models in the wrong order.
    """

    check: Callable[[Any], None]
    """Refuses what the arithmetic cannot do; called when Lava has chosen the model."""
    _n_synapses: Callable[[], int]
    _left_and_displaced: Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]]
    """Returns s, and w − w(0)."""
    _activation: Callable[[NDArray[Any]], NDArray[Any]]
    """Returns what the neurons receive, before a weight exponent."""

    proc_params: Any
    time_step: int
    x0: Any
    y0: Any
    tx: Any
    ty: Any
    x1: Any
    x2: Any
    y1: Any
    y2: Any
    y3: Any
    ledger: Any
    ledger_bins: Any
    write_counts: Any
    sign_mode: Any
    service_to_process: Any
    var_id_to_var_map: dict[int, str]
    _learning_rule: Any
    _graded_spike_cfg: Any
    _within_epoch_time_step: Any
    run_lrn: Any
    _shape: tuple[int, int]

    def __init__(self, proc_params: Any) -> None:
        self._caching: Caching | None = proc_params["caching"]
        self._kind = NO_CACHE
        if self._caching is not None:
            self._kind = DIRECT if self._caching.rule.direct else CACHED
        super().__init__(proc_params)  # type: ignore[call-arg]
        n_post, n_pre = self._shape
        self._tally = np.zeros(1, TALLY)
        self._n_synaptic_ops = 0
        counted = self._kind != NO_CACHE and proc_params["write_counts"]
        self._writes = new_writes((n_post, n_pre), per_synapse=counted)
        self._booked: Part | None = None
        self._bound = False
        self._synapses_per_input: NDArray[np.int64] | None = None  # of a dense connection, n_post throughout

    # ------------------------------------------------------------------------------------------------ the rule
    _program: Program

    def _build_learning_rule_appliers(self) -> None:
        """Translate the rule to a table instead of Lava's interpreter."""
        self._program = program_of(self._learning_rule.active_product_series)

    def _bounds(self) -> tuple[float, float]:
        """Return the limits of a weight: those of the sign mode, narrowed by `bounds`."""
        low, high = self.proc_params["bounds"] or (-np.inf, np.inf)
        if self.sign_mode == SignMode.EXCITATORY:
            low = max(low, 0.0)
        if self.sign_mode == SignMode.INHIBITORY:
            high = min(high, 0.0)
        return float(low), float(high)

    # ------------------------------------------------------------------------------------------------ an epoch
    def _dense_layout(self) -> Layout:
        n_post, n_pre = self._shape
        starts = np.arange(0, n_post * n_pre + 1, n_pre, dtype=np.int64)
        return Layout(starts, np.zeros(0, np.int64), _NO_FLAGS, _NO_FLAGS, _NO_FLAGS)

    def _events(self) -> Events:
        k = self._learning_rule.decimate_exponent
        u = k is not None and (self.time_step // self._learning_rule.t_epoch) % 2**k == 0
        return Events(self.tx > 0, self.ty > 0, self.tx, self.ty, u)

    def _traces_are_ours(self) -> bool:
        """Return whether post-synaptic traces are computed here, not received from the neuron (third factors)."""
        return isinstance(self._learning_rule, Loihi2FLearningRule)

    _x_history: NDArray[Any]
    _y_history: NDArray[Any]

    def lrn_guard(self) -> bool:
        """Ask for no learning phase: the epoch ends within the spiking phase, see `_learn_if_due`."""
        return False

    def _learn_if_due(self) -> None:
        """Learn at the end of the epoch's last spiking phase.

        All that an epoch needs has arrived by then, and nobody can look at a Var before the next phase; a phase of its
        own costs a round of messages to all Processes (0.1 of 0.35 ms per step) and changes nothing.
        """
        if self.time_step % self._learning_rule.t_epoch == 0:
            self.run_lrn()

    def _start_histories(self) -> None:
        """Put the traces at the begin of the epoch first in their histories."""
        x, y = self._x_history[0], self._y_history[0]
        x[0], x[1] = self.x1, self.x2
        y[0], y[1], y[2] = self.y1, self.y2, self.y3

    def _keep_traces(self, x_last: NDArray[Any], y_last: NDArray[Any]) -> None:
        """Take over the traces at the end of the epoch."""
        self.x1, self.x2 = x_last.copy()
        if self._traces_are_ours():
            self.y1, self.y2, self.y3 = y_last.copy()

    def _forget_spikes(self) -> None:
        self.x0[:] = 0
        self.y0[:] = 0
        self.tx[:] = 0
        self.ty[:] = 0

    def _process_pre_spikes(self, s_in: NDArray[Any]) -> None:
        """Do without Lava's intermediate arrays in the usual case, the first spikes of an epoch."""
        if self._graded_spike_cfg != GradedSpikeCfg.USE_REGULAR_IMPULSE or self.tx.any():
            super()._process_pre_spikes(s_in)  # type: ignore[misc]
        else:
            self.tx[s_in != 0] = self._within_epoch_time_step()

    def _process_post_spikes(self, s_in_bap: NDArray[np.bool_]) -> None:
        """Do so here as well."""
        if self.ty.any():
            super()._process_post_spikes(s_in_bap)  # type: ignore[misc]
        else:
            self.y0[s_in_bap] = True
            self.ty[s_in_bap] = self._within_epoch_time_step()

    def _count_ops(self, spiked: NDArray[np.bool_]) -> None:
        if self._synapses_per_input is None:
            self._n_synaptic_ops += int(np.count_nonzero(spiked)) * self._shape[0]
        else:
            self._n_synaptic_ops += int(self._synapses_per_input[spiked].sum())

    # ----------------------------------------------------------------------------------------------- the account
    def _get_var(self) -> None:
        """Build the account when somebody looks at it, not every step."""
        asked = self.var_id_to_var_map[int(self.service_to_process.peek()[0].item())]
        if self._kind != NO_CACHE and self._bound and asked in ("ledger", "ledger_bins", "write_counts"):
            self._settle()
        super()._get_var()  # type: ignore[misc]

    def _settle(self) -> None:
        run = self._run_part()
        layer = LayerLedger(name="synapses", run=run, residual=self._residual())
        self.ledger[:], self.ledger_bins = pack(layer)  # fewer bins than the Var has room for, so fewer are sent
        if self._writes.per_synapse.shape[1]:
            self.write_counts[...] = self._counts_by_synapse()

    def _run_part(self) -> Part:
        """Return the part of the run; closed books are kept and new ones opened."""
        changes = Part(**changes_of(self._writes))
        self._booked = changes if self._booked is None else self._booked + changes
        counts = self._writes.per_synapse
        self._writes = new_writes(self._shape, per_synapse=False)._replace(per_synapse=counts)
        tally = tally_of(self._tally)
        more = {name: getattr(self._booked, name) for name in changes_fields()}
        return tally.part(
            n_synapses=self._n_synapses(),
            n_synaptic_ops=self._n_synaptic_ops,
            n_neuron_updates=None,
            n_spikes=None,
            **more,
        )

    def _residual(self) -> Part:
        s, displacement = self._left_and_displaced()
        return residual_part(s, displacement)

    def _counts_by_synapse(self) -> NDArray[np.int64]:
        return self._writes.per_synapse


def changes_fields() -> tuple[str, ...]:
    """Return the fields of a part that the books of persistent writes fill."""
    return (
        "persistent_change_l1",
        "n_persistent_writes",
        "persistent_change_sq",
        "n_potentiations",
        "n_depressions",
        "potentiation_l1",
        "depression_l1",
        "persistent_change_histogram",
    )
