"""Synaptic caching written in Loihi's own learning rule, for stock `LearningDense` and, unchanged, for the chip.

Every synapse has a weight w and a tag t. Let w be the *effective* weight and t the transient part; the persistent part
is w − t and is stored nowhere. For a rule dw = Δ (any sum of products), caching with policy ``local-local`` is
dt = Δ − reset(t), and dw stays as it is::

    full   reset = u0*t + 2^-1*u0*t*sgn(t-θ) - 2^-1*u0*t*sgn(t+θ)     t where |t| > θ, otherwise 0
    pulse  reset = 2^k*u0*sgn(t-θ) + 2^k*u0*sgn(t+θ)                  ±q where |t| > θ, q = 2^(k+1), otherwise 0

The full form is exact in floating point. In fixed arithmetic Lava shifts products of two tag factors right by 7 bits
and the full form empties every tag in every epoch, so the pulse form is used there. The output of the connection never
depends on t: whatever the tag does, w stays right. After Li & van Rossum (2020), doi:10.7554/eLife.50804.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from lava_caching.consolidation import Policy, get_policy
from lava_caching.errors import InputError, unknown
from lava_caching.kernels.limits import LARGEST_TRACE
from lava_caching.processes.lava_needed import require_lava
from lava_caching.processes.products import Factor, Product, realised_rate
from lava_caching.processes.rule_grammar import (
    ARITHMETICS,
    LONGEST_RULE,
    MULTIPLIER_BITS,
    Arithmetic,
    check_rule,
)

__all__ = ["NativeCachingRule", "Parameter", "check_cacheable", "losses", "native_caching_rule"]

Form = Literal["full", "pulse"]
LARGEST_TAG = 255
LONGEST_EPOCH = 63
"""Steps: Loihi counts an epoch in 6 bits."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the rule as it was asked for, and as Lava realises it on average."""

    name: str
    asked: float
    realised: float
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class NativeCachingRule:
    """A learning rule that caches by itself, and in what it differs from synaptic caching as published.

    Attributes
    ----------
    learning_rule : Loihi2FLearningRule or Loihi3FLearningRule
        For stock `LearningDense`: a copy of the rule it was made from, with dt added. Lava's models of `LearningSparse`
        cannot compute it on the CPU, because they cannot add a constant to a tag.
    form : {"full", "pulse"}
        What a synapse above the threshold transfers: all of it, or one quantum.
    arithmetic : {"fixed", "float"}
        The arithmetic it was made for.
    threshold : float
        θ in weight units.
    quantum : float or None
        Weight units of one transfer; None in the full form.
    products : tuple of Product
        All products of dw, dd and dt as Lava's parser realised them.
    parameters : tuple of Parameter
        Parameters of the traces in use, asked and realised.
    deviations : tuple of str
        In plain words.
    """

    learning_rule: Any
    form: Form
    arithmetic: Arithmetic
    threshold: float
    quantum: float | None
    products: tuple[Product, ...]
    parameters: tuple[Parameter, ...]
    deviations: tuple[str, ...]

    @property
    def dw(self) -> str:
        """Return the rule of the weights, as it was."""
        return str(self.learning_rule.dw_str)

    @property
    def dt(self) -> str:
        """Return the rule of the tags: that of the weights, and the reset."""
        return str(self.learning_rule.dt_str)


