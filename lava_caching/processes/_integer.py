"""The learning epoch in Loihi's integers: Lava's bit-approximate model with its interpreted rule replaced."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.model.py.connection import LearningConnectionModelBitApproximate
from lava.magma.core.model.py.type import LavaPyType
from lava.utils.weightutils import SignMode, truncate_weights
from numpy.typing import NDArray

from lava_caching.errors import InputError
from lava_caching.kernels.connection import NO_CACHE, SYNAPSE
from lava_caching.kernels.learning_integer import HIGHEST_TAG, learn, recount
from lava_caching.kernels.rows import MAX, SUM
from lava_caching.kernels.traces import integer_history
from lava_caching.processes._draws import SynapseDraws, TraceDraws
from lava_caching.processes._learning import SCOPES, CachingModel
from lava_caching.processes.caching import Caching

__all__ = ["IntegerCachingModel", "check_integers"]

Whole = NDArray[np.int64]


def check_integers(caching: Caching) -> tuple[int, int]:
    """Return threshold and quantum as integers; refuse a cache that Loihi's arithmetic cannot keep.

    Raises
    ------
    InputError
        Naming what to change.
    """
    policy = caching.rule
    if policy.amount != "pulse":
        raise InputError(
            f"amount = {policy.amount!r}: in fixed point a cache moves one quantum at a time; "
            "use Caching(amount='pulse', quantum=...), or floating point"
        )
    if callable(policy.statistic) or policy.scope not in ("synapse", "neuron"):
        raise InputError(
            f"policy {policy.name!r} with scope {policy.scope!r}: fixed point has local-local, local-global and "
            "global-global, of a synapse or a neuron; use one of them, or floating point"
        )
    if caching.tau is not None:
        raise InputError(f"tau = {caching.tau:g}: the transient part has no decay in fixed point; use tau=None")
    numbers = []
    for name, value, low in (("threshold", caching.threshold, 0), ("quantum", policy.quantum or 0.0, 1)):
        if value != int(value) or value < low:
            raise InputError(f"{name} = {value:g}: in fixed point it counts weight steps; use a whole number >= {low}")
        numbers.append(int(value))
    per_synapse = policy.statistic != "sum"
    if per_synapse and numbers[0] > HIGHEST_TAG:
        raise InputError(f"threshold = {numbers[0]}: the tag holds at most {HIGHEST_TAG}; use a threshold up to that")
    if numbers[1] > HIGHEST_TAG:
        raise InputError(f"quantum = {numbers[1]}: the tag holds at most {HIGHEST_TAG}; use a quantum up to that")
    return numbers[0], numbers[1]


class IntegerCachingModel(CachingModel, LearningConnectionModelBitApproximate):  # type: ignore[misc]
    """Traces, change, caching and ledger of a learning epoch; connections add how a weight is stored and used."""

    transient: NDArray[np.int32] = LavaPyType(np.ndarray, np.int32, precision=8)
    ledger: NDArray[np.float64] = LavaPyType(np.ndarray, float)
    ledger_bins: NDArray[np.float64] = LavaPyType(np.ndarray, float)
    write_counts: Whole = LavaPyType(np.ndarray, int)
    saturated: Whole = LavaPyType(np.ndarray, int)
    weights: Any
    a_buff: Any

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        n_post, n_pre = self._shape
        self.num_weight_bits: int = proc_params.get("num_weight_bits", 8)
        self.weights_set = False
        self.weight_exp: int = proc_params.get("weight_exp", 0)
        n_history = self._learning_rule.t_epoch + 1
        self._x_history = np.zeros((n_history, 2, n_pre), np.int64)
        self._y_history = np.zeros((n_history, 3, n_post), np.int64)
        self._threshold, self._quantum, self._scope, self._statistic = 0, 0, 0, MAX
        if self._caching is not None:
            self._threshold, self._quantum = check_integers(self._caching)
            self._scope = SCOPES[self._caching.rule.scope]
            self._statistic = SUM if self._caching.rule.statistic == "sum" else MAX
        self._rows = np.zeros((n_post, 5), np.int64)

    @staticmethod
    def check(proc_params: Any) -> None:
        """Refuse a cache or weights that Loihi's widths cannot hold."""
        if proc_params["caching"] is None:
            return
        check_integers(proc_params["caching"])
        weights = proc_params["declared_weights"]
        values = np.asarray(weights.data if hasattr(weights, "tocsr") else weights)
        if np.abs(values).max(initial=0) > HIGHEST_TAG + 1:
            largest = values.flat[np.abs(values).argmax()]
            raise InputError(
                f"weights hold {largest:g}: in fixed point a weight has 8 bits and a sign; scale them to -256 to 255"
            )

    def _init_randoms(self) -> None:
        seed = self._learning_rule.rng_seed
        self._x_random, self._y_random = TraceDraws(seed, seed + 1), TraceDraws(seed + 2, seed + 3)
        self._conn_var_random = SynapseDraws()

    def _store_impulses_and_taus(self) -> None:
        super()._store_impulses_and_taus()
        with np.errstate(divide="ignore"):
            for side in ("_x", "_y"):
                taus = getattr(self, f"{side}_taus").astype(float)
                setattr(self, f"{side}_factors", np.where(taus == 0, 0.0, np.exp(-1.0 / taus)))

    def _whole_bounds(self) -> tuple[int, int]:
        """Return the limits of a weight: 8 bits, its sign mode, and `bounds`."""
        low, high = self._bounds()
        mixed_or_inhibitory = -256 if self.sign_mode == SignMode.MIXED else -255
        return int(np.ceil(max(low, mixed_or_inhibitory))), int(np.floor(min(high, 255)))

    # ------------------------------------------------------------------------------------------------ between epochs
    def _begin_step(self) -> None:
        """Truncate the weights and bind the arrays before the first step."""
        if not self.weights_set:
            self.weights = truncate_weights(
                self.weights, sign_mode=self.sign_mode, num_weight_bits=self.num_weight_bits
            )
            self.weights_set = True
        if not self._bound:
            self._bind()
            self._start = self._weights().astype(np.int64)
            self._limits = self._whole_bounds()
            self._tally["largest_weight"] = np.abs(self._start).max(initial=0)
            self._bound = True
            self._changed_outside = True

    def on_var_update(self) -> None:
        """Follow values that were set from outside."""
        super().on_var_update()
        self._changed_outside = True

    # ------------------------------------------------------------------------------------------------ the epoch's end
    def run_lrn(self) -> None:
        """Run the learning phase of an epoch."""
        self._update_synaptic_variable_random()
        events = self._events()
        self._start_histories()
        integer_history(
            events.tx,
            self._x_factors,
            self._x_impulses_int,
            self._x_impulses_frac,
            self._x_random.random_trace_decay,
            self._x_random.random_impulse_addition,
            self._x_history,
        )
        integer_history(
            events.ty,
            self._y_factors,
            self._y_impulses_int,
            self._y_impulses_frac,
            self._y_random.random_trace_decay,
            self._y_random.random_impulse_addition,
            self._y_history,
        )
        self._keep_traces(self._x_history[-1], self._y_history[-1])
        low, high = self._limits
        w, d, t = self._weights(), self._delays(), self._tags()
        if self._changed_outside:
            self._load()
            recount(self._layout.starts, w, t, self._transient(), self._threshold, self._scope == SYNAPSE, self._rows)
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
            int(self._conn_var_random.random_stochastic_round * 128.0),
            self._changed_outside,
            self._kind,
            self._scope,
            self._statistic,
            self._threshold,
            self._quantum,
            self._transient(),
            self._rows,
            self.saturated,
            self._tally,
            self._writes,
        )
        self._changed_outside = False
        self._hand_back()
        self._forget_spikes()

    def _left_and_displaced(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._transient().astype(float), self._weights() - self._start.astype(float)

    def run_spk(self) -> None:
        """Send the activation of the step before, take in spikes, and follow traces."""
        self._begin_step()
        self.a_out.send(self.a_buff)
        s_in = self.s_in.recv()
        if not self.num_message_bits.item() > 0:
            s_in = s_in.astype(bool)
        total, exponent = self._activation(s_in), self.proc_params.get("weight_exp", 0)
        self.a_buff = np.left_shift(total, exponent) if exponent > 0 else np.right_shift(total, -exponent)
        spiked = s_in if s_in.dtype == bool else s_in != 0
        if self._kind != NO_CACHE:
            self._count_ops(spiked)
        self.recv_traces(s_in)
        self._learn_if_due()
