"""Numbers as people read them: three digits, a prefix and a unit."""

from __future__ import annotations

import math

__all__ = ["duration", "engineering", "plain", "spread"]

PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
LONG_TIMES = {"years": 365.25 * 86400, "days": 86400.0, "hours": 3600.0}


def engineering(value: float | None, unit: str, digits: int = 3) -> str:
    """Return a number with three digits and a prefix, as in ``264 fJ``; plain where there is no unit to prefix.

    Parameters
    ----------
    value : float or None
        In `unit`; ``-`` stands for None.
    unit : str
        Without a prefix, such as ``J`` or ``s``; ``1`` and ``cycles`` take none, nor do seconds from 10,000.
    digits : int
        Significant digits.
    """
    if value is None:
        return "-"
    if unit in ("1", "cycles") or value == 0 or (unit == "s" and value >= 1e4):  # nobody reads megaseconds
        mantissa, _, exponent = f"{value:.{6 if value < 1e5 else digits}g}".partition("e")
        plain = f"{mantissa}e{int(exponent)}" if exponent else mantissa
        return plain if unit in ("1", "cycles") else f"{plain} {unit}"
    if value < 0:
        return f"-{engineering(-value, unit, digits)}"
    value = float(f"{value:.{digits}g}")  # before the prefix is chosen: 999.9 fJ is 1 pJ
    power = min(max(3 * math.floor(math.log10(value) / 3), min(PREFIXES)), max(PREFIXES))
    return f"{value / 10.0**power:.{digits}g} {PREFIXES[power]}{unit}"


def plain(value: float) -> str:
    """Return three digits without a unit: in full from a thousandth to a million, with an exponent beyond."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,g}" if rounded == 0 or 1e-3 <= abs(rounded) < 1e6 else engineering(rounded, "1")


def spread(bounds: dict[str, float | None], unit: str) -> str:
    """Return ``low to high``; where they agree, that the sources state no spread."""
    low, high = bounds["low"], bounds["high"]
    if low == high:
        return "none stated" if low else ""
    return f"{engineering(low, unit)} to {engineering(high, unit)}"


def duration(seconds: float | None) -> str:
    """Return a time in the largest unit of which it holds two; None is for ever."""
    if seconds is None:
        return "unlimited"
    for name, length in LONG_TIMES.items():
        if seconds >= 2 * length:
            return f"{engineering(float(f'{seconds / length:.3g}'), '1')} {name}"
    return engineering(seconds, "s")
