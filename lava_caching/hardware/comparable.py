"""Whether bills may be compared: holding is paid, and cells wear, by time, so their steps must take equally long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lava_caching.readable import engineering

__all__ = ["different_steps"]


def different_steps(bills: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a warning where bills, as they stand in records, count on steps of different length."""
    steps: dict[float, list[str]] = {}
    for bill in bills:
        if bill["joules"] is not None:
            steps.setdefault(bill["operating_point"]["step_duration_s"], []).append(bill["profile"])
    if len(steps) > 1:
        told = ", ".join(f"{engineering(s, 's')} on {', '.join(dict.fromkeys(names))}" for s, names in steps.items())
        yield f"not alike: a step takes {told}; price or compare with --step-duration to make it the same on all"
