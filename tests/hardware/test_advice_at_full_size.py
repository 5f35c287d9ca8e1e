"""What advice says of the shipped pairs at N = 1000, where the paper's figures are."""

from __future__ import annotations

import pytest

from lava_caching.advice import advise


def test_a_negative_control_does_not_pay() -> None:
    advice = advise("cap_ecram", seeds=1)
    assert advice.verdict.answer == "does not pay"
    assert advice.verdict.cause == "transient writes and their reads"
    assert advice.saving is not None
    assert advice.saving.apart.high is not None
    assert advice.saving.apart.high < 1  # nor anywhere in the ranges of its numbers
    assert advice.theory["immediate_is_best"]


def test_writes_with_verification_save_at_least_fivefold() -> None:
    advice = advise("digital_rram_verify", seeds=1)
    assert advice.verdict.answer == "pays"
    assert advice.saving is not None
    assert advice.saving.nominal >= 5


def test_a_chip_without_published_energies_gets_no_total() -> None:
    advice = advise("loihi2", seeds=1)
    assert advice.verdict.answer == "cannot say"
    assert {"volatile.write.energy_j", "nonvolatile.write.energy_j"} <= advice.missing.keys()
    assert all(choice.joules.nominal is None for choice in advice.choices)


def test_at_high_load_caching_lengthens_the_life_of_the_default_pair_tenfold() -> None:
    advice = advise(n_patterns=1500, seeds=1)
    before = advice.uncached.first_to_fail
    assert before is not None
    assert before[1].runs.nominal is not None
    tenfold = [
        choice.threshold
        for choice in advice.choices
        if choice.first_to_fail is not None
        and (choice.first_to_fail[1].runs.nominal or 0.0) >= 10 * before[1].runs.nominal
    ]
    assert tenfold[0] is not None
    assert tenfold[0] == pytest.approx(14, abs=5)  # and at every larger θ
    assert tenfold == [choice.threshold for choice in advice.choices[-len(tenfold) :]]
