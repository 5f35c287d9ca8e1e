"""What every declaration must keep to: its kind, a name, a line of summary, and functions that can be compiled."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from lava_caching.kernels._compile import scalar

__all__ = ["called", "check_declared", "check_named", "compiled_twin", "number"]

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def check_declared(thing: Any, kind: type) -> str:
    """Check that a thing is of its kind, and that it has a name and a summary; return the name."""
    assert isinstance(thing, kind), f"{thing!r} is of type {type(thing).__name__}: must be a {kind.__name__}"
    return check_named(thing, kind.__name__)


def check_named(thing: Any, what: str) -> str:
    """Check that a thing has a name and a summary; return the name."""
    name, summary = (getattr(thing, word, None) for word in ("name", "summary"))
    assert isinstance(name, str), f"{what}: its name is {name!r}: must be a text"
    assert NAME.fullmatch(name), f"{name!r}: names are lower case with hyphens, letters and digits between them"
    assert isinstance(summary, str), f"{name}: the summary is a text, not {summary!r}"
    assert len(summary.splitlines()) == 1, f"{name}: the summary is one line"
    return name


def called(name: str, function: Callable[..., Any], *given: Any) -> Any:
    """Return what a function makes of its arguments; that it fails is said with the name of the thing."""
    try:
        return function(*given)
    except Exception as error:
        raise AssertionError(f"{name}{given}: fails ({type(error).__name__}: {error})") from error


def number(name: str, function: Callable[..., Any], *given: float) -> float:
    """Return what a function makes of its arguments, which must be a finite float, twice the same."""
    value = called(name, function, *given)
    assert isinstance(value, float), f"{name}{given} = {value!r}: must be a float"
    assert math.isfinite(value), f"{name}{given} = {value}: must be finite"
    assert called(name, function, *given) == value, f"{name}{given}: a second call differs from the first"
    return value


def compiled_twin(name: str, function: Callable[..., Any], n_arguments: int) -> Callable[..., Any]:
    """Return a function compiled, as kernels take it; that it does not compile is said in one line."""
    try:
        found: Callable[..., Any] = scalar(function, n_arguments)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]  # numba's may be a hundred
        reason = next((line for line in lines if not line.startswith("Failed in ")), type(error).__name__)
        raise AssertionError(
            f"{name}: does not compile as a function of {n_arguments} floats that returns one ({reason})"
        ) from error
    return found
