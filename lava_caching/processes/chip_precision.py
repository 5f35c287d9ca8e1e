"""What a connection loses on its way to integers: weights, tags, traces and time constants, given against realised.

The realised weights are those of Lava's own fixed-point models: clipped and truncated by `lava.utils.weightutils`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.hardware.chips import Chip, limit
from lava_caching.processes.chip_members import weights_of

__all__ = ["Loss", "losses_of"]

FRACTION_BITS = 8
"""Of the impulse of a trace, in Lava's fixed-point learning."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """One quantity of a connection that integers do not hold as it was given.

    Attributes
    ----------
    what : str
        weights, tag_1, tag_2, or a parameter of the learning rule.
    largest, rms : float
        Largest and root-mean-square difference between realised and given.
    n, n_changed, n_clipped, n_lost : int
        Values in all, those that change, those beyond the range, and those that become 0.
    note : str
        What happens, and what to do.
    """

    what: str
    largest: float
    rms: float
    n: int
    n_changed: int
    n_clipped: int = 0
    n_lost: int = 0
    note: str = ""

    def sentence(self, label: str) -> str:
        """Return the loss in words."""
        if self.n == 1 and not self.n_lost:
            return f"{label!r}: {self.note}"
        parts = [f"{label!r}: {self.n_changed:,} of {self.n:,} {self.what} change, by at most {self.largest:.4g}"]
        parts.append(f"(RMS {self.rms:.3g})")
        counted = [(self.n_clipped, "clipped"), (self.n_lost, "become 0")]
        told = " and ".join(f"{n:,} {words}" for n, words in counted if n)
        return " ".join(parts) + (f", {told}" if told else "") + f": {self.note}"


def losses_of(process: Any, chip: Chip) -> list[Loss]:
    """Return what a stock connection loses in fixed point; an empty list where every value is held.

    Parameters
    ----------
    process : AbstractProcess
        A connection of Lava, with or without learning.
    chip : Chip
        For the widths of traces and delays.
    """
    return [*_weight_losses(process), *_tag_losses(process, chip), *_trace_losses(process, chip)]


def _values(stored: Any) -> NDArray[np.float64]:
    """Return the values of a Var's initial content, those of its pattern where it is sparse."""
    return np.asarray(stored.data if hasattr(stored, "tocoo") else stored, dtype=np.float64).ravel()


def _weight_losses(process: Any) -> Iterator[Loss]:
    from lava.utils.weightutils import SignMode, clip_weights, determine_sign_mode, truncate_weights

    params, given = process.proc_params, _values(weights_of(process))
    if not given.size:
        return
    learns = params.get("learning_rule") is not None
    mode = params.get("sign_mode") or (SignMode.MIXED if learns else determine_sign_mode(given))
    bits = int(params.get("num_weight_bits", 8))
    finite = np.nan_to_num(given, nan=0.0, posinf=2.0**30, neginf=-(2.0**30))
    whole = np.clip(finite, -(2**30), 2**30).astype(np.int32)  # as Lava cuts them off
    clipped = clip_weights(whole, mode, num_bits=8)
    realised = truncate_weights(clipped, mode, bits).astype(np.float64)
    n_clipped = int(np.count_nonzero(clipped != whole))
    fractions = bool((given != np.trunc(given)).any())
    reasons = ["fractions are cut off, so scale the weights to whole numbers"] * fractions
    if n_clipped:
        reasons.append(f"weights of sign mode {mode.name.lower()} have 8 bits and a sign, so scale them down")
    if (realised != clipped).any():
        reasons.append(
            "the lowest bit of mixed-sign weights is dropped, so give even numbers"
            if mode is SignMode.MIXED and bits == 8
            else f"num_weight_bits = {bits} drops low bits"
        )
    if loss := _difference("weights", given, realised, n_clipped, "; ".join(reasons)):
        yield loss


def _tag_losses(process: Any, chip: Chip) -> Iterator[Loss]:
    for name, bits in (("tag_1", limit(chip.synapse.tag_bits)), ("tag_2", limit(chip.synapse.delay_bits))):
        stored = getattr(process, name, None)
        if stored is None or bits is None:
            continue
        given = _values(stored.init)
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if name == "tag_1" else (0, 2**bits - 1)
        realised = np.clip(np.trunc(given), low, high)
        n_clipped = int(np.count_nonzero(realised != np.trunc(given)))
        note = f"a {name} is a whole number from {low} to {high}"
        if loss := _difference(name, given, realised, n_clipped, note):
            yield loss


def _trace_losses(process: Any, chip: Chip) -> Iterator[Loss]:
    rule = process.proc_params.get("learning_rule")
    if rule is None:
        return
    largest = 2 ** (limit(chip.synapse.trace_bits) or 7) - 1
    for trace in sorted(rule.active_traces):
        given = float(getattr(rule, f"{trace}_impulse"))
        realised = min(round(given * 2**FRACTION_BITS) / 2**FRACTION_BITS, largest)
        if given > largest:
            note = f"{trace}_impulse = {given:g}: a trace has 7 bits and holds at most {largest}; it saturates there"
        else:
            note = f"{trace}_impulse = {given:g}: realised as {realised:.6g}, in steps of 1/{2**FRACTION_BITS}"
        was, became = np.array([given]), np.array([float(realised)])
        if loss := _difference(f"{trace}_impulse", was, became, given > largest, note):
            yield loss
        tau = float(getattr(rule, f"{trace}_tau"))
        cut = np.trunc(tau)
        note = f"{trace}_tau = {tau:g}: the Var holds whole numbers, so {cut:g} from the first Var.set on; give {cut:g}"
        if loss := _difference(f"{trace}_tau", np.array([tau]), np.array([cut]), 0, note):
            yield loss


def _difference(
    what: str, given: NDArray[np.float64], realised: NDArray[np.float64], n_clipped: int, note: str
) -> Loss | None:
    off = np.abs(np.nan_to_num(given - realised, nan=np.inf))
    if not off.any():
        return None
    with np.errstate(over="ignore"):
        rms = float(np.sqrt(np.mean(off**2)))
    return Loss(
        what=what,
        largest=float(off.max()),
        rms=rms,
        n=given.size,
        n_changed=int(np.count_nonzero(off)),
        n_clipped=int(n_clipped),
        n_lost=int(np.count_nonzero((given != 0) & (realised == 0))) if given.size > 1 else 0,
        note=note,
    )
