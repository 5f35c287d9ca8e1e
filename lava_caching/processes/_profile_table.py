"""Shows a profile as a small table of at most 80 columns."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import Any

__all__ = ["table"]

WIDTH = 80
PHASES = {
    "spiking": "spiking phase",
    "learning": "learning phase, if any",
    "pre_lrn_mgmt": "management before it, if any",
    "management": "management after, if any",
    "host": "host phase, once per run",
}
COUNTS = {
    "n_synaptic_ops": "synaptic operations",
    "n_neuron_updates": "neuron updates",
    "n_spikes": "spikes",
    "n_synaptic_updates": "synaptic updates",
    "n_transient_writes": "transient writes",
    "n_persistent_writes": "persistent writes",
}
CAUSES = {
    "synaptic_op": "synaptic operations",
    "neuron_update": "neuron updates",
    "synaptic_update": "synaptic updates",
    "spike": "spikes",
}
PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: ""}


def table(report: dict[str, Any]) -> str:
    """Return the report of a profiler as text."""
    return "\n".join(_lines(report))


def _lines(report: dict[str, Any]) -> Iterator[str]:
    n, processes = report["n_steps"], len(report["processes"])
    words = f"{processes} Process{'es' * (processes != 1)}, {n:,} time-step{'s' * (n != 1)}"
    yield f"{words} ({report['run_configuration']})"
    time, counts = report["time"], report["counts"]
    yield ""
    yield "time of one time-step: wall clock of this CPU's emulation, not of a chip"
    yield _row("mean of all", _si(time["per_step_s"], "s"))
    single = time["execution_time_s"]
    if single:
        yield f"  mean of those timed one by one ({len(single):,})"
        yield _row("  whole step", _si(sum(single) / len(single), "s"))
        for name, words in PHASES.items():
            if time["of_phases_s"][name] is not None:
                yield _row(f"  {words}", _si(time["of_phases_s"][name], "s"))
    yield ""
    yield "counts"
    for name, words in COUNTS.items():
        if counts[name] is not None or not name.endswith("writes"):
            yield _row(words, "not known" if counts[name] is None else f"{counts[name]:,}")
    yield from (line for reason in report["not_counted"] for line in _wrapped(f"not counted: {reason}"))
    yield from _memory(report["memory"])
    yield from _chip(report["chip"])


def _memory(bill: dict[str, Any] | None) -> Iterator[str]:
    yield ""
    if bill is None:
        yield "no energy of memory: no connection with a cache has been paused yet"
        return
    if bill["joules"] is None:
        yield f"no energy of memory: {bill['profile']} is in the units of the paper"
        return
    yield f"energy of the memory on {bill['profile']}: nominal, low to high"
    for tier, joules in bill["joules"]["by_tier"].items():
        yield _row(tier, *_joules(joules))
    yield _row("both tiers", *_joules(bill["joules"]["total"]))
    for label in ("unpriced", "warnings"):
        yield from (line for text in bill[label] for line in _wrapped(f"{label.removesuffix('s')}: {text}"))


def _chip(bill: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"energy of operations on {bill['chip']}: nominal, low to high"
    for cause, words in CAUSES.items():
        yield _row(words, *_joules(bill["joules"]["by_cause"][cause]))
    yield _row("all operations", *_joules(bill["joules"]["total"]))
    for label in ("unpriced", "estimated", "excluded"):
        if bill[label]:
            yield from _wrapped(f"{label}: {'; '.join(bill[label])}")


def _row(words: str, first: str, second: str = "") -> str:
    return f"  {words:<30}{first:>14}  {second}".rstrip()


def _joules(joules: dict[str, float | None] | None) -> tuple[str, str]:
    if joules is None or joules["nominal"] is None:
        return "not known", ""
    low, high = _si(joules["low"], "J"), _si(joules["high"], "J")
    return _si(joules["nominal"], "J"), "" if low == high else f"{low} to {high}"


def _si(value: float | None, unit: str) -> str:
    """Return a number with three digits, a prefix and its unit."""
    if value is None:
        return "not known"
    if value == 0:
        return f"0 {unit}"
    power = min(max(3 * math.floor(math.log10(float(f"{value:.3g}")) / 3), min(PREFIXES)), max(PREFIXES))
    return f"{value / 10.0**power:.3g} {PREFIXES[power]}{unit}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
