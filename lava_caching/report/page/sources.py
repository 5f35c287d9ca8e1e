"""Where every price comes from: the numbers of the memories that a bill used, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lava_caching.hardware import MemoryPair
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.reading import entries, unit_of
from lava_caching.report.page.cells import energy, physical, words
from lava_caching.report.page.content import Block, Cell, Column, Notes, Section, Table
from lava_caching.report.page.links import linked
from lava_caching.report.page.runs import BOUNDS, Run, at

__all__ = ["sources", "sources_of_pair"]

LEAD = "Links lead to where a number is published; this page itself fetches nothing."
COLUMNS = (
    Column("number"),
    *(Column(bound, number=True) for bound in BOUNDS),
    Column("per"),
    Column("source"),
    Column("where"),
    Column("basis"),
    Column("number read"),
)
READ = {"seen": "in the source", "secondary": "in a secondary source"}


def sources(runs: Sequence[Run]) -> Section:
    """Return a table for each pair of memories that a run was priced on."""
    blocks: list[Block] = []
    for run in runs:
        stated = at(run.bill, "sources")
        rows = [_row(run.pair, item) for item in stated if isinstance(item, dict)] if isinstance(stated, list) else []
        if rows and not any(isinstance(block, Table) and block.rows == rows for block in blocks):
            i = len(blocks)
            blocks.append(_table(i, f"Prices of {run.profile} that the bill of {run.name} used", rows))
    if not blocks:
        blocks = [Notes(title="None", items=["No run of this page has a bill in joules."])]
    return Section(id="sources", title="Sources of the prices", lead=LEAD, blocks=blocks)


def sources_of_pair(pair: MemoryPair) -> Section:
    """Return a table of all numbers of a pair, where the lines of the bills are not known."""
    items = [
        {"key": f"{memory.tier}.{key}", **entry.model_dump(mode="json")}
        for memory in pair.memories or ()
        for key, entry in entries(memory)
        if isinstance(entry, Quantity)
    ]
    blocks: list[Block] = [_table(0, f"All prices of {pair.name}", [_row(pair, item) for item in items])]
    return Section(id="sources", title="Sources of the prices", lead=LEAD, blocks=blocks)


def _table(i: int, caption: str, rows: Sequence[Sequence[Cell]]) -> Table:
    return Table(id=f"t-sources-{i}", caption=caption, columns=COLUMNS, rows=rows)


def _row(pair: MemoryPair | None, item: dict[str, Any]) -> list[Cell]:
    key = str(item.get("key"))
    read = str(item.get("confidence", ""))
    told = [linked(str(item.get(name, ""))) for name in ("source", "where", "basis")]
    return [words(key), *_number(pair, key), *told, words(READ.get(read, read))]


def _number(pair: MemoryPair | None, key: str) -> Iterator[Cell]:
    """Yield low, nominal, high and what they are per; empty where the pair is not here or states another thing."""
    memory = next((m for m in (pair.memories if pair else None) or () if key.startswith(f"{m.tier}.")), None)
    entry = dict(entries(memory, f"{memory.tier}.")).get(key) if memory is not None else None
    if not isinstance(entry, Quantity):
        yield from [Cell("")] * (len(BOUNDS) + 1)
        return
    unit = unit_of(key)
    for value in (entry.low, entry.nominal, entry.high):
        yield energy(value) if unit in ("1", "cycles") else physical(value, unit.partition("/")[0])
    per = f"word of {entry.word_bits} bits" if entry.word_bits else entry.per
    yield words(per)
