"""What few memories have, worked out by hand: drivers by direction, devices of a synapse, costs of one level, wear.

The ledger is that of `test_bills_by_hand.py`; the blocks of memories are those of `conftest.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching.errors import InputError, ProfileError
from lava_caching.hardware import (
    CAUSES,
    TIERS,
    Bill,
    MemoryPair,
    Range,
    break_even_hold_time_s,
    equivalent_costs,
    load,
    load_pair,
    price,
    write_energies_j,
)
from lava_caching.hardware.chips import ChipBill
from lava_caching.hardware.export import accelergy_yaml
from lava_caching.hardware.operating import Operating
from lava_caching.hardware.reading import LONGEST_VALUE, shortened, validated
from lava_caching.hardware.review import mixing_warnings, plausibility_warnings, unknown_warnings
from lava_caching.hardware.schema import NonvolatileMemory, OperatingPoint, Setting, VolatileMemory
from lava_caching.ledger import LayerLedger, Ledger, Part

Make = Callable[..., Any]
PICO = 1e-12
BY_DEVICE = {"model": "per_reprogram"}


def picojoules(bill: Bill, tier: str, cause: str) -> float:
    assert bill.items is not None
    joules = bill.items[tier, cause].nominal
    assert joules is not None
    return joules / PICO


def directions(number: Make, per: str = "device") -> dict[str, Any]:
    return {"set": {"energy_j": number(3e-12, per=per)}, "reset": {"energy_j": number(7e-12, per=per)}}


def test_drivers_and_repeated_pulses_act_on_both_directions(ledger: Ledger, make_pair: Make, number: Make) -> None:
    driver = {"overhead_factor": number(1.5, per="pulse")}
    driven = make_pair(persistent={"write": BY_DEVICE, **directions(number), "driver": driver})
    assert picojoules(price(ledger, driven), "nonvolatile", "write") == pytest.approx((6 * 3 + 3 * 7) * 1.5)
    verify = {"reads_per_write": number(5, per="synapse"), "pulses_per_write": number(4, per="synapse")}
    repeated = make_pair(persistent={"write": BY_DEVICE, **directions(number, "pulse"), "verify": verify})
    assert picojoules(price(ledger, repeated), "nonvolatile", "write") == pytest.approx((6 * 3 + 3 * 7) * 4)


def test_writes_that_changed_nothing_are_shared_by_the_directions(
    make_ledger: Make, make_pair: Make, number: Make
) -> None:
    pair = make_pair(persistent={"write": BY_DEVICE, **directions(number)})
    bill = price(make_ledger(n_writes_lost=3), pair)
    assert picojoules(bill, "nonvolatile", "write") == pytest.approx(7.5 * 3 + 4.5 * 7)
    assert any("alike often" in text for text in bill.estimated)
    assert not price(make_ledger(), pair).estimated


def test_every_device_of_a_synapse_is_read_cleared_and_refreshed(ledger: Ledger, make_pair: Make, number: Make) -> None:
    two = {"devices_per_synapse": number(2, per="synapse")}
    pair = make_pair(
        transient={
            "write": {"model": "per_bit", "accumulates_in_place": False, "energy_j": number(2e-12), **two},
            "read": {"destructive": False, "energy_j": number(5e-12, per="device")},
            "clear": {"energy_j": number(3e-12, per="device")},
        },
        persistent={
            "write": {"model": "per_bit", "energy_j": number(20e-12), **two},
            "read": {"destructive": False, "energy_j": number(11e-12, per="device")},
            "verify": {"reads_per_write": number(4, per="synapse")},
        },
    )
    bill = price(ledger, pair)
    assert picojoules(bill, "volatile", "read") == pytest.approx(40 * 5 * 2)
    assert picojoules(bill, "volatile", "transfer") == pytest.approx(9 * 5 * 2)
    assert picojoules(bill, "volatile", "clear") == pytest.approx(9 * 3 * 2)
    assert picojoules(bill, "volatile", "write") == pytest.approx(40 * 4 * 2)  # by bits, whatever the devices
    assert picojoules(bill, "nonvolatile", "verify") == pytest.approx(9 * 4 * 11 * 2)


def test_the_smallest_change_flips_as_one_level_does(ledger: Ledger, make_pair: Make, number: Make) -> None:
    write = {"model": "per_bit", "skip_unchanged": True, "energy_j": number(20e-12)}
    bill = price(ledger, make_pair(persistent={"write": write}), weight_range=(-70.0, 70.0))  # one level is 20
    assert picojoules(bill, "nonvolatile", "write") == pytest.approx(9 * (2 - 2**-2) * 20)


@pytest.mark.parametrize(("n", "change", "pulses"), [(1, 4.0, 10), (2, 4.0, 5), (40, 0.04, 1)])
def test_a_transient_write_takes_the_pulses_of_its_mean_change(
    make_ledger: Make, make_pair: Make, number: Make, n: int, change: float, pulses: int
) -> None:
    write = {"model": "per_pulse", "accumulates_in_place": True, "energy_j": number(4e-12, per="pulse")}
    ledger = make_ledger(n_transient_writes=n, transient_change_l1=change)
    bill = price(ledger, make_pair(transient={"write": write}), weight_range=(-3.0, 3.0))  # a pulse is 0.4
    assert picojoules(bill, "volatile", "write") == pytest.approx(n * pulses * 4)


def test_one_level_costs_its_write_its_verification_and_its_neighbours(make_pair: Make, number: Make) -> None:
    pair = make_pair(persistent={
        "verify": {"reads_per_write": number(5, per="synapse")},
        "half_select": {"energy_j": number(1e-15, per="device"), "devices_per_write": number(63, per="synapse")},
    })  # fmt: skip
    energies = write_energies_j(pair)
    assert energies is not None
    transient, persistent = energies
    assert persistent.nominal == pytest.approx((3 * 20 + 5 * 3 * 1 + 0.063) * PICO)
    assert persistent.low == pytest.approx((3 * 10 + 15 + 0.063) * PICO)
    assert persistent.high == pytest.approx((3 * 30 + 15 + 0.063) * PICO)
    assert transient.nominal == pytest.approx(4 * (2 + 0.5) * PICO)  # 4 bits written, and read before


@pytest.mark.parametrize(
    ("model", "per", "levels", "n_units"),
    [("per_update", "update", 8, 1), ("per_reprogram", "synapse", 8, 1), ("per_pulse", "pulse", 8, 2),
     ("per_pulse", "pulse", 64, 1), ("per_pulse", "pulse", 4, 5)],
)  # fmt: skip
def test_a_transient_write_of_one_level_by_every_model(
    make_pair: Make, number: Make, model: str, per: str, levels: int, n_units: int
) -> None:
    """16 volatile levels: 15 steps, of which one of 7, 63 or 3 nonvolatile ones takes 2.1, 0.2 (so one) or 5."""
    write = {"model": model, "accumulates_in_place": True, "energy_j": number(4e-12, per=per)}
    pair = dataclasses.replace(make_pair(transient={"write": write}), nonvolatile_levels=levels)
    energies = write_energies_j(pair)
    assert energies is not None
    assert energies[0].nominal == pytest.approx(n_units * 4 * PICO)


def test_a_level_written_up_and_down_costs_the_mean(make_pair: Make, number: Make) -> None:
    energies = write_energies_j(make_pair(persistent={"write": BY_DEVICE, **directions(number)}))
    assert energies is not None
    assert energies[1].nominal == pytest.approx(5 * PICO)
    skipping = {"model": "per_bit", "skip_unchanged": True, "energy_j": number(20e-12)}
    energies = write_energies_j(make_pair(persistent={"write": skipping}))
    assert energies is not None
    assert energies[1].nominal == pytest.approx((2 - 2**-2) * 20 * PICO)


def test_the_maintenance_cost_agrees_at_the_mean_that_is_given(make_pair: Make) -> None:
    pair = make_pair()  # holding: 4 bits of 1 nW; a persistent write: 3 bits of 20 pJ
    at_unit, at_half = (equivalent_costs(pair, 1e-6, 2.0, mean_transient=mean) for mean in (None, 1.0))
    assert at_unit["maintenance_cost"] == pytest.approx(4e-9 * 1e-6 / 60e-12)
    assert at_half["maintenance_cost"] == pytest.approx(2 * at_unit["maintenance_cost"])
    assert any("mean |s| of 1" in text for text in at_half["assumptions"])
    with pytest.raises(InputError, match=r"mean \|s\| = 0"):
        equivalent_costs(pair, 1e-6, 2.0, mean_transient=0.0)


def endurance(number: Make, cycles: float) -> dict[str, Any]:
    return {"endurance": {"cycles": number(cycles, per="device"), "mode": "full"}}


def test_the_volatile_memory_is_named_only_where_it_fails_first(
    make_ledger: Make, make_pair: Make, number: Make
) -> None:
    """100 synapses, 40 writes in 1 ms: 0.4 a run; the hottest nonvolatile one lasts 10/3 s at 1e4 cycles."""

    def first(cycles: float, **counted: Any) -> list[str]:
        bill = price(make_ledger(**counted), make_pair(transient=endurance(number, cycles)))
        return [text for text in bill.warnings if "fails first" in text]

    assert not first(1e9)
    assert not first(1400.0)  # 3.5 s
    (said,) = first(1200.0)
    assert "after 3 s at 0.4 writes per synapse and run (1.2e+03 cycles)" in said
    never = {"write_counts": (0,) * 100, "n_persistent_writes": 0}
    assert first(1e9, **never)  # the other never wears
    assert not first(1.0, n_transient_writes=None)
    assert not first(1.0, n_transient_writes=0)


def test_a_destructive_read_switches_the_cell_too(make_ledger: Make, make_pair: Make, number: Make) -> None:
    never = {"not_applicable": "a read clears", "source": "doi:10.1000/1", "where": "Table 1"}
    gone = {"read": {"destructive": True, "energy_j": number(1e-12)}, "clear": {"energy_j": never}}
    kept, lost = make_pair(), make_pair(transient={**gone, **endurance(number, 1000.0)})
    texts = " ".join(price(make_ledger(), lost).warnings)
    assert "after 1.12 s at 0.89 writes and destructive reads per synapse" in texts  # 40 writes and 49 reads
    assert any("writing back what a partial transfer" in text for text in price(make_ledger(), lost).excluded)
    assert not any("writing back" in text for text in price(make_ledger(), kept).excluded)


def setting(value: float) -> Setting:
    return Setting(value=value, declared="for the test")


def test_the_callers_choice_goes_before_the_pairs_and_that_before_the_runs(ledger: Ledger, make_pair: Make) -> None:
    own = OperatingPoint(weight_min=setting(-2.0), weight_max=setting(3.0), step_duration_s=setting(5e-6))
    pair = dataclasses.replace(make_pair(), operating_point=own)
    by_pair = price(ledger, pair).operating_point
    assert (by_pair["weight_min"], by_pair["weight_max"], by_pair["step_duration_s"]) == (-2.0, 3.0, 5e-6)
    assert by_pair["origin"] == {"step_duration_s": "pair", "weight_range": "pair"}
    assert by_pair["nonvolatile_weight_unit"] == pytest.approx(5 / 7)
    assert by_pair["volatile_bits"] == 4
    by_caller = price(ledger, pair, weight_range=(-9.0, 1.0), step_duration_s=1e-3).operating_point
    assert (by_caller["weight_min"], by_caller["weight_max"], by_caller["step_duration_s"]) == (-9.0, 1.0, 1e-3)
    assert by_caller["origin"] == {"step_duration_s": "caller", "weight_range": "caller"}
    by_run = price(ledger, make_pair()).operating_point
    assert (by_run["weight_min"], by_run["weight_max"], by_run["step_duration_s"]) == (-7.0, 7.0, 1e-6)
    assert by_run["origin"] == {"step_duration_s": "default", "weight_range": "run"}


@pytest.mark.parametrize("step", [1e-19, 2e12])
def test_a_step_that_no_machine_takes_is_refused(ledger: Ledger, make_pair: Make, step: float) -> None:
    with pytest.raises(InputError, match="must lie in 1e-18 to 1e"):
        price(ledger, make_pair(), step_duration_s=step)


@pytest.mark.parametrize(
    "fields",
    [
        {"weight_min": -1.0},
        {"weight_max": 1.0},
        {"weight_min": 1.0, "weight_max": 1.0},
        {"weight_min": 2.0, "weight_max": -2.0},
    ],
    ids=str,
)
def test_half_a_weight_range_is_refused(fields: dict[str, float]) -> None:
    tables = {name: {"value": value, "declared": "mine"} for name, value in fields.items()}
    with pytest.raises(ProfileError, match="state both, the smaller one first"):
        validated(OperatingPoint, tables, "my.toml")


def test_energies_that_no_memory_has_are_asked_about(volatile: Make, nonvolatile: Make, number: Make) -> None:
    plain = validated(VolatileMemory, volatile(), "my.toml")
    assert plausibility_warnings(plain) == unknown_warnings(plain) == ()
    in_nanojoules = nonvolatile(write={"model": "per_bit", "energy_j": number(1e-9, 1e-9, 2e-6)})
    (said,) = plausibility_warnings(validated(NonvolatileMemory, in_nanojoules, "my.toml"))
    assert said.startswith("nonvolatile.write.energy_j = 2e-06 J per bit: above 1e-06 J, more than any memory takes")
    at_the_limit = nonvolatile(write={"model": "per_bit", "energy_j": number(1e-6)})
    assert plausibility_warnings(validated(NonvolatileMemory, at_the_limit, "my.toml")) == ()


def test_an_export_without_a_price_names_the_first_action(make_pair: Make, ledger: Ledger) -> None:
    unknown = {"unknown": "nobody measured it"}
    pair = make_pair(transient={"hold": {"power_w_per_bit": unknown}, "clear": {"energy_j": unknown}})
    bill = price(ledger, pair)
    assert len(bill.unpriced) == 2
    with pytest.raises(InputError, match=f"has no price for {bill.unpriced[0][:20]}"):
        accelergy_yaml(bill)


def test_whole_counts_are_exported_as_whole_numbers(make_pair: Make, ledger: Ledger) -> None:
    text = accelergy_yaml(price(ledger, make_pair(), step_duration_s=1e-9))
    assert "name: transient_writes_per_bit\n          counts: 160\n" in text
    assert "name: synapse_seconds_held\n          counts: 0.0001\n" in text
    assert "name: persistent_writes_per_bit\n          arguments: {}\n          energy: 20\n" in text
    tiny = accelergy_yaml(price(ledger, make_pair(), step_duration_s=1e-13))
    assert "counts: 1.0e-08\n" in tiny


@pytest.mark.parametrize(("tier", "other"), [("volatile", "nonvolatile"), ("nonvolatile", "volatile")])
def test_a_memory_where_a_pair_is_wanted_is_told_what_to_write(tier: str, other: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'inherits = "{"sram_array_22nm" if tier == "volatile" else "pcm_gst_90nm"}"\ntier = "{tier}"\n')
    assert isinstance(load(path), VolatileMemory | NonvolatileMemory)
    with pytest.raises(ProfileError, match=f'{tier} = "mine.toml" and a {other} memory beside it'):
        load_pair(path)


def test_transient_writes_in_both_directions_cost_the_mean(make_ledger: Make, make_pair: Make, number: Make) -> None:
    write = {"model": "per_update", "accumulates_in_place": True}
    pair = make_pair(transient={"write": write, **directions(number, "update")})
    bill = price(make_ledger(), pair)
    assert picojoules(bill, "volatile", "write") == pytest.approx(40 * 5)
    assert any("direction of transient writes" in text for text in bill.estimated)
    by_bit = {"write": {"model": "per_bit", "accumulates_in_place": True}, **directions(number, "bit")}
    bill = price(make_ledger(), make_pair(transient=by_bit))
    assert picojoules(bill, "volatile", "write") == pytest.approx(40 * 4 * 5)
    assert not any("direction of transient writes" in text for text in bill.estimated)


@pytest.mark.parametrize(("weight_range", "scale"), [((-3.0, 1.0), 3), ((-1.0, 4.0), 4), ((1.0, 2.0), 2)])
def test_full_scale_is_the_farther_end(
    ledger: Ledger, make_pair: Make, number: Make, weight_range: tuple[float, float], scale: int
) -> None:
    pair = make_pair(transient={"hold": {"power_w_at_full_scale": number(7e-9, per="synapse")}})
    assert picojoules(price(ledger, pair, weight_range=weight_range), "volatile", "hold") == pytest.approx(
        300 / scale * 1e-6 * 7000
    )


def test_what_was_held_is_nothing_only_where_nothing_was_held(make_ledger: Make, make_pair: Make, number: Make) -> None:
    pair = make_pair(transient={"hold": {"power_w_at_full_scale": number(7e-9, per="synapse")}})
    nothing = Ledger(layers=(LayerLedger(name="output", run=Part(), residual=Part()),))
    assert price(nothing, pair).unpriced == ()
    for fields in ({"transient_hold_l1": None}, {"largest_weight": None}):
        bill = price(make_ledger(**fields), pair, step_duration_s=1e-5)  # one synapse-second
        assert any("synapse-seconds held" in text for text in bill.unpriced)
        assert bill.total is not None
        assert bill.total.nominal is None


def test_of_the_places_that_never_wear_one_is_said(make_ledger: Make, make_pair: Make) -> None:
    bill = price(make_ledger(write_counts=(0,) * 100, n_persistent_writes=0), make_pair())
    (said,) = (text for text in bill.warnings if "does not wear" in text)
    assert said == "lifetime: no synapse is ever written, so the hottest does not wear"


def test_a_long_value_is_cut_to_the_longest_that_a_message_takes() -> None:
    fits, too_long = 10 ** (LONGEST_VALUE - 1), 10**LONGEST_VALUE
    assert shortened(fits) == str(fits)
    assert shortened(fits // 10) == str(fits // 10)
    assert shortened(too_long) == str(too_long)[: LONGEST_VALUE - 1] + "…"


def test_ranges_divide_bound_by_opposite_bound() -> None:
    """7/2 to 9/1: nothing is rounded, and what would have no finite value is not known."""
    assert Range(7.0, 8.0, 9.0) / Range(1.0, 1.6, 2.0) == (3.5, 5.0, 9.0)
    assert Range(7.0, 8.0, 9.0) / 4.0 == (1.75, 2.0, 2.25)
    assert Range(7.0, 8.0, 9.0) / Range(0.0, 2.0, 2.0) == (3.5, 4.0, None)
    assert Range(7.0, 8.0, 9.0) / Range(0.0, 0.0, 0.0) == (None, None, None)
    assert Range(7.0, None, 9.0) / Range(1.0, 1.0, None) == (None, None, 9.0)


def test_a_bill_in_plain_numbers_has_the_sums_of_its_ranges(ledger: Ledger, make_pair: Make) -> None:
    bill = price(ledger, make_pair())
    joules = bill.to_dict()["joules"]
    assert bill.total is not None
    assert joules["total"] == pytest.approx(bill.total.to_dict(), rel=1e-12, abs=0)
    for kind, names, of in (("by_tier", TIERS, bill.tier), ("by_cause", CAUSES, bill.cause)):
        assert set(joules[kind]) == set(names)
        for name in names:
            found = of(name)
            assert found is not None
            assert joules[kind][name] == pytest.approx(found.to_dict(), rel=1e-12, abs=0)


def test_full_scale_is_half_of_the_way_between_the_end_levels(make_pair: Make, number: Make) -> None:
    """7 steps from end to end: one level is 2/7 of full scale, so 2 nW of 7; a write of 60 pJ holds for 30 ms."""
    pair = make_pair(transient={"hold": {"power_w_at_full_scale": number(7e-9, per="synapse")}})
    rest = break_even_hold_time_s(pair)
    assert rest is not None
    assert rest.nominal == pytest.approx(0.03)


def test_powers_have_limits_of_their_own(volatile: Make, number: Make) -> None:
    for key, per, limit in (("power_w_per_bit", "bit", 1e-6), ("power_w_at_full_scale", "synapse", 1e-3)):
        for factor, n_said in ((1.0, 0), (1.01, 1)):
            memory = validated(VolatileMemory, volatile(hold={key: number(factor * limit, per=per)}), "my.toml")
            assert len(plausibility_warnings(memory)) == n_said, key


def test_a_layer_whose_hold_was_not_recorded_was_held(make_ledger: Make, make_pair: Make) -> None:
    idle: dict[str, Any] = {"n_transient_writes": 0, "n_transient_reads": 0, "n_transferred": 0}
    held = price(make_ledger(**idle, transient_hold_l1=None), make_pair())
    assert picojoules(held, "volatile", "hold") == pytest.approx(100_000 * 1e-6 * 4 * 1000)
    assert ("volatile", "hold") not in (price(make_ledger(**idle, transient_hold_l1=0.0), make_pair()).items or {})


def test_reads_that_did_not_happen_wear_nothing(make_ledger: Make, make_pair: Make, number: Make) -> None:
    never = {"not_applicable": "a read clears", "source": "doi:10.1000/1", "where": "Table 1"}
    gone = {"read": {"destructive": True, "energy_j": number(1e-12)}, "clear": {"energy_j": never}}
    pair = make_pair(transient={**gone, **endurance(number, 1000.0)})
    for n_reads in (0, None):
        (said,) = (text for text in price(make_ledger(n_transient_reads=n_reads), pair).warnings if "fails" in text)
        assert "after 2.5 s at 0.4 writes per synapse" in said


def two_layers(make_ledger: Make, **second: Any) -> Ledger:
    return Ledger(layers=(*make_ledger().layers, *make_ledger(**second).layers))


def test_pulses_are_those_of_each_layer_and_only_layers_that_cache_are_held(
    make_ledger: Make, make_pair: Make, number: Make
) -> None:
    write = {"model": "per_pulse", "accumulates_in_place": True, "energy_j": number(4e-12, per="pulse")}
    pair = make_pair(transient={"write": write})
    uneven = two_layers(make_ledger, n_transient_writes=10, transient_change_l1=100.0)
    bill = price(uneven, pair, weight_range=(-3.0, 3.0))  # a pulse is 0.4: 40 × 2 (a change of 1) and 10 × 25 (of 10)
    assert picojoules(bill, "volatile", "write") == pytest.approx((40 * 2 + 10 * 25) * 4)
    idle = {"n_transient_writes": 0, "n_transient_reads": 0, "n_transferred": 0, "transient_hold_l1": 0.0}
    bill = price(two_layers(make_ledger, **idle), pair)
    assert picojoules(bill, "volatile", "hold") == pytest.approx(100_000 * 1e-6 * 4 * 1000)


def test_pulses_of_no_write_are_none(make_ledger: Make, make_pair: Make, number: Make) -> None:
    pair = make_pair(persistent={"write": {"model": "per_pulse"}, **directions(number, "pulse")})
    nothing = {"n_persistent_writes": 0, "n_potentiations": 0, "n_depressions": 0, "write_counts": (0,) * 100}
    assert ("nonvolatile", "write") not in (price(make_ledger(**nothing), pair).items or {})


def test_what_is_accepted_without_a_price_counts_nothing(ledger: Ledger, make_pair: Make) -> None:
    pair = make_pair(transient={"hold": {"power_w_per_bit": {"unknown": "nobody measured it"}}})
    bound, priced = price(ledger, pair, lower_bound="volatile.hold"), price(ledger, make_pair())
    assert bound.total is not None
    assert priced.total is not None
    hold = priced.cause("hold")
    assert hold is not None
    for name in ("low", "nominal"):
        assert getattr(bound.total, name) == pytest.approx(getattr(priced.total, name) - getattr(hold, name))
    assert bound.total.high is None


def test_what_a_bill_leaves_out_is_counted_where_it_was(make_ledger: Make, make_pair: Make) -> None:
    seen = price(make_ledger(n_neuron_updates=1000, n_spikes=30, n_synaptic_ops=4000), make_pair()).excluded
    assert "neurons: 1,000 updates, 30 spikes" in seen
    assert "inference: 4,000 synaptic operations, their weight reads included" in seen
    unseen = price(make_ledger(n_neuron_updates=None, n_synaptic_ops=None), make_pair()).excluded
    assert "neurons and spikes" in unseen
    assert "inference: synaptic operations, their weight reads included" in unseen


@pytest.mark.parametrize(("lasts", "n_said"), [(None, 0), (1e4, 0), (1e3, 1), (1e5, 1)])
def test_cells_that_wear_otherwise_are_said(ledger: Ledger, make_pair: Make, lasts: float | None, n_said: int) -> None:
    cells = {"parameters": {"persistent.endurance_cycles": lasts}}
    warnings = price(ledger, make_pair(), cells=cells).warnings
    assert sum("wear out after" in text for text in warnings) == n_said


def test_joules_of_different_kind_are_not_added_without_a_word(volatile: Make, nonvolatile: Make, number: Make) -> None:
    """A pair is told what its memories have not in common: scope, and the node where the sources state one."""

    def memories(**fields: Any) -> tuple[VolatileMemory, NonvolatileMemory]:
        write = {"model": "per_bit", "energy_j": number(20e-12, **fields)}
        old = {"power_w_per_bit": number(1e-9, nodes_m=[9e-8])}
        return (
            validated(VolatileMemory, volatile(hold=old), "below.toml"),
            validated(NonvolatileMemory, nonvolatile(write=write), "above.toml"),
        )

    assert mixing_warnings(*memories()) == mixing_warnings(*memories(nodes_m=[9e-8])) == ()
    (scope,) = mixing_warnings(*memories(scope=["device", "wires"]))
    assert scope.startswith("mixed scope (volatile: device; nonvolatile: device or device+wires): ")
    (node,) = mixing_warnings(*memories(nodes_m=[2.2e-8]))
    assert node.startswith("mixed node (volatile: 90 nm; nonvolatile: 22 nm): ")
    assert any("mixed" in text for text in load_pair("sram_pcm_90nm").warnings)


@pytest.mark.parametrize("kind", [Bill, MemoryPair, Operating, ChipBill])
def test_what_is_priced_and_its_bill_are_frozen_and_made_by_name(kind: Any) -> None:
    fields = dataclasses.fields(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(object.__new__(kind), fields[0].name, None)
    with pytest.raises(TypeError, match="positional"):
        kind(*([None] * len(fields)))


def test_a_key_that_has_no_unit_does_not_lack_one(nonvolatile: Make, number: Make) -> None:
    write = {"model": "per_bit", "energy_j": number(1e-12), "devices": number(2, per="synapse")}
    with pytest.raises(ProfileError, match=r"write\.devices: unknown key;"):
        validated(NonvolatileMemory, nonvolatile(write=write), "my.toml")
