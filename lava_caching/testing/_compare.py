"""Compare ledgers and records field by field, and say where they differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

__all__ = ["SHOWN", "differences"]

SHOWN = 8
"""Differences that a message quotes at most."""


def differences(found: Any, expected: Any, *, relative: float = 0.0, where: str = "") -> list[str]:
    """List the places in which two nests of dictionaries, lists and numbers differ.

    Parameters
    ----------
    found, expected : dict, list or plain value
        As `lava_caching.Ledger.to_dict` gives them.
    relative : float
        Relative difference allowed between floats; integers, texts, keys and lengths must be equal.
    where : str
        Name of the whole, for the messages.

    Returns
    -------
    list of str
        ``place: found ≠ expected``, empty when equal.

    Examples
    --------
    >>> differences({"n": 1, "l1": 2.0}, {"n": 1, "l1": 2.5}, where="run")
    ['run.l1: 2.0 ≠ 2.5']
    """
    return list(_walk(found, expected, relative, where))


def _walk(a: Any, b: Any, relative: float, where: str) -> Iterator[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}):
            yield from _walk(a.get(key, "(absent)"), b.get(key, "(absent)"), relative, f"{where}.{key}")
    elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _walk(x, y, relative, f"{where}[{i}]")
    elif isinstance(a, float) and isinstance(b, float):
        if not math.isclose(a, b, rel_tol=relative, abs_tol=relative * 1e-3):
            yield f"{where}: {a!r} ≠ {b!r}"
    elif a != b or type(a) is not type(b):
        yield f"{where}: {a!r} ≠ {b!r}"
