"""How long it takes to price 1000 finished records on all pairs, and to train on modelled cells.

Pricing is set against running again, which is what a tool without a ledger has to do, and the compiled device models
against the plain ones on the same task. Both of a pair are timed in turn in one process and the medians compared; the
times in seconds are those of this machine.

Run ``make bench`` or ``python benchmarks/pricing.py [--smoke]``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from lava_caching import Perceptron, Record
from lava_caching.hardware import load_pair, pair_names
from lava_caching.ledger import Ledger

MOST_S = 1.0
"""For 1000 records on 12 pairs."""
LEAST_RATIO = 10.0
"""Of plain to compiled cells."""


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _read_again(record: Record) -> Record:
    """Return the record as if it had just been read: nothing of it is summed up yet."""
    names = ("experiment", "engine", "seed", "config", "outcome", "energy", "hardware", "versions")
    ledger = Ledger.from_dict(record.ledger.to_dict())
    return Record(ledger=ledger, **{name: getattr(record, name) for name in names})


def _total(record: Record, pair: str) -> float | None:
    bill = record.price(pair).hardware
    assert bill is not None
    total: float | None = bill["joules"]["total"]["nominal"]
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="fewer records; fails at four times the bounds only")
    smoke = parser.parse_args().smoke
    n_records, n_rounds = (100, 3) if smoke else (1000, 5)

    pairs = [name for name in pair_names() if load_pair(name).unit == "joule"][:12]
    asked = Perceptron(n_inputs=1000, n_patterns=1000, threshold=5.0)
    records = [asked.run(seed=seed) for seed in range(n_records)]
    priced, again = [], []
    for seed in range(n_rounds):
        fresh = [_read_again(record) for record in records]
        priced.append(_seconds(lambda: [_total(record, pair) for record in fresh for pair in pairs]))  # noqa: B023
        again.append(_seconds(lambda: asked.run(seed=seed)))  # noqa: B023
    each = statistics.median(priced) / n_records / len(pairs)
    print(
        f"{n_records:,} records on {len(pairs)} pairs  {statistics.median(priced):8.2f} s  {each * 1e6:6.0f} µs a bill"
    )
    print(f"a training takes as long as          {statistics.median(again) / each:8.0f} bills")

    rough = Perceptron(
        n_inputs=500, n_patterns=100, policy="immediate", device="pcm-mushroom-90nm", device_range=30.0, max_epochs=5
    )
    rough.run()
    rounds = [(_seconds(lambda: rough.run(engine="reference")), _seconds(rough.run)) for _ in range(n_rounds)]
    ratio = statistics.median(plain / compiled for plain, compiled in rounds)
    print(f"plain cells take                     {ratio:8.1f} × as long as compiled ones")

    allowed = 4 if smoke else 1
    too_slow = each * 12_000 > MOST_S * allowed or ratio < LEAST_RATIO / allowed
    if too_slow:
        print(f"beyond the bounds: {MOST_S:g} s for 1000 records on 12 pairs, plain cells {LEAST_RATIO:g} × as long")
    return int(too_slow)


if __name__ == "__main__":
    sys.exit(main())
