"""On which pairs caching saves joules: the extremes of the shipped ones, priced on simulated runs."""

from __future__ import annotations

import pytest

from lava_caching import Perceptron
from lava_caching.record import Record

THRESHOLDS = (5.0, 20.0, 40.0, 80.0)


@pytest.fixture(scope="module")
def immediate() -> Record:
    """Return the run of the paper without caching, N = P = 1000."""
    return Perceptron(policy="immediate").run(seed=0)


@pytest.fixture(scope="module")
def cached() -> dict[float, Record]:
    """Return the same run with caching, by threshold."""
    return {threshold: Perceptron(policy="local-global", threshold=threshold).run(seed=0) for threshold in THRESHOLDS}


def joules(record: Record, pair: str, bound: str = "nominal") -> float:
    hardware = record.price(pair).hardware
    assert hardware is not None
    return float(hardware["joules"]["total"][bound])


def test_on_the_negative_control_caching_saves_nothing(immediate: Record, cached: dict[float, Record]) -> None:
    for bound in ("low", "nominal", "high"):
        without = joules(immediate, "cap_ecram", bound)
        assert all(joules(record, "cap_ecram", bound) > without for record in cached.values())


def test_behind_verified_multilevel_rram_caching_saves_fivefold(immediate: Record, cached: dict[float, Record]) -> None:
    without = joules(immediate, "digital_rram_verify")
    ratios = {threshold: without / joules(record, "digital_rram_verify") for threshold, record in cached.items()}
    assert all(ratio > 1 for ratio in ratios.values())
    assert max(ratios.values()) > 5
    assert ratios[20.0] > 5
