"""Each effect alone against its closed form, for the plain and for the compiled cells."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lava_caching.devices import Cells, Device, DeviceState, Store, device_state
from lava_caching.devices import _plain as plain
from lava_caching.kernels.devices import age, cells_of, write_cells

Array = NDArray[np.float64]
Write = Callable[[Array, DeviceState], Array]
MANY = 20_000


def placed(cells: Cells, start: Any, store: Store | None = None, *, weight_range: float = 1.0) -> DeviceState:
    device = Device(name="one-effect", summary="one effect", persistent=cells, transient=store or Store())
    return device_state(
        device, np.asarray(start, float), weight_range=weight_range, step_s=1.0, rng=np.random.default_rng(7)
    )


def compiled(moved: Array, state: DeviceState) -> Array:
    made, refused = np.zeros(moved.size), np.zeros(moved.size, bool)
    write_cells(moved, 1, cells_of(state), state.rng, made, refused)
    assert not made[refused].any()
    return made


@pytest.fixture(params=[lambda moved, state: plain.write(moved, 1, state)[0], compiled], ids=["plain", "compiled"])
def write(request: pytest.FixtureRequest) -> Write:
    chosen: Write = request.param
    return chosen


@pytest.mark.parametrize(("mapping", "levels", "expected"), [("single", 15, 15), ("differential", 8, 15)])
def test_weights_take_as_many_values_as_there_are_levels(
    write: Write, mapping: Any, levels: int, expected: int
) -> None:
    state = placed(Cells(mapping=mapping, levels=levels), np.zeros(5000))
    for change in np.random.default_rng(0).normal(0, 0.4, (20, 5000)):
        write(change, state)
    values = np.unique(np.round(state.weights, 12))
    assert len(values) == expected == state.cells.n_levels
    np.testing.assert_allclose(values, np.linspace(-1, 1, expected), atol=1e-12)


def test_a_change_is_rounded_to_whole_pulses_and_less_than_half_of_one_is_refused(write: Write) -> None:
    state = placed(Cells(levels=11), np.zeros(4))  # one pulse is 0.1
    made = write(np.array([0.04, 0.06, -0.26, 0.5]), state)
    np.testing.assert_allclose(made, [0.0, 0.1, -0.3, 0.5], atol=1e-15)
    assert state.ledger_counts()["n_pulses_set"] == 1 + 3 + 5  # a decrease from 0 sets the other device of the pair
    assert state.report()["n_refused"] == 1


def test_weights_end_at_the_range(write: Write) -> None:
    state = placed(Cells(bounded=True), np.zeros(2))
    made = write(np.array([0.7, -0.2]), state) + write(np.array([0.7, -0.2]), state)
    np.testing.assert_allclose(made, [1.0, -0.4])
    assert state.report()["n_cut_off"] == 1
    write(np.array([0.7, -0.2]), state)
    assert state.ledger_counts()["n_writes_lost"] == 1  # a full device does not move


def test_a_change_of_sign_empties_one_device_before_the_other_is_filled(write: Write) -> None:
    state = placed(Cells(levels=11), np.array([0.3, -0.3]))
    write(np.array([-0.5, 0.5]), state)
    np.testing.assert_allclose(state.weights, [-0.2, 0.2])
    np.testing.assert_allclose(state.value, [[0.0, 0.2], [0.2, 0.0]], atol=1e-12)
    counts = state.ledger_counts()
    assert (counts["n_pulses_reset"], counts["n_pulses_set"]) == (3 + 3, 2 + 2)


@pytest.mark.parametrize("nu", [0.5, 3.0, 8.0])
def test_pulses_follow_the_exponential_curve(write: Write, nu: float) -> None:
    state = placed(Cells(levels=51, nonlinearity_up=nu, nonlinearity_down=nu / 2), np.zeros(1))
    up = [float(write(np.array([0.02]), state)[0]) for _ in range(50)]
    p = np.arange(1, 51) / 50
    np.testing.assert_allclose(np.cumsum(up), (1 - np.exp(-nu * p)) / (1 - np.exp(-nu)), rtol=1e-9)
    # not to the end: of what is left for the last pulse, part would go to the other device of the pair
    down = [float(write(np.array([-0.02]), state)[0]) for _ in range(45)]
    np.testing.assert_allclose(-np.cumsum(down), (1 - np.exp(-nu / 2 * p[:45])) / (1 - np.exp(-nu / 2)), rtol=1e-9)


def test_several_pulses_at_once_are_as_many_single_ones(write: Write) -> None:
    once, often = (placed(Cells(levels=51, nonlinearity_up=2.0), np.zeros(1)) for _ in range(2))
    write(np.array([0.3]), once)
    for _ in range(15):
        write(np.array([0.02]), often)
    np.testing.assert_allclose(once.weights, often.weights, rtol=1e-12)


@pytest.mark.parametrize("n_pulses", [1, 4, 16])
def test_noise_of_pulses_adds_up_with_the_root_of_their_number(write: Write, n_pulses: int) -> None:
    state = placed(Cells(levels=51, cycle_to_cycle=0.004), np.full(MANY, 0.4))
    made = write(np.full(MANY, n_pulses * 0.02), state)
    assert made.mean() == pytest.approx(n_pulses * 0.02, abs=5 * 0.004 * math.sqrt(n_pulses / MANY))
    assert made.var() == pytest.approx(n_pulses * 0.004**2, rel=0.05)  # 5 standard errors of a variance


def test_write_noise_does_not_depend_on_the_pulses(write: Write) -> None:
    state = placed(Cells(levels=51, write_noise=0.01), np.full(MANY, 0.4))
    for n_pulses in (1, 10):
        before = state.weights
        made = write(np.full(MANY, n_pulses * 0.02), state)
        assert made.var() == pytest.approx(0.01**2, rel=0.05)
        np.testing.assert_allclose(state.weights - before, made, atol=1e-12)


def test_devices_differ_in_their_steps_for_good(write: Write) -> None:
    state = placed(Cells(device_to_device=0.1), np.full(MANY, 10.0))
    first, second = write(np.full(MANY, 1.0), state), write(np.full(MANY, 1.0), state)
    np.testing.assert_allclose(first, second, rtol=1e-9)
    assert first.mean() == pytest.approx(1.0, abs=5 * 0.1 / math.sqrt(MANY))
    assert first.std() == pytest.approx(0.1, rel=0.03)


def test_stuck_devices_are_as_many_as_stated_and_lose_every_write(write: Write) -> None:
    state = placed(Cells(mapping="single", stuck_low=0.01, stuck_high=0.03), np.zeros(MANY))
    low, high = (state.weights == -1.0).mean(), (state.weights == 1.0).mean()
    assert low == pytest.approx(0.01, abs=5 * math.sqrt(0.01 / MANY))
    assert high == pytest.approx(0.03, abs=5 * math.sqrt(0.03 / MANY))
    made = write(np.full(MANY, 0.2), state)
    stuck = np.abs(state.weights) == 1.0
    np.testing.assert_array_equal(made, np.where(stuck, 0.0, 0.2))
    assert state.ledger_counts()["n_writes_lost"] == stuck.sum() == state.report()["n_stuck"]


@numba.njit
def compiled_age(s, l, n_steps, cells):  # type: ignore[no-untyped-def]
    return age(s, l, 1.0, n_steps, cells)


def drifted(n_steps: int, state: DeviceState, *, compiled_too: bool) -> bool:
    if not compiled_too:
        return plain.drift(n_steps, state)
    zeros = np.zeros((1, state.value.shape[1]))
    return bool(compiled_age(zeros, zeros.copy(), n_steps, cells_of(state)))


@pytest.mark.parametrize("compiled_too", [False, True])
@pytest.mark.parametrize("on_off", [math.inf, 5.0])
def test_conductances_drift_with_a_power_of_the_time_since_the_last_write(on_off: float, compiled_too: bool) -> None:
    cells = Cells(drift_exponent=0.05, drift_start_s=2.0, drift_interval_steps=10, on_off_ratio=on_off)
    state = placed(cells, np.array([0.8, 0.8]))
    empty = 0.0 if on_off == math.inf else 1.0 / (on_off - 1.0)
    assert not drifted(5, state, compiled_too=compiled_too)
    assert drifted(10, state, compiled_too=compiled_too)
    np.testing.assert_allclose(state.weights, (0.8 + empty) * (10 / 2) ** -0.05 - empty)
    plain.write(np.array([0.1, 0.0]), 15, state)
    drifted(100, state, compiled_too=compiled_too)
    now = (0.8 + empty) * 5**-0.05 - empty + 0.1
    np.testing.assert_allclose(state.weights[0], (now + empty) * ((100 - 15) / 2) ** -0.05 - empty)
    np.testing.assert_allclose(state.weights[1], (0.8 + empty) * (100 / 2) ** -0.05 - empty)


@pytest.mark.parametrize(("tolerance", "most"), [(0.02, 100), (0.005, 100), (0.005, 3)])
def test_program_and_verify_takes_the_mean_pulses_of_a_geometric_law(write: Write, tolerance: float, most: int) -> None:
    cells = Cells(write_noise=0.01, verify_tolerance=tolerance, verify_max_pulses=most)
    state = placed(cells, np.full(MANY, 0.4))
    write(np.full(MANY, 0.2), state)
    meets = math.erf(tolerance / (0.01 * math.sqrt(2)))  # each try ends within the tolerance with this chance
    mean = (1 - (1 - meets) ** most) / meets
    counts = state.ledger_counts()
    pulses = state.report()["n_pulses_of_any_size"]
    assert pulses / MANY == pytest.approx(mean, rel=0.02)
    assert counts["n_verify_reads"] == pulses
    assert state.report()["n_not_verified"] / MANY == pytest.approx((1 - meets) ** most, abs=0.012)
    met = np.abs(state.weights - 0.6) <= tolerance
    assert (~met).sum() == state.report()["n_not_verified"]


def test_linear_noiseless_writes_are_verified_by_one_read(write: Write) -> None:
    state = placed(Cells(levels=11, verify_tolerance=0.02), np.zeros(3))
    np.testing.assert_allclose(write(np.array([0.2, -0.5, 0.01]), state), [0.2, -0.5, 0.0])
    assert state.ledger_counts()["n_verify_reads"] == 2
    assert state.ledger_counts()["n_pulses_set"] == 2 + 5


@given(
    changes=st.lists(st.integers(-14, 14), min_size=1, max_size=30),
    levels=st.sampled_from([11, 15, 128]),
    weight_range=st.sampled_from([1.0, 7.3, 3.3]),
    in_kernel=st.booleans(),
)
def test_whole_levels_are_verified_at_once_across_changes_of_sign_too(
    changes: list[int], levels: int, weight_range: float, in_kernel: bool
) -> None:
    state = placed(Cells(levels=levels, verify_tolerance=1e-6), np.zeros(1), weight_range=weight_range)
    level, n_pulses, n_reads = 0, 0, 0
    for change in changes:
        target = min(max(level + change, 1 - levels), levels - 1)
        moved = np.array([(target - level) * state.unit])
        made = compiled(moved, state) if in_kernel else plain.write(moved, 1, state)[0]
        n_pulses, n_reads = n_pulses + abs(target - level), n_reads + (target != level)
        assert made[0] == pytest.approx(moved[0], abs=1e-9)
        level = target
    counts = state.ledger_counts()
    assert counts["n_pulses_set"] + counts["n_pulses_reset"] == n_pulses
    assert counts["n_verify_reads"] == n_reads
    assert state.report()["n_not_verified"] == 0


def test_no_more_pulses_are_given_than_lead_from_end_to_end(write: Write) -> None:
    state = placed(Cells(levels=11), np.zeros(1))
    write(np.array([1e300]), state)
    assert state.ledger_counts()["n_pulses_set"] == 10
    assert state.weights[0] == 1.0


def test_programmings_are_counted_for_each_device(write: Write) -> None:
    state = placed(Cells(levels=11), np.zeros(2))
    for change in ([0.3, 0.3], [-0.6, 0.01], [0.0, 0.3]):
        write(np.array(change), state)
    assert state.programmings.tolist() == [[2, 2], [1, 0]]
    assert state.cycles.tolist() == [2, 2]


def test_a_device_wears_out_after_its_cycles(write: Write) -> None:
    state = placed(Cells(endurance_cycles=3.0), np.zeros(1))
    made = [float(write(np.array([1.0]), state)[0]) for _ in range(5)]
    assert made == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert state.report()["n_worn"] == 1
    assert state.ledger_counts()["n_writes_lost"] == 2


def test_endurances_spread_by_decades() -> None:
    state = placed(Cells(endurance_cycles=1e6, endurance_spread=0.5), np.zeros(MANY))
    decades = np.log10(state.cycles_left)
    assert np.median(decades) == pytest.approx(6.0, abs=0.02)
    assert decades.std() == pytest.approx(0.5, rel=0.03)


def test_bits_are_counted_where_levels_change(write: Write) -> None:
    state = placed(Cells(mapping="single", levels=15), np.zeros(2))  # level 7 of 0 to 14
    write(np.array([1 / 7, -3 / 7]), state)  # 0111 to 1000, 0111 to 0100
    assert state.ledger_counts()["n_bits_flipped"] == 4 + 2


def test_without_levels_there_are_no_bits_and_no_count_of_pulses() -> None:
    assert set(placed(Cells(write_noise=0.1), np.zeros(1)).ledger_counts()) == {"n_verify_reads", "n_writes_lost"}


@given(change=st.floats(-3, 3), levels=st.sampled_from([3, 16, 255]), share=st.sampled_from([0.25, 1.0]))
def test_volatile_cells_keep_the_nearest_level_inside_their_end(change: float, levels: int, share: float) -> None:
    state = placed(Cells(), np.zeros(1), Store(levels=levels, share=share))
    kept = float(plain.stored(np.array([change]), state)[0])
    unit = 2 * share / (levels - 1)
    end = (levels - 1) // 2 * unit
    assert abs(kept) <= end + 1e-12
    assert kept / unit == pytest.approx(round(kept / unit), abs=1e-9)
    if abs(change) <= end:
        assert abs(kept - change) <= unit / 2 + 1e-12


def test_a_refresh_puts_back_the_level_unless_half_of_it_has_leaked() -> None:
    state = placed(Cells(), np.zeros(2), Store(levels=21, refresh_interval_s=5.0))  # one level is 0.1, every 5 steps
    s = np.array([0.34, 0.36])
    for step, expected in ((4, [0.34, 0.36]), (5, [0.3, 0.4])):
        found = s.reshape(1, -1).copy()
        assert compiled_age(found, np.zeros((1, 2)), step, cells_of(state)) == (step == 5)
        np.testing.assert_allclose(found[0], expected)
    np.testing.assert_array_equal(plain.refresh(s, 4, state), s)
    np.testing.assert_allclose(plain.refresh(s, 5, state), [0.3, 0.4])
