"""What a careful reader should know about two memories before believing bills that add their joules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lava_caching.hardware.numbers import Quantity, Unknown
from lava_caching.hardware.reading import entries, unit_of
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory

__all__ = ["mixing_warnings", "plausibility_warnings", "scopes_of", "unknown_warnings"]

AnyMemory = VolatileMemory | NonvolatileMemory


def scopes_of(memory: AnyMemory) -> tuple[str, ...]:
    """Return the scopes of a memory's energies and powers, in words, the most frequent first."""
    found = ["+".join(number.scope) for number in _priced(memory)]
    return tuple(sorted(set(found), key=lambda scope: (-found.count(scope), scope)))


def mixing_warnings(volatile: VolatileMemory, nonvolatile: NonvolatileMemory) -> tuple[str, ...]:
    """Say where two memories add joules of different scope or of different nodes.

    Numbers whose source states no node are left out of the comparison of nodes.
    """
    warnings, tiers = [], (volatile, nonvolatile)
    scopes = {memory.tier: " or ".join(scopes_of(memory)) for memory in tiers}
    if len({scope for memory in tiers for scope in scopes_of(memory)}) > 1:
        warnings.append(f"mixed scope ({_by_tier(scopes)}): the joules added differ in what they include")
    nodes = {memory.tier: sorted({node for number in _priced(memory) for node in number.nodes_m}) for memory in tiers}
    if len({node for found in nodes.values() for node in found}) > 1:
        named = {tier: " or ".join(f"{node * 1e9:g} nm" for node in found) for tier, found in nodes.items()}
        warnings.append(f"mixed node ({_by_tier(named)}): the joules added belong to different technologies")
    return tuple(warnings)


def unknown_warnings(memory: AnyMemory) -> tuple[str, ...]:
    """Name the numbers that are not known, and what is missing without them."""
    lacks = {"endurance.cycles": "a bill has no lifetime", "decay.tau_s": "advice models no decay"}
    return tuple(
        f"{memory.tier}.{key} is unknown ({entry.unknown}): {lacks.get(key, 'a run that needs it has no total')}"
        for key, entry in entries(memory)
        if isinstance(entry, Unknown)
    )


def plausibility_warnings(memory: AnyMemory) -> tuple[str, ...]:
    """Name energies and powers that no memory has: mostly picojoules or nanowatts entered as joules or watts."""
    limits = {"J": 1e-6, "W/bit": 1e-6, "W": 1e-3}
    return tuple(
        f"{memory.tier}.{key} = {entry.high:g} {unit_of(key)} per {entry.per}: above {limits[unit_of(key)]:g}"
        f" {unit_of(key)}, more than any memory takes; is the number in pJ, nJ or nW?"
        for key, entry in entries(memory)
        if isinstance(entry, Quantity) and entry.high > limits.get(unit_of(key), entry.high)
    )


def _priced(memory: AnyMemory) -> list[Quantity]:
    """Return the energies and powers of a memory."""
    found = entries(memory)
    return [entry for key, entry in found if isinstance(entry, Quantity) and unit_of(key).startswith(("J", "W"))]


def _by_tier(texts: Mapping[Any, str]) -> str:
    return "; ".join(f"{tier}: {text}" for tier, text in texts.items())
