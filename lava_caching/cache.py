"""Synaptic caching under everybody's own learning loop: `SynapticCache` keeps the weights and the account.

It is also the textbook of the toolkit: plain NumPy, one act after the other as Li & van Rossum (2020),
doi:10.7554/eLife.50804, describe them, and the compiled kernels have to agree with it. Order of the acts in a step,
as the paper has it for the perceptron: decay, s·(1 − 1/τ); hold (maintenance is counted here); changes; trigger test,
strictly above the threshold and only after a change; consolidation. For multilayer networks (``order="mlp"``): changes;
trigger test; consolidation; hold; decay, s·e^(−1/τ). Last come refresh and drift, where a device model has them and
they are due. A rule that changes weights several times within a step, as spikes do, calls `settle` after each change:
trigger test and consolidation happen there.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_caching.consolidation import Policy, get_policy
from lava_caching.devices import Device, DeviceSetting, DeviceState, get_device, residual_on_devices
from lava_caching.devices import _plain as devices
from lava_caching.errors import InputError, unknown
from lava_caching.ledger import LayerLedger, Ledger
from lava_caching.synapse import SynapseState
from lava_caching.tally import PersistentChanges, RunTally, not_negligible, residual_part, summed

__all__ = ["SynapticCache", "check_tau", "check_threshold", "default_tolerance"]

Array = NDArray[np.float64]
Order = Literal["perceptron", "mlp"]


LARGEST = 1e300
"""Of weights and changes: sums of many are numbers still."""


def check_threshold(threshold: float) -> float:
    """Return the threshold θ, refused unless finite and not negative."""
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float, np.integer, np.floating)):
        raise InputError(f"threshold = {threshold!r}: must be a number, finite and not negative")
    if not (math.isfinite(threshold) and threshold >= 0):
        raise InputError(f"threshold = {threshold}: must be finite and not negative")
    return float(threshold)


def check_tau(tau: float | None) -> float | None:
    """Return τ in steps, None for no decay; refused unless above 1."""
    if tau is None or tau == math.inf:
        return None
    if not isinstance(tau, (int, float, np.integer, np.floating)):
        raise InputError(f"tau = {tau!r}: must be a number of steps above 1, or inf for no decay")
    if not tau > 1:
        raise InputError(f"tau = {tau}: must be above 1 step, or inf for no decay")
    return float(tau)


def default_tolerance(policy: Policy, threshold: float) -> float:
    """Return the band ε for changes of unknown size: relative, because weights may be in siemens (1e-9)."""
    return 1e-9 * max(threshold, policy.quantum or 0.0)


class SynapticCache:
    """Weights split into a transient and a persistent part, with an account of every write.

    Parameters
    ----------
    weights : array_like
        Initial weights of any shape. The first axis counts neurons; a vector (or scalar) belongs to one neuron.
    policy : str or Policy
        A name (see `lava_caching.consolidation.policy_names`) or a policy of your own.
    threshold : float
        θ ≥ 0 in weight units: per synapse for ``local-*``, the sum over a neuron for ``global-global``. It may be set
        anew before each `end_step`, see `lava_caching.schedules`.
    tau : float or None
        Decay time constant of the transient part in steps, above 1; None or inf for no decay.
    order : {"perceptron", "mlp"}
        Order of the acts and form of the decay, as above.
    bounds : (float, float), optional
        Least and largest effective weight; a change beyond them is cut off, and only what is left of it counts. On
        ideal cells only: devices have ends of their own.
    tolerance : float, optional
        Band ε in weight units within which a statistic equals the threshold (and so does not exceed it); 1e-9 of the
        threshold or of the quantum, whichever is larger.
    name : str
        Name of the layer in the ledger.
    write_counts : bool
        Keep the number of persistent writes of every synapse (needed for lifetimes); on devices, the programmings of
        its busier device.
    device : str, Path, Device or DeviceState, optional
        Model of the cells that hold the weights (see `lava_caching.devices`); ideal cells where it is not given. A
        leak (``tau_s``) is left to `tau`.
    device_range : float, optional
        Weight at the end of the devices' range; needed where an effect is a share of it.
    step_s : float
        Seconds of a step, for drift and refresh.
    seed : int
        Draws the devices and the errors of their writes.

    Raises
    ------
    InputError
        For weights that are not finite, an unknown policy or device, or a threshold, τ or range that is not possible.

    Examples
    --------
    >>> import numpy as np
    >>> cache = SynapticCache(np.zeros((1, 3)), policy="local-local", threshold=1.0)
    >>> for change in ([1, 0, -1], [1, 0, 0]):
    ...     cache.accumulate([change])
    ...     cache.end_step()
    >>> cache.effective
    array([[ 2.,  0., -1.]])
    >>> ledger = cache.finish()
    >>> ledger.total.n_persistent_writes, ledger.total.n_consolidations
    (2, 1)
    """

    def __init__(
        self,
        weights: ArrayLike,
        *,
        policy: str | Policy = "local-global",
        threshold: float,
        tau: float | None = None,
        order: Order = "perceptron",
        bounds: tuple[float, float] | None = None,
        tolerance: float | None = None,
        name: str = "synapses",
        write_counts: bool = False,
        device: str | Path | Device | DeviceState | None = None,
        device_range: float | None = None,
        step_s: float = 1e-6,
        seed: int = 0,
    ) -> None:
        start = _finite("weights", weights)
        self.shape = start.shape
        self.policy = get_policy(policy)
        self._threshold = check_threshold(threshold)
        self.tau = check_tau(tau)
        if order not in get_args(Order):
            raise unknown("order", order, get_args(Order))
        self.order = order
        self._tolerance = default_tolerance(self.policy, self.threshold) if tolerance is None else tolerance
        self._name = name
        self.bounds = None if bounds is None else _checked_bounds(bounds, start, device)
        rows = start.reshape(1, -1) if start.ndim < 2 else start.reshape(len(start), -1)
        self._devices: DeviceState | None = None
        if isinstance(device, DeviceState):
            self._devices = device
        elif device is not None:
            setting = DeviceSetting(device=get_device(device), weight_range=device_range, step_s=step_s, seed=seed)
            self._devices = setting.state(rows)
        if self._devices is not None:  # stuck ones do not take the weight
            rows = self._devices.weights.reshape(rows.shape)
        self._state = SynapseState(np.zeros(rows.shape), rows.copy())
        self._start = rows
        self._change = np.zeros(rows.shape)
        ends = self._devices is not None and self._devices.store_end < math.inf and not self.policy.direct
        self._stored = np.zeros(rows.shape) if ends else self._change  # what volatile cells made of the change
        self._step_is_open = False
        self._ledger: Ledger | None = None
        self._run = RunTally(largest_weight=float(np.abs(rows).max()))
        self._changes = PersistentChanges()
        self._write_counts = np.zeros(rows.shape, np.int64) if write_counts else None

    @property
    def threshold(self) -> float:
        """Return θ."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        self._threshold = check_threshold(value)

    @property
    def transient(self) -> Array:
        """Return s as the coming presentation will see it: between steps the next decay is already applied."""
        s = self._state.transient
        waits = self._decays_first and not self._step_is_open and self._ledger is None
        return (s * self._kept if waits else s.copy()).reshape(self.shape)

    @property
    def persistent(self) -> Array:
        """Return l."""
        return self._state.persistent.copy().reshape(self.shape)

    @property
    def effective(self) -> Array:
        """Return the weights w = l + s as the coming presentation will see them."""
        return self.persistent + self.transient

    def accumulate(self, change: ArrayLike) -> None:
        """Add a proposed change Δw, of the shape of the weights, to the transient part.

        Several calls in one step count as one change, their sum.
        """
        delta = _finite("change", change)
        if delta.shape != self.shape:
            raise InputError(f"change has shape {delta.shape}: must be that of the weights, {self.shape}")
        self._open_step()
        delta = delta.reshape(self._change.shape)
        if self.bounds is not None:
            before, l = self._state.transient.copy(), self._state.persistent
            w, after = l + (before + delta), before + delta
            for bound, beyond in zip(self.bounds, (w < self.bounds[0], w > self.bounds[1]), strict=True):
                after = np.where(beyond, bound - l, after)
            self._state.transient = after
            self._change += after - before
            return
        self._change += delta
        if self._devices is None or self._stored is self._change:
            self._state.transient += delta
            return
        s = self._state.transient
        self._state.transient = np.where(delta != 0, devices.stored(s + delta, self._devices), s)
        self._stored += self._state.transient - s

    def end_step(self, *, fire: bool | None = None, counts: bool = True) -> None:
        """Close one presentation: test the trigger if anything changed, and consolidate what it selects.

        Parameters
        ----------
        fire : bool, optional
            Decision of a trigger over several layers (see `statistic`): all of this layer is consolidated, or nothing.
        counts : bool
            Whether that decision is counted here; it is one event, however many layers follow it.
        """
        self._open_step()
        self._step_is_open = False
        if self._change.any() or fire:
            self._test_and_consolidate(fire, counts)
        if self.order == "mlp":
            self._hold()
            self._decay()
        if self._devices is not None:
            n_steps = self._run.n_steps
            self._state.transient = devices.refresh(self._state.transient, n_steps, self._devices)
            if devices.drift(n_steps, self._devices):
                self._state.persistent = self._devices.weights.reshape(self._change.shape)

    def settle(self) -> None:
        """Test the trigger on what has changed since the last test, and consolidate, within a step that goes on.

        Each call counts as an update of its own if anything changed; holding and decay stay once per step.
        """
        self._open_step()
        if self._change.any():
            self._test_and_consolidate(None, True)

    @property
    def totals(self) -> tuple[float, float]:
        """Return Σ_t Σ|s| and Σ|Δl| so far, both in weight units."""
        return self._run.transient_hold_l1, self._changes.total_l1

    @property
    def has_changed(self) -> bool:
        """Return whether the changes of this step are not all zero."""
        return bool(self._change.any())

    def statistic(self, before: float = 0.0) -> float:
        """Return the policy's statistic of all transient parts as one unit, going on from that of layers before."""
        statistic, s = self.policy.statistic, self._state.transient
        if callable(statistic):
            return _fold(statistic, s.reshape(-1), before)
        sizes = np.abs(s)
        return before + float(sizes.sum()) if statistic == "sum" else max(before, float(sizes.max()))

    def _test_and_consolidate(self, fire: bool | None, counts: bool) -> None:
        run, policy, state = self._run, self.policy, self._state
        run.n_updates += self.has_changed
        run.largest_weight = max(run.largest_weight, float(np.abs(state.effective).max()))
        selected, n_units = (
            self._select() if fire is None else (np.full(self._change.shape, fire), int(fire and counts))
        )
        moved = np.where(selected, self._amount(), 0.0)
        refused = self._consolidate(moved)
        if not policy.direct:  # what devices refuse stays where it was
            moved[refused], selected[refused] = 0.0, False
        state.transient -= moved
        consolidated = selected if policy.amount == "full" else moved != 0
        kept = np.where(consolidated, 0.0, self._stored)
        run.n_consolidations += n_units
        if not policy.direct:
            run.transient_change_l1 += summed(kept)
            run.n_transient_writes += int(np.count_nonzero(kept))
            run.n_transferred += int(np.count_nonzero(moved))
        self._change[:] = 0.0
        self._stored[:] = 0.0

    def finish(self, **counts: int) -> Ledger:
        """Consolidate what is left, charge it as the residual, and return the ledger; the cache is closed then.

        Between steps `effective` already shows the decay of the next one; what is consolidated here has not decayed,
        so with decay the final weights differ from the last `effective` before it. With ``order="mlp"`` each step ends
        with its decay, and they do not.

        Parameters
        ----------
        **counts : int
            Further fields of the run that only the caller knows (``n_synaptic_ops``, ``n_neuron_updates``,
            ``n_spikes``); null otherwise.
        """
        if self._ledger is not None:
            return self._ledger
        if self._step_is_open:
            self.end_step()
        state, written = self._state, self._write_counts
        more: dict[str, Any] = {"n_synaptic_ops": None, "n_neuron_updates": None, "n_spikes": None, **counts}
        if written is not None:
            counted = written if self._devices is None else self._devices.cycles
            more["write_counts"] = tuple(counted.ravel().tolist())
        on_devices = {} if self._devices is None else self._devices.ledger_counts()
        run = self._run.part(n_synapses=state.transient.size, **self._changes.fields(), **more, **on_devices)
        if self._devices is None:
            displacement = (state.persistent - self._start) + state.transient
            residual = residual_part(state.transient, displacement, write_counts=written is not None)
            state.persistent += state.transient
        else:
            residual = residual_on_devices(
                state.transient,
                state.persistent - self._start,
                self._devices,
                lambda rest: devices.write(rest, self._run.n_steps, self._devices),  # type: ignore[arg-type]
                write_counts=written is not None,
            )
            state.persistent = self._devices.weights.reshape(state.transient.shape)
        state.transient[:] = 0.0
        self._ledger = Ledger(layers=(LayerLedger(name=self._name, run=run, residual=residual),))
        return self._ledger

    @property
    def _kept(self) -> float:
        """Factor by which one decay shrinks s."""
        if self.tau is None:
            return 1.0
        return 1.0 - 1.0 / self.tau if self.order == "perceptron" else math.exp(-1.0 / self.tau)

    @property
    def _decays_first(self) -> bool:
        return self.tau is not None and self.order == "perceptron"

    def _open_step(self) -> None:
        """Decay and charge for holding, once per step and before any change of it."""
        if self._ledger is not None:
            raise InputError("the cache is finished: start a new SynapticCache with weights=cache.effective to go on")
        if self._step_is_open:
            return
        self._step_is_open = True
        self._run.n_steps += 1
        if self.order == "perceptron":
            self._decay()
            self._hold()

    def _decay(self) -> None:
        if self.tau is not None:
            self._state.transient *= self._kept

    def _hold(self) -> None:
        run = self._run
        run.transient_hold_l1 += float(np.abs(self._state.transient).sum())
        run.persistent_hold_l1 += float(np.abs(self._state.persistent).sum())

    def _select(self) -> tuple[NDArray[np.bool_], int]:
        """Return the mask of synapses whose unit exceeds the threshold, and the number of such units."""
        units = _units(self._state.transient, self.policy.scope)
        statistic = self.policy.statistic
        if statistic == "always":
            fired = _units(self._change, self.policy.scope).any(axis=1)
        elif statistic == "never":
            fired = np.zeros(len(units), bool)
        else:
            if statistic in ("each", "max"):
                value = np.abs(units).max(axis=1)
            elif statistic == "sum":
                value = np.abs(units).sum(axis=1)
            else:
                value = np.array([_fold(statistic, unit) for unit in units])
            fired = value > self.threshold + self._tolerance
        return np.repeat(fired, units.shape[1]).reshape(self._change.shape), int(fired.sum())

    def _amount(self) -> Array:
        """Return what each synapse would transfer if it were selected."""
        s, quantum = self._state.transient, self.policy.quantum
        if quantum is None:
            return not_negligible(s)
        n_quanta = np.floor((np.abs(s) + self._tolerance) / quantum)
        if self.policy.amount == "pulse":
            n_quanta = np.minimum(n_quanta, 1.0)
        moved = np.sign(s) * n_quanta * quantum
        # no dust of rounding is left behind, and none is written
        return np.where((n_quanta > 0) & (np.abs(s - moved) <= self._tolerance), s, moved)

    def _consolidate(self, moved: Array) -> NDArray[np.bool_]:
        """Add `moved` to the persistent part and book it; return where devices refused it."""
        made, refused = moved, np.zeros(moved.shape, bool)
        if self._devices is None:
            self._state.persistent += moved
        else:
            made, refused = devices.write(moved, self._run.n_steps, self._devices)
            self._state.persistent = self._devices.weights.reshape(moved.shape)
        self._changes.add(made)
        if self._write_counts is not None:
            self._write_counts += made != 0
        return refused


