"""The histogram of magnitudes prices any exponent and any pulse size after the run."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lava_caching.histogram import HIGHEST_BIN, LOWEST_BIN, Histogram, bin_of
from lava_caching.ledger import SignedHistogram

Array = NDArray[np.float64]
SMOOTH = {
    "lognormal": lambda rng, n: rng.lognormal(0.0, 1.0, n),
    "wide lognormal": lambda rng, n: rng.lognormal(0.0, 4.0, n),
    "uniform": lambda rng, n: rng.uniform(0.0, 5.0, n),
    "narrow": lambda rng, n: rng.normal(5.0, 1e-3, n),
    "half normal": lambda rng, n: np.abs(rng.normal(0.0, 0.02, n)),
    "siemens": lambda rng, n: rng.uniform(0.0, 2.5e-9, n),
    "far below": lambda rng, n: rng.lognormal(-32.0, 2.0, n),
}
whole = st.lists(st.integers(1, 8191), min_size=1, max_size=300).map(lambda v: np.array(v, dtype=np.float64))


def direct_pulses(values: Array, quantum: float) -> float:
    return float(np.maximum(1.0, np.rint(values / quantum)).sum())


@settings(max_examples=40)
@given(values=whole, exponent=st.floats(0.0, 2.0), quantum=st.integers(1, 50))
def test_whole_numbers_are_priced_exactly(values: Array, exponent: float, quantum: int) -> None:
    histogram = Histogram.of(values)
    moment, exact = histogram.moment(exponent)
    assert moment == pytest.approx(float((values**exponent).sum()), rel=1e-12)
    assert exact
    assert histogram.pulses(float(quantum)) == (direct_pulses(values, float(quantum)), 0.0)


def test_all_whole_numbers_below_8192_have_a_bin_of_their_own() -> None:
    values = np.arange(1.0, 8192.0)
    bins = np.concatenate([Histogram.of(part).bins for part in np.array_split(values, 10)])
    assert np.unique(bins).size == values.size


@pytest.mark.parametrize("n", [1, 10, 1000, 100_000])
@pytest.mark.parametrize("shape", SMOOTH)
def test_fractions_are_priced_within_a_thousandth(shape: str, n: int) -> None:
    values = SMOOTH[shape](np.random.default_rng(0), n)
    histogram = Histogram.of(values)
    for exponent in (0.0, 1.0, 2.0):
        moment, exact = histogram.moment(exponent)
        assert moment == pytest.approx(float((values**exponent).sum()), rel=1e-12)
        assert exact
    for exponent in (0.1, 0.5, 1.5, 1.9):
        moment, exact = histogram.moment(exponent)
        assert moment == pytest.approx(float((values**exponent).sum()), rel=1e-3)
        assert not exact or histogram.n.max() == 1 or moment == pytest.approx(float((values**exponent).sum()))


@pytest.mark.parametrize("shape", SMOOTH)
@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.5, 3.0])
def test_pulses_of_fractions_are_counted_within_a_thousandth(shape: str, fraction: float) -> None:
    values = SMOOTH[shape](np.random.default_rng(1), 100_000)
    quantum = fraction * float(np.median(values))
    found, _ = Histogram.of(values).pulses(quantum)
    assert found == pytest.approx(direct_pulses(values, quantum), rel=1e-3)


@given(st.integers(0, 2**32), st.floats(0.01, 1e3), st.booleans())
def test_pulses_are_never_farther_off_than_is_said(seed: int, quantum: float, coarse: bool) -> None:
    rng = np.random.default_rng(seed)
    crowded = quantum * (0.5 + rng.integers(0, 8)) * (1 + rng.normal(0, 1e-3, 200))  # where roundings flip
    values = np.abs(np.concatenate([crowded, quantum * rng.lognormal(0.0, 0.5, 50), crowded[:20]]))
    histogram = Histogram.of(values).coarsened() if coarse else Histogram.of(values)
    found, off = histogram.pulses(quantum)
    assert abs(found - direct_pulses(values, quantum)) <= off + 1e-9 * found


def test_many_values_are_kept_in_few_bins() -> None:
    values = np.random.default_rng(2).lognormal(0.0, 1.0, 100_000)
    histogram = Histogram.of(values)
    assert histogram.n.size < 2000
    assert histogram.n.sum() == values.size
    assert (np.diff(histogram.bins) > 0).all()


parts = st.lists(
    st.tuples(st.integers(0, 2**31), st.integers(0, 3000), st.sampled_from(sorted(SMOOTH))), min_size=3, max_size=3
)


@settings(max_examples=25)
@given(parts=parts)
def test_histograms_add_in_any_order(parts: list[tuple[int, int, str]]) -> None:
    values = [SMOOTH[shape](np.random.default_rng(seed), n) for seed, n, shape in parts]
    a, b, c = (Histogram.of(v) for v in values)
    together = np.concatenate(values)
    assert ((a + b).bins == (b + a).bins).all()
    assert ((a + b).n == (b + a).n).all()
    for total in ((a + b) + c, a + (b + c), (c + a) + b):
        assert total.n.sum() == together.size
        assert total.l1.sum() == pytest.approx(together.sum())
        assert total.sq == pytest.approx((together**2).sum())
        assert (np.diff(total.bins) > 0).all()
        if together.size:
            assert total.moment(0.5)[0] == pytest.approx(np.sqrt(together).sum(), rel=1e-3)


def test_a_histogram_in_coarse_bins_takes_fine_ones_and_empty_ones() -> None:
    rng = np.random.default_rng(3)
    many, few = rng.lognormal(0, 1, 50_000), np.array([1.0, 2.0])
    coarse, fine, empty = Histogram.of(many), Histogram.of(few), Histogram()
    assert coarse.mantissa_bits < fine.mantissa_bits
    for total in (coarse + fine, fine + coarse):
        assert total.mantissa_bits == coarse.mantissa_bits
        assert total.n.sum() == 50_002
    for total in (coarse + empty, empty + coarse):
        assert total.to_dict() == coarse.to_dict()
    assert (empty + empty).moment(0.5) == (0.0, True)
    assert empty.pulses(1.0)[0] == 0.0


def test_multiplicities_count_as_repetitions() -> None:
    values, times = np.array([1.5, 2.0, 0.0, 7.0]), np.array([3, 0, 5, 2])
    assert Histogram.of(values, times).to_dict() == Histogram.of(np.repeat(values, times)).to_dict()


@pytest.mark.parametrize("n", [0, 5, 5000])
def test_it_survives_json(n: int) -> None:
    histogram = SignedHistogram.of(np.random.default_rng(4).normal(size=n))
    plain = histogram.to_dict()
    text = json.dumps(plain, allow_nan=False)
    assert SignedHistogram.from_dict(json.loads(text)).to_dict() == plain
    assert SignedHistogram.from_dict(json.loads(text)).moment(1.3) == histogram.moment(1.3)


@pytest.mark.parametrize(
    "values",
    [[1e-30, 2e-20, 3e-14], [1e8, 3e9, 2e12], [1e-30, 1.0, 1e12], [2.0**-40, 2.0**24], [5e-324, 1.0]],
    ids=str,
)
def test_sums_of_what_lies_outside_the_bins_are_exact(values: list[float]) -> None:
    array = np.array(values)
    histogram = Histogram.of(array)
    assert histogram.moment(0.0) == (len(values), True)
    assert histogram.moment(1.0)[0] == pytest.approx(array.sum())
    assert histogram.moment(2.0)[0] == pytest.approx((array**2).sum())
    other: tuple[Any, bool] = histogram.moment(1.5)
    assert np.isfinite(other[0])


def test_only_potentiation_is_priced_when_asked() -> None:
    histogram = SignedHistogram.of(np.array([3.0, -4.0, 0.0, 1.0, -0.0]))
    assert histogram.moment(2.0) == (26.0, True)
    assert histogram.moment(2.0, potentiation_only=True) == (10.0, True)
    assert histogram.moment(0.0) == (3.0, True)
    assert histogram.moment(0.0, potentiation_only=True) == (2.0, True)


def test_a_value_on_the_edge_of_a_bin_falls_on_one_side_however_it_was_summed() -> None:
    one_way, another = 0.98 + 1.02, 2.0 - 2.0**-52
    assert Histogram.of(np.array([one_way])).bins == Histogram.of(np.array([another])).bins


def test_bins_are_the_leading_bits_between_two_ends() -> None:
    one = int(bin_of(np.array([1.0]))[0])
    assert one == 1023 << 12
    assert bin_of(np.array([1.0 + 2.0**-12, 2.0, 0.5])).tolist() == [one + 1, one + 4096, one - 4096]
    assert bin_of(np.array([2.0**-80, 2.0**-81, 5e-324])).tolist() == [LOWEST_BIN] * 3
    assert bin_of(np.array([2.0**-80 * (1 + 2.0**-12)])) == LOWEST_BIN + 1
    below = 2.0**24 * (1 - 2.0**-14)
    assert bin_of(np.array([below, 2.0**24, 1e300])).tolist() == [HIGHEST_BIN] * 3
    assert bin_of(np.array([2.0**24 * (1 - 2.0**-13) * (1 - 2.0**-20)])) == HIGHEST_BIN - 1


def test_histograms_are_equal_only_in_everything() -> None:
    histogram = Histogram.of(np.array([1.0, 2.0, 2.0]))
    assert histogram == Histogram.of(np.array([2.0, 1.0, 2.0]))
    for other in (
        dataclasses.replace(histogram, sq=histogram.sq + 1),
        dataclasses.replace(histogram, mantissa_bits=7),
        dataclasses.replace(histogram, n=histogram.n + 1),
        dataclasses.replace(histogram, l1=histogram.l1 + 1),
        dataclasses.replace(histogram, bins=histogram.bins + 1),
    ):
        assert histogram != other
        assert other != histogram
    assert histogram != "histogram"
    empty = Histogram()
    assert (empty.bins.tolist(), empty.n.tolist(), empty.l1.tolist(), empty.sq) == ([], [], [], 0.0)


@pytest.mark.parametrize(("n", "bits"), [(1024, 12), (1025, 7)])
def test_fine_bins_stay_until_there_are_too_many(n: int, bits: int) -> None:
    histogram = Histogram.of(np.arange(1.0, n + 1.0))
    assert histogram.mantissa_bits == bits
    assert histogram.moment(1.0) == (n * (n + 1) / 2, True)


@pytest.mark.parametrize("exponent", [0.25, 0.5, 1.5, 1.75])
@pytest.mark.parametrize("reach", [0.003, 0.02])
def test_a_power_within_a_bin_is_right_to_the_second_order(exponent: float, reach: float) -> None:
    values = np.array([10.0 * (1 - reach), 10.0 * (1 + reach)])
    histogram = Histogram(bins=np.array([5]), n=np.array([2]), l1=np.array([values.sum()]), sq=float((values**2).sum()))
    assert histogram.spread == pytest.approx(reach**2)
    moment, exact = histogram.moment(exponent)
    assert not exact
    assert moment == pytest.approx(float((values**exponent).sum()), rel=reach**4)
    assert abs(moment / (2 * 10.0**exponent) - 1) > reach**2 / 20


@pytest.mark.parametrize(
    ("place", "pulses", "exact"),
    [
        (100.0, 100, True),
        (100.5 - 0.03, 100, True),
        (100.5 + 0.03, 101, True),
        (100.5 - 0.0231, 100, False),  # no place that is tried rounds up, but a value of the bin might
        (100.5 + 0.0231, 101, False),
        (100.5 - 0.0031, 100 + 3 / 9, False),  # three of the nine places in the bin
        (100.5 + 0.0031, 100 + 6 / 9, False),
        (0.4999, 1, True),  # one pulse at least
        (0.5001, 1, True),
        (1.4999, 1 + 2 / 9, False),
    ],
)
def test_pulses_of_a_bin_are_exact_where_all_that_it_may_hold_takes_as_many(
    place: float, pulses: float, exact: bool
) -> None:
    """A fine bin just above 1: 2^-12 wide, so that 100.5 pulses are 100.5 ± 0.0123 about its middle."""
    values = 1.0001 * np.array([1 - 5e-5, 1 + 5e-5])
    assert bin_of(values[:1]) == bin_of(values[1:])
    found, off = Histogram.of(values).pulses(1.0001 / place)
    assert found == pytest.approx(2 * pulses, rel=1e-12)
    assert (off == 0.0) is exact


def test_a_value_far_from_the_mean_of_its_bin_is_not_called_exact() -> None:
    values, quantum = np.array([1.0] * 99 + [1.0002]), 1.00015 / 100.5
    assert direct_pulses(values, quantum) == 99 * 100 + 101
    assert Histogram.of(values).pulses(quantum) == (100 * 100, 100)


@pytest.mark.parametrize("scale", [1.0, 2.0**-140])
def test_values_beyond_the_bins_are_not_called_exact(scale: float) -> None:
    values = scale * np.array([1.4e9, 1.4e9, 2.6e9])
    assert direct_pulses(values, scale * 1e9) == 5
    assert Histogram.of(values).pulses(scale * 1e9) == (6, np.inf)


@pytest.mark.parametrize("unit", [1.0, 2.0**-30])
def test_the_spread_within_bins_has_no_unit(unit: float) -> None:
    """Two values 1 ± 5e-5 in one bin: their variance is 25e-10 of the square of their mean."""
    values = unit * 1.0001 * np.array([1 - 5e-5, 1 + 5e-5])
    assert Histogram.of(values).spread == pytest.approx(25e-10, rel=1e-4)
    assert Histogram.of(unit * np.array([3.0, 3.0, 5.0])).spread == 0.0
    assert Histogram().spread == 0.0


@pytest.mark.parametrize("unit", [0.1, 0.7, 1e-9])
def test_rounding_is_no_spread(unit: float) -> None:
    for n in range(1, 60):
        assert Histogram.of(np.full(n, unit)).spread == 0.0


def test_coarse_bins_are_exact_inside_their_ends_only() -> None:
    assert Histogram().coarsened() == Histogram()
    for scale in (1.0, 2.0**20, 2.0**-75):
        inside = Histogram.of(scale * np.array([1.0, 1.002])).coarsened()
        assert inside.bins.size == 1
        assert inside.pulses(0.3 * scale) == (6, 0.0)
        assert 0.0 < inside.pulses(scale / 3.5)[1] <= 2.0
    for scale in (1.0, 2.0**-140):
        beyond = Histogram.of(scale * np.array([1.4e9, 1.4e9, 2.6e9])).coarsened()
        assert beyond.pulses(scale * 1e9) == (6, np.inf)
    assert Histogram.of(np.array([1.99 * 2.0**23, 1.992 * 2.0**23])).coarsened().pulses(2.0**22)[1] == 0.0
    assert Histogram.of(np.array([1.01, 1.012]) * 2.0**-79).coarsened().pulses(0.3 * 2.0**-79)[1] == 0.0
