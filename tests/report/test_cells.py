"""Numbers read well and lose nothing; sources become addresses."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching.report.page.cells import any_value, count, energy, figures, joules, seconds
from lava_caching.report.page.links import linked
from lava_caching.report.page.plots import decades, label


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(0, "0"), (0.00123456, "0.001235"), (12.3456, "12.35"), (65480.26, "65,480"), (1e12, "1 × 10¹²")],
        *[
            (2.5e-7, "2.5 × 10⁻⁷"),
            (-56.0448, "−56.04"),
            (-4.8e-7, "−4.8 × 10⁻⁷"),
            (-48_000, "−48,000"),
            (999.96, "1,000"),
        ],
    ],
)
def test_energies_have_four_digits(value: float, text: str) -> None:
    assert figures(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(6.84e-7, "684 nJ"), (0.0, "0 J"), (1e-25, "1 × 10⁻²⁵ J"), (None, "unknown"), ("3", "unknown")]
)
def test_joules_have_a_prefix_or_are_unknown(value: object, text: str) -> None:
    assert joules(value).text == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.3889, "389 ms"), (3890, "64.8 minutes"), (38888, "10.8 hours"), (3.9e11, "12,400 years")]
)
def test_times_are_in_the_unit_that_people_use(value: float, text: str) -> None:
    assert seconds(value).text == text


@given(st.one_of(st.integers(), st.floats()))
def test_a_cell_keeps_the_number_or_says_that_there_is_none(value: float) -> None:
    for cell in (count(value), energy(value), joules(value), seconds(value)):
        if cell.kind == "unknown":
            assert isinstance(value, int) or not math.isfinite(value)
            assert (cell.text, cell.raw) == ("unknown", "")
        else:
            assert cell.raw == repr(value)


def test_what_is_not_set_is_no_number() -> None:
    assert any_value(None).raw is None
    assert any_value(True).text == "yes"
    assert any_value(10**400).text == str(10**400)


def test_sources_become_addresses() -> None:
    cell = linked("doi:10.1145/1555754.1555758; SEAL-UCSB/NVSim:MemCell.cpp@6334d00ca2e0 (arXiv:2004.12691), see")
    assert [piece.href for piece in cell.pieces if piece.href] == [
        "https://doi.org/10.1145/1555754.1555758",
        "https://github.com/SEAL-UCSB/NVSim/blob/6334d00ca2e0/MemCell.cpp",
        "https://arxiv.org/abs/2004.12691",
    ]
    assert "".join(piece.text for piece in cell.pieces) == cell.text


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", "my bench, log 7", ""])
def test_nothing_else_becomes_an_address(text: str) -> None:
    assert linked(text).pieces == ()


@given(st.lists(st.floats(1e-17, 1e3), min_size=1))
def test_ticks_cover_the_values_with_few_labels(values: list[float]) -> None:
    ticks = decades(values, "J")
    assert 2 <= len(ticks["tickvals"]) == len(ticks["ticktext"]) <= 8
    assert ticks["tickvals"] == sorted(ticks["tickvals"])
    assert ticks["tickvals"][0] <= min(values) * 1.000001


def test_long_names_are_shortened_in_plots_and_escaped() -> None:
    assert len(label("x" * 100)) < 30
    assert label("<b>&") == "&lt;b&gt;&amp;"
