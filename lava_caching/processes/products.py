"""Products of a learning rule, their numbers and widths, as Loihi's engine computes them. Imports no Lava.

A product is ``mantissa · 2^exponent · dependency · factor · factor …``; widths are those of Lava's learning engine
(`lava.magma.core.learning`), which follow Davies et al. (2018), doi:10.1109/MM.2018.112130359.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lava_caching.errors import InputError

__all__ = [
    "DEFAULT_SCALE",
    "EXPONENTS",
    "MANTISSAS",
    "WIDTHS",
    "Factor",
    "Product",
    "Rate",
    "number_text",
    "realised_rate",
]

MANTISSAS, EXPONENTS = range(-8, 8), range(-7, 9)
"""Of the number before a product: mantissa·2^exponent."""
WIDTHS = {"x0": 1, "y0": 1, **dict.fromkeys(("x1", "x2", "y1", "y2", "y3"), 7), **dict.fromkeys("wdt", 9)}
"""Bits of a factor in fixed arithmetic."""
MANTISSA_BITS, ACCUMULATOR_BITS = 4, 15
DEFAULT_SCALE = 4
"""Integer units of a weight unit, which is one η, where a perceptron is learned in whole numbers: the number before its
products. A choice: thresholds in quarters of η, and 63 updates of one sign before a weight is at its end."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A number that can stand before a product, and how far it is from the one that was asked for.

    Attributes
    ----------
    asked, value : float
        The number wanted, and mantissa·2^exponent.
    mantissa, exponent : int
        From -8 to 7, and from -7 to 8.
    """

    asked: float
    mantissa: int
    exponent: int

    @property
    def value(self) -> float:
        """Return mantissa·2^exponent."""
        return math.ldexp(self.mantissa, self.exponent)

    @property
    def relative_error(self) -> float:
        """Return (value − asked) / (size of asked); 0 where 0 was asked."""
        return (self.value - self.asked) / abs(self.asked) if self.asked else 0.0

    def __str__(self) -> str:
        return number_text(self.mantissa, self.exponent)


def realised_rate(asked: float) -> Rate:
    """Return the number nearest to `asked` that can stand before a product; 0 for 0 alone.

    Lava's ready-made STDP rules round their rates to a whole number times a power of two, which can be far off.

    Examples
    --------
    >>> rate = realised_rate(0.3)
    >>> str(rate), rate.value
    ('5*2^-4', 0.3125)

    Raises
    ------
    InputError
        If `asked` is not finite.
    """
    if not math.isfinite(asked):
        raise InputError(f"rate = {asked}: must be finite")
    if asked == 0:
        return Rate(asked=0.0, mantissa=0, exponent=0)
    candidates = (Rate(asked=float(asked), mantissa=m, exponent=k) for m in MANTISSAS if m for k in EXPONENTS)
    bounded = min(max(asked, -4096.0), 4096.0)  # farther out, floating point no longer tells candidates apart
    return min(candidates, key=lambda r: (abs(r.value - bounded), abs(r.mantissa), abs(r.exponent)))


def number_text(mantissa: int, exponent: int) -> str:
    """Return mantissa·2^exponent as it is written in a rule."""
    if exponent == 0:
        return str(mantissa)
    return f"{'-' if mantissa < 0 else ''}{'' if abs(mantissa) == 1 else f'{abs(mantissa)}*'}2^{exponent}"


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A variable of a product, with its additive constant if there is one, or the sign of both.

    Attributes
    ----------
    variable : str
        x0, y0, x1, x2, y1, y2, y3, w, d or t.
    constant : int, float or None
        Added to the variable; fractions in floating point only.
    sign_only : bool
        Whether the factor is sgn(variable + constant).
    """

    variable: str
    constant: float | None = None
    sign_only: bool = False

    def __str__(self) -> str:
        text = self.variable if self.constant is None else f"{self.variable}{self.constant:+.15g}"
        if self.sign_only:
            return f"sgn({text})"
        return text if self.constant is None else f"({text})"


@dataclass(frozen=True, kw_only=True)
class Product:
    """One product of a rule, as Lava's engine computes it.

    Attributes
    ----------
    target : str
        dw, dd or dt.
    dependency : str
        x0, y0 or u: when the product is computed.
    decimation : int or None
        k of u^k (every 2^k epochs), None for the others.
    mantissa, exponent : int
        The number before it.
    factors : tuple of Factor
        Multiplied with one another.
    """

    target: str
    dependency: str
    decimation: int | None
    mantissa: int
    exponent: int
    factors: tuple[Factor, ...]

    @property
    def rate(self) -> float:
        """Return the number before the product in floating point."""
        return math.ldexp(self.mantissa, self.exponent)

    @property
    def lost_bits(self) -> int:
        """Return the bits by which fixed arithmetic shifts the product right, so that it fits into 15."""
        return max(0, self.width - ACCUMULATOR_BITS)

    @property
    def fixed_rate(self) -> float:
        """Return the number by which fixed arithmetic multiplies the factors."""
        return math.ldexp(self.rate, -self.lost_bits)

    @property
    def width(self) -> int:
        """Return the bits of mantissa and factors together."""
        return MANTISSA_BITS + sum(WIDTHS[factor.variable] for factor in self.factors)

    def __str__(self) -> str:
        when = self.dependency if self.decimation is None else f"u{self.decimation}"
        rest = "*".join((when, *map(str, self.factors)))
        if self.exponent == 0 and abs(self.mantissa) == 1:
            return f"{'-' if self.mantissa < 0 else ''}{rest}"
        return f"{number_text(self.mantissa, self.exponent)}*{rest}"
