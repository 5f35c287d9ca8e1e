"""Without decay: the energies of a walk between −θ and θ, their least, and learning without caching."""

from __future__ import annotations

import math

from lava_caching.errors import InputError

__all__ = [
    "best_inefficiency",
    "best_threshold",
    "change_energy",
    "consolidation_energy",
    "inefficiency_without_caching",
    "maintenance_energy",
    "presentations",
    "updates",
]

BAND = 1e-9
"""Of η: within it |s| equals θ, as in the engines; so 0.3/0.1, a little below 3 in floating point, is 3."""


def updates(N: float, P: float) -> float:
    """Return K = 2P/(2 − P/N)², the updates until P random patterns are stored; infinite from P = 2N on.

    Parameters
    ----------
    N, P : float
        Inputs and patterns, > 0.

    Examples
    --------
    >>> updates(1000, 1000)
    2000.0
    >>> updates(1000, 2000)
    inf
    """
    gap = _gap(N, P)
    return 2.0 * P / gap**2 if gap > 0 else math.inf


def presentations(N: float, P: float) -> float:
    """Return T = P^(3/2)/(2 − P/N)², the presentations until P random patterns are stored; infinite from P = 2N on."""
    gap = _gap(N, P)
    return P**1.5 / gap**2 if gap > 0 else math.inf


def inefficiency_without_caching(N: float, P: float) -> float:
    """Return M/M_min = √(πP)/(2 − P/N) of learning that writes every update (Eq. 3); infinite from P = 2N on."""
    gap = _gap(N, P)
    return math.sqrt(math.pi * P) / gap if gap > 0 else math.inf


def consolidation_energy(N: float, K: float, threshold: float, *, learning_rate: float = 1.0) -> float:
    """Return M_cons = N(η²K/θ + θ/3): the walk crosses θ about η²K/θ² times, and θ/3 is left at the end.

    Parameters
    ----------
    N, K : float
        Synapses, updates.
    threshold : float
        θ in weight units, > 0.
    learning_rate : float
        η in weight units, > 0.

    Returns
    -------
    float
        Σ|Δl| in weight units.
    """
    _positive(threshold=threshold, learning_rate=learning_rate)
    return N * (learning_rate**2 * K / threshold + threshold / 3.0)


def maintenance_energy(N: float, T: float, threshold: float, c: float) -> float:
    """Return M_trans = c·N·T·θ/3: |s| is θ/3 on average. In units of one consolidated weight unit."""
    _positive(threshold=threshold)
    return c * N * T * threshold / 3.0 if c else 0.0


def change_energy(N: float, K: float, threshold: float, b: float, *, learning_rate: float = 1.0) -> float:
    """Return what changing s costs: b·η·N·K·(1 − 1/n²) with n = ⌊θ/η⌋ + 1 steps from 0 to beyond θ.

    The trigger is strict (|s| > θ), hence the floor where the paper prints ⌈θ/η⌉. One update in n² triggers, and a
    change that is consolidated in the same step is not charged as a transient one. So from b = 1 on transient changes
    cost at least what they save, and immediate consolidation is best.
    """
    _positive(threshold=threshold, learning_rate=learning_rate)
    n = math.floor(threshold / learning_rate + BAND) + 1
    return b * learning_rate * N * K * (1.0 - 1.0 / n**2) if b and n > 1 else 0.0


def best_threshold(K: float, T: float, c: float, *, learning_rate: float = 1.0) -> float:
    """Return θ* = η√(3K/(1 + cT)), where M_cons + M_trans is least (b = 0, which does not move it while θ ≫ η).

    Raises
    ------
    InputError
        If c is negative, η is not positive, or K is infinite while holding costs something.

    Examples
    --------
    >>> best_threshold(2000.0, 31623.0, 0.0)
    77.45966692414834
    """
    _positive(learning_rate=learning_rate)
    if not c >= 0:
        raise InputError(f"c = {c}: must not be negative")
    if c == 0:
        return learning_rate * math.sqrt(3.0 * K)
    if math.isinf(K):
        raise InputError(f"K = {K}: learning that never ends has no best threshold; take P below 2N")
    return learning_rate * math.sqrt(3.0 * K / (1.0 + c * T))


def best_inefficiency(K: float, T: float, c: float) -> float:
    """Return M_cache/M_min at θ* = min(√(2π(1 + cT)/3), √(πK/2)); the second is learning without caching.

    At c = 0 this is 1.45, where postponing all consolidation to the end reaches 1: the θ/3 left at the end is charged
    beside the transfers, and a walk that never reaches θ makes none.
    """
    return min(math.sqrt(2.0 * math.pi * (1.0 + (c * T if c else 0.0)) / 3.0), math.sqrt(math.pi * K / 2.0))


def _gap(N: float, P: float) -> float:
    _positive(N=N, P=P)
    return 2.0 - P / N


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise InputError(f"{name} = {value}: must be > 0")
