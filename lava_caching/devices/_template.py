"""A TOML file for a device of one's own: every number at its ideal value, with what its docstring says of it."""

from __future__ import annotations

import inspect
import json
import math
import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields

from lava_caching.devices._device import Cells, Store

__all__ = ["template_lines"]

SAMPLES = {
    **{"levels": 15, "verify_tolerance": 0.02, "endurance_cycles": 1e6, "tau_s": 1e-3, "refresh_interval_s": 1e-4},
}
"""Of numbers whose ideal value is none: what the line shows behind its comment sign."""
HEAD = """\
# A device model: all numbers are ideal here. Take the # from a line to set it,
# and say below where your number is from. Sizes are shares of one device's
# range.
summary = "my cells"
reference = ""
"""


def template_lines() -> Iterator[str]:
    """Yield the lines of a device file in which every effect is off."""
    yield from HEAD.splitlines()
    for name, tier in (("persistent", Cells), ("transient", Store)):
        yield from ("", f"[{name}]")
        told = _meanings(inspect.getdoc(tier) or "")  # Python 3.13 takes the indent away by itself
        for f in fields(tier):
            yield ""
            yield from textwrap.wrap(told[f.name], 80, initial_indent="# ", subsequent_indent="# ")
            value = SAMPLES.get(f.name) if f.default is None else f.default
            yield f"# {f.name} = {_toml(value)}"
    yield from ("", "[sources]", '# "persistent.levels" = "where it is from"')


def _toml(value: object) -> str:
    if isinstance(value, float):
        return "inf" if math.isinf(value) else repr(value)
    return json.dumps(value)


def _meanings(docstring: str) -> dict[str, str]:
    """Return what a NumPy docstring says of each attribute."""
    found = re.findall(r"^(\w[\w, ]*) : .*\n((?: {4}.*\n?)+)", docstring, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in found for name in names.split(", ")}
