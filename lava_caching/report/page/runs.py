"""A record with its bill, made ready for a page: the lines of the bill are worked out anew and must agree with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lava_caching.errors import InputError
from lava_caching.hardware import Line, MemoryPair, load_pair, pair_names
from lava_caching.record import Record

__all__ = ["BOUNDS", "Run", "at", "gather", "texts"]

BOUNDS = ("low", "nominal", "high")


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One record of a page.

    Attributes
    ----------
    name : str
        What it is called beside others.
    record : Record
        The record; its bill may be on memories that are not here.
    pair : MemoryPair or None
        Its memories, where they are shipped or their file is found.
    lines : tuple of Line or None
        The single actions of the bill; None where they are not known.
    why_no_lines : str
        The reason then.
    """

    name: str
    record: Record
    pair: MemoryPair | None
    lines: tuple[Line, ...] | None
    why_no_lines: str = ""

    @property
    def bill(self) -> dict[str, Any]:
        """Return the bill as it stands in the record, empty where there is none."""
        return self.record.hardware or {}

    @property
    def profile(self) -> str | None:
        """Return the name of the memories of the bill."""
        profile = self.bill.get("profile")
        return None if profile is None else str(profile)


def gather(name: str, record: Record) -> Run:
    """Return a record with its memories and the lines of its bill, or the reason why there are none."""
    profile = (record.hardware or {}).get("profile")
    if profile is None:
        return Run(name=name, record=record, pair=None, lines=None, why_no_lines="the record was never priced")
    if profile not in pair_names() and not os.path.isfile(profile):
        why = f"{profile} is neither shipped nor found as a file: its bill is shown as the record has it"
        return Run(name=name, record=record, pair=None, lines=None, why_no_lines=why)
    try:
        pair = load_pair(profile)
        bill = record.bill(pair, lower_bound=texts(at(record.hardware, "lower_bound")))
    except InputError as error:
        return Run(name=name, record=record, pair=None, lines=None, why_no_lines=f"{profile}: {error}")
    if bill.lines is None:
        return Run(name=name, record=record, pair=pair, lines=None, why_no_lines=f"{profile} has no joules")
    if bill.to_dict()["joules"] != at(record.hardware, "joules"):
        why = f"the prices of {profile} have changed since this record was priced; lava-caching price prices it again"
        return Run(name=name, record=record, pair=None, lines=None, why_no_lines=why)
    return Run(name=name, record=record, pair=pair, lines=bill.lines)


def at(plain: Any, *keys: str) -> Any:
    """Return what lies under these keys, None where there is no such place: a record may have been edited."""
    for key in keys:
        if not isinstance(plain, dict):
            return None
        plain = plain.get(key)
    return plain


def texts(plain: Any) -> Sequence[str]:
    """Return the texts of a list."""
    return tuple(_texts(plain))


def _texts(plain: Any) -> Iterator[str]:
    if isinstance(plain, (list, tuple)):
        yield from (item for item in plain if isinstance(item, str))