def native_caching_rule(
    rule: Any,
    threshold: float,
    *,
    quantum: float | None = None,
    arithmetic: Arithmetic = "fixed",
    policy: str | Policy = "local-local",
) -> NativeCachingRule:
    """Turn a learning rule of Lava into one that caches its changes in the tags.

    Parameters
    ----------
    rule : Loihi2FLearningRule, Loihi3FLearningRule or str
        Any rule with a dw and without a dt; it is copied with traces, epoch and seed. A text is the dw of a two-factor
        rule without traces.
    threshold : float
        θ in weight units; in fixed arithmetic a whole number from 0 to 255, the range of the tag.
    quantum : float, optional
        Weight units of one transfer, m·2^k with m from 1 to 7. In fixed arithmetic a whole number, at most θ + 1, and
        by default the largest power of two that is not above θ (at least 1). In floating point none by default, and
        everything is transferred.
    arithmetic : {"fixed", "float"}
        That of the ProcessModel: ``fixed_pt`` and the chip, or ``floating_pt``.
    policy : str or Policy
        A policy that looks at one synapse at a time; the learning engine sees no more.

    Raises
    ------
    InputError
        If the rule cannot be cached (see `check_cacheable`), if θ or quantum are out of range, if the policy looks at
        whole neurons, or if dt would not fit into 256 characters.

    Examples
    --------
    ``native_caching_rule("3*x0*y0", 8).dt`` is ``3*x0*y0 - 2^2*u0*sgn(t-8) - 2^2*u0*sgn(t+8)``, of which every
    connection of Lava and the chip make a cache with θ = 8 and pulses of 8.
    """
    require_lava("native_caching_rule")
    if arithmetic not in ARITHMETICS:
        raise unknown("arithmetic", str(arithmetic), ARITHMETICS)
    _check_policy(policy)
    rule = _as_rule(rule)
    check_cacheable(rule, arithmetic)
    _check_traces(rule, arithmetic)
    threshold = _checked_threshold(threshold, arithmetic)
    quantum = _checked_quantum(quantum, threshold, arithmetic)
    reset = _full_reset(threshold) if quantum is None else _pulse_reset(threshold, quantum)
    dw = rule.dw_str.strip()
    dt = dw + reset
    if len(dt) > LONGEST_RULE:
        raise InputError(
            f"dt = dw and the reset would have {len(dt)} characters: Lava holds {LONGEST_RULE}; shorten dw, which has "
            f"{len(dw)}, to {LONGEST_RULE - len(reset)}"
        )
    learning_rule = copy.deepcopy(rule)
    learning_rule.dt_str = dt
    products = tuple(_product(p) for series in learning_rule.active_product_series.values() for p in series.products)
    return NativeCachingRule(
        learning_rule=learning_rule,
        form="full" if quantum is None else "pulse",
        arithmetic=arithmetic,
        threshold=threshold,
        quantum=quantum,
        products=products,
        parameters=tuple(_parameters(learning_rule, arithmetic)),
        deviations=(
            *_decisions(threshold, quantum, arithmetic),
            *(_widths(learning_rule, threshold, products) if arithmetic == "fixed" else ()),
        ),
    )


def learning_rule_of(*, three_factor: bool = False, arithmetic: Arithmetic = "fixed", **fields: Any) -> Any:
    """Return a learning rule of Lava from its strings, after the grammar has passed them.

    Parameters
    ----------
    three_factor : bool
        A ``Loihi3FLearningRule``, else a ``Loihi2FLearningRule``.
    arithmetic : {"fixed", "float"}
        Which the rule is meant for.
    **fields
        Those of the class: ``dw``, ``dt``, ``dd``, impulses and time constants, ``t_epoch``, ``rng_seed``.

    Raises
    ------
    InputError
        For a string that Lava's parser would refuse or misread.
    """
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule

    check_rule(*(fields.get(target) for target in ("dw", "dd", "dt")), arithmetic=arithmetic)
    return (Loihi3FLearningRule if three_factor else Loihi2FLearningRule)(**fields)


def check_cacheable(rule: Any, arithmetic: Arithmetic = "fixed", *, reset: bool = True) -> tuple[Product, ...]:
    """Return the products of a rule of Lava whose tag is free for the transient part, or refuse it.

    Parameters
    ----------
    rule : Loihi2FLearningRule or Loihi3FLearningRule
        As it was given.
    arithmetic : {"fixed", "float"}
        See `lava_caching.processes.rule_grammar.check_rule`.
    reset : bool
        Whether the tag's rule is to get a reset, which needs u0.

    Raises
    ------
    InputError
        If it is not in the language of `lava_caching.processes.rule_grammar`, has no dw, has a dt already or reads t,
        or if it uses u1 to u9 beside a reset: a connection has one u^k.
    """
    if rule.dw_str is None:
        raise InputError("dw = None: caching needs changes of the weight; give the rule a dw")
    if rule.dt_str is not None:
        raise InputError(
            f"dt = {rule.dt_str!r}: the tag is taken, and caching keeps the transient part in it; leave dt out, or use "
            "CachingDense, which keeps it elsewhere"
        )
    products = check_rule(rule.dw_str, rule.dd_str, arithmetic=arithmetic)
    for product in products:
        if any(factor.variable == "t" for factor in product.factors):
            raise InputError(
                f"{product.target} reads t in {product}: caching keeps the transient part in the tag; leave t out"
            )
        if reset and product.decimation:
            raise InputError(
                f"{product.target} has u{product.decimation} in {product}: the reset needs u0, and a connection has "
                "one u^k; use u0 with a smaller rate"
            )
    return products


