"""Pair STDP as a learning rule of Lava, its rates unrounded, and the replay of spikes that were recorded elsewhere.

The rule is that of the experiment `spiking`: each spike of an input raises its trace by 1, each spike of a neuron the
neuron's; a spike of the neuron adds A₊ times the trace of each input, a spike of an input takes A₋ times the trace of
the neuron, spikes of the same step included. Lava's grammar takes only numbers of the form m·2^k with k ≥ −7, and its
ready-made rules round to them (0.01 becomes 0.0078). Here the rates stand in the impulses of the traces, which take any
number: the traces of Lava are A₊ and A₋ times those of the rule. In fixed point a trace ends at 127, so that impulse
and power of two are chosen by the largest trace there will be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_caching.errors import InputError
from lava_caching.kernels.limits import LARGEST_TRACE
from lava_caching.ledger import Ledger
from lava_caching.processes.caching import Caching
from lava_caching.processes.lava_needed import require_lava

__all__ = ["Integers", "PairSTDP", "Replayed", "lava_tau", "replay_spikes"]

Array = NDArray[np.float64]
FINEST = 7
"""The least power of two of a rule is 2^-7."""
FOR_EVER = 2**60
"""A time constant with which a third factor arrives as it was sent; by itself Lava lets it decay by exp(−1/65535)."""
LARGEST_WEIGHT = 254


def lava_tau(tau: float, dt: float) -> float:
    """Return the time constant in steps with which Lava's exp(−1/τ) is the 1 − dt/τ of an Euler step.

    Examples
    --------
    >>> round(lava_tau(70.0, 0.1), 4)
    699.4999
    """
    if not 0 < dt < tau < math.inf:
        raise InputError(
            f"dt = {dt:g} and tau = {tau:g}: a step must be above 0 and shorter than the time constant,"
            " which must be finite"
        )
    return -1.0 / math.log1p(-dt / tau)


@dataclass(frozen=True, kw_only=True)
class Integers:
    """Units of fixed point: weight units in one of Lava's weight, and the largest traces there will be."""

    weight_unit: float
    largest_pre: float
    largest_post: float


@dataclass(frozen=True, kw_only=True)
class PairSTDP:
    """Pair STDP with traces; weights in any unit, times in ms.

    Attributes
    ----------
    potentiation, depression : float
        A₊ and A₋, the change by a trace of 1, in weight units.
    tau_pre, tau_post, dt : float
        Time constants of the traces of inputs and neurons, and the step.
    three_factor : bool
        Whether the neuron sends its trace as a third factor (`y1`), as a neuron model of one's own would, instead of
        leaving it to the connection.

    Raises
    ------
    InputError
        For a rate that is negative, or a step that is no shorter than a time constant.
    """

    potentiation: float
    depression: float
    tau_pre: float
    tau_post: float
    dt: float
    three_factor: bool = False

    def __post_init__(self) -> None:
        for name in ("potentiation", "depression"):
            if not isinstance(getattr(self, name), (int, float)) or not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name} = {getattr(self, name)!r}: must be a number, not negative, and finite")
        for tau in (self.tau_pre, self.tau_post):
            lava_tau(tau, self.dt)

    def rule(self, integers: Integers | None = None, *, seed: int = 1) -> Any:
        """Return the rule for `CachingDense` and ``LearningDense``, a learning epoch in every step.

        Parameters
        ----------
        integers : Integers, optional
            Units of fixed point; None for floating point.
        seed : int
            Of the random rounding of fixed point.
        """
        require_lava("a learning rule of Lava")
        from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule

        (pre, k_pre), (post, k_post) = self.impulses(integers)
        dw = f"{_power(k_pre)}x1*y0 - {_power(k_post)}y1*x0"
        shared = {
            "dw": dw,
            "t_epoch": 1,
            "x1_impulse": pre,
            "x1_tau": lava_tau(self.tau_pre, self.dt),
            "rng_seed": seed,
        }
        if self.three_factor:
            rule = Loihi3FLearningRule(**shared)
            rule.y1_tau = rule.y2_tau = rule.y3_tau = FOR_EVER
            return rule
        return Loihi2FLearningRule(**shared, y1_impulse=post, y1_tau=lava_tau(self.tau_post, self.dt))

    def impulses(self, integers: Integers | None = None) -> tuple[tuple[float, int], tuple[float, int]]:
        """Return impulse and −k of the number 2^k before its product, for the inputs' trace and the neurons'."""
        if integers is None:
            return (self.potentiation, 0), (self.depression, 0)
        given = (self.potentiation, integers.largest_pre), (self.depression, integers.largest_post)
        return tuple(_impulse(rate / integers.weight_unit, most) for rate, most in given)  # type: ignore[return-value]

    def traces(self, spikes: NDArray[np.bool_], tau: float) -> Array:
        """Return the traces of spikes after each step, (T, n)."""
        trace, found = np.zeros(spikes.shape[1]), np.zeros(spikes.shape)
        for step, spiked in enumerate(spikes):
            trace = trace * (1.0 - self.dt / tau) + spiked
            found[step] = trace
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Replayed:
    """What Lava made of the spikes.

    Attributes
    ----------
    weights, transient : ndarray, (n_post, n_pre)
        The effective weights and their transient part at the end, in weight units.
    pre_trace, post_trace : ndarray, (n_pre,) and (n_post,)
        Traces of the rule at the end (1 after a first spike); NaN for a rate of 0, and for `post_trace` where the
        neuron sends it.
    ledger : Ledger or None
        The account, where there is a cache.
    """

    weights: Array
    transient: Array
    pre_trace: Array
    post_trace: Array
    ledger: Ledger | None


