"""What is true of every bill: linear in the counts, ordered bounds, and unknown never taken for 0."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching.errors import InputError
from lava_caching.hardware import Range, load_pair, pair_names, price
from lava_caching.hardware.bill import ZERO
from lava_caching.ledger import LayerLedger, Ledger

Make = Callable[..., Any]
JOULE_PAIRS = [name for name in pair_names() if load_pair(name).unit == "joule"]
WITHOUT_TOTAL = {"loihi1", "loihi2", "gcedram_rram_16nm"}
"""Pairs whose sources leave an action unpriced."""
PRICED = [name for name in JOULE_PAIRS if name not in WITHOUT_TOTAL]
UNKNOWN = {"unknown": "nobody measured it"}
bounds = st.floats(min_value=0, max_value=1e9)
ranges = st.tuples(bounds, bounds, bounds).map(lambda b: Range(*sorted(b)))


def test_there_are_pairs_to_test() -> None:
    assert len(PRICED) >= 10
    assert set(JOULE_PAIRS) >= WITHOUT_TOTAL


@pytest.mark.parametrize("name", JOULE_PAIRS)
@given(scale=st.integers(min_value=2, max_value=10**6))
def test_energy_is_linear_in_the_ledger(make_ledger: Make, name: str, scale: int) -> None:
    pair = load_pair(name)
    one, many = price(make_ledger(), pair), price(make_ledger(scale), pair)
    assert one.items is not None
    assert many.items is not None
    assert one.items.keys() == many.items.keys()
    for key, joules in one.items.items():
        if joules.nominal is None:
            assert name in WITHOUT_TOTAL
            assert many.items[key].nominal is None
            continue
        assert many.items[key].nominal == pytest.approx(scale * joules.nominal, rel=1e-12)


@pytest.mark.parametrize("name", PRICED)
def test_layers_add_up(make_ledger: Make, name: str) -> None:
    a, b = make_ledger().layers[0], make_ledger(3).layers[0]
    bills = [price(Ledger(layers=layers), load_pair(name)).total for layers in ((a,), (b,), (a, b))]
    nominal = [bill.nominal for bill in bills if bill is not None and bill.nominal is not None]
    assert nominal[2] == pytest.approx(nominal[0] + nominal[1], rel=1e-12)


@pytest.mark.parametrize("name", PRICED)
@given(
    writes=st.integers(min_value=0, max_value=10**9),
    transferred=st.integers(min_value=0, max_value=10**9),
    held=st.integers(min_value=0, max_value=10**12),
    step=st.floats(min_value=1e-9, max_value=1e3),
)
def test_bounds_ascend(make_ledger: Make, name: str, writes: int, transferred: int, held: int, step: float) -> None:
    ledger = make_ledger(
        n_transient_writes=writes,
        n_transferred=transferred,
        n_transient_reads=writes + transferred,
        transient_hold_synapse_steps=held,
    )
    bill = price(ledger, load_pair(name), step_duration_s=step)
    assert bill.items is not None
    for joules in (*bill.items.values(), bill.total):
        assert joules is not None
        assert 0 <= joules.low <= joules.nominal <= joules.high  # type: ignore[operator]


@given(ranges, ranges)
def test_ranges_add_bound_by_bound(a: Range, b: Range) -> None:
    total = a + b
    assert total.low == a.low + b.low  # type: ignore[operator]
    assert total.low <= total.nominal <= total.high  # type: ignore[operator]


@given(ranges)
def test_unknown_survives_every_sum_and_product(a: Range) -> None:
    gap = Range(1.0, None, 2.0)
    assert (a + gap).nominal is None
    assert (gap + ZERO).nominal is None
    assert (gap * 0.0).nominal is None
    assert (a * gap).nominal is None
    assert (gap / 2.0).nominal is None
    assert (a + gap).low == a.low + 1.0  # type: ignore[operator]


@pytest.mark.parametrize(
    ("tier", "table", "cause"),
    [
        ("transient", {"read": {"destructive": False, "energy_j": UNKNOWN}}, "transfer"),
        ("transient", {"hold": {"power_w_per_bit": UNKNOWN}}, "hold"),
        ("transient", {"refresh": {"energy_j": UNKNOWN}}, "refresh"),
        ("transient", {"clear": {"energy_j": UNKNOWN}}, "clear"),
        ("persistent", {"write": {"model": "per_bit", "energy_j": UNKNOWN}}, "write"),
        ("persistent", {"verify": {"reads_per_write": UNKNOWN}}, "verify"),
        ("persistent", {"driver": {"overhead_factor": UNKNOWN}}, "write"),
    ],
)
def test_what_nobody_knows_has_no_price(
    make_pair: Make, ledger: Ledger, tier: str, table: dict[str, Any], cause: str
) -> None:
    bill = price(ledger, make_pair(**{tier: table}))
    plain = bill.to_dict()
    assert plain["joules"]["total"] == {"low": None, "nominal": None, "high": None}
    assert plain["joules"]["by_cause"][cause]["nominal"] is None
    assert plain["joules"]["by_tier"]["volatile" if tier == "transient" else "nonvolatile"]["nominal"] is None
    assert plain["joules"]["by_tier"]["nonvolatile" if tier == "transient" else "volatile"]["nominal"] is not None
    assert any("nobody measured it" in text for text in bill.unpriced)
    json.dumps(plain, allow_nan=False)


def test_what_did_not_happen_needs_no_price(make_pair: Make, make_ledger: Make) -> None:
    read = {"destructive": False, "energy_j": UNKNOWN}
    pair = make_pair(transient={"clear": {"energy_j": UNKNOWN}}, persistent={"read": read})
    bill = price(make_ledger(n_transferred=0, n_transient_reads=40), pair)
    assert bill.unpriced == ()
    assert bill.total is not None
    assert bill.total.nominal is not None


def test_what_was_not_counted_has_no_price(make_pair: Make, make_ledger: Make) -> None:
    bill = price(make_ledger(n_transferred=None), make_pair())
    assert bill.total is not None
    assert bill.total.nominal is None
    assert any("did not count" in text for text in bill.unpriced)


def test_nothing_happened_costs_nothing(make_pair: Make) -> None:
    from lava_caching.ledger import Part

    nothing = Ledger(layers=(LayerLedger(name="output", run=Part(), residual=Part()),))
    bill = price(nothing, make_pair())
    assert bill.total == ZERO
    assert bill.operating_point["weight_max"] is None
    json.dumps(bill.to_dict(), allow_nan=False)


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_step_duration_is_refused(ledger: Ledger, step: float) -> None:
    with pytest.raises(InputError, match="step duration"):
        price(ledger, load_pair("sram_rram_22nm"), step_duration_s=step)


@pytest.mark.parametrize("weight_range", [(1.0, 1.0), (2.0, -2.0), (0.0, float("inf")), (float("nan"), 1.0)])
def test_an_impossible_weight_range_is_refused(ledger: Ledger, weight_range: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="weight range"):
        price(ledger, load_pair("li2020"), weight_range=weight_range)


@pytest.mark.parametrize("name", JOULE_PAIRS)
def test_the_lines_add_up_to_the_items(ledger: Ledger, name: str) -> None:
    bill = price(ledger, load_pair(name))
    assert bill.items is not None
    assert {(line.tier, line.cause) for line in bill.lines or ()} == bill.items.keys()
    for key, joules in bill.items.items():
        lines = [line for line in bill.lines or () if (line.tier, line.cause) == key]
        assert sum((line.joules for line in lines), ZERO) == joules
        assert all(line.n is not None and line.joules == line.unit * line.n for line in lines)
        assert {key for line in lines for key in line.keys} <= {source["key"] for source in bill.sources}


def test_an_action_without_a_price_may_be_left_out_by_name(make_pair: Make, ledger: Ledger) -> None:
    pair = make_pair(transient={"hold": {"power_w_per_bit": UNKNOWN}})
    whole, bound = price(ledger, pair), price(ledger, pair, lower_bound="volatile.hold")
    assert whole.total is not None
    assert whole.total.nominal is None
    assert bound.total is not None
    rest = [line.joules.nominal for line in whole.lines or () if line.cause != "hold"]
    assert bound.total.nominal == pytest.approx(sum(x for x in rest if x is not None))
    assert bound.total.high is None  # nobody knows how much is missing
    assert bound.lower_bound == ("volatile.hold",)
    assert bound.unpriced == whole.unpriced
    assert any("the total is a lower bound: without volatile.hold" in text for text in bound.warnings)
    json.dumps(bound.to_dict(), allow_nan=False)


def test_what_has_a_price_is_never_left_out(make_pair: Make, ledger: Ledger) -> None:
    plain, bound = price(ledger, make_pair()), price(ledger, make_pair(), lower_bound=["volatile.hold"])
    assert bound.total == plain.total
    assert bound.lower_bound == ()
    assert any("nothing of volatile.hold lacked a price" in text for text in bound.warnings)


def test_an_unknown_action_cannot_be_left_out(make_pair: Make, ledger: Ledger) -> None:
    with pytest.raises(InputError, match=r"unknown action 'volatile\.holt'; did you mean 'volatile\.hold'"):
        price(ledger, make_pair(), lower_bound=["volatile.holt"])


def test_lines_add_up_to_the_total(make_pair: Make, ledger: Ledger) -> None:
    bill = price(ledger, make_pair())
    assert bill.lines is not None
    assert bill.total is not None
    assert sum(line.joules.nominal or 0.0 for line in bill.lines) == pytest.approx(bill.total.nominal)
    for line in bill.lines:
        assert line.n is not None
        assert line.joules.nominal == pytest.approx(line.n * (line.unit.nominal or 0.0))
        assert line.keys


def test_prices_of_a_pair_go_with_it() -> None:
    import gc
    import weakref

    from lava_caching.hardware import MemoryPair
    from lava_caching.hardware.library import once_for_each_pair

    asked: list[str] = []

    @once_for_each_pair
    def name_of(pair: MemoryPair) -> str:
        asked.append(pair.name)
        return pair.name

    pair = dataclasses.replace(load_pair("sram_rram_22nm"))
    assert name_of(pair) == name_of(pair) == "sram_rram_22nm"
    assert len(asked) == 1
    gone = weakref.ref(pair)
    del pair
    gc.collect()
    assert gone() is None
