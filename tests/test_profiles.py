"""Drawn examples are the same in every run, unless a long one is asked for: HYPOTHESIS_PROFILE=long."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CONFTEST = runpy.run_path(str(Path(__file__).with_name("conftest.py")))


def test_examples_are_repeatable_unless_a_long_run_is_asked_for() -> None:
    asked = os.environ.get("HYPOTHESIS_PROFILE", "repeatable")
    assert settings().derandomize == (asked == "repeatable")
    assert not settings.get_profile("long").derandomize


@pytest.mark.parametrize("own", [3, 20])
def test_a_long_run_draws_more_whatever_a_test_says(own: int) -> None:
    seen: list[int] = []

    @settings(max_examples=own, database=None)
    @given(st.integers())
    def test(number: int) -> None:
        seen.append(number)

    for _ in range(2):  # parametrised tests are one function
        CONFTEST["lengthen"](test)
    test()
    assert len(seen) == CONFTEST["LONGER"] * own


def test_what_draws_nothing_is_left_alone() -> None:
    for test in (None, test_what_draws_nothing_is_left_alone):
        CONFTEST["lengthen"](test)
        assert not hasattr(test, "lengthened")
