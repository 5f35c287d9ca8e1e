"""A bill as a file for other programs: a table (CSV), or action counts with their energies as Accelergy reads them.

The YAML follows Accelergy 0.4 (Accelergy-Project/accelergy, `examples/hierarchy/input/GLB_action_counts.yaml`;
timeloop-accelergy-exercises, `timeloop-mapper.ERT.yaml`): the counts under `action_counts`, the energies in picojoules
under `ERT`, so that counts × ERT gives the nominal bill without a plug-in that knows the memories.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator

from lava_caching.errors import InputError
from lava_caching.hardware.bill import Bill, Line

__all__ = ["COLUMNS", "accelergy_yaml", "bill_csv", "csv_text"]

COLUMNS = (
    "tier",
    "cause",
    "action",
    "count",
    *(f"unit_{bound}_j" for bound in ("low", "nominal", "high")),
    *(f"{bound}_j" for bound in ("low", "nominal", "high")),
    "source",
)
VERSION = "0.4"


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as CSV (RFC 4180, line ends as in Unix); None is an empty cell.

    A text that a spreadsheet would take for a formula (it begins with = + - @) gets an apostrophe in front: names of
    pairs and sources come from other people's files.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def bill_csv(bill: Bill) -> str:
    """Return the lines of a bill as CSV with the columns `COLUMNS`; what is not known is empty.

    Counts of holding and refreshing are synapse-seconds, and their units joules per synapse-second.

    Raises
    ------
    InputError
        If the bill is in arbitrary units: it has no lines.
    """
    _refuse_arbitrary(bill)
    sources = {entry["key"]: f"{entry['key']}: {entry['source']}, {entry['where']}" for entry in bill.sources}
    rows = (
        (
            *(line.tier, line.cause, line.action, line.n),
            *line.unit.to_dict().values(),
            *line.joules.to_dict().values(),
            "; ".join(sources[key] for key in dict.fromkeys(line.keys)) or None,
        )
        for line in bill.lines or ()
    )
    return csv_text(COLUMNS, rows)


def accelergy_yaml(bill: Bill) -> str:
    """Return the action counts of a bill, and the nominal energy of each action, in the form of Accelergy.

    Raises
    ------
    InputError
        If the bill is in arbitrary units, or an action has no price: Accelergy would count it as free.
    """
    _refuse_arbitrary(bill)
    if bill.unpriced:
        raise InputError(f"{bill.profile}: has no price for {bill.unpriced[0]}; export a table (.csv) instead")
    components: dict[str, list[Line]] = {}
    for line in bill.lines or ():
        components.setdefault(f"memory_pair.{line.tier}", []).append(line)
    return "\n".join([*_counts(components), *_energies(components), ""])


def _counts(components: dict[str, list[Line]]) -> Iterator[str]:
    yield from ("action_counts:", f"  version: {json.dumps(VERSION)}", "  local:")
    for component, lines in components.items():
        yield from (f"    - name: {component}", "      action_counts:")
        for line in lines:
            yield f"        - name: {_word(line)}"
            yield f"          counts: {_number(line.n)}"


def _energies(components: dict[str, list[Line]]) -> Iterator[str]:
    yield from ("ERT:", f"  version: {json.dumps(VERSION)}", "  tables:")
    for component, lines in components.items():
        yield from (f"    - name: {component}", "      actions:")
        for line in lines:
            yield from (f"        - name: {_word(line)}", "          arguments: {}")
            yield f"          energy: {_number((line.unit.nominal or 0.0) * 1e12)}"


def _word(line: Line) -> str:
    """Return the action as one word: ``transient_writes_per_bit``."""
    return re.sub(r"\W+", "_", line.action).strip("_")


def _number(value: float | None) -> str:
    """Return a number that YAML 1.1 reads as one: it takes 1e-07 for a text, and 1.0e-07 for a number."""
    text = repr(float(value or 0.0))
    if float(text).is_integer() and abs(float(text)) < 2**53:
        return str(int(float(text)))
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+03d}" if exponent else text


def _refuse_arbitrary(bill: Bill) -> None:
    if bill.items is None:
        raise InputError(f"{bill.profile} is in the units of the paper and has no joules; choose a pair of memories")


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())  # a line end inside a cell is more than many readers take
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
