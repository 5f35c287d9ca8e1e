"""The paper's costs of a pair reproduce its joules, and the break-even hold time is where holding equals writing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching.energy import CostFunctional
from lava_caching.errors import InputError
from lava_caching.hardware import break_even_hold_time_s, equivalent_costs, load_pair, price, write_energies_j
from lava_caching.ledger import Ledger

Make = Callable[..., Any]


def test_the_costs_of_sram_and_rram() -> None:
    costs = equivalent_costs(load_pair("sram_rram_22nm"), 1e-6, 1.0)
    assert costs["change_cost"] == pytest.approx((16.919 + 1.031) / 53.188)
    assert costs["maintenance_cost"] == pytest.approx(3.358e-9 * 1e-6 * 64 / 53.188e-12)
    assert costs["tau_steps"] is None


def test_the_equivalent_costs_give_back_the_joules_of_holding(ledger: Ledger) -> None:
    pair = load_pair("sram_rram_22nm")
    bill = price(ledger, pair)
    in_units = CostFunctional(maintenance_cost=bill.equivalent_costs["maintenance_cost"]).price(ledger).maintenance
    energies = write_energies_j(pair)
    assert energies is not None
    joules_per_weight = energies[1].nominal / bill.operating_point["nonvolatile_weight_unit"]
    hold = bill.cause("hold")
    assert hold is not None
    assert in_units * joules_per_weight == pytest.approx(hold.nominal)


@given(seconds=st.floats(min_value=1e-9, max_value=1e3), unit=st.floats(min_value=1e-6, max_value=1e3))
def test_the_maintenance_cost_reaches_one_write_at_the_break_even_time(seconds: float, unit: float) -> None:
    pair = load_pair("sram_pcm_90nm")
    rest = break_even_hold_time_s(pair)
    assert rest is not None
    costs = equivalent_costs(pair, seconds, unit)
    # holding one weight unit for T* costs c·unit·T*/step = one write of one weight unit
    assert costs["maintenance_cost"] * rest.nominal / seconds == pytest.approx(1.0)


def test_a_memory_that_holds_for_nothing_has_no_break_even_time() -> None:
    pair = load_pair("fecap_memristor_130nm")
    assert break_even_hold_time_s(pair) is None
    assert equivalent_costs(pair, 1e-6, 1.0)["maintenance_cost"] == 0.0


def test_a_leak_in_proportion_to_s_is_the_papers_own_model(ledger: Ledger, make_pair: Make, number: Make) -> None:
    pair = make_pair(transient={
        "hold": {"power_w_at_full_scale": number(7e-9, per="synapse")},
        "decay": {"tau_s": number(2e-3, per="device")},
    })  # fmt: skip
    bill = price(ledger, pair)
    energies = write_energies_j(pair)
    assert energies is not None
    per_weight = energies[1].nominal / bill.operating_point["nonvolatile_weight_unit"]
    hold = bill.cause("hold")
    assert hold is not None
    assert bill.equivalent_costs["maintenance_cost"] * 300.0 * per_weight == pytest.approx(hold.nominal)
    assert bill.equivalent_costs["tau_steps"] == pytest.approx(2000.0)


def test_the_pair_of_the_paper_leaves_the_choice_to_the_caller() -> None:
    pair = load_pair("li2020")
    costs = equivalent_costs(pair, 1e-6, 1.0)
    assert costs["change_cost"] is costs["maintenance_cost"] is costs["tau_steps"] is None
    assert costs["assumptions"]
    assert break_even_hold_time_s(pair) is None
    assert write_energies_j(pair) is None


def test_unknown_numbers_leave_the_costs_open(make_pair: Make) -> None:
    pair = make_pair(transient={"hold": {"power_w_per_bit": {"unknown": "nobody measured it"}}})
    costs = equivalent_costs(pair, 1e-6, 1.0)
    assert costs["maintenance_cost"] is None
    assert costs["change_cost"] is not None
    assert any("nobody measured it" in text for text in costs["assumptions"])
    rest = break_even_hold_time_s(pair)
    assert rest is not None
    assert rest.nominal is None


@pytest.mark.parametrize(("step", "unit"), [(0.0, 1.0), (1e-6, 0.0), (1e-6, -1.0), (float("nan"), 1.0)])
def test_impossible_units_are_refused(step: float, unit: float) -> None:
    with pytest.raises(InputError, match="must be > 0"):
        equivalent_costs(load_pair("sram_rram_22nm"), step, unit)


def test_refreshing_is_part_of_holding() -> None:
    pair = load_pair("gcedram_rram_16nm")
    rest = break_even_hold_time_s(pair)
    assert rest is not None
    assert rest.nominal is not None
    power = 8 * (1e-10 + 2.03e-14 / 7.7e-5)  # 8 bits leak, and are refreshed every 77 µs
    assert rest.nominal == pytest.approx(53.188e-12 * 8 / 64 / power)
    costs = equivalent_costs(pair, 1e-6, 1.0)
    assert costs["maintenance_cost"] == pytest.approx(1e-6 / rest.nominal)
    assert costs["change_cost"] is None  # the energy of an access is not known per bit
