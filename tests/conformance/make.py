"""Make the traces anew: ``python tests/conformance/make.py``; ``--check`` says whether they are what it would write.

Needs no package, only Python 3.10 or newer: all numbers come from the twins beside this file, and the README says what
is written. Remake the traces only when the meaning of a field has changed.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from twins.books import COSTS, COUNTS, ENERGY, LEDGER, energy
from twins.cases import KINDS, POLICIES, Case
from twins.learning import ledger_of

TRACES = Path(__file__).with_name("traces")
FORMAT = "synaptic-caching-trace/1"
SETTING = ("policy", "scope", "amount", "quantum", "threshold", "tau", "order")


def plain(value: Any) -> Any:
    """Return numbers as JSON has them: fractions as the nearest float, floats to 10 digits, whole ones as integers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (float, Fraction)):
        number = float(f"{float(value):.10g}")
        return int(number) if number == int(number) else number
    return value


def case_of(case: Case) -> dict[str, Any]:
    """Return what a trace keeps of a training; what does not apply to its kind is null, or absent."""
    caching, asked, lesson = case
    layers, history = lesson.network.layers, lesson.network.history
    books = [part for layer in layers for part in (layer.run, layer.residual)]
    return {
        **{name: getattr(caching, name) for name in SETTING},
        **asked,
        **({"errors": lesson.errors} if lesson.errors else {}),
        **({"outputs": lesson.outputs} if lesson.outputs else {}),
        **{name: [step[name] for step in history] for name in ("transient", "persistent", "counts")},
        "ledger": [[[part[name] for name in LEDGER] for part in layer] for layer in ledger_of(lesson)],
        "energy": [[energy(books, cost)[name] for name in ENERGY] for cost in COSTS],
    }


def text_of(kind: str, policy: str) -> str | None:
    """Return a file of traces, one case a line; None where the kind does not know the policy."""
    cases, data = KINDS[kind]
    lines = [json.dumps(plain(case_of(case)), separators=(",", ":")) for case in cases(policy)]
    if not lines:
        return None
    head = {
        "format": FORMAT,
        "kind": kind,
        "policy": policy,
        "data": data,
        "columns": {"counts": COUNTS, "ledger": LEDGER, "energy": ENERGY},
        "costs": COSTS,
    }
    shared = "".join(f"{json.dumps(key)}: {json.dumps(plain(value))},\n" for key, value in head.items())
    return "{\n" + shared + '"cases": [\n' + ",\n".join(lines) + "\n]}\n"


def written() -> dict[Path, str]:
    """Return all files and what they hold."""
    found = {TRACES / kind / f"{policy}.json": text_of(kind, policy) for kind in KINDS for policy in POLICIES}
    return {path: text for path, text in found.items() if text is not None}


def differing(files: dict[Path, str]) -> list[Path]:
    """Return the files that are not there, hold something else, or should not be there."""
    stored = {path: path.read_text(encoding="utf-8") for path in TRACES.glob("*/*")}
    return sorted(path for path in {*files, *stored} if files.get(path) != stored.get(path))


def main() -> int:
    """Write the traces, or check them."""
    files = written()
    if sys.argv[1:] == ["--check"]:
        wrong = differing(files)
        print("\n".join(f"{path} is not what make.py writes" for path in wrong) or f"{len(files)} files are as written")
        return 1 if wrong else 0
    if sys.argv[1:]:
        print(f"unknown argument {sys.argv[1]!r}: give --check or nothing", file=sys.stderr)
        return 2
    for path in differing(files):
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
    print(f"{len(files)} files, {sum(map(len, files.values())):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
