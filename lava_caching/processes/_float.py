"""The learning epoch in floating point: Lava's own model with its interpreted rule replaced by a compiled one."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.model.py.connection import LearningConnectionModelFloat
from lava.magma.core.model.py.type import LavaPyType
from numpy.typing import NDArray

from lava_caching.errors import InputError
from lava_caching.kernels.connection import CACHED, NO_CACHE
from lava_caching.kernels.learning_float import decay_synapses, learn, recount
from lava_caching.kernels.program import X0, Y0, program_of
from lava_caching.kernels.rows import own_fold_of, trigger_of
from lava_caching.kernels.traces import float_history
from lava_caching.processes._learning import SCOPES, CachingModel
from lava_caching.processes.caching import Caching

__all__ = ["FloatCachingModel"]

Array = NDArray[np.float64]
_PLAIN = Caching(policy="at-end", threshold=0.0)
"""Stands in the kernel's arguments where there is no cache."""


class FloatCachingModel(CachingModel, LearningConnectionModelFloat):  # type: ignore[misc]
    """Traces, change, caching and ledger of a learning epoch; connections add how a weight is stored and used."""

    transient: Array = LavaPyType(np.ndarray, float)
    ledger: Array = LavaPyType(np.ndarray, float)
    ledger_bins: Array = LavaPyType(np.ndarray, float)
    write_counts: NDArray[np.int64] = LavaPyType(np.ndarray, int)
    saturated: NDArray[np.int64] = LavaPyType(np.ndarray, int)
    a_buff: Any

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        n_post, n_pre = self._shape
        n_history = self._learning_rule.t_epoch + 1
        self._x_history, self._y_history = np.zeros((n_history, 2, n_pre)), np.zeros((n_history, 3, n_post))
        caching = self._caching or _PLAIN
        self._trigger = trigger_of(caching.rule, caching.threshold, caching.tolerance or 0.0)
        self._fold = own_fold_of(caching.rule)
        self._scope = SCOPES[caching.rule.scope]
        self._decay = caching.kept if self._kind == CACHED else 1.0
        self._row_total, self._row_held = np.zeros(n_post), np.zeros(n_post)

    @staticmethod
    def check(proc_params: Any) -> None:
        """Refuse what Lava's floating-point model cannot do either: it would fail in the middle of the run."""
        rule = proc_params["learning_rule"]
        program = program_of(rule.active_product_series)
        if np.isin(program.factors[:, 0], (X0, Y0)).any():
            raise InputError("a product with both x0 and y0 exists in fixed point only: use select_tag='fixed_pt'")
        for trace in ("x1", "x2", "y1", "y2", "y3"):
            if program.uses(trace) and getattr(rule, f"{trace}_tau") == 0:
                raise InputError(
                    f"{trace}_tau = 0: the rule uses {trace}, and in floating point a trace without a time constant "
                    f"is not a number; give {trace}_tau > 0 (2**60 for a trace that stays)"
                )

    def _store_impulses_and_taus(self) -> None:
        super()._store_impulses_and_taus()
        with np.errstate(divide="ignore"):
            for side in ("_x", "_y"):
                taus = getattr(self, f"{side}_taus").astype(float)
                setattr(self, f"{side}_impulses", getattr(self, f"{side}_impulses").astype(float))
                setattr(self, f"{side}_factors", np.where(taus == 0, np.nan, np.exp(-1.0 / taus)))

    # ------------------------------------------------------------------------------------------------ between epochs
    def _begin_step(self) -> None:
        """Bind the arrays before the first step, and decay before the first step of each epoch."""
        if not self._bound:
            self._bind()
            self._start = self._weights().copy()
            self._persistent = self._start.copy()
            self._limits = self._bounds()
            self._tally["largest_weight"] = np.abs(self._start).max(initial=0.0)
            self._bound = True
            self._changed_outside = True
        if self._changed_outside:
            self._take_over_changes()
        if self._decay != 1.0 and (self.time_step - 1) % self._learning_rule.t_epoch == 0:
            decay_synapses(
                self._decay, self._layout.starts, self._transient(), self._persistent, self._weights(), self._row_total
            )
            self._hand_back()

    def on_var_update(self) -> None:
        """Follow values that were set from outside."""
        super().on_var_update()
        self._changed_outside = True

    def _take_over_changes(self) -> None:
        """Make l = w - s true again; what was set from outside is no learning, so the minimum does not count it."""
        self._load()
        w, s = self._weights(), self._transient()
        total = np.array([np.abs(part).sum() for part in np.split(s, self._layout.starts[1:-1])])
        if np.allclose(total, self._row_total, rtol=1e-9, atol=0.0):
            self._start += w - (self._persistent + s)
        self._persistent[:] = w - s
        recount(self._layout.starts, s, self._persistent, self._row_total, self._row_held)

    # ------------------------------------------------------------------------------------------------ the epoch's end
    def run_lrn(self) -> None:
        """Run the learning phase of an epoch."""
        events = self._events()
        self._start_histories()
        float_history(events.tx, self._x_factors, self._x_impulses, self._x_history)
        float_history(events.ty, self._y_factors, self._y_impulses, self._y_history)
        self._keep_traces(self._x_history[-1], self._y_history[-1])
        low, high = self._limits
        w, d, t = self._weights(), self._delays(), self._tags()
        learn(
            self._program,
            events,
            self._layout,
            self._x_history,
            self._y_history,
            w,
            d,
            t,
            low,
            high,
            self._changed_outside,
            self._kind,
            self._scope,
            self._trigger,
            self._fold,
            self._transient(),
            self._persistent,
            self._row_total,
            self._row_held,
            self._tally,
            self._writes,
        )
        self._changed_outside = False
        self._hand_back()
        self._forget_spikes()

    def _left_and_displaced(self) -> tuple[Array, Array]:
        s = self._transient()
        return s, (self._persistent - self._start) + s

    def run_spk(self) -> None:
        """Send the activation of the step before, take in spikes, and follow traces."""
        self.a_out.send(self.a_buff)
        s_in = self.s_in.recv()
        self._begin_step()
        graded = self.num_message_bits.item() > 0
        if not graded:
            s_in = s_in.astype(bool)
        self.a_buff = self._activation(s_in)
        spiked = s_in if s_in.dtype == bool else s_in != 0
        if self._kind != NO_CACHE:
            self._count_ops(spiked)
        self.recv_traces(s_in)
        self._learn_if_due()
