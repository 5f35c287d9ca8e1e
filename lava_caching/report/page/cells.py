"""Numbers and words as cells: few digits to read, all digits for the CSV; what is not known says so and is never 0."""

from __future__ import annotations

import math
from typing import Any

from lava_caching.readable import engineering
from lava_caching.report.page.content import Cell

__all__ = [
    "UNKNOWN",
    "any_value",
    "count",
    "energy",
    "figures",
    "joules",
    "number",
    "percent",
    "physical",
    "seconds",
    "words",
]

TIMES = {"years": 365.25 * 86400, "days": 86400.0, "hours": 3600.0, "minutes": 60.0}
UNKNOWN = Cell("unknown", kind="unknown")


def number(value: Any) -> float | None:
    """Return a finite number as it is, anything else as None: a record may have been edited."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number of more digits than a float takes
        return None


def words(text: Any) -> Cell:
    """Return a text."""
    return Cell(str(text))


def count(value: Any) -> Cell:
    """Return a count in full."""
    n = number(value)
    return UNKNOWN if n is None else Cell(_minus(f"{n:,}") if isinstance(n, int) else figures(n), n, "number")


def energy(value: Any) -> Cell:
    """Return an energy in the units of the paper, or another number without a unit, with four digits."""
    n = number(value)
    return UNKNOWN if n is None else Cell(figures(n), n, "number")


def figures(n: float) -> str:
    """Return four digits, whole numbers in full, exponents only where nobody reads the zeros."""
    if n == 0:
        return "0"
    size = abs(n)
    if 1e-3 <= size < 999.95:
        return _minus(f"{n:.4g}")
    if 1e-3 <= size < 1e9:
        return _minus(f"{n:,.0f}")
    mantissa, _, exponent = f"{n:.3e}".partition("e")
    return f"{_minus(mantissa.rstrip('0').rstrip('.'))} × 10{_raised(int(exponent))}"


def _minus(text: str) -> str:
    """Return a number with a minus sign, U+2212, in place of the hyphen."""
    return f"−{text[1:]}" if text.startswith("-") else text


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def physical(value: Any, unit: str) -> Cell:
    """Return a quantity with three digits and a prefix; beyond the prefixes, as a power of ten."""
    n = number(value)
    if n is None:
        return UNKNOWN
    ordinary = n == 0 or 1e-18 <= abs(n) < 1e12
    return Cell(_minus(engineering(float(n), unit)) if ordinary else f"{figures(n)} {unit}", n, "number")


def joules(value: Any) -> Cell:
    """Return an energy in joules."""
    return physical(value, "J")


def seconds(value: Any) -> Cell:
    """Return a time in the largest unit of which it holds two."""
    n = number(value)
    if n is None:
        return UNKNOWN
    unit, size = next(((unit, size) for unit, size in TIMES.items() if abs(n) >= 2 * size), ("s", 1.0))
    return Cell(_minus(engineering(float(n), "s")) if unit == "s" else f"{_three(n / size)} {unit}", n, "number")


def _three(n: float) -> str:
    return figures(float(f"{n:.3g}"))


def percent(part: Any, whole: Any) -> Cell:
    """Return a share; nothing where there is nothing to share."""
    a, b = number(part), number(whole)
    if a is None or b is None:
        return UNKNOWN
    return Cell(f"{a / b:.1%}", a / b, "number") if b else Cell("")


def any_value(value: Any) -> Cell:
    """Return whatever a config or an outcome holds; None means "not set" there."""
    if value is None:
        return Cell("not set")
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    n = number(value)
    if n is not None:
        return Cell(_minus(f"{n:,}" if isinstance(n, int) and abs(n) >= 10_000 else f"{n:.6g}"), n, "number")
    return Cell(str(value))