def losses(products: Iterable[Product]) -> tuple[str, ...]:
    """Say what fixed arithmetic does to products that floating point does not; empty if nothing is lost."""
    lines, fractions, wide, odd = [], [], [], []
    for product in products:
        if product.lost_bits:
            wanted = realised_rate(math.ldexp(product.rate, product.lost_bits))
            hint = f"; {wanted} would give {product.rate:g}" if wanted.relative_error == 0 else ""
            lines.append(
                f"{product} acts with {product.fixed_rate:g} instead of {product.rate:g}: {product.width} bits are "
                f"shifted right by {product.lost_bits}, rounding down{hint}"
            )
        if product.exponent < 0 and (product.lost_bits or product.rate % 1):
            fractions.append(str(product))
        if product.width > MULTIPLIER_BITS:
            wide.append(str(product))
        odd += [str(f) for f in product.factors if f.variable in ("w", "t") and f.constant and f.constant % 2]
    if fractions:
        lines.append(f"fractions are rounded at random to whole weights in {', '.join(dict.fromkeys(fractions))}")
    if wide:
        lines.append(f"factors can overflow Lava's 32 bits in {', '.join(dict.fromkeys(wide))}")
    if odd:
        lines.append(
            f"an odd constant in {', '.join(dict.fromkeys(odd))}: Loihi adds twice an 8-bit number, so a chip takes an "
            "even one"
        )
    return tuple(lines)


def _check_policy(policy: str | Policy) -> None:
    wanted = get_policy(policy)
    if wanted.scope == "synapse" and wanted.statistic in ("each", "max", "sum") and wanted.amount != "quantum":
        return
    raise InputError(
        f"policy = {wanted.name!r}: Loihi's learning engine sees one synapse at a time and moves one pulse or all; "
        "use 'local-local', or HostStepped of lava_caching.processes.host_stepped, which decides between presentations"
    )


def _as_rule(rule: Any) -> Any:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule

    if isinstance(rule, str):
        check_rule(rule)
        return Loihi2FLearningRule(dw=rule)
    if isinstance(rule, (Loihi2FLearningRule, Loihi3FLearningRule)):
        return rule
    raise InputError(
        f"rule = {rule!r}: must be a Loihi2FLearningRule or Loihi3FLearningRule of Lava, or the text of dw"
    )


def _check_traces(rule: Any, arithmetic: Arithmetic) -> None:
    for trace in sorted(rule.active_traces):
        if getattr(rule, f"{trace}_tau") == 0 and arithmetic == "float":
            raise InputError(f"{trace}_tau = 0: Lava's floating-point trace is then NaN; use a time constant above 0")


def _checked_threshold(threshold: float, arithmetic: Arithmetic) -> float:
    value = _number("threshold", threshold)
    if arithmetic == "float":
        if value and not 2.0**-900 <= value <= 2.0**53:
            raise InputError(f"threshold = {threshold}: must be 0, or from 2^-900 to 2^53; use weights of another unit")
        return value
    if value != int(value) or value > LARGEST_TAG:
        raise InputError(
            f"threshold = {threshold}: in fixed arithmetic it must be a whole number from 0 to {LARGEST_TAG}, as the "
            f"tag is; use {min(max(round(value), 0), LARGEST_TAG)}, or scale rate and threshold alike"
        )
    return int(value)


def _checked_quantum(quantum: float | None, threshold: float, arithmetic: Arithmetic) -> float | None:
    if quantum is None:
        return None if arithmetic == "float" else 2 ** max(0, int(threshold).bit_length() - 1)
    value = _number("quantum", quantum)
    largest = threshold if arithmetic == "float" else threshold + 1
    if not 0 < value <= largest:
        raise InputError(
            f"quantum = {quantum}: must be above 0 and at most {largest:g}, or a transfer turns the sign of what is "
            "left; use a smaller quantum or a larger threshold"
        )
    half = realised_rate(value / 2)
    if half.value != value / 2 or (arithmetic == "fixed" and value != int(value)):
        near = half.value * 2 if arithmetic == "float" else max(1, round(half.value * 2))
        whole = "" if arithmetic == "float" else "whole and "
        raise InputError(f"quantum = {quantum}: must be {whole}m*2^k with m from 1 to 7; the nearest is {near:g}")
    return int(value) if value == int(value) else value


def _number(name: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} = {value!r}: must be a number") from None
    if not (math.isfinite(number) and number >= 0):
        raise InputError(f"{name} = {value}: must be finite and not negative")
    return number


def _full_reset(threshold: float) -> str:
    theta = _constant_text(threshold)
    return f" - u0*t - 2^-1*u0*t*sgn(t-{theta}) + 2^-1*u0*t*sgn(t+{theta})"


