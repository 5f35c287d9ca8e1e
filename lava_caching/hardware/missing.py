"""Which numbers of a pair are unknown and kept a bill from having a total."""

from __future__ import annotations

from collections.abc import Iterable

from lava_caching.hardware.library import MemoryPair
from lava_caching.hardware.numbers import Unknown
from lava_caching.hardware.reading import entries

__all__ = ["missing_numbers"]


def missing_numbers(pair: MemoryPair, unpriced: Iterable[str]) -> dict[str, str]:
    """Return the dotted keys of the unknown numbers that are named in `Bill.unpriced`, with the reasons."""
    said = list(unpriced)
    return {
        key: entry.unknown
        for memory in pair.memories or ()
        for key, entry in entries(memory, f"{memory.tier}.")
        if isinstance(entry, Unknown) and any(f"{key} is unknown" in text for text in said)
    }
