"""The words beside the numbers: units, ranges, what costs nothing, what a plot leaves out, and which curves agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron
from lava_caching.record import Record
from lava_caching.report.page import page_of_records, render
from lava_caching.report.page.cells import seconds
from lava_caching.report.page.left_out import Bounds, left_out
from lava_caching.report.page.typeset import in_cell, in_prose

Read = Callable[[bytes], Any]
SMALL = {"n_inputs": 20, "n_patterns": 15, "maintenance_cost": 0.01}
HOLDS = "one write pays for holding"


def page(*records: Record) -> bytes:
    return render(page_of_records([(f"run {i}", record) for i, record in enumerate(records)]))


def test_each_energy_at_a_glance_says_its_unit(record: Record, seen: Any) -> None:
    energies = [row[0][0] for row in seen.tables["t-summary"] if row[0][0].startswith("energy")]
    assert energies == [
        "energy, units of the paper",
        "energy / minimum",
        "energy in joules, nominal",
        "energy in joules, lowest to highest",
    ]
    assert seen.number("t-summary", "energy, units of the paper") == record.energy["total"]


def test_the_life_of_the_hottest_cell_has_its_range(record: Record, seen: Any, read_page: Read) -> None:
    life = (record.hardware or {})["lifetime_s"]["hottest"]
    assert life["low"] < life["high"]
    shown = f"{seconds(life['low']).text} to {seconds(life['high']).text}"
    assert seen.row("t-summary", "hottest cell lasts, lowest to highest") == [(shown, None)]
    not_counted = read_page(page(replace(record, hardware={**(record.hardware or {}), "lifetime_s": None})))
    assert not_counted.row("t-summary", "hottest cell lasts, lowest to highest") == [("unknown", "")]
    at_rest = {**(record.hardware or {}), "lifetime_s": {"hottest": None}}
    said = read_page(page(replace(record, hardware=at_rest))).row("t-summary", "hottest cell lasts, lowest to highest")
    assert said[0][0].startswith("never written")


def test_holding_that_costs_nothing_is_not_unknown(record: Record, read_page: Read) -> None:
    free = record.price("fecap_memristor_130nm")
    assert (free.hardware or {})["equivalent_costs"]["break_even_hold_time_s"] is None
    assert read_page(page(free)).row("t-operating", HOLDS) == [("none, holding costs nothing", None)]
    costs = (record.hardware or {})["equivalent_costs"]
    assert read_page(page(record)).number("t-operating", HOLDS) == costs["break_even_hold_time_s"]["nominal"]
    older = {key: value for key, value in costs.items() if key != "break_even_hold_time_s"}  # of an older version
    unknown = {**costs, "break_even_hold_time_s": dict.fromkeys(("low", "nominal", "high"))}
    for stated in (older, unknown):
        bill = {**(record.hardware or {}), "equivalent_costs": stated}
        assert read_page(page(replace(record, hardware=bill))).row("t-operating", HOLDS) == [("unknown", "")]


def test_what_a_plot_cannot_show_is_named_under_it(
    record: Record, uncached: Record, seen: Any, read_page: Read
) -> None:
    both = read_page(page(record, uncached)).text
    zero = both.partition("Nominally 0 J, which has no place on a logarithmic axis: ")[2].partition("\n")[0]
    assert zero.startswith("volatile tier (run 1), read (run 1), hold (run 1)")
    assert "Unknown, so without a mark: gcedram_rram_16nm (run 0), loihi1 (run 0), loihi2." in both
    assert "In the units of the paper, so without joules: li2020." in both
    assert "Unknown, so without a mark: gcedram_rram_16nm, loihi1, loihi2." in seen.text
    assert "Nominally 0 J" not in seen.text  # nothing of the plot is 0
    unknown = read_page(page(record.price("loihi1"))).text
    assert "Unknown, so without a mark: volatile tier, hold, total." in unknown


def test_each_reason_why_a_range_is_not_drawn_in_full_has_its_sentence() -> None:
    rows: dict[str, list[Bounds]] = {
        "whole": [(1.0, 2.0, 3.0)] * 2,
        "hold": [(0.0, 0.0, 1.0), (0.0, 1.0, 2.0)],
        "read": [(1.0, 2.0, None), (None, None, None)],
        "write": [(0.0, 0.0, 0.0)] * 2,
    }
    assert left_out(rows, ["a", "b"]) == [
        "Unknown, so without a mark: read (b).",
        "Nominally 0 J, which has no place on a logarithmic axis: hold (a), write.",
        "The range begins at 0 J, left of the axis: hold (b).",
        "One end of the range is unknown and drawn at the nominal value: read (a).",
    ]
    assert left_out({"whole": rows["whole"]}, ["a", "b"]) == []


def test_runs_that_learn_alike_say_why(record: Record, uncached: Record, read_page: Read) -> None:
    assert record.outcome["curve"] != uncached.outcome["curve"]
    assert "such runs learn alike" in read_page(page(record, uncached)).text
    decaying = Perceptron(**SMALL, threshold=3, tau=50.0).run()
    for runs in ((record,), (record, decaying), (decaying, decaying)):
        assert "such runs learn alike" not in read_page(page(*runs)).text


@pytest.mark.parametrize(
    ("text", "prose", "cell"),
    [
        (
            "part, Σ|Δl|^α; a",
            'part, <span class="f">Σ|Δl|<sup>α</sup></span>; a',
            'part, <span class="f">Σ|Δl|^α</span>; a',
        ),
        ("c·Σ|s| of |l|", *['<span class="f">c·Σ|s|</span> of <span class="f">|l|</span>'] * 2),
        ("Σ|w(T) − w(0)|", *['<span class="f">Σ|w(T) − w(0)|</span>'] * 2),
        ("a_b is v.hold.w 0.01", "a_b is v.hold.w 0.01", "a_<wbr>b is v.<wbr>hold.<wbr>w 0.01"),
        ("Σ|<b>|^α", "Σ|&lt;b&gt;|^α", "Σ|&lt;b&gt;|^α"),
    ],
)
def test_formulas_do_not_break_and_names_may(text: str, prose: str, cell: str) -> None:
    assert in_prose(text) == prose
    assert in_cell(text) == cell


def test_the_price_of_a_write_is_a_power_in_the_page(record: Record) -> None:
    assert '<span class="f">Σ|Δl|<sup>α</sup></span>' in page(record).decode()


def test_steps_of_different_length_are_told_beside_the_table_of_memories(
    record: Record, tmp_path: Path, read_page: Read
) -> None:
    own = tmp_path / "slow.toml"
    own.write_text(
        'inherits = "sram_stt_22nm"\n[operating_point]\nstep_duration_s = { value = 1e-3, declared = "slow" }\n'
    )
    assert "not alike: a step takes" not in read_page(page(record)).text
    assert "not alike: a step takes 1 µs on " in read_page(page(record.price(str(own)))).text
