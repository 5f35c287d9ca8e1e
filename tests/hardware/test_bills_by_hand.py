"""Bills worked out by hand, in exact fractions of a picojoule, for every shipped pair and every write model.

The ledger: 40 transient writes of 1, 9 transfers (49 transient reads in all), 9 persistent writes (up 5 6 6 5 5 7, down
5 6 5), 100 synapses held for 1000 steps of 1 µs, largest |w| = 7.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from lava_caching.hardware import Bill, MemoryPair, load_pair, price
from lava_caching.hardware.counts import expected_flips
from lava_caching.ledger import LayerLedger, Ledger

Make = Callable[..., Any]
PICO = Fraction(1, 10**12)


def nominal(bill: Bill, cause: str, tier: str | None = None) -> float | None:
    if tier is not None:
        assert bill.items is not None
        return bill.items[tier, cause].nominal
    found = bill.cause(cause)
    assert found is not None
    return found.nominal


def agree(found: float | None, exact: Fraction) -> None:
    assert found == pytest.approx(float(exact), rel=1e-13, abs=0)


def test_fecap_and_memristor(ledger: Ledger) -> None:
    bill = price(ledger, load_pair("fecap_memristor_130nm"))
    agree(nominal(bill, "write", "volatile"), 40 * 10 * Fraction(1, 10) * PICO)  # 10 bits of 100 fJ
    agree(nominal(bill, "read"), 40 * 10 * Fraction(1, 10) * PICO)  # destructive; restored by the write
    agree(nominal(bill, "transfer"), 9 * 10 * Fraction(1, 10) * PICO)
    agree(nominal(bill, "write", "nonvolatile"), 9 * PICO)  # one device of the pair
    assert all(nominal(bill, cause) == 0 for cause in ("hold", "refresh", "clear", "verify"))
    total = bill.total
    assert total is not None
    agree(total.nominal, (40 + 40 + 9 + 9) * PICO)
    agree(total.low, (40 + 40 + 9 + 9) * PICO)
    agree(total.high, 2 * (40 + 40 + 9 + 9) * PICO)


def test_sram_and_rram(ledger: Ledger) -> None:
    bill = price(ledger, load_pair("sram_rram_22nm"))
    bits = Fraction(8, 64)  # share of a weight in a word
    agree(nominal(bill, "write", "volatile"), 40 * bits * Fraction("16.919") * PICO)
    agree(nominal(bill, "read"), 40 * bits * Fraction("1.031") * PICO)
    agree(nominal(bill, "transfer"), 9 * bits * Fraction("1.031") * PICO)
    agree(nominal(bill, "clear"), 9 * bits * Fraction("16.919") * PICO)
    agree(nominal(bill, "hold"), 100_000 * Fraction(1, 10**6) * 8 * Fraction("3358") * PICO)
    agree(nominal(bill, "write", "nonvolatile"), 9 * bits * Fraction("53.188") * PICO)
    assert nominal(bill, "refresh") == nominal(bill, "verify") == 0


def test_sram_and_pcm(ledger: Ledger) -> None:
    bill = price(ledger, load_pair("sram_pcm_90nm"))
    access = Fraction(8, 64) * 10 * PICO
    agree(nominal(bill, "write", "volatile"), 40 * access)
    agree(nominal(bill, "read"), 40 * access)
    agree(nominal(bill, "transfer"), 9 * access)
    agree(nominal(bill, "clear"), 9 * access)
    set_and_reset = 4 * (Fraction("13.5") + Fraction("19.2")) * PICO  # half of the bits each
    agree(nominal(bill, "write", "nonvolatile"), 9 * set_and_reset)
    held = Fraction(100_000, 10**6) * 8
    hold = bill.cause("hold")
    assert hold is not None
    agree(hold.low, held * Fraction("8.39") * PICO)
    agree(hold.nominal, held * 84 * PICO)
    agree(hold.high, held * 3358 * PICO)
    assert any("half of the written bits" in text for text in bill.estimated)


def test_the_step_duration_stretches_only_the_hold(ledger: Ledger) -> None:
    once = price(ledger, load_pair("sram_rram_22nm"))
    twice = price(ledger, load_pair("sram_rram_22nm"), step_duration_s=2e-6)
    assert once.items is not None
    assert twice.items is not None
    for key, joules in once.items.items():
        assert twice.items[key].nominal == (2 if key[1] == "hold" else 1) * joules.nominal  # type: ignore[operator]


def test_pulses_are_counted_from_the_histogram(ledger: Ledger, make_pair: Make, number: Make) -> None:
    per_pulse = {"write": {"model": "per_pulse"}}
    directions = {"set": {"energy_j": number(3e-12, per="pulse")}, "reset": {"energy_j": number(7e-12, per="pulse")}}
    pair = make_pair(persistent={**per_pulse, **directions})
    bill = price(ledger, pair, weight_range=(-7.0, 7.0))  # 8 levels: one pulse is 2
    # up: 5 6 6 5 5 7 → 2 3 3 2 2 4 (2.5 and 3.5 round to even), down: 5 6 5 → 2 3 2
    agree(nominal(bill, "write", "nonvolatile"), (16 * 3 + 7 * 7) * PICO)
    assert bill.operating_point["nonvolatile_weight_unit"] == 2.0
    counted = price(_with(ledger, n_pulses_set=30, n_pulses_reset=11), pair)
    agree(nominal(counted, "write", "nonvolatile"), (30 * 3 + 11 * 7) * PICO)


def test_a_reprogramming_costs_the_same_whatever_its_size(ledger: Ledger, make_pair: Make, number: Make) -> None:
    pair = make_pair(persistent={
        "write": {
            "model": "per_reprogram",
            "devices_per_synapse": number(2, per="synapse"),
            "devices_per_write": number(2, per="synapse"),
        },
        "set": {"energy_j": number(3e-12, per="device")},
        "reset": {"energy_j": number(7e-12, per="device")},
    })  # fmt: skip
    agree(nominal(price(ledger, pair), "write", "nonvolatile"), 2 * (6 * 3 + 3 * 7) * PICO)


def test_an_update_has_one_price(ledger: Ledger, make_pair: Make, number: Make) -> None:
    write = {"model": "per_update", "accumulates_in_place": True, "energy_j": number(120e-12, per="update")}
    bill = price(ledger, make_pair(transient={"write": write}))
    agree(nominal(bill, "write", "volatile"), 40 * 120 * PICO)
    assert nominal(bill, "read") == 0


def test_verified_writes_pay_pulses_reads_drivers_and_half_selected_cells(
    ledger: Ledger, make_pair: Make, number: Make
) -> None:
    pair = make_pair(persistent={
        "write": {"model": "per_reprogram", "energy_j": number(2e-12, per="pulse")},
        "verify": {"reads_per_write": number(5, per="synapse"), "pulses_per_write": number(4, per="synapse")},
        "driver": {"overhead_factor": number(1.5, per="pulse")},
        "half_select": {"energy_j": number(1e-15, per="device"), "devices_per_write": number(63, per="synapse")},
    })  # fmt: skip
    bill = price(ledger, pair)
    agree(nominal(bill, "write", "nonvolatile"), 9 * (Fraction(2 * 4) * Fraction(3, 2) + Fraction(63, 1000)) * PICO)
    agree(nominal(bill, "verify"), 9 * 5 * 3 * PICO)  # 3 bits of 1 pJ
    assert any("verify" in text for text in bill.estimated)
    counted = price(_with(ledger, n_verify_reads=20), pair)
    agree(nominal(counted, "verify"), 20 * 3 * PICO)


def test_the_run_s_verify_reads_are_charged_unless_the_price_of_a_write_contains_them(
    make_ledger: Make, make_pair: Make, number: Make
) -> None:
    ran = _with(make_ledger(), n_pulses_set=30, n_pulses_reset=11, n_verify_reads=20, n_writes_lost=2)
    per_pulse = {"model": "per_pulse", "energy_j": number(3e-12, per="pulse")}
    by_pulse = price(ran, make_pair(persistent={"write": per_pulse}), cells={"n_levels": 15})
    agree(nominal(by_pulse, "write", "nonvolatile"), 41 * 3 * PICO)
    agree(nominal(by_pulse, "verify"), 20 * 3 * PICO)  # 3 bits of 1 pJ
    assert any("15 levels a weight and this pair 8" in text for text in by_pulse.warnings)
    each = {"model": "per_reprogram", "energy_j": number(7e-12, per="device")}
    by_programming = price(ran, make_pair(persistent={"write": each}), cells={"n_levels": 15})
    agree(nominal(by_programming, "write", "nonvolatile"), 20 * 7 * PICO)  # a read after each programming
    agree(nominal(by_programming, "verify"), 20 * 3 * PICO)
    whole = {"model": "per_reprogram", "energy_j": number(300e-12, per="device")}
    closed = {
        "reads_per_write": {"not_applicable": "in it", "source": "doi:10.1000/1", "where": "T 1"},
        "included": True,
    }
    as_whole = price(ran, make_pair(persistent={"write": whole, "verify": closed}), cells={"n_levels": 15})
    agree(nominal(as_whole, "write", "nonvolatile"), (9 + 2) * 300 * PICO)  # what changed nothing was tried too
    assert nominal(as_whole, "verify") == 0
    assert any("prices a verified write as a whole" in text for text in as_whole.warnings)


def test_cells_that_do_not_verify_leave_the_reads_to_the_profile(
    make_ledger: Make, make_pair: Make, number: Make
) -> None:
    ran = _with(make_ledger(), n_pulses_set=30, n_pulses_reset=11, n_verify_reads=0, n_writes_lost=0)
    write = {"model": "per_pulse", "energy_j": number(3e-12, per="pulse")}
    pair = make_pair(persistent={"write": write, "verify": {"reads_per_write": number(5, per="synapse")}})
    agree(nominal(price(ran, pair), "verify"), 9 * 5 * 3 * PICO)


def test_unchanged_bits_are_skipped(ledger: Ledger, make_pair: Make, number: Make) -> None:
    write = {"model": "per_bit", "skip_unchanged": True, "energy_j": number(20e-12)}
    pair = make_pair(persistent={"write": write})
    # weight unit 2, 3 bits: |Δ| of 5, 6, 7 is 2, 3, 4 levels; adding 2 flips 3/2 bits, 3 flips 9/4, 4 flips 1
    bill = price(ledger, pair)
    agree(nominal(bill, "write", "nonvolatile"), (5 * Fraction(3, 2) + 3 * Fraction(9, 4) + 1) * 20 * PICO)
    assert any("flipped" in text for text in bill.estimated)
    counted = price(_with(ledger, n_bits_flipped=13), pair)
    agree(nominal(counted, "write", "nonvolatile"), 13 * 20 * PICO)


def test_expected_flips_are_the_mean_over_all_numbers() -> None:
    for bits in (1, 3, 5):
        for k in range(1, 2**bits):
            flips = [((x + k) % 2**bits ^ x).bit_count() for x in range(2**bits)]
            assert expected_flips(np.array([float(k)]), bits)[0] == sum(flips) / len(flips)


def test_a_leaking_capacitor_is_held_by_magnitude_and_refreshed(ledger: Ledger, make_pair: Make, number: Make) -> None:
    pair = make_pair(transient={
        "write": {"model": "per_pulse", "accumulates_in_place": True, "energy_j": number(4e-15, per="pulse")},
        "hold": {"power_w_at_full_scale": number(7e-9, per="synapse")},
        "refresh": {"energy_j": number(3e-15, per="synapse"), "interval_s": number(1e-4, per="device")},
    })  # fmt: skip
    bill = price(ledger, pair, weight_range=(-3.0, 3.0))  # 16 levels: one pulse is 0.4, a change of 1 takes 2
    agree(nominal(bill, "write", "volatile"), 40 * 2 * Fraction(4, 1000) * PICO)
    agree(nominal(bill, "hold"), Fraction(300, 3) * Fraction(1, 10**6) * 7000 * PICO)
    agree(nominal(bill, "refresh"), Fraction(100_000, 10**6) / Fraction(1, 10**4) * Fraction(3, 1000) * PICO)
    assert nominal(bill, "read") == 0
    assert any("transient writes" in text for text in bill.estimated)
    assert any("outside the range" in text for text in bill.warnings)


def test_a_run_that_never_used_the_volatile_memory_does_not_hold_it(make_ledger: Make) -> None:
    idle = {"n_transient_writes": 0, "n_transient_reads": 0, "n_transferred": 0, "transient_hold_l1": 0.0}
    bill = price(make_ledger(**idle), load_pair("sram_rram_22nm"))
    volatile = bill.tier("volatile")
    assert volatile is not None
    assert volatile.nominal == 0


def test_the_lifetime_is_that_of_the_hottest_synapse(ledger: Ledger, make_pair: Make) -> None:
    bill = price(ledger, make_pair())
    assert bill.lifetime_s is not None
    hottest = bill.lifetime_s["hottest"]
    assert hottest is not None
    assert [hottest.low, hottest.nominal, hottest.high] == pytest.approx([1 / 3, 10 / 3, 100 / 3])  # 3 writes in 1 ms
    p99 = bill.lifetime_s["p99"]
    assert p99 is not None
    assert p99.nominal == pytest.approx(5.0)  # the second hottest of 100, with 2 writes
    assert bill.lifetime_s["median"] is None
    assert any("median" in text for text in bill.warnings)


def test_where_the_endurance_is_one_of_pulses_a_write_wears_by_its_pulses(ledger: Ledger) -> None:
    """cap3t1c_taox: 127 pulses over ± 7, so that changes of 5, 6 and 7 take 45, 54 and 64: 451 in 9 writes."""
    bill = price(ledger, load_pair("cap3t1c_taox"))
    assert bill.lifetime_s is not None
    hottest = bill.lifetime_s["hottest"]
    n_pulses = next(line.n for line in bill.lines or () if (line.tier, line.cause) == ("nonvolatile", "write"))
    assert n_pulses == 5 * 45 + 3 * 54 + 64
    assert hottest is not None
    assert [hottest.low, hottest.nominal] == pytest.approx([x * 1e-3 / 3 / (451 / 9) for x in (1e6, 1e11)])
    assert "lifetime: a write wears by 50.1 pulses, the mean of all" in bill.estimated


def test_pulses_that_are_not_known_leave_the_lifetime_open(make_ledger: Make) -> None:
    bill = price(make_ledger(largest_weight=None), load_pair("cap3t1c_taox"))
    assert bill.lifetime_s is not None
    hottest = bill.lifetime_s["hottest"]
    assert hottest is not None
    assert hottest.nominal is None


def test_a_volatile_memory_that_fails_first_is_named(make_ledger: Make) -> None:
    busy = make_ledger(n_transient_writes=100_000, n_transient_reads=100_009)
    warnings = price(busy, load_pair("fecap_memristor_130nm")).warnings
    assert any("volatile one fails first: after 5 s" in text for text in warnings)


def test_without_counts_per_synapse_there_is_no_lifetime(make_ledger: Make) -> None:
    assert price(make_ledger(write_counts=None), load_pair("sram_rram_22nm")).lifetime_s is None


def test_a_decay_other_than_the_runs_is_said(ledger: Ledger, make_pair: Make, number: Make) -> None:
    pair: MemoryPair = make_pair(transient={"decay": {"tau_s": number(1e-3, per="device")}})
    assert not any("τ" in text for text in price(ledger, pair, tau_steps=1050.0).warnings)
    assert any("τ = 1000 steps" in text for text in price(ledger, pair, tau_steps=500.0).warnings)
    assert any("did not decay" in text for text in price(ledger, pair).warnings)


def _with(ledger: Ledger, **counted: int) -> Ledger:
    """Return the ledger with counts that only device models fill."""
    (layer,) = ledger.layers
    run = type(layer.run)(**{**vars(layer.run), **counted})
    residual = type(layer.run)(**{**vars(layer.residual), **dict.fromkeys(counted, 0)})
    return Ledger(layers=(LayerLedger(name=layer.name, run=run, residual=residual),))


def test_changes_finer_than_half_a_level_are_warned_of(ledger: Ledger, make_pair: Make) -> None:
    def warned(reach: float, **more: Any) -> bool:
        bill = price(ledger, make_pair(), weight_range=(-reach, reach), **more)
        return any("real cells would not carry it out" in text for text in bill.warnings)

    assert not warned(3.0)
    assert warned(1000.0)
    assert not warned(1000.0, cells={"n_levels": 16})  # the run's own cells said what they carried out
