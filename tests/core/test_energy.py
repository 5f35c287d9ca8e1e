"""Energies in the units of the paper follow from the ledger by its formulas, linearly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_caching import CostFunctional, InputError, Ledger
from lava_caching.energy import Energy
from lava_caching.ledger import LayerLedger, Part, SignedHistogram


def ledger_of(changes: list[float], rest: list[float], weights: list[float], **fields: Any) -> Ledger:
    """Book `changes` during the run and `rest` at its end."""

    def written(values: list[float]) -> dict[str, Any]:
        array = np.array(values)
        return {
            "persistent_change_l1": float(np.abs(array).sum()),
            "persistent_change_histogram": SignedHistogram.of(array),
        }

    final = np.array(weights)
    minimal: dict[str, Any] = {"minimal_l1": float(np.abs(final).sum()), "minimal_histogram": SignedHistogram.of(final)}
    run = Part(**written(changes), **fields)
    return Ledger(layers=(LayerLedger(name="output", run=run, residual=Part(**written(rest), **minimal)),))


LEDGER = ledger_of(
    [3.0, -4.0, 2.0], [1.0], [6.0, -4.0], transient_hold_l1=100.0, persistent_hold_l1=50.0, transient_change_l1=20.0
)


def test_every_cause_is_priced_by_its_formula() -> None:
    energy = CostFunctional(change_cost=0.5, maintenance_cost=0.1, persistent_maintenance_cost=0.01).price(LEDGER)
    assert energy.consolidation == 10.0  # 3 + 4 + 2, and the residual 1
    assert energy.maintenance == 100.0 * 0.1 + 50.0 * 0.01
    assert energy.transient_change == 10.0
    assert energy.minimal == 10.0
    assert energy.total == 30.5
    assert energy.inefficiency == 3.05
    assert energy.exact


@pytest.mark.parametrize(
    ("alpha", "consolidation", "minimal"),
    [(0.0, 4.0, 2.0), (0.5, 3**0.5 + 2 + 2**0.5 + 1, 6**0.5 + 2), (2.0, 30.0, 52.0)],
)
def test_the_exponent_acts_on_every_write_and_on_the_minimum(
    alpha: float, consolidation: float, minimal: float
) -> None:
    energy = CostFunctional(alpha=alpha).price(LEDGER)
    assert energy.consolidation == pytest.approx(consolidation, rel=1e-14)
    assert energy.minimal == pytest.approx(minimal, rel=1e-14)


@pytest.mark.parametrize(("alpha", "consolidation", "minimal"), [(0.0, 3.0, 1.0), (1.0, 6.0, 6.0), (2.0, 14.0, 36.0)])
def test_when_only_potentiation_costs_depression_is_free(alpha: float, consolidation: float, minimal: float) -> None:
    energy = CostFunctional(alpha=alpha, potentiation_only=True).price(LEDGER)
    assert (energy.consolidation, energy.minimal) == (consolidation, minimal)


@settings(max_examples=30)
@given(
    b=st.floats(0, 10),
    c=st.floats(0, 10),
    c_l=st.floats(0, 10),
    alpha=st.floats(0, 2),
    factor=st.integers(1, 5),
)
def test_energy_is_linear_in_the_ledger(b: float, c: float, c_l: float, alpha: float, factor: int) -> None:
    cost = CostFunctional(alpha=alpha, change_cost=b, maintenance_cost=c, persistent_maintenance_cost=c_l)
    copies = Ledger(layers=LEDGER.layers * factor)
    one, many = cost.price(LEDGER).to_dict(), cost.price(copies).to_dict()
    for name in ("consolidation", "maintenance", "transient_change", "total", "minimal"):
        assert many[name] == pytest.approx(factor * one[name], rel=1e-12)
    assert one["total"] == pytest.approx(one["consolidation"] + one["maintenance"] + one["transient_change"])


def test_where_nothing_had_to_be_written_there_is_no_inefficiency() -> None:
    energy = CostFunctional(maintenance_cost=1.0).price(ledger_of([1.0, -1.0], [], [], transient_hold_l1=2.0))
    assert energy.total == 4.0
    assert energy.inefficiency is None
    assert energy.to_dict()["inefficiency"] is None


def test_fractions_in_one_bin_are_marked_as_not_exact() -> None:
    ledger = ledger_of([1.0001, 1.0002], [], [1.0])
    assert not CostFunctional(alpha=0.5).price(ledger).exact
    assert CostFunctional(alpha=1.0).price(ledger).exact
    assert CostFunctional(alpha=0.5).price(ledger).consolidation == pytest.approx(1.0001**0.5 + 1.0002**0.5, rel=1e-6)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"alpha": -0.1}, "alpha = -0.1"),
        ({"alpha": 2.1}, "alpha = 2.1"),
        ({"alpha": math.nan}, "alpha = nan"),
        ({"change_cost": -1.0}, "change_cost = -1.0"),
        ({"maintenance_cost": math.inf}, "maintenance_cost = inf"),
        ({"maintenance_cost": math.nan}, "maintenance_cost = nan"),
        ({"persistent_maintenance_cost": -1e-9}, "persistent_maintenance_cost = -1e-09"),
    ],
    ids=str,
)
def test_a_cost_that_makes_no_sense_is_refused(fields: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        CostFunctional(**fields)  # type: ignore[arg-type]


def test_the_paper_charges_for_writes_alone_unless_told_otherwise() -> None:
    assert CostFunctional() == CostFunctional(
        alpha=1.0, change_cost=0.0, maintenance_cost=0.0, persistent_maintenance_cost=0.0, potentiation_only=False
    )
    assert Energy(consolidation=1.0, maintenance=0.0, transient_change=0.0, minimal=1.0).exact


@pytest.mark.parametrize(
    ("cost", "name"),
    [
        ({"maintenance_cost": 0.5}, "transient_hold_l1"),
        ({"persistent_maintenance_cost": 0.5}, "persistent_hold_l1"),
        ({"change_cost": 0.5}, "transient_change_l1"),
        ({}, "persistent_change_l1"),
        ({}, "minimal_l1"),
    ],
    ids=str,
)
def test_what_was_not_recorded_is_not_taken_for_nothing(cost: dict[str, float], name: str) -> None:
    run = Part(**{name: None})  # type: ignore[arg-type]
    ledger = Ledger(layers=(LayerLedger(name="output", run=run, residual=Part()),))
    with pytest.raises(InputError, match=f"{name} is not known"):
        CostFunctional(**cost).price(ledger)  # type: ignore[arg-type]
    if cost:  # what costs nothing need not be known
        assert CostFunctional().price(ledger).total == 0.0


@pytest.mark.parametrize("minimal", [1e-9, 0.5, 1.0])
def test_the_least_may_be_small(minimal: float) -> None:
    energy = Energy(consolidation=3.0, maintenance=0.5, transient_change=0.25, minimal=minimal)
    assert energy.inefficiency == 3.75 / minimal
