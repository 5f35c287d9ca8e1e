"""With decay: the stationary density of a transient part between −θ and θ, and the powers that follow from it.

A transient part takes a step ±η with probability p per presentation, decays with τ, and starts anew from 0 when it
reaches ±θ. For small steps its density P obeys ∂P/∂t = ∂(sP/τ)/∂s + (σ_s²/2) ∂²P/∂s² + r δ(s), with σ_s² = pη² per
presentation and P(±θ) = 0. In x = s/σ, t = θ/σ and σ² = τσ_s² its stationary solution is that of the paper,

    P(s) = e^(−x²) [erfi(t) − erfi(|x|)] / (2σ I(t)),    I(t) = ∫₀ᵗ e^(u²) erf(u) du = t²/√π · ₂F₂(1, 1; 3/2, 2; t²),

where the paper prints I as the difference √π/2 · erf(t) erfi(t) − t²/√π · ₂F₂(1, 1; 3/2, 2; −t²), which cancels. The
flux at ±θ gives r = 1/(√π τ I(t)), and ⟨|s|⟩ = σ (erfi(t)/2 − t/√π)/I(t). All series here have positive terms.
"""

from __future__ import annotations

import math

from lava_caching.errors import InputError

__all__ = ["consolidation_power", "consolidation_rate", "maintenance_power", "mean_transient", "transient_density"]

FAR = 25.0
"""t beyond which e^(t²) leaves the floats; there the walk all but never reaches θ, and asymptotes are exact to 1e-3."""


def consolidation_rate(threshold: float, tau: float, p: float, *, learning_rate: float = 1.0) -> float:
    """Return r = 1/(√π τ I(θ/σ)), how often per presentation a transient part reaches the threshold.

    Parameters
    ----------
    threshold : float
        θ in weight units, > 0.
    tau : float
        τ in presentations, > 0.
    p : float
        Updates per presentation, 0 < p ≤ 1.
    learning_rate : float
        η in weight units, > 0.

    Examples
    --------
    >>> abs(consolidation_rate(0.01, 1000.0, 0.1) * 0.01**2 / 0.1 - 1) < 1e-6  # a small threshold: r = p·η²/θ²
    True
    """
    t, _ = _scaled(threshold, tau, p, learning_rate)
    if t > FAR:
        return 2.0 * t * math.exp(-t * t) / (math.sqrt(math.pi) * tau)
    return 1.0 / (math.sqrt(math.pi) * tau * _escape(t))


def mean_transient(threshold: float, tau: float, p: float, *, learning_rate: float = 1.0) -> float:
    """Return ⟨|s|⟩ in weight units; parameters as for `consolidation_rate`.

    It is θ/3 for a small threshold, and σ/√π where the threshold is never reached.
    """
    t, sigma = _scaled(threshold, tau, p, learning_rate)
    if t > FAR:
        return sigma / math.sqrt(math.pi)
    return sigma * _excess(t) / _escape(t)


def transient_density(s: float, threshold: float, tau: float, p: float, *, learning_rate: float = 1.0) -> float:
    """Return the density of a transient part at `s` per weight unit; parameters as for `consolidation_rate`.

    Raises
    ------
    InputError
        Besides numbers out of range, for a threshold of more than 25 σ, where the density is a Gaussian.
    """
    t, sigma = _scaled(threshold, tau, p, learning_rate)
    if t > FAR:
        raise InputError(f"threshold = {threshold:g}: is {t:.3g} σ; beyond {FAR:g} the density is exp(−s²/σ²)/(σ√π)")
    x = abs(s) / sigma
    if x >= t:
        return 0.0
    return math.exp(-x * x) * (_erfi(t) - _erfi(x)) / (2.0 * sigma * _escape(t))


def maintenance_power(
    N: float, threshold: float, tau: float, p: float, c: float, *, learning_rate: float = 1.0
) -> float:
    """Return m_trans = c·N·⟨|s|⟩, the maintenance of N transient parts per presentation."""
    return c * N * mean_transient(threshold, tau, p, learning_rate=learning_rate)


def consolidation_power(N: float, threshold: float, tau: float, p: float, *, learning_rate: float = 1.0) -> float:
    """Return m_cons = N·θ·r, the consolidation of N transient parts per presentation."""
    return N * threshold * consolidation_rate(threshold, tau, p, learning_rate=learning_rate)


def _scaled(threshold: float, tau: float, p: float, learning_rate: float) -> tuple[float, float]:
    """Return t = θ/σ and σ."""
    for name, value in (("threshold", threshold), ("tau", tau), ("p", p), ("learning_rate", learning_rate)):
        if not (value > 0 and math.isfinite(value)):
            raise InputError(f"{name} = {value}: must be > 0 and finite")
    if p > 1:
        raise InputError(f"p = {p}: must be at most 1, an update in each presentation")
    sigma = learning_rate * math.sqrt(p * tau)
    return threshold / sigma, sigma


def _escape(t: float) -> float:
    """Return I(t) = (2/√π) Σ 2ⁿ t^(2n+2)/((2n+1)!! (2n+2))."""
    term = t * t  # 2ⁿ t^(2n+2)/(2n+1)!!
    total, n = term / 2.0, 0
    while term > 1e-18 * total:
        n += 1
        term *= 2.0 * t * t / (2 * n + 1)
        total += term / (2 * n + 2)
    return 2.0 / math.sqrt(math.pi) * total


def _excess(t: float) -> float:
    """Return erfi(t)/2 − t/√π = (1/√π) Σ_{n≥1} t^(2n+1)/(n! (2n+1)), without the difference."""
    term, total, n = t, 0.0, 0
    while n == 0 or term > 1e-18 * total:
        n += 1
        term *= t * t / n
        total += term / (2 * n + 1)
    return total / math.sqrt(math.pi)


def _erfi(x: float) -> float:
    return 2.0 * (_excess(x) + x / math.sqrt(math.pi))