def replay_spikes(
    stdp: PairSTDP,
    inputs: ArrayLike,
    spikes: ArrayLike,
    start: ArrayLike,
    *,
    bounds: tuple[float, float] | None = None,
    caching: Caching | None = None,
    tag: Literal["floating_pt", "fixed_pt"] = "floating_pt",
    seed: int = 1,
) -> Replayed:
    """Give recorded spikes to a `CachingDense` in Lava, and return what it has learned.

    Parameters
    ----------
    stdp : PairSTDP
        The rule.
    inputs, spikes : array_like of bool, (T, n_pre) and (T, n_post)
        Spikes of the inputs and of the neurons in each step.
    start : array_like, (n_post, n_pre)
        First weights. In fixed point they must not be negative; the upper bound becomes 254 of Lava's units, and
        weights of both signs are even there, so they are rounded to 1/127 of it.
    bounds : (float, float), optional
        Of the effective weight; needed in fixed point, from 0.
    caching : Caching, optional
        Policy, threshold and quantum in weight units; τ in steps. Fixed point takes pulses without a decay only, and
        rounds θ and quantum to units of 1/254 of the upper bound.
    tag : {"floating_pt", "fixed_pt"}
        Which models of Lava run.
    seed : int
        Of the random rounding of fixed point.

    Raises
    ------
    InputError
        For arrays that do not fit together, or numbers that Lava's integers cannot hold.
    """
    require_lava("a replay in Lava")
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.source import RingBuffer

    from lava_caching.processes.caching_dense.process import CachingDense
    from lava_caching.processes.running import running

    if tag not in ("floating_pt", "fixed_pt"):
        raise InputError(f"tag = {tag!r}: must be floating_pt or fixed_pt")
    pre, post, w = np.asarray(inputs, bool), np.asarray(spikes, bool), np.asarray(start, np.float64)
    if (
        pre.ndim != 2
        or post.ndim != 2
        or len(pre) != len(post)
        or not len(pre)
        or w.shape != (post.shape[1], pre.shape[1])
    ):
        raise InputError(
            f"inputs {pre.shape}, spikes {post.shape}, start {w.shape}: must be (T, n_pre), (T, n_post), (n_post,"
            " n_pre)"
        )
    traces = [stdp.traces(x, tau) for x, tau in ((pre, stdp.tau_pre), (post, stdp.tau_post))]
    integers = None
    if tag == "fixed_pt":
        unit = _weight_unit(bounds, stdp)
        integers = Integers(weight_unit=unit, largest_pre=traces[0].max(), largest_post=traces[1].max())
    scale = 1.0 if integers is None else integers.weight_unit
    connection = CachingDense(
        weights=w if integers is None else 2.0 * np.rint(w / scale / 2.0),
        learning_rule=stdp.rule(integers, seed=seed),
        bounds=None if bounds is None else (bounds[0] / scale, bounds[1] / scale),
        caching=caching if caching is None or integers is None else _in_units(caching, scale),
    )
    sources = [(pre, connection.s_in), (post, connection.s_in_bap)]
    if stdp.three_factor:
        sources.append((stdp.depression * traces[1], connection.s_in_y1))
        sources += [(np.zeros(post.shape), port) for port in (connection.s_in_y2, connection.s_in_y3)]
    for values, port in sources:
        RingBuffer(data=np.ascontiguousarray(values.T, float)).s_out.connect(port)
    with running(connection, Loihi2SimCfg(select_tag=tag)) as network:
        network.run(len(pre))
        x1, y1 = (np.asarray(var.get(), np.float64).reshape(-1) for var in (connection.x1, connection.y1))
        (pre_impulse, _), (post_impulse, _) = stdp.impulses(integers)
        return Replayed(
            weights=np.asarray(connection.weights.get(), np.float64) * scale,
            transient=np.asarray(connection.transient.get(), np.float64) * scale,
            pre_trace=_over(x1, pre_impulse),
            post_trace=_over(y1, 0.0 if stdp.three_factor else post_impulse),
            ledger=None if caching is None else connection.read_ledger(weight_unit=scale),
        )


