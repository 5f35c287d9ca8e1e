"""What must hold whatever learns, under whatever policy: nothing is lost between the tiers, and costs behave as costs.

That engines agree with one another is asked in full in `tests/core`; here it is asked of those that others bring.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learners import LEARNERS, PERSISTENT, WHOLE, Setting, Trained, any_setting

from lava_caching import CostFunctional, Ledger, SynapticCache
from lava_caching.consolidation import get_policy, policy_names
from lava_caching.ledger import Part
from lava_caching.testing import differences

EXAMPLES = 10
each = pytest.mark.parametrize("learner", LEARNERS)
THRESHOLDS = [name for name in policy_names() if get_policy(name).statistic in ("each", "max", "sum")]
"""Policies that write directly once θ is 0."""


def allowed(learner: str, setting: Setting) -> float:
    """Return the relative difference that rounding may make."""
    return 0.0 if learner in WHOLE and setting.tau is None else 1e-9


def number(value: float | None) -> float:
    assert value is not None
    return value


def near(found: float, expected: float, relative: float) -> bool:
    return abs(found - expected) <= relative * max(1.0, abs(expected))


# ------------------------------------------------------------------------------------------- weights and their parts
@pytest.mark.parametrize("amount", ["full", "quantum", "pulse"])
@pytest.mark.parametrize("policy", policy_names())
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**31), tau=st.sampled_from([None, 2.0, 8.0]), theta=st.integers(0, 8))
def test_what_was_changed_is_transferred_or_left_or_decayed(
    policy: str, amount: Any, seed: int, tau: float | None, theta: int
) -> None:
    """Σ transferred + residual s = Σ changes − decayed, at every step; powers of two keep every number exact."""
    rng = np.random.default_rng(seed)
    chosen = get_policy(policy)
    if amount != "full" and chosen.statistic not in ("always", "never"):
        chosen = chosen.adapted(amount=amount, quantum=1.0)
    start = rng.integers(-3, 4, (3, 4)).astype(float)
    cache = SynapticCache(start, policy=chosen, threshold=float(theta), tau=tau)
    changed, decayed, transferred = np.zeros_like(start), np.zeros_like(start), np.zeros_like(start)
    kept = 1.0 if tau is None else 1.0 - 1.0 / tau
    for step in range(12):
        if step:
            decayed += cache.transient / kept - cache.transient  # between steps the next decay is shown already
        change = rng.integers(-2, 3, start.shape).astype(float)
        cache.accumulate(change)
        changed += change
        before, persistent = cache.effective, cache.persistent
        open_transient = cache.transient
        cache.end_step()
        moved = cache.persistent - persistent
        transferred += moved
        # consolidation moves weight from one part to the other and leaves their sum
        assert np.allclose(cache.transient / kept, open_transient - moved, rtol=0, atol=1e-12)
        assert np.allclose(cache.persistent + (open_transient - moved), before, rtol=0, atol=1e-12)
        assert (cache.effective == cache.persistent + cache.transient).all()
    ledger = cache.finish()
    run, residual = ledger.layers[0].run, ledger.layers[0].residual
    assert np.allclose(cache.persistent, start + changed - decayed, rtol=0, atol=1e-12)
    signed = [number(p.potentiation_l1) - number(p.depression_l1) for p in (run, residual)]
    assert signed[0] == pytest.approx(transferred.sum(), abs=1e-12)
    assert sum(signed) == pytest.approx((changed - decayed).sum(), abs=1e-12)
    assert ledger.total.minimal_l1 == pytest.approx(np.abs(changed - decayed).sum(), abs=1e-12)


@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting(tau=None))
def test_without_decay_the_policy_changes_the_bill_and_not_the_weights(learner: str, setting: Setting) -> None:
    """So a consolidation leaves l + s as it was, at any time; writing directly is the measure."""
    train, relative = LEARNERS[learner], allowed(learner, setting)
    found = train(setting)
    direct = train(Setting(seed=setting.seed, policy="immediate"))
    for one, other in zip([*found.course, *found.weights], [*direct.course, *direct.weights], strict=True):
        np.testing.assert_allclose(one, other, rtol=relative, atol=relative)
    assert near(number(found.ledger.total.minimal_l1), number(direct.ledger.total.minimal_l1), relative)
    assert found.ledger.total.n_updates == direct.ledger.total.n_updates


@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting())
def test_what_is_written_is_what_the_weights_have_moved(learner: str, setting: Setting) -> None:
    trained, relative = LEARNERS[learner](setting), allowed(learner, setting)
    for layer, start, end in zip(trained.ledger.layers, trained.start, trained.weights, strict=True):
        total, moved = layer.total, end - start
        written = number(total.potentiation_l1) - number(total.depression_l1)
        assert near(written, moved.sum(), max(relative, 1e-12))
        assert near(number(total.minimal_l1), np.abs(moved).sum(), max(relative, 1e-12))
        assert near(number(total.minimal_sq), (moved**2).sum(), max(relative, 1e-12))
        assert number(total.largest_weight) >= np.abs(start).max()


@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting())
def test_parts_sum_to_totals(learner: str, setting: Setting) -> None:
    for layer in LEARNERS[learner](setting).ledger.layers:
        run, residual, total = layer.run, layer.residual, layer.total
        for field in dataclasses.fields(Part):
            a, b, both = (getattr(part, field.name) for part in (run, residual, total))
            if field.name == "largest_weight":
                assert both == max(a, b)
            elif isinstance(both, (int, float)):
                assert both == a + b, field.name
        for part in (run, residual, total):
            signs = part.persistent_change_histogram
            assert part.n_persistent_writes == number(part.n_potentiations) + number(part.n_depressions)
            assert part.persistent_change_l1 == pytest.approx(number(part.potentiation_l1) + number(part.depression_l1))
            assert signs.potentiation.n.sum() == part.n_potentiations
            assert signs.depression.n.sum() == part.n_depressions
            assert signs.potentiation.l1.sum() == pytest.approx(number(part.potentiation_l1))
            assert signs.depression.l1.sum() == pytest.approx(number(part.depression_l1))
            assert signs.potentiation.sq + signs.depression.sq == pytest.approx(number(part.persistent_change_sq))
            assert part.write_counts is not None
            assert sum(part.write_counts) == part.n_persistent_writes
        direct = get_policy(setting.policy).direct
        assert run.n_transferred == (0 if direct else run.n_persistent_writes)
        assert residual.n_transferred == residual.n_persistent_writes
        assert run.n_transient_reads == number(run.n_transferred) + number(run.n_transient_writes)
        assert total.transient_hold_synapse_steps == number(run.n_synapses) * number(run.n_steps)
        assert residual.n_consolidations == residual.n_synapses == residual.n_steps == residual.n_transient_writes == 0
        if direct:
            assert run.n_transient_writes == run.transient_hold_l1 == residual.n_transferred == 0


# ------------------------------------------------------------------------------------------------------------- energies
@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting(), unit=st.sampled_from([1.0, 0.1]), alpha=st.sampled_from([1.0, 1.0, 0.0, 0.5]))
def test_nothing_learns_for_less_than_the_minimum(learner: str, setting: Setting, unit: float, alpha: float) -> None:
    """Up to α = 1 a change in pieces costs no less than the change in one."""
    energy = CostFunctional(alpha=alpha).price(LEARNERS[learner](dataclasses.replace(setting, unit=unit)).ledger)
    assert energy.total >= energy.minimal * (1 - (1e-12 if energy.exact else 1e-3))


@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting(policy="at-end", tau=None), alpha=st.sampled_from([0.0, 0.3, 1.0, 1.5, 2.0]))
def test_at_the_end_without_costs_it_is_the_minimum(learner: str, setting: Setting, alpha: float) -> None:
    energy = CostFunctional(alpha=alpha).price(LEARNERS[learner](setting).ledger)
    assert energy.consolidation == energy.total == pytest.approx(energy.minimal, rel=1e-12)
    assert energy.total == energy.minimal or learner not in WHOLE


@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting(theta=0.0, amount="full"), policy=st.sampled_from(THRESHOLDS))
def test_a_threshold_of_zero_caches_nothing(learner: str, setting: Setting, policy: str) -> None:
    train = LEARNERS[learner]
    cached = train(dataclasses.replace(setting, policy=policy))
    direct = train(dataclasses.replace(setting, policy="immediate"))
    for one, other in zip(cached.course, direct.course, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    totals = [{name: getattr(t.ledger.total, name) for name in PERSISTENT} for t in (cached, direct)]
    assert not differences(*totals, relative=1e-9)
    assert cached.ledger.total.n_transient_writes == 0
    assert 0 <= number(cached.ledger.total.transient_hold_l1) <= (1e-12 if learner == "mlp on numba" else 0)
    prices: list[dict[str, Any]] = [{}, {"alpha": 0.0}, {"alpha": 2.0}, {"change_cost": 2.0, "maintenance_cost": 1.0}]
    for costs in prices:
        energies = [CostFunctional(**costs).price(t.ledger).to_dict() for t in (cached, direct)]
        assert not differences(*energies, relative=1e-9)


@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting(), costs=st.lists(st.floats(0, 5), min_size=4, max_size=4))
def test_energies_never_fall_as_costs_rise(learner: str, setting: Setting, costs: list[float]) -> None:
    ledger = LEARNERS[learner](setting).ledger
    names = ("change_cost", "maintenance_cost", "persistent_maintenance_cost")
    low: dict[str, Any] = dict(zip(names, costs, strict=False))
    base = CostFunctional(**low).price(ledger)
    for name in names:
        more = CostFunctional(**{**low, name: low[name] + costs[-1]}).price(ledger)
        assert more.total >= base.total
        assert (more.consolidation, more.minimal) == (base.consolidation, base.minimal)
    only_up = CostFunctional(**low, potentiation_only=True).price(ledger)
    assert only_up.total <= base.total * (1 + 1e-12)


@pytest.mark.parametrize("learner", WHOLE)
@settings(max_examples=EXAMPLES)
@given(
    setting=any_setting(),
    exponent=st.sampled_from([-10, -1, 1, 7]),
    alpha=st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0]),
)
def test_energies_scale_with_the_unit_of_weight(learner: str, setting: Setting, exponent: int, alpha: float) -> None:
    """Writes by unit^α, all else by the unit; a power of two leaves every digit as it was."""
    unit = 2.0**exponent
    cost = CostFunctional(alpha=alpha, change_cost=0.5, maintenance_cost=0.25, persistent_maintenance_cost=0.125)
    one, scaled = (LEARNERS[learner](dataclasses.replace(setting, unit=u)) for u in (1.0, unit))
    energies = [cost.price(trained.ledger) for trained in (one, scaled)]
    for name, factor in (
        ("consolidation", unit**alpha), ("minimal", unit**alpha), ("maintenance", unit), ("transient_change", unit),
    ):  # fmt: skip
        found, expected = getattr(energies[1], name), getattr(energies[0], name) * factor
        assert found == (expected if alpha in (0.0, 1.0, 2.0) else pytest.approx(expected, rel=1e-12))
    for small, large in zip(scaled.weights, one.weights, strict=True):
        assert (small == large * unit).all()
    if alpha == 1.0:
        assert energies[1].inefficiency == energies[0].inefficiency


@pytest.mark.parametrize("learner", WHOLE)
@settings(max_examples=EXAMPLES)
@given(setting=any_setting(), unit=st.sampled_from([0.1, 1e-9, 3.0, 1e6]))
def test_decisions_do_not_depend_on_the_unit_of_weight(learner: str, setting: Setting, unit: float) -> None:
    """Weights in siemens are about 1e-9: rounding must not decide there either.

    What is written is not asked: where changes cancel, rounding may leave something to transfer.
    """
    parts = [LEARNERS[learner](dataclasses.replace(setting, unit=u)).ledger.layers[0].run for u in (1.0, unit)]
    decided = ("n_steps", "n_updates", "n_consolidations", "n_transient_writes", "n_spikes")
    assert len({tuple(getattr(part, name) for name in decided) for part in parts}) == 1
    for name in ("persistent_change_l1", "transient_change_l1", "transient_hold_l1", "largest_weight"):
        assert getattr(parts[1], name) == pytest.approx(getattr(parts[0], name) * unit, rel=1e-9, abs=1e-12 * unit)


# ---------------------------------------------------------------------------------------- symmetry, files, and engines
@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting(), order=st.integers(0, 2**31))
def test_the_order_of_the_inputs_means_nothing(learner: str, setting: Setting, order: int) -> None:
    """It permutes the results of the synapses and changes nothing else."""
    relative = allowed(learner, setting)
    shuffled = dataclasses.replace(setting, order=order)
    found, expected = LEARNERS[learner](shuffled), LEARNERS[learner](setting)
    n_inputs = expected.weights[0].shape[1]
    for k, (one, other) in enumerate(zip(found.weights, expected.weights, strict=True)):
        columns = shuffled.columns(n_inputs) if k == 0 else np.arange(other.shape[1])
        np.testing.assert_allclose(one, other[:, columns], rtol=relative, atol=relative)
        for part in ("run", "residual"):
            plain = [getattr(t.ledger.layers[k], part).to_dict() for t in (found, expected)]
            counts = [np.array(p.pop("write_counts")).reshape(one.shape) for p in plain]
            assert (counts[0] == counts[1][:, columns]).all()
            assert not differences(*plain, relative=relative)


@each
@settings(max_examples=EXAMPLES)
@given(setting=any_setting())
def test_a_ledger_survives_being_written_and_read(learner: str, setting: Setting) -> None:
    ledger = LEARNERS[learner](setting).ledger
    read = Ledger.from_dict(json.loads(json.dumps(ledger.to_dict(), allow_nan=False)))
    assert not differences(read.to_dict(), ledger.to_dict())
    for alpha in (0.5, 1.0):
        cost = CostFunctional(alpha=alpha, change_cost=0.3, maintenance_cost=0.1)
        assert cost.price(read).to_dict() == cost.price(ledger).to_dict()


@pytest.mark.parametrize("learner", [name for name in LEARNERS if " on " in name and not name.endswith("reference")])
@settings(max_examples=EXAMPLES)
@given(setting=any_setting())
def test_any_engine_gives_the_answer_of_the_textbook(learner: str, setting: Setting) -> None:
    found, expected = (LEARNERS[name](setting) for name in (learner, f"{learner.partition(' on ')[0]} on reference"))
    relative = allowed(learner, setting)
    assert not differences(found.ledger.to_dict(), expected.ledger.to_dict(), relative=relative)
    for one, other in zip([*found.course, *found.weights], [*expected.course, *expected.weights], strict=True):
        np.testing.assert_allclose(one, other, rtol=relative, atol=relative)


@pytest.mark.parametrize("learner", [name for name in LEARNERS if name.startswith("spiking")])
@settings(max_examples=EXAMPLES)
@given(setting=any_setting())
def test_weights_with_bounds_stay_within_them(learner: str, setting: Setting) -> None:
    trained: Trained = LEARNERS[learner](setting)
    for weights in trained.course:
        assert weights.min() >= -1e-12
        assert weights.max() <= 1 + 1e-12
