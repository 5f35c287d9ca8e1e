"""Advice follows from the prices: the verdict agrees with the saving, and break-even times predict it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lava_caching.advice import Advice, Life, advise
from lava_caching.errors import InputError
from lava_caching.hardware import MemoryPair, Range, load_pair, price
from lava_caching.hardware.schema import Setting
from lava_caching.ledger import Ledger

Make = Callable[..., Any]
SMALL: dict[str, Any] = {"n_inputs": 12, "n_patterns": 10, "seeds": 2, "engine": "reference"}
NOTHING = 1e-30
"""Joules of what is to cost nothing; 0 is no price."""
some = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
energies = st.floats(min_value=1e-15, max_value=1e-9)


@pytest.fixture(scope="module")
def holds_only(make_pair: Make, number: Make) -> MemoryPair:
    """Return a pair whose transient part costs nothing but the power of holding it."""
    free = number(NOTHING)
    pair = make_pair(transient={
        "write": {"model": "per_bit", "accumulates_in_place": False, "energy_j": free},
        "read": {"destructive": False, "energy_j": free},
        "clear": {"energy_j": free},
    })  # fmt: skip
    assert isinstance(pair, MemoryPair)
    return pair


@pytest.fixture(scope="module")
def fast(holds_only: MemoryPair) -> Advice:
    return advise(holds_only, step_duration_s=1e-9, **SMALL)


def saved(advice: Advice) -> float:
    assert advice.saving is not None
    return advice.saving.nominal


@some
@given(
    # not just at the break-even time, where the last bit decides
    part=st.one_of(st.floats(min_value=0.01, max_value=0.499), st.floats(min_value=0.501, max_value=0.99)),
    double=st.booleans(),
)
def test_holding_for_less_than_the_break_even_time_pays_and_for_more_does_not(
    holds_only: MemoryPair, fast: Advice, part: float, double: bool
) -> None:
    assert fast.holding is not None
    rest, held = fast.holding.break_even_hold_time_s, fast.holding.held_per_saved_write_s
    assert rest is not None
    assert rest.nominal is not None
    assert held is not None
    times = part * (2 if double else 1)  # of T*, for which a synapse is held per write saved
    advice = advise(holds_only, step_duration_s=1e-9 * times * rest.nominal / held, **SMALL)
    assert advice.holding is not None
    assert advice.holding.held_per_saved_write_s == pytest.approx(times * rest.nominal)
    assert advice.verdict.answer == ("pays" if times < 1 else "does not pay")
    slowest = advice.holding.break_even_update_rate_hz
    assert slowest is not None
    assert (advice.holding.update_rate_hz > slowest) == (times < 1)
    assert advice.holding.update_rate_hz / slowest == pytest.approx(1 / times)
    assert advice.verdict.cause == (None if times < 1 else "holding")


@pytest.mark.parametrize("name", ["sram_rram_22nm", "sram_stt_22nm", "sram_pcm_90nm", "digital_rram_verify"])
def test_doubling_the_hold_past_the_break_even_turns_the_verdict_on_shipped_pairs(name: str) -> None:
    pair = load_pair(name)
    holding = advise(pair, step_duration_s=1e-9, **SMALL).holding
    assert holding is not None
    assert holding.break_even_update_rate_hz is not None
    slowest = 1e-9 * holding.update_rate_hz / holding.break_even_update_rate_hz
    before, after = (advise(pair, step_duration_s=share * slowest, **SMALL) for share in (0.7, 1.4))
    assert before.verdict.answer == "pays"
    assert (after.verdict.answer, after.verdict.cause) == ("does not pay", "holding")


def test_a_lifetime_that_nobody_states_is_not_called_short(make_pair: Make) -> None:
    advice = advise(make_pair(persistent={"endurance": None}), **SMALL)
    assert "× less; no endurance is stated, so lifetimes are not known" in advice.verdict.sentence
    assert "nor does it help" not in advice.verdict.sentence


def test_the_cells_whose_lifetime_is_told_are_named(make_pair: Make) -> None:
    """The volatile memory states no endurance, so that nothing is claimed of it."""
    assert "nonvolatile cells" in advise(make_pair(), **SMALL).verdict.sentence


@some
@given(transient=energies, persistent=energies, step=st.floats(min_value=1e-9, max_value=1.0))
def test_the_verdict_agrees_with_the_saving(
    make_pair: Make, number: Make, transient: float, persistent: float, step: float
) -> None:
    pair = make_pair(
        transient={"write": {"model": "per_bit", "accumulates_in_place": True, "energy_j": number(transient)}},
        persistent={"write": {"model": "per_bit", "energy_j": number(persistent / 2, persistent, persistent * 3)}},
    )
    advice = advise(pair, step_duration_s=step, **SMALL)
    assert advice.best is not None
    before, after = advice.uncached.joules.nominal, advice.best.joules.nominal
    assert before is not None
    assert after is not None
    assert saved(advice) == pytest.approx(before / after)
    assert advice.verdict.answer == ("pays" if saved(advice) > 1 else "does not pay")
    assert all((c.joules.nominal or 0.0) >= after for c in advice.choices[1:])
    assert advice.saving is not None
    together, apart = advice.saving.together, advice.saving.apart
    assert apart.low <= together.low * (1 + 1e-12)  # type: ignore[operator]
    assert together.low <= saved(advice) <= together.high  # type: ignore[operator]
    assert together.high <= apart.high * (1 + 1e-12)  # type: ignore[operator]


def test_a_range_of_the_saving_is_reached_by_prices_within_their_ranges(make_pair: Make, number: Make) -> None:
    def pair(persistent: tuple[float, ...], power: tuple[float, ...]) -> MemoryPair:
        made = make_pair(
            transient={"hold": {"power_w_per_bit": number(*power)}},
            persistent={"write": {"model": "per_bit", "energy_j": number(*persistent)}},
        )
        # the memories are fixed, so that nothing else moves
        assert isinstance(made, MemoryPair)
        return made

    energy, power = (1e-12, 2e-12, 4e-12), (1e-9, 2e-9, 8e-9)
    wide = advise(pair(energy, power), step_duration_s=1e-5, **SMALL)
    assert wide.saving is not None
    assert wide.best is not None
    corners = []
    for e in (energy[0], energy[2]):
        for p in (power[0], power[2]):
            for w in (1e-12, 3e-12):
                corner = pair((e,), (p,))
                assert corner.volatile is not None
                table = corner.volatile.model_dump()
                table["write"]["energy_j"].update(low=w, nominal=w, high=w)
                fixed = replace(corner, volatile=type(corner.volatile).model_validate(table))
                totals = [
                    sum(_nominal(price(r.ledger, fixed, step_duration_s=1e-5, weight_range=(-9, 9))) for r in records)
                    for records in (wide.uncached.records, wide.best.records)
                ]
                corners.append(totals[0] / totals[1])
    # reads and clears have no width in this pair, so that the corners are all there are
    assert wide.saving.apart.low == pytest.approx(min(corners))
    assert wide.saving.apart.high == pytest.approx(max(corners))


def _nominal(bill: Any) -> float:
    assert bill.total is not None
    return float(bill.total.nominal)


def test_advice_is_the_same_every_time() -> None:
    first, second = (advise("sram_rram_22nm", **SMALL).to_dict() for _ in range(2))
    assert first == second
    json.dumps(first, allow_nan=False)


def test_choices_share_their_weights_and_ascend() -> None:
    advice = advise("sram_rram_22nm", **SMALL)
    ranges = {
        (bill.operating_point["weight_min"], bill.operating_point["weight_max"])
        for choice in advice.choices
        for bill in choice.bills
    }
    assert len(ranges) == 1
    thresholds = [choice.threshold for choice in advice.choices]
    assert thresholds[0] is thresholds[-1] is None
    assert [c.policy for c in (advice.choices[0], advice.choices[-1])] == ["immediate", "at-end"]
    inner = [x for x in thresholds if x is not None]
    assert inner == sorted(set(inner))
    assert len(inner) >= 10


def test_a_memory_that_decays_decays_in_the_trainings_too(make_pair: Make, number: Make) -> None:
    pair = make_pair(transient={"decay": {"tau_s": number(1e-3, per="device")}})
    advice = advise(pair, step_duration_s=1e-5, **SMALL)
    assert advice.workload.tau_steps == pytest.approx(100.0)
    assert {r.config["tau"] for c in advice.choices[1:] for r in c.records} == {advice.workload.tau_steps}
    assert {r.config["tau"] for r in advice.uncached.records} == {None}
    assert not any("decays with τ" in text for c in advice.choices[1:] for b in c.bills for text in b.warnings)
    assert any("τ = 100 steps" in note for note in advice.notes)
    with pytest.raises(InputError, match="before the next presentation comes; take a shorter step"):
        advise(pair, step_duration_s=1e-3, **SMALL)


def test_what_decays_before_it_is_consolidated_is_not_learned(make_pair: Make, number: Make) -> None:
    pair = make_pair(transient={"decay": {"tau_s": number(2e-5, per="device")}})
    advice = advise(pair, step_duration_s=1e-5, **SMALL)
    stuck = [choice for choice in advice.choices if not choice.learned]
    assert stuck
    assert advice.best not in stuck
    assert any("not learned, and so not chosen" in note for note in advice.notes)


def test_unknown_numbers_are_listed_and_no_saving_is_claimed(make_pair: Make) -> None:
    pair = make_pair(transient={"hold": {"power_w_per_bit": {"unknown": "nobody measured it"}}})
    advice = advise(pair, **SMALL)
    assert advice.verdict.answer == "cannot say"
    assert advice.missing == {"volatile.hold.power_w_per_bit": "nobody measured it"}
    assert (advice.best, advice.saving, advice.holding) == (None, None, None)
    assert advice.verdict.sentence.endswith("because a number that it needs is unknown")
    assert advice.choices[1].life("hottest") is not None  # what is known is told


def test_what_costs_too_much_already_does_not_pay_whatever_is_unknown(make_pair: Make, number: Make) -> None:
    dear = {"model": "per_bit", "accumulates_in_place": False, "energy_j": number(1e-9)}
    pair = make_pair(transient={"write": dear, "hold": {"power_w_per_bit": {"unknown": "nobody measured it"}}})
    advice = advise(pair, **SMALL)
    assert advice.verdict.answer == "does not pay"
    assert "a number that it needs is unknown, but" in advice.verdict.sentence
    assert advice.saving is None
    before = advice.uncached.joules.nominal
    assert before is not None
    assert all(choice.known_joules > before for choice in advice.choices[1:])


def test_weights_outside_the_range_are_noted() -> None:
    notes = advise("sram_rram_22nm", weight_range=(-1.0, 1.0), **SMALL).notes
    assert any("outside the range -1 to 1" in note for note in notes)


def test_a_volatile_memory_that_wears_out_first_bounds_the_lifetime(make_pair: Make, number: Make) -> None:
    tired = {"endurance": {"cycles": number(10.0, per="device"), "mode": "full"}}
    advice = advise(make_pair(transient=tired), **SMALL)
    assert advice.best is not None
    first = advice.best.first_to_fail
    assert first is not None
    assert first[0] == "volatile"
    assert first[1] == advice.best.volatile_life
    assert advice.uncached.volatile_life is None
    total = advice.best.records[0].ledger.total
    runs = 10.0 * (total.n_synapses or 0) / (total.n_transient_writes or 1)  # reads of this memory destroy nothing
    assert first[1].runs.nominal is not None
    assert first[1].runs.nominal <= runs
    assert advice.verdict.lifetime_ratio is not None
    assert advice.verdict.lifetime_ratio < 1
    assert "wear out" in advice.verdict.sentence
    assert "sooner" in advice.verdict.sentence


def test_a_memory_that_forgets_sooner_than_it_consolidates_is_noted(make_pair: Make, number: Make) -> None:
    forgetful = make_pair(transient={"retention_s": number(1e-9)})
    assert any("longer than the volatile memory retains it" in note for note in advise(forgetful, **SMALL).notes)


def test_the_seed_that_fails_first_is_another_one_in_seconds_than_in_trainings() -> None:
    long = Life(Range.exactly(100.0), Range.exactly(10.0))
    short = Life(Range.exactly(50.0), Range.exactly(20.0))
    assert Life.first_of([long, short]) == Life(Range.exactly(50.0), Range.exactly(10.0))
    assert Life.first_of([]) is None


@given(scale=st.integers(min_value=1, max_value=10**6))
def test_lifetimes_fall_with_the_writes_of_the_hottest_synapse(make_pair: Make, make_ledger: Make, scale: int) -> None:
    def hottest(ledger: Ledger) -> Range:
        lives = price(ledger, make_pair()).lifetime_s
        assert lives is not None
        assert lives["hottest"] is not None
        return lives["hottest"]

    one, many = hottest(make_ledger()), hottest(make_ledger(scale))
    for a, b in ((one.low, many.low), (one.nominal, many.nominal), (one.high, many.high)):
        assert a is not None
        assert b is not None
        assert b * scale == pytest.approx(a, rel=1e-14)


def test_a_global_threshold_is_a_sum_over_the_synapses() -> None:
    advice = advise("sram_rram_22nm", **{**SMALL, "policy": "global-global"})
    inner = [choice.threshold for choice in advice.choices if choice.threshold is not None]
    assert min(inner) == pytest.approx(1.5 * 12)
    n_transfers = [c.records[0].ledger.total.n_consolidations for c in advice.choices if c.threshold is not None]
    assert n_transfers[0] > n_transfers[-1]  # type: ignore[operator]


def test_stopping_ends_the_advice() -> None:
    with pytest.raises(KeyboardInterrupt):
        advise("sram_rram_22nm", monitor=lambda *_: False, **SMALL)


def test_progress_counts_all_trainings() -> None:
    told: list[tuple[int, int, str]] = []

    def monitor(n_done: int, n_total: int, what: str) -> bool:
        told.append((n_done, n_total, what))
        return True

    advice = advise("sram_rram_22nm", monitor=monitor, **SMALL)
    assert told[-1][0] == 2 * len(advice.choices) <= told[-1][1]
    assert [n for n, _, _ in told] == sorted(n for n, _, _ in told)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"pair": "li2020"}, "li2020 is in the units of the paper and has no joules"),
        ({"n_patterns": 24}, "n_patterns = 24: 12 inputs store fewer than 24 random patterns"),
        ({"n_inputs": 1000, "n_patterns": 1999}, "too many to simulate"),
        ({"seeds": 0}, "seeds = 0: must be at least 1"),
        ({"n_inputs": 0}, "n_inputs = 0: must be at least 1"),
        ({"policy": "immediate"}, "policy = 'immediate': has no threshold to choose"),
        ({"policy": "local-gobal"}, "did you mean 'local-global'"),
        ({"step_duration_s": 0.0}, "must be finite and > 0"),
        ({"pair": "sram_pcm"}, "unknown pair 'sram_pcm'"),
    ],
)
def test_what_cannot_be_advised_is_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match="^.*" + says):
        advise(**{"pair": "sram_rram_22nm", **SMALL, **asked})


def test_patterns_that_cannot_be_separated_are_named() -> None:
    with pytest.raises(InputError, match=r"n_patterns = 3: those of seed \d are not learned in 10,000 epochs"):
        advise("sram_rram_22nm", n_inputs=2, n_patterns=3, seeds=9, engine="numba")


def test_a_pair_with_its_own_range_of_weights_is_priced_over_it() -> None:
    pair = load_pair("sram_rram_22nm")
    low, high = Setting(value=-50.0, declared="wide"), Setting(value=50.0, declared="wide")
    point = pair.operating_point.model_copy(update={"weight_min": low, "weight_max": high})
    advice = advise(replace(pair, operating_point=point), **SMALL)
    assert {b.operating_point["weight_max"] for c in advice.choices for b in c.bills} == {50.0}
