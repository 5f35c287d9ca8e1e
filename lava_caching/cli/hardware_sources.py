"""The review table of `lava-caching hardware show --sources`: every number with all that a reader needs to check it.

Each memory appears once, however many pairs use it; then come the settings of the pairs themselves.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from lava_caching.cli.numbers import engineering
from lava_caching.hardware.library import MemoryPair
from lava_caching.hardware.numbers import Entry, NotApplicable, Quantity, Unknown
from lava_caching.hardware.reading import entries, unit_of
from lava_caching.hardware.schema import NonvolatileMemory, Setting, VolatileMemory

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Profile", "modes", "of_memory", "of_pairs", "plain_sources", "print_sources"]


INDENTS: dict[str, Any] = {"initial_indent": "    ", "subsequent_indent": "      "}
AnyMemory = VolatileMemory | NonvolatileMemory


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A memory or the settings of a pair: its rows, and what to write above them.

    Attributes
    ----------
    kind : str
        "volatile memory", "nonvolatile memory" or "pair".
    name, title : str
        What it is called and what it is.
    used_by, words : tuple of str
        Names of the pairs that use a memory; what it says that is no number, in lines.
    rows : tuple of (str, Entry or Setting)
        Keys and contents.
    """

    kind: str
    name: str
    title: str
    used_by: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    rows: tuple[tuple[str, Entry | Setting], ...]


def of_memory(name: str, memory: AnyMemory, used_by: Sequence[str] = ()) -> Profile:
    """Return the rows of a memory."""
    return Profile(
        kind=f"{memory.tier} memory",
        name=name,
        title=memory.title,
        used_by=tuple(used_by),
        words=(*modes(memory), *((" ".join(memory.note.split()),) if memory.note else ())),
        rows=tuple(entries(memory)),
    )


def of_pairs(pairs: Sequence[MemoryPair]) -> list[Profile]:
    """Return the memories of some pairs, each once, and then the settings of each pair."""
    users: dict[tuple[str, str], list[str]] = {}
    memories: dict[tuple[str, str], AnyMemory] = {}
    for pair in pairs:
        named: list[tuple[str, AnyMemory | None]] = [
            (pair.volatile_name, pair.volatile),
            (pair.nonvolatile_name, pair.nonvolatile),
        ]
        for name, memory in named:
            if memory is not None:
                users.setdefault((memory.tier, name), []).append(pair.name)
                memories[memory.tier, name] = memory
    # the volatile ones first, each tier in the order of its names
    profiles = [
        of_memory(key[1], memories[key], users[key]) for key in sorted(memories, key=lambda k: (k[0] != "volatile", k))
    ]
    return [*profiles, *(_settings(pair) for pair in pairs)]


def _settings(pair: MemoryPair) -> Profile:
    said = pair.operating_point
    found = ((name, getattr(said, name)) for name in type(said).model_fields)
    rows = tuple((f"operating_point.{name}", setting) for name, setting in found if setting is not None)
    words = () if rows else ("no memories" if pair.memories is None else "states no settings of its own",)
    return Profile(kind="pair", name=pair.name, title=pair.title, words=words, rows=rows)


def plain_sources(profiles: Sequence[Profile]) -> list[dict[str, Any]]:
    """Return one flat object for each number, with its unit; a table for other programs."""
    return [
        {
            "profile": profile.name,
            "kind": profile.kind,
            "key": key,
            "unit": unit_of(key),
            **entry.model_dump(mode="json", exclude_none=True, exclude={"unit"}),
        }
        for profile in profiles
        for key, entry in profile.rows
    ]


def print_sources(screen: Console, profiles: Sequence[Profile]) -> None:
    """Print every number in one line and, below it, where it comes from."""
    for i, profile in enumerate(profiles):
        if i:
            screen.print()
        screen.print(Text(f"{profile.kind}: {profile.name}", style="bold"))
        screen.print(profile.title)
        if profile.used_by and profile.used_by != (profile.name,):
            screen.print(f"in {', '.join(profile.used_by)}")
        for words in profile.words:
            screen.print(words)
        if profile.kind != "pair":
            screen.print(Text(f"\n{'number':<29}{'low':>12}{'nominal':>12}{'high':>12} per", style="bold"))
        for key, entry in profile.rows:
            screen.print(Text(_line(key, entry)))
            for text in _origin(entry):
                for line in textwrap.wrap(text, screen.width, break_on_hyphens=False, **INDENTS):
                    screen.print(Text(line, style="dim"))


def modes(memory: AnyMemory) -> list[str]:
    """Return the words of a profile that are no numbers."""
    model = f"write: {memory.write.model.replace('_', ' ')}"
    if isinstance(memory, VolatileMemory):
        model += ", in place" if memory.write.accumulates_in_place else ", after a read"
    elif memory.write.skip_unchanged:
        model += ", unchanged bits skipped"
    lines = [f"{model}; read: {'destructive' if memory.read.destructive else 'not destructive'}"]
    return [*lines, f"endurance: {memory.endurance.mode}"] if memory.endurance else lines


def _line(key: str, entry: Entry | Setting) -> str:
    if isinstance(entry, Setting):
        return f"{key:<41}{engineering(entry.value, unit_of(key), 7):>12}"
    if isinstance(entry, Unknown):
        return f"{key:<41}{'unknown':>12}"
    if isinstance(entry, NotApplicable):
        return f"{key:<41}{'none':>12}"
    unit = unit_of(key).partition("/")[0]
    bounds = "".join(f"{engineering(value, unit, 7):>12}" for value in (entry.low, entry.nominal, entry.high))
    return f"{key:<29}{bounds} {f'word, {entry.word_bits} bit' if entry.word_bits else entry.per}"


def _origin(entry: Entry | Setting) -> Iterator[str]:
    """Yield what stands below a number: how it was got and how far it reaches, source, place, formula, note."""
    if isinstance(entry, Unknown):
        yield entry.unknown
        return
    if isinstance(entry, Setting):
        if entry.declared is not None:
            yield f"declared: {entry.declared}"
            return
        yield from filter(None, (entry.source, entry.where))
        return
    if isinstance(entry, NotApplicable):
        yield f"does not occur: {entry.not_applicable}"
    if isinstance(entry, Quantity):
        seen = "seen in the source" if entry.confidence == "seen" else "from a secondary source"
        conditions = [f"{node * 1e9:g} nm" for node in entry.nodes_m]
        conditions += [f"{entry.temperature_k:g} K"] if entry.temperature_k else []
        conditions += [f"{entry.voltage_v:g} V"] if entry.voltage_v else []
        yield "; ".join((f"{entry.basis}, {seen}", f"scope: {', '.join(entry.scope)}", *conditions))
    yield from entry.source.split("; ")
    yield entry.where
    if isinstance(entry, Quantity):
        yield from (f"formula: {entry.formula}",) if entry.formula else ()
        yield from (" ".join(entry.note.split()),) if entry.note else ()
