"""Text as markup: formulas stay on one line, exponents are raised, long names may break at their joints.

Everything is escaped first. What is added afterwards are tags without attributes of anybody's choice, so a text from a
file stays a text.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

__all__ = ["in_cell", "in_prose"]

FORMULA = re.compile(r"(?:\w·)?(?:Σ\|[^|&<>]{1,20}\||\|[A-Za-zΔ]{1,3}\|)(?:\^(?P<power>\w))?")
"""Σ|Δl|^α, c·Σ|s|, Σ|w(T) − w(0)| or |s|; browsers break a line after each bar."""
JOINT = re.compile(r"_(?=\w)|\.(?=[a-z])")
"""Where sram_pcm_90nm and volatile.hold.power_w_per_bit may break, and 0.01 may not."""


def in_prose(text: str) -> Markup:
    """Return a sentence, in which |x|^α becomes a power."""
    escaped = FORMULA.sub(lambda found: _unbroken(_raised(found[0], found["power"])), str(escape(text)))
    return Markup(escaped)  # escaped above


def in_cell(text: str) -> Markup:
    """Return the text of a cell, in which long names may break; its text is unchanged, for a CSV is made of it."""
    escaped = FORMULA.sub(lambda found: _unbroken(found[0]), str(escape(text)))
    return Markup(JOINT.sub(lambda joint: f"{joint[0]}<wbr>", escaped))  # escaped above


def _raised(formula: str, power: str | None) -> str:
    return formula if power is None else f"{formula.removesuffix(f'^{power}')}<sup>{power}</sup>"


def _unbroken(formula: str) -> str:
    return f'<span class="f">{formula}</span>'
