"""Make `perceptron_1000.json` anew: ``PYTHONPATH=. .venv/bin/python tests/golden/make.py``.

The file holds what 1000 uncentred ±1 patterns in 1000 synapses cost under each policy (seed 0, defaults otherwise):
outcome, the totals of the ledger without its histograms, and the SHA-256 of the whole ledger. All numbers are whole,
so that every machine and engine gives the same digits. Remake it only when the meaning of a field has changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from lava_caching import Perceptron

POLICIES = ("at-end", "global-global", "immediate", "local-global", "local-local")
PATH = Path(__file__).with_name("perceptron_1000.json")


def summary(policy: str, engine: str) -> dict[str, Any]:
    """Run the golden configuration and keep what fits on a page."""
    threshold = 3000.0 if policy == "global-global" else 5.0
    record = Perceptron(policy=policy, threshold=threshold, center_patterns=False, write_counts=True).run(engine=engine)
    ledger = record.ledger.to_dict()
    text = json.dumps(ledger, sort_keys=True, allow_nan=False)
    total = {k: v for k, v in ledger["total"].items() if v is not None and not isinstance(v, (dict, list))}
    outcome = {k: record.outcome[k] for k in ("converged", "n_epochs", "n_presentations", "n_updates")}
    return {"threshold": threshold, **outcome, "total": total, "sha256": hashlib.sha256(text.encode()).hexdigest()}


if __name__ == "__main__":
    found = {policy: summary(policy, "reference") for policy in POLICIES}
    PATH.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    print(f"wrote {PATH}")
