"""Contract of every shipped memory and pair: found by their folders, so that a new file needs no edit here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lava_caching.hardware import default_pair, load_pair, memory_names, pair_names, price
from lava_caching.ledger import Ledger

MEMORIES = [(tier, name) for tier in ("volatile", "nonvolatile") for name in memory_names(tier)]
# fmt: off
PAIRS = {
    "li2020", "fecap_memristor_130nm", "sram_rram_22nm", "sram_stt_22nm", "sram_fefet_22nm", "sram_pcm_90nm",
    "cap3t1c_pcm", "cap3t1c_taox", "digital_rram_verify", "gcedram_rram_16nm", "slow_epiram", "cap_ecram",
    "loihi1", "loihi2",
}
# fmt: on
NO_TOTAL = {"li2020", "loihi1", "loihi2", "gcedram_rram_16nm"}
"""Pairs that may leave a perceptron run without a total."""


def test_profiles_are_found() -> None:
    assert {tier for tier, _ in MEMORIES} == {"volatile", "nonvolatile"}
    assert set(pair_names()) >= PAIRS
    assert default_pair() == "fecap_memristor_130nm"


def test_every_memory_serves_a_pair() -> None:
    pairs = [load_pair(name) for name in pair_names()]
    used = {("volatile", pair.volatile_name) for pair in pairs} | {("nonvolatile", p.nonvolatile_name) for p in pairs}
    assert set(MEMORIES) <= used


def test_the_folder_holds_data_only() -> None:
    from importlib.resources import files

    folder = Path(str(files("hardware_profiles").joinpath("pairs.toml"))).parent
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".toml", ".json"}
    assert {path.parent.name for path in folder.rglob("*.json")} == {"schema"}


@pytest.mark.parametrize("name", pair_names())
def test_every_pair_prices_a_perceptron_run(name: str, ledger: Ledger) -> None:
    bill = price(ledger, load_pair(name)).to_dict()
    json.dumps(bill, allow_nan=False)
    assert bill["profile"] == name
    if name in NO_TOTAL:
        assert bill["joules"] is None or bill["unpriced"]
        return
    assert bill["joules"]["total"]["nominal"] > 0
    assert bill["unpriced"] == []
    assert all(source["source"] and source["where"] for source in bill["sources"])


@pytest.mark.parametrize("name", pair_names())
def test_sums_by_tier_and_by_cause_are_the_total(name: str, ledger: Ledger) -> None:
    joules = price(ledger, load_pair(name)).to_dict()["joules"]
    if joules is None:
        assert name in NO_TOTAL
        return
    for bound, total in joules["total"].items():
        for split in ("by_tier", "by_cause"):
            parts = [part[bound] for part in joules[split].values()]
            if total is None:
                assert name in NO_TOTAL
                assert None in parts
                continue
            assert sum(parts) == pytest.approx(total, rel=1e-12)


def test_the_pair_of_the_paper_has_no_joules(ledger: Ledger) -> None:
    bill = price(ledger, load_pair("li2020"))
    assert bill.total is None
    assert bill.to_dict()["joules"] is None
    assert bill.unit == "arbitrary"


def test_mixed_scope_and_node_are_said() -> None:
    warnings = " ".join(load_pair("sram_pcm_90nm").warnings)
    assert "mixed scope" in warnings
    assert "45 nm" in warnings
    assert "90 nm" in warnings
    assert load_pair("sram_rram_22nm").warnings == ()
    assert load_pair("fecap_memristor_130nm").warnings == ()
    for name in ("digital_rram_verify", "slow_epiram"):
        assert "mixed scope" in " ".join(load_pair(name).warnings)


UNPRICED = {
    "gcedram_rram_16nm": ["transient writes", "reads before transient writes", "reads of transfers", "clearings"],
    "loihi1": ["synapse-seconds held"],
    "loihi2": ["transient writes", "clearings", "held", "refreshed", "persistent writes (per_update)"],
}


@pytest.mark.parametrize("name", UNPRICED)
def test_a_pair_with_a_gap_refuses_its_total_and_lists_the_gap(name: str, ledger: Ledger) -> None:
    bill = price(ledger, load_pair(name))
    assert bill.total is not None
    assert bill.total.nominal is None
    for action in UNPRICED[name]:
        assert any(action in text for text in bill.unpriced), action
    assert all("unknown" in text for text in bill.unpriced)
