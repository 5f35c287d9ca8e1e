"""The page on records: every number is the record's, what is not known says so, and the command repeats the run."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron, cli
from lava_caching.experiments import get_experiment
from lava_caching.hardware import load_pair, pair_names
from lava_caching.ledger import Part
from lava_caching.record import Record
from lava_caching.report.page import page_of_records, render
from lava_caching.report.page.command import command_of, priced_by
from lava_caching.report.page.ledgers import FIELDS

Read = Callable[[bytes], Any]
RANGE = ("low", "nominal", "high")


def page(*records: Record) -> bytes:
    return render(page_of_records([(f"run {i}", record) for i, record in enumerate(records)]))


def numbers(plain: Any) -> Iterator[float]:
    if isinstance(plain, dict):
        plain = list(plain.values())
    if isinstance(plain, list):
        for item in plain:
            yield from numbers(item)
    elif isinstance(plain, (int, float)) and not isinstance(plain, bool):
        yield float(plain)


def test_every_number_of_energy_ledger_lifetime_and_curve_is_in_the_record(record: Record, seen: Any) -> None:
    known = set(numbers(json.loads(record.to_json())))
    compared = 0
    for table, n_columns in {"t-energy": 1, "t-joules": 3, "t-ledger-0": 3, "t-life": 3, "t-curve-0": 5}.items():
        for row in seen.tables[table][1:]:
            if "share" in row[0][0]:
                continue
            raw = [cell[1] for cell in row if cell[1]]
            assert {float(text) for text in raw[:n_columns]} <= known, row
            compared += len(raw[:n_columns])
    assert compared > 100


def test_the_ledger_is_shown_in_full(record: Record, seen: Any) -> None:
    total = record.ledger.total
    for name, label in FIELDS.items():
        if (value := getattr(total, name)) is not None:
            assert [float(raw) for _, raw in seen.row("t-ledger-0", label, name)][-1] == value
    tabular = {field.name for field in fields(Part)} - {"write_counts"}
    assert set(FIELDS) == {name for name in tabular if not name.endswith("histogram")}


def test_joules_are_those_of_the_bill_with_their_ranges(record: Record, seen: Any) -> None:
    assert record.hardware is not None
    joules = record.hardware["joules"]
    for label, cost in (("total", joules["total"]), ("volatile tier", joules["by_tier"]["volatile"])):
        raw = [cell[1] for cell in seen.row("t-joules", label)]
        assert [float(text) for text in raw[:3]] == [cost[bound] for bound in RANGE]
    lines = record.bill().lines
    assert lines is not None
    shown = [float(row[-2][1]) for row in seen.tables["t-lines-0"][1:]]
    assert shown == [line.joules.nominal for line in lines]


def test_every_shipped_pair_is_compared_and_unknown_totals_say_why(record: Record, seen: Any) -> None:
    for name in pair_names():
        bill = record.bill(name).to_dict()
        cells = seen.row("t-memories", name)
        if bill["joules"] is None:
            assert cells[0] == ("no joules", None)
            continue
        for (text, raw), bound in zip(cells, RANGE, strict=False):
            joules = bill["joules"]["total"][bound]
            assert (text, raw) == ("unknown", "") if joules is None else float(raw) == joules
        if bill["unpriced"]:
            assert any(row[0][0] == name and row[1][0] == "not known" for row in seen.tables["t-remarks"])
        for warning in bill["warnings"]:
            assert any(row[0][0] == name and row[2][0] == warning for row in seen.tables["t-remarks"])


def test_every_source_of_the_bill_stands_in_the_page_and_links_to_it(record: Record, seen: Any) -> None:
    assert record.hardware is not None
    for entry in record.hardware["sources"]:
        row = seen.row("t-sources-0", entry["key"])
        assert entry["source"] in [text for text, _ in row]
        for doi in (part for part in entry["source"].split("; ") if part.startswith("doi:")):
            assert f"https://doi.org/{doi[4:]}" in seen.links
    assert all(link.startswith(("#", "https://")) for link in seen.links)


def test_unknown_is_never_a_zero(record: Record, read_page: Read) -> None:
    priced = record.price("loihi1")
    assert priced.hardware is not None
    assert priced.hardware["joules"]["total"]["nominal"] is None
    seen = read_page(page(priced))
    assert seen.row("t-joules", "total")[:3] == [("unknown", "")] * 3
    assert seen.row("t-summary", "energy in joules, nominal") == [("unknown", "")]
    assert "volatile.hold.power_w_per_bit is unknown" in seen.text
    part = record.ledger.layers[0]
    lost = replace(part, run=replace(part.run, n_spikes=None, transient_change_l1=None))
    seen = read_page(page(replace(record, ledger=replace(record.ledger, layers=(lost,)))))
    assert seen.row("t-ledger-0", FIELDS["n_spikes"], "n_spikes")[0] == ("unknown", "")
    assert seen.row("t-ledger-0", FIELDS["n_spikes"], "n_spikes")[-1] == ("unknown", "")


def test_runs_stand_side_by_side(record: Record, uncached: Record, read_page: Read) -> None:
    seen = read_page(page(record, uncached))
    energies = [float(raw) for _, raw in seen.row("t-energy", "total")]
    assert energies == [record.energy["total"], uncached.energy["total"]]
    assert [text for text, _ in seen.tables["t-summary"][0]] == ["quantity", "run 0", "run 1"]
    assert {"t-ledger-0", "t-ledger-1", "t-ledgers", "t-lines-1", "t-curve-1"} <= set(seen.tables)
    assert len(seen.data["plots"]["p-memories"]["data"]) == 2


def test_lifetimes_not_counted_are_unknown_and_a_synapse_never_written_does_not_wear(read_page: Read) -> None:
    not_counted = Perceptron(n_inputs=20, n_patterns=15).run()
    assert read_page(page(not_counted)).row("t-summary", "hottest cell lasts, nominal") == [("unknown", "")]
    at_rest = Perceptron(n_inputs=20, n_patterns=15, write_counts=True, learning_rate=0.5).run()
    life = dict.fromkeys(("hottest", "p99", "median"))
    still = replace(at_rest, hardware={**(at_rest.hardware or {}), "lifetime_s": life})
    assert read_page(page(still)).row("t-summary", "hottest cell lasts, nominal")[0][0].startswith("never written")


@pytest.mark.parametrize("experiment", ["spiking", "tagging", "mlp"])
def test_other_experiments_have_their_curves(experiment: str, read_page: Read) -> None:
    fields_ = {
        "spiking": {"n_patterns": 1, "max_epochs": 12},
        "tagging": {"strong_trials": 5},
        "mlp": {"max_epochs": 1},
    }
    record = get_experiment(experiment)(**fields_[experiment]).run()
    seen = read_page(page(record))
    assert len(seen.tables["t-curve-0"]) == len(record.outcome["curve"]) + 1
    assert "p-learned" in seen.data["plots"]


def test_energy_along_the_way_is_unknown_where_the_curve_does_not_tell_it(record: Record, read_page: Read) -> None:
    assert "p-cost" in read_page(page(record)).data["plots"]
    seen = read_page(page(record.price(change_cost=0.1)))
    assert "p-cost" not in seen.data["plots"]
    assert "Energy along the way is unknown" in seen.text
    last = record.outcome["curve"][-1]
    held = last["persistent_change_l1"] + record.config["maintenance_cost"] * last["transient_hold_l1"]
    assert read_page(page(record)).data["plots"]["p-cost"]["data"][0]["y"][-1] == pytest.approx(held)


COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("perceptron", {"n_inputs": 20, "n_patterns": 15}),
    ("perceptron", {"n_inputs": 20, "n_patterns": 15, "policy": "local-local", "center_patterns": False, "tau": 50.0}),
    ("perceptron", {"n_inputs": 20, "n_patterns": 15, "threshold": 2.5, "potentiation_only": True, "alpha": 0.5}),
    ("perceptron", {"n_inputs": 20, "n_patterns": 15, "device": "noisy-15-levels", "max_epochs": 5}),
    ("mlp", {"n_hidden": "8", "max_epochs": 1, "tau": None}),
]


@pytest.mark.parametrize(("experiment", "config"), COMMANDS)
def test_the_command_repeats_the_run(
    experiment: str, config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = get_experiment(experiment)(**config).run(seed=3, step_duration_s=2e-6, hardware="sram_rram_22nm")
    command = command_of(once)
    assert command is not None
    monkeypatch.setattr(sys, "argv", [*shlex.split(command), "--out", str(tmp_path / "again.json"), "--quiet"])
    assert cli._main() == 0
    again = Record.load(tmp_path / "again.json")
    for part in ("config", "config_hash", "ledger", "energy", "hardware", "outcome"):
        assert getattr(again, part) == getattr(once, part), part


def test_the_command_is_quoted_for_a_shell(record: Record) -> None:
    odd = replace(record, config={**record.config, "patterns": "my data/it's $HOME.npz"})
    command = command_of(odd)
    assert command is not None
    assert "my data/it's $HOME.npz" in shlex.split(command)
    assert "'my data" in command
    assert command_of(replace(record, experiment="of my own")) is None


def test_what_was_accepted_as_a_lower_bound_is_part_of_the_command(record: Record, read_page: Read) -> None:
    accepted = record.price("loihi1", lower_bound=["volatile.hold"])
    assert priced_by(record) is None
    assert priced_by(accepted) == "lava-caching price record.json --lower-bound volatile.hold"
    assert "lower bound" in read_page(page(accepted)).text


def test_a_bill_on_memories_that_are_not_here_is_shown_as_it_is(record: Record, read_page: Read) -> None:
    bill = {**(record.hardware or {}), "profile": "gone/my_pair.toml"}
    seen = read_page(page(replace(record, hardware=bill)))
    assert float(seen.row("t-joules", "total")[1][1]) == bill["joules"]["total"]["nominal"]
    assert "t-lines-0" not in seen.tables
    assert "neither shipped nor found" in seen.text


def test_lines_that_do_not_add_up_to_the_bill_are_not_shown(record: Record, read_page: Read) -> None:
    assert record.hardware is not None
    joules = record.hardware["joules"]
    old = {**record.hardware, "joules": {**joules, "total": {"low": 1.0, "nominal": 2.0, "high": 3.0}}}
    seen = read_page(page(replace(record, hardware=old)))
    assert "t-lines-0" not in seen.tables
    assert "have changed since" in seen.text
    assert float(seen.row("t-joules", "total")[1][1]) == 2.0


def test_a_record_that_was_never_priced_still_has_a_page(record: Record, read_page: Read) -> None:
    seen = read_page(page(replace(record, hardware=None)))
    assert seen.row("t-summary", "memories")[0][0] == "not priced"
    assert seen.number("t-memories", "sram_stt_22nm") == record.bill("sram_stt_22nm").total.low  # type: ignore[union-attr]


def test_units_of_the_paper_have_no_joules_and_no_zeros(record: Record, read_page: Read) -> None:
    seen = read_page(page(record.price("li2020")))
    assert "t-joules" not in seen.tables
    assert "has no joules" in seen.text


def test_the_page_is_the_same_every_time_and_below_six_megabytes(record: Record, uncached: Record) -> None:
    once, again = page(record, uncached), page(record, uncached)
    assert once == again
    assert len(once) < 6_000_000


def test_the_page_forbids_the_network_and_asks_for_nothing(record: Record, seen: Any) -> None:
    policy = next(value for name, value in seen.attributes if value and value.startswith("default-src"))
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    fetched = [value for name, value in seen.attributes if name in ("src", "srcset", "action", "background", "poster")]
    assert fetched == []
    assert load_pair("sram_stt_22nm").name in seen.text