def _pulse_reset(threshold: float, quantum: float) -> str:
    theta, half = _constant_text(threshold), realised_rate(quantum / 2)
    return f" - {half}*u0*sgn(t-{theta}) - {half}*u0*sgn(t+{theta})"


def _constant_text(value: float) -> str:
    """Write a number exactly: every float is a whole number times a power of two."""
    mantissa, denominator = float(value).as_integer_ratio()
    if denominator == 1:
        return str(mantissa)
    power = f"2^-{denominator.bit_length() - 1}"
    return power if mantissa == 1 else f"{mantissa}*{power}"


def _product(product: Any) -> Product:
    """Return a product of Lava's as ours; Lava keeps exponents plus 7."""
    return Product(
        target=product.target,
        dependency=product.dependency,
        decimation=product.decimate_exponent,
        mantissa=product.s_mantissa,
        exponent=product.s_exp - 7,
        factors=tuple(
            Factor(variable=factor.state_var, constant=factor.const, sign_only=factor.is_sgn)
            for factor in product.factors
        ),
    )


def _parameters(rule: Any, arithmetic: Arithmetic) -> Iterable[Parameter]:
    """Yield what Lava makes of the traces in use; third factors come through ports and have no impulse."""
    from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

    third = isinstance(rule, Loihi3FLearningRule)
    for trace in sorted(rule.active_traces):
        if third and trace.startswith("y"):
            continue
        asked = float(getattr(rule, f"{trace}_impulse"))
        graded = ", unless graded spikes set it" if trace == "x1" else ""
        realised, why = asked, "" if asked else f"the trace stays 0{graded}"
        if arithmetic == "fixed":
            # Lava compares the fraction, of 8 bits, with a random number of 7: it counts double, and never above 1
            fraction = round((asked - math.floor(asked)) * 256)
            realised = math.floor(asked) + min(fraction / 128, 1.0)
            why = "its fraction is rounded up too often" if realised != asked else why
            if realised > LARGEST_TRACE:
                realised, why = float(LARGEST_TRACE), "a trace has 7 bits"
        yield Parameter(name=f"{trace}_impulse", asked=asked, realised=realised, why=why)
        tau = float(getattr(rule, f"{trace}_tau"))
        yield Parameter(name=f"{trace}_tau", asked=tau, realised=tau)
    why = f"a chip counts to {LONGEST_EPOCH}" if rule.t_epoch > LONGEST_EPOCH else ""
    yield Parameter(name="t_epoch", asked=rule.t_epoch, realised=rule.t_epoch, why=why)


def _decisions(threshold: float, quantum: float | None, arithmetic: Arithmetic) -> Iterable[str]:
    """Yield in what the decisions differ from those of the published algorithm."""
    yield "decisions lag one epoch: the tag is compared with θ before the change of the epoch is added"
    yield "the tag is compared in every epoch, also in those that change nothing"
    if quantum is None:
        if threshold:
            yield "|t| = θ transfers half of t, where the paper transfers nothing"
    else:
        yield f"at most one quantum of {quantum:g} leaves a tag in an epoch; what exceeds it waits"
        rounded = ", rounded at random to a whole number" if arithmetic == "fixed" and quantum % 2 else ""
        if threshold:
            yield f"|t| = θ transfers half a quantum, {quantum / 2:g}{rounded}, where the paper transfers nothing"
    if arithmetic == "float":
        yield "there is no tolerance band: where t should equal θ, rounding of the sums decides"
    yield "transient parts do not decay"


def _widths(rule: Any, threshold: float, products: tuple[Product, ...]) -> Iterable[str]:
    """Yield what comes from the widths of fixed arithmetic."""
    yield "quanta are transferred instead of all of t: products of two tag factors lose 7 bits"
    if threshold % 2:
        below, above = threshold - 1, threshold + 1
        even = f"{below} or {above}" if above <= LARGEST_TAG else f"{below}"
        yield f"θ = {threshold} is odd: Loihi adds twice an 8-bit number to t, so a chip takes {even}; Lava takes it"
    if threshold == LARGEST_TAG:
        yield f"no positive tag exceeds θ = {threshold}, its largest value"
    yield "weights end at -256 and 255 and tags at -257 and 255: beyond, w - t changes without being asked"
    yield from losses(product for product in products if product.target != "dt")
    if rule.t_epoch > LONGEST_EPOCH:
        yield f"t_epoch = {rule.t_epoch}: Loihi counts the steps of an epoch in 6 bits, to {LONGEST_EPOCH}"