def _impulse(rate: float, largest: float) -> tuple[float, int]:
    """Return the largest impulse whose trace ends below 127, and −k of the power of two that makes up for it."""
    for k in range(FINEST, -1, -1):
        if rate * 2**k * max(largest, 1.0) <= LARGEST_TRACE:
            return rate * 2**k, k
    raise InputError(
        f"a rate of {rate:.4g} units of Lava's weight and a trace of up to {largest:.4g}: one spike may move a weight"
        f" by {LARGEST_TRACE} units at most; use smaller rates or a larger unit"
    )


def _power(k: int) -> str:
    return f"2^-{k}*" if k else ""


def _weight_unit(bounds: tuple[float, float] | None, stdp: PairSTDP) -> float:
    """Return the weight of one unit of Lava's integers."""
    if bounds is None or bounds[0] != 0.0 or not bounds[1] > 0.0:
        raise InputError(f"bounds = {bounds}: fixed point needs (0, largest weight), which becomes {LARGEST_WEIGHT}")
    if stdp.three_factor:
        raise InputError("three_factor: factors of a neuron have 7 bits in fixed point; use two factors there")
    return bounds[1] / LARGEST_WEIGHT


def _in_units(caching: Caching, unit: float) -> Caching:
    """Return a cache in units of Lava's integers, to the nearest; what rounds to none is refused."""
    given = {"threshold": caching.threshold, "quantum": caching.quantum}
    whole = {name: None if value is None else float(round(value / unit)) for name, value in given.items()}
    for name, value in given.items():
        if value and not whole[name]:
            raise InputError(
                f"{name} = {value:g}: is less than half a unit of Lava's weight, {unit:.3g}; use a larger one"
            )
    fields = {"policy": caching.policy, "tau": caching.tau, "scope": caching.scope, "amount": caching.amount}
    return Caching(**fields, **whole)  # type: ignore[arg-type]


def _over(trace: Array, impulse: float) -> Array:
    return trace / impulse if impulse else np.full(trace.shape, np.nan)