def _checked_bounds(bounds: tuple[float, float], start: Array, device: Any) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError):
        raise InputError(f"bounds = {bounds!r}: must be two finite numbers, the lower one first") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"bounds = {bounds}: must be two finite numbers, the lower one first")
    outside = start[(start < low) | (start > high)]
    if outside.size:
        raise InputError(f"weights has {outside[0]:g}: must lie within the bounds, {low:g} to {high:g}")
    if device is not None:
        raise InputError(f"bounds = {bounds}: devices have ends of their own; give device_range and leave bounds out")
    return low, high


def _finite(name: str, values: ArrayLike) -> Array:
    try:
        given = np.asarray(values)
    except ValueError:  # rows of several lengths
        given = np.asarray(None)
    if given.dtype.kind not in "biuf":
        raise InputError(f"{name}: must be an array of real numbers, every row of one length")
    array = given.astype(np.float64, copy=False)
    if array.size == 0:
        raise InputError(f"{name} has shape {array.shape}: must hold at least one value")
    if not np.abs(array).max() <= LARGEST:  # nor is NaN
        what = "NaN or infinite: every one must be finite"
        if np.isfinite(array).all():
            what = f"larger than {LARGEST:g}, whose sums the account could not hold: use other units"
        raise InputError(f"{name} has entries that are {what}")
    return array


def _units(values: Array, scope: str) -> Array:
    """View (n_post, n_pre) as (units, synapses of a unit)."""
    if scope == "synapse":
        return values.reshape(-1, 1)
    return values if scope == "neuron" else values.reshape(1, -1)


def _fold(statistic: Any, unit: Array, value: float = 0.0) -> float:
    for s in unit:
        value = statistic(value, float(s))
    return value
