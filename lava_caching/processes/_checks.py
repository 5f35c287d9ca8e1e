"""What a caching connection refuses when it is made, before anything is compiled, in a sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.utils.weightutils import SignMode

from lava_caching.errors import InputError, unknown
from lava_caching.processes.caching import Caching

__all__ = ["Bounds", "check_connection"]

Bounds = tuple[float, float]
OURS = ("bounds", "caching", "write_counts")
LAVAS = ("graded_spike_cfg", "learning_rule", "log_config", "name", "num_message_bits", "tag_1", "tag_2", "weights")
FURTHER = ("num_weight_bits", "sign_mode", "weight_exp")
"""Arguments that Lava's connections take without naming them; any other would be a misspelt one, silently ignored."""


def check_connection(
    kind: str,
    weights: Any,
    learning_rule: Any,
    caching: Caching | None,
    bounds: Bounds | None,
    graded_spike_cfg: Any,
    tags: tuple[Any, Any],
    further: dict[str, Any],
) -> None:
    """Refuse what no model of the connection could run.

    Raises
    ------
    InputError
        Naming the argument, its value, the rule and the way out.
    """
    for name in further:
        if name not in FURTHER:
            raise unknown(f"argument of {kind}", name, (*OURS, *LAVAS, *FURTHER))
    bits, sign_mode = further.get("num_weight_bits", 8), further.get("sign_mode")
    if not (isinstance(bits, (int, np.integer)) and 1 <= bits <= 8):
        raise InputError(f"num_weight_bits = {bits!r}: must be a whole number from 1 to 8")
    if kind == "CachingDense" and hasattr(weights, "tocsr"):
        raise InputError("weights of CachingDense are a sparse matrix: use CachingSparse, or weights.toarray()")
    values = _numbers(kind, weights)
    for tag, given in zip(("tag_1", "tag_2"), tags, strict=True):
        if given is not None and getattr(given, "shape", None) != weights.shape:
            found = f"has shape {given.shape}" if hasattr(given, "shape") else f"is a {type(given).__name__}"
            raise InputError(f"{tag} of {kind} {found}: must be an array of the weights' shape {weights.shape}")
    if not isinstance(learning_rule, (Loihi2FLearningRule, Loihi3FLearningRule)):
        raise InputError(
            f"learning_rule = {learning_rule!r}: {kind} needs a Loihi2FLearningRule or Loihi3FLearningRule"
        )
    if not isinstance(graded_spike_cfg, GradedSpikeCfg):
        known = ", ".join(GradedSpikeCfg.__members__)
        raise InputError(f"graded_spike_cfg = {graded_spike_cfg!r}: must be one of {known}")
    if sign_mode not in (None, SignMode.MIXED, SignMode.EXCITATORY, SignMode.INHIBITORY):
        raise InputError(f"sign_mode = {sign_mode}: a learning connection is MIXED, EXCITATORY or INHIBITORY")
    worst = {SignMode.EXCITATORY: min(values.min(initial=0), 0), SignMode.INHIBITORY: max(values.max(initial=0), 0)}
    bad = worst.get(sign_mode, 0) if sign_mode else 0
    if bad:
        raise InputError(f"weights of {kind} hold {bad:g}, which {sign_mode} excludes: use SignMode.MIXED")
    if caching is not None and not isinstance(caching, Caching):
        raise InputError(f"caching = {caching!r}: must be Caching(policy=..., threshold=...), or None to learn plainly")
    if caching is not None and learning_rule.dw_str is None:
        raise InputError("caching without dw: the learning rule changes no weights; give it a dw, or caching=None")
    if bounds is not None:
        _check_bounds(kind, values, bounds)


def _numbers(kind: str, weights: Any) -> Any:
    """Return the entries of the weights."""
    shape = getattr(weights, "shape", ())
    if len(shape) != 2 or 0 in shape:
        raise InputError(f"weights of {kind} have shape {shape}: must be an array (n_post, n_pre), not empty")
    values = np.asarray(weights.data if hasattr(weights, "tocsr") else weights)
    if values.dtype.kind not in "biuf":
        raise InputError(f"weights of {kind} have type {values.dtype}: must be real numbers")
    odd = values[~np.isfinite(values)]
    if odd.size:
        raise InputError(f"weights of {kind} hold {odd[0]}: must be finite numbers")
    return values


def _check_bounds(kind: str, values: Any, bounds: Any) -> None:
    pair = tuple(bounds) if isinstance(bounds, Iterable) else (bounds,)
    numbers = all(isinstance(bound, (int, float, np.integer, np.floating)) for bound in pair)
    if len(pair) != 2 or not numbers or not pair[0] < pair[1]:
        raise InputError(f"bounds = {bounds!r}: must be (lo, hi), two numbers with lo < hi")
    outside = values[(values < pair[0]) | (values > pair[1])]
    if outside.size:
        raise InputError(f"weights of {kind} hold {outside[0]:g}, outside of bounds = {bounds}: widen the bounds")
