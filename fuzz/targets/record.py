"""Records of runs, edited by somebody who mends hash and total: what loads can be priced, reported, and saved again."""

from __future__ import annotations

import contextlib
import io
import json
from functools import partial
from typing import Any

from fuzz.harness import RAW, Drawn, begun, edited, folder, taken, text_of
from lava_caching import MLP, Perceptron, Spiking, Tagging
from lava_caching.cli.records import load_record
from lava_caching.cli.tables import print_record
from lava_caching.ledger import Ledger
from lava_caching.record import config_hash
from lava_caching.report.page import page_of_records, render

_SMALL = {"n_inputs": 5, "n_patterns": 6, "threshold": 2, "maintenance_cost": 0.01}
RECORDS = [
    Perceptron(**_SMALL, write_counts=True).run(engine="reference"),
    Perceptron(**_SMALL, device="noisy-15-levels", device_step_s=1e-3).run(engine="reference"),
    MLP(n_hidden="2", max_samples=3).run(engine="reference", hardware="li2020"),
    Spiking(n_patterns=2, max_epochs=2, n_inputs=20, n_active=5).run(hardware="sram_rram_22nm"),
    Tagging(delay=2).run(),
]
TABLES = [record.to_dict() for record in RECORDS]


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    return [RAW + json.dumps(TABLES[0]).encode(), *begun(12)]


def check(data: bytes) -> bool:
    """Load a record; price it anew, put it on a page, save it, and load it again."""
    path = folder() / "record.json"
    if data[:1] < b"\x40":
        path.write_bytes(data[1:])
    else:
        text = text_of(_mended(edited(Drawn(data[1:]), TABLES)), toml=False)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    record = taken(lambda: load_record(path))
    if record is None:
        return False
    for hardware in (None, "sram_rram_22nm", "cap3t1c_pcm"):
        priced = taken(partial(record.price, hardware, alpha=0.5))
        if priced is None or taken(priced.to_json) is None:
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            print_record(priced)
        if hardware is not None:
            again = folder() / "again.json"
            priced.save(again)
            assert load_record(again).to_json() == priced.to_json(), "a record changed by saving"
    page = taken(lambda: page_of_records([("mine", record)]))
    assert page is None or render(page)
    return True


def _mended(table: Any) -> Any:
    """Make hash and total fit, where they can be computed."""
    with contextlib.suppress(Exception):  # else it stays as it is
        table["ledger"]["total"] = Ledger.from_dict(table["ledger"]).to_dict()["total"]
    with contextlib.suppress(Exception):
        outcome = table["outcome"]
        device = (outcome.get("device") or {}).get("parameters")
        table["config_hash"] = config_hash(table["experiment"], table["config"], outcome.get("data_sha256"), device)
    return table
