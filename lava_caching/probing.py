"""Try a function of the user's on a few values where it is handed over, so that its faults do not end in a run.

What a function does elsewhere is for `lava_caching.testing` to find, which takes longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

from lava_caching.errors import InputError

__all__ = ["probe"]


def probe(
    whose: str, function: Callable[..., Any], cases: Iterable[tuple[float, ...]], *, least: float = -math.inf
) -> None:
    """Call a function, and refuse one that fails or returns anything but finite numbers.

    Parameters
    ----------
    whose : str
        What it belongs to and what it is, for the message.
    function : callable
        A plain scalar function of floats.
    cases : iterable of tuples of float
        What it is called with.
    least : float
        Smallest number that it may return.

    Raises
    ------
    InputError
        Naming the values, and what came of them.
    """
    rule = "a finite number" if least == -math.inf else f"a finite number, {least:g} or more"
    if not callable(function):
        raise InputError(f"{whose} is {function!r}: must be a function of floats that returns {rule}")
    for given in cases:
        try:
            value = function(*given)
        except Exception as error:  # whatever somebody's function does
            said = f"{type(error).__name__}: {error}"
            raise InputError(f"{whose} fails on {given} ({said}); mend it, so that it returns {rule}") from error
        if not (isinstance(value, Real) and math.isfinite(value) and float(value) >= least):
            raise InputError(f"{whose} makes {value!r} of {given}: must be {rule}; mend it")
