"""How long a bill takes, against running again, and a training on modelled cells, against the plain models.

Running again is what a tool without a ledger has to do for another memory.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.pairing import Row, in_turn, row_of
from lava_caching import Perceptron, Record
from lava_caching.hardware import load_pair, pair_names
from lava_caching.ledger import Ledger

TITLE = "Pricing, and modelled cells"


def rows(smoke: bool) -> Iterator[Row]:
    """Yield bills of finished records, and a training on phase-change cells."""
    n_records, n_rounds = (100, 3) if smoke else (1000, 5)
    pairs = [name for name in pair_names() if load_pair(name).unit == "joule"][:12]
    asked = Perceptron(n_inputs=1000, n_patterns=1000, threshold=5.0)
    records = [asked.run(seed=seed) for seed in range(n_records)]
    bills = in_turn(lambda: [_total(_read_again(r), pairs) for r in records], asked.run, n_rounds)
    case, n = f"{n_records:,} records of N = P = 1000 on {len(pairs)} pairs", n_records * len(pairs)
    yield row_of(bills, n_ours=n, case=case, instead="the training again", per="bill", at_least=50.0)

    rough = Perceptron(
        n_inputs=500, n_patterns=100, policy="immediate", device="pcm-mushroom-90nm", device_range=30.0, max_epochs=5
    )
    cells = in_turn(rough.run, lambda: rough.run(engine="reference"), n_rounds)
    yield row_of(cells, case="5 epochs on 501 phase-change cells", instead="plain models", at_least=10.0)


def _read_again(record: Record) -> Record:
    """Return the record as if it had just been read: nothing of it is summed up yet."""
    names = ("experiment", "engine", "seed", "config", "outcome", "energy", "hardware", "versions")
    ledger = Ledger.from_dict(record.ledger.to_dict())
    return Record(ledger=ledger, **{name: getattr(record, name) for name in names})


def _total(record: Record, pairs: list[str]) -> list[object]:
    return [(record.price(pair).hardware or {})["joules"]["total"]["nominal"] for pair in pairs]
