"""Bills of the shipped pairs worked out by hand, low, nominal and high, in exact fractions of a picojoule.

The numbers are written from the publications once more, not read from the profiles. The ledger is that of
`test_bills_by_hand.py`: 40 transient writes of 1, 9 transfers, 9 persistent writes (up 5 5 5 6 6 7, down 5 5 6), 100
synapses held for 1000 steps of 1 µs, largest |w| = 7, so that the weights span 14.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from lava_caching.hardware import Bill, load_pair, price
from lava_caching.ledger import Ledger

Bounds = tuple[Fraction, Fraction, Fraction]
PICO = Fraction(1, 10**12)
HELD = Fraction(100_000, 10**6)
"""Synapse-seconds."""


def bounds(*picojoules: str) -> Bounds:
    low, nominal, high = (picojoules * 3)[:3] if len(picojoules) == 1 else picojoules
    return Fraction(low) * PICO, Fraction(nominal) * PICO, Fraction(high) * PICO


def total(*parts: tuple[Fraction | int, Bounds]) -> Bounds:
    """Return Σ count · energy, bound by bound."""
    low, nominal, high = (sum((n * energy[i] for n, energy in parts), Fraction(0)) for i in range(3))
    return low, nominal, high


def check(bill: Bill, expected: Bounds) -> None:
    assert bill.unpriced == ()
    assert bill.total is not None
    found = (bill.total.low, bill.total.nominal, bill.total.high)
    assert found == pytest.approx([float(value) for value in expected], rel=1e-13, abs=0)


# 3T1C: 6.67 µA for 0.5 ns from 1 V; cleared by 1, 8 or 16 pulses, read through the gate of a transistor
CAPACITOR = bounds("0.003335")
CLEAR = bounds("0.003335", "0.02668", "0.05336")
# SRAM array: 8 of the 64 bits of a word; written and read for each update, read and cleared for each transfer
WRITE, READ = bounds("16.919"), bounds("1.031")
LEAK = bounds("3358")  # pW per bit
SHARE = Fraction(8, 64)
SRAM = ((49 * SHARE, WRITE), (49 * SHARE, READ), (HELD * 8, LEAK))


def test_capacitor_and_pcm(ledger: Ledger) -> None:
    # the capacitor's step is 14/248: a change of 1 takes 17.7, so 18 pulses; that of the pair of devices is 14/198:
    # 5 takes 70.7, so 71, 6 takes 84.9, so 85, and 7 takes 99
    up, down = 3 * 71 + 2 * 85 + 99, 2 * 71 + 85
    parts = (
        (40 * 18, CAPACITOR),
        (9, CLEAR),
        (up, bounds("31.5", "328", "624")),
        (down, bounds("12.1", "125", "239")),
    )
    check(price(ledger, load_pair("cap3t1c_pcm")), total(*parts))


def test_capacitor_and_taox(ledger: Ledger) -> None:
    # steps of 15/124 and 15/127: 1 takes 8.3, so 8 pulses; 5 takes 42.3, 6 takes 50.8, 7 takes 59.3
    n = 5 * 42 + 3 * 51 + 59
    parts = ((40 * 8, CAPACITOR), (9, CLEAR), (n, bounds("0.128", "0.704", "1.28")))
    check(price(ledger, load_pair("cap3t1c_taox"), weight_range=(-7.5, 7.5)), total(*parts))


def test_capacitor_and_ecram(ledger: Ledger) -> None:
    # one step of 14/124 in both tiers: 1 takes 9 pulses, 5 takes 44.3, 6 takes 53.1, 7 takes 62
    n = 5 * 44 + 3 * 53 + 62
    parts = ((40 * 9, CAPACITOR), (9, CLEAR), (n, bounds("0.001", "0.001", "0.0025")))
    check(price(ledger, load_pair("cap_ecram")), total(*parts))


def test_sram_and_verified_rram(ledger: Ledger) -> None:
    # one multilevel programming whatever its size: one pulse of 12 pJ; several hundred pJ; 121 pulses of 48 pJ
    programming = bounds("12", "300", str(121 * 48))
    check(price(ledger, load_pair("digital_rram_verify")), total(*SRAM, (9, programming)))


def test_sram_and_epiram(ledger: Ledger) -> None:
    # a step of 15/63: 5 takes 21 pulses, 6 takes 25.2, 7 takes 29.4
    up, down = 3 * 21 + 2 * 25 + 29, 2 * 21 + 25
    parts = (*SRAM, (up, bounds("30.7", "787", "1540")), (down, bounds("11.1", "283", "556")))
    check(price(ledger, load_pair("slow_epiram"), weight_range=(-7.5, 7.5)), total(*parts))


def test_sram_and_stt(ledger: Ledger) -> None:
    word = bounds("40.843", "68.267", "290.538")
    check(price(ledger, load_pair("sram_stt_22nm")), total(*SRAM, (9 * SHARE, word)))


def test_sram_and_fefet(ledger: Ledger) -> None:
    check(price(ledger, load_pair("sram_fefet_22nm")), total(*SRAM, (9 * SHARE, bounds("18.852"))))


def test_sram_and_rram(ledger: Ledger) -> None:
    check(price(ledger, load_pair("sram_rram_22nm")), total(*SRAM, (9 * SHARE, bounds("53.188"))))


def test_sram_cache_and_pcm(ledger: Ledger) -> None:
    bits = 9 * 4  # 4 of 8 bits each way
    parts = (
        (2 * 49 * SHARE, bounds("10")),  # 49 reads; 40 writes and 9 clearings
        (HELD * 8, bounds("8.39", "84", "3358")),
        (bits, bounds("13.5", "13.5", "22.5")),
        (bits, bounds("12", "19.2", "19.2")),
    )
    check(price(ledger, load_pair("sram_pcm_90nm")), total(*parts))


def test_loihi_pays_each_synaptic_update_once(ledger: Ledger) -> None:
    bill = price(ledger, load_pair("loihi1"))
    assert bill.items is not None
    assert set(bill.items) == {("volatile", "write"), ("volatile", "hold"), ("nonvolatile", "write")}
    updates = [bill.items[tier, "write"].nominal for tier in ("volatile", "nonvolatile")]
    assert updates == pytest.approx([40 * 120e-12, 9 * 120e-12], rel=1e-13)
    assert bill.total is not None
    assert bill.total.nominal is None  # the hold of the tag is not known


def test_the_gain_cell_pays_leakage_and_refresh(ledger: Ledger) -> None:
    bill = price(ledger, load_pair("gcedram_rram_16nm"))
    hold, refresh = bill.cause("hold"), bill.cause("refresh")
    assert hold is not None
    assert refresh is not None
    assert hold.nominal == pytest.approx(float(HELD * 8 * 100 * PICO), rel=1e-13)  # 105 µW over 2^20 bits
    each = Fraction("0.0203") * PICO  # 276 µW over 2^20 bits for 77 µs
    assert refresh.nominal == pytest.approx(float(HELD * 8 * each / Fraction("77e-6")), rel=1e-13)
    assert bill.total is not None
    assert bill.total.nominal is None  # its accesses are not published per bit
