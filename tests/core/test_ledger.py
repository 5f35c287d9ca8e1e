"""Parts of a ledger add up field by field, and the sums behind them are those of the changes, however they came."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching import InputError, Ledger
from lava_caching.ledger import LayerLedger, Part, SignedHistogram
from lava_caching.synapse import NEGLIGIBLE
from lava_caching.tally import BATCH, PersistentChanges, RunTally, not_negligible, residual_part, summed


def layer(name: str, run: Part, residual: Part | None = None) -> LayerLedger:
    return LayerLedger(name=name, run=run, residual=residual or Part())


def test_an_empty_part_has_counted_nothing_and_knows_nothing_of_devices() -> None:
    plain = Part().to_dict()
    unknown = {"n_pulses_set", "n_pulses_reset", "n_verify_reads", "n_writes_lost", "n_bits_flipped", "write_counts"}
    assert {name for name, value in plain.items() if value is None} == unknown
    assert {value for value in plain.values() if isinstance(value, (int, float))} == {0}
    assert PersistentChanges().fields()["persistent_change_l1"] == 0.0
    assert set(vars(RunTally()).values()) == {0}


def test_parts_add_field_by_field_but_the_largest_weight_is_the_larger() -> None:
    names = [f.name for f in dataclasses.fields(Part) if "histogram" not in f.name and f.name != "write_counts"]
    one = Part(**{name: n + 1 for n, name in enumerate(names)}, write_counts=(1, 2))  # type: ignore[arg-type]
    two = Part(**{name: 100 * (n + 1) for n, name in enumerate(names)}, write_counts=(10, 0))  # type: ignore[arg-type]
    for total in (one + two, two + one):
        for n, name in enumerate(names):
            assert getattr(total, name) == (100 if name == "largest_weight" else 101) * (n + 1), name
        assert total.write_counts == (11, 2)


def test_what_one_part_did_not_count_their_sum_does_not_know() -> None:
    for a, b in ((Part(n_spikes=None), Part(n_spikes=3)), (Part(n_spikes=3), Part(n_spikes=None))):
        assert (a + b).n_spikes is None
        assert (a + b).n_steps == 0


def test_counts_of_different_numbers_of_synapses_are_not_added() -> None:
    with pytest.raises(InputError, match="write_counts: 2 and 3 synapses"):
        Part(write_counts=(1, 2)) + Part(write_counts=(1, 2, 3))


def test_layers_share_their_steps_and_keep_their_synapses_apart() -> None:
    first = layer("first", Part(n_steps=50, n_updates=7, n_spikes=4, write_counts=(3, 1)), Part(write_counts=(0, 1)))
    second = layer("second", Part(n_steps=40, n_updates=9, n_spikes=6, write_counts=(5,)), Part(write_counts=(0,)))
    alone, both = Ledger(layers=(first,)), Ledger(layers=(first, second))
    assert alone.total.write_counts == (3, 2)
    total = both.total
    assert (total.n_steps, total.n_updates, total.n_spikes, total.write_counts) == (50, 9, 10, None)
    assert alone.ascending_write_counts is not None
    assert alone.ascending_write_counts.tolist() == [2, 3]
    assert both.ascending_write_counts is not None
    assert both.ascending_write_counts.tolist() == [2, 3, 5]
    assert Ledger(layers=(first, layer("uncounted", Part()))).ascending_write_counts is None
    nothing = Ledger(layers=()).ascending_write_counts
    assert nothing is not None
    assert nothing.tolist() == []


def test_a_ledger_comes_back_from_plain_data_as_it_was() -> None:
    changes = np.array([0.5, -2.0, 3.0, -0.25])
    run = Part(
        persistent_change_histogram=SignedHistogram.of(changes), write_counts=(4, 0), n_steps=3, n_verify_reads=2
    )
    ledger = Ledger(layers=(layer("a", run, Part(write_counts=(0, 1))), layer("b", Part(n_spikes=None))))
    again = Ledger.from_dict(ledger.to_dict())
    assert again == ledger
    assert again.to_dict() == ledger.to_dict()
    assert again.layers[0].run.write_counts == (4, 0)
    histogram = again.layers[0].run.persistent_change_histogram
    assert histogram.depression.l1.sum() == 2.25
    assert histogram.potentiation.l1.sum() == 3.5


@pytest.mark.parametrize("broken", [{}, {"layers": [{}]}, {"layers": [None]}, {"layers": [{"name": "a", "run": 3}]}])
def test_what_is_no_ledger_is_refused_with_the_way_out(broken: dict[str, object]) -> None:
    with pytest.raises(InputError, match=re.escape("write the record again with `lava-caching run`")):
        Ledger.from_dict(broken)


def test_a_moment_over_both_signs_is_exact_only_where_both_are() -> None:
    exact, rough = [2.0, 3.0], [1.0001, 1.0002]
    for values, is_exact in (
        (exact + [-x for x in exact], True),
        (exact + [-x for x in rough], False),
        (rough + [-x for x in exact], False),
    ):
        assert SignedHistogram.of(np.array(values)).moment(0.5)[1] is is_exact
    assert SignedHistogram.of(np.array([4.0, -9.0])).moment(0.5) == (5.0, True)


quarters = st.integers(-20, 20).map(lambda n: n / 4)


@given(st.lists(st.lists(quarters, max_size=6), max_size=8))
def test_changes_are_booked_by_sign_and_zeros_are_no_writes(parts: list[list[float]]) -> None:
    changes = PersistentChanges()
    for part in parts:
        changes.add(np.array(part, float))
    every = [x for part in parts for x in part if x]
    up, down = sum(x for x in every if x > 0), -sum(x for x in every if x < 0)
    assert changes.total_l1 == up + down
    copied = changes.copy()
    fields = changes.fields()
    copied.add(np.array([100.0]))
    assert changes.fields() == fields
    assert copied.fields()["n_persistent_writes"] == len(every) + 1
    histogram = fields.pop("persistent_change_histogram")
    assert fields == {
        "persistent_change_l1": up + down,
        "n_persistent_writes": len(every),
        "persistent_change_sq": sum(x * x for x in every),
        "n_potentiations": sum(x > 0 for x in every),
        "n_depressions": sum(x < 0 for x in every),
        "potentiation_l1": up,
        "depression_l1": down,
    }
    assert histogram == SignedHistogram.of(np.array(every, float))


@pytest.mark.parametrize("n", [BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 5])
def test_the_arrays_that_changes_come_in_do_not_matter(n: int) -> None:
    values = np.random.default_rng(0).normal(size=n)
    values[::7] = 0.0
    whole, pieces = PersistentChanges(), PersistentChanges()
    whole.add(values)
    for piece in np.array_split(values, 9):
        pieces.add(piece)
        assert pieces.n_waiting == sum(part.size for part in pieces.waiting) < BATCH
    assert pieces.n_waiting == np.count_nonzero(values) % BATCH
    assert pieces.fields() == whole.fields()
    assert whole.l1 == pytest.approx(np.abs(values).sum())
    assert whole.total_l1 == pytest.approx(np.abs(values).sum())
    assert whole.n_up + whole.n_down == np.count_nonzero(values)
    assert BATCH == 65_536


def test_a_run_is_held_by_all_its_synapses_and_reads_for_every_write_and_transfer() -> None:
    part = RunTally(n_steps=7, n_transferred=3, n_transient_writes=11, transient_hold_l1=2.5).part(
        n_synapses=4, n_spikes=None, n_neuron_updates=14
    )
    assert (part.n_synapses, part.transient_hold_synapse_steps, part.n_transient_reads) == (4, 28, 14)
    assert (part.n_spikes, part.n_neuron_updates, part.transient_hold_l1) == (None, 14, 2.5)


def test_the_end_consolidates_what_is_left_and_sets_the_least() -> None:
    tiny = NEGLIGIBLE / 2
    part = residual_part(np.array([[2.0, -1.0, tiny, 0.0]]), np.array([[3.0, 0.0, -tiny, -4.0]]), write_counts=True)
    assert (part.n_transferred, part.n_transient_reads, part.n_persistent_writes) == (2, 2, 2)
    assert (part.persistent_change_l1, part.n_potentiations, part.n_depressions) == (3.0, 1, 1)
    assert (part.minimal_l1, part.minimal_writes, part.minimal_sq) == (7.0, 2, 25.0)
    assert part.minimal_histogram.moment(2.0) == (25.0, True)
    assert part.write_counts == (1, 1, 0, 0)
    assert residual_part(np.ones(2), np.ones(2)).write_counts is None


def test_devices_say_what_became_of_what_was_left() -> None:
    counts = np.array([[2, 0], [1, 3]])
    part = residual_part(
        np.array([[2.0, 1.0], [0.0, 0.0]]), np.ones((2, 2)), made=np.array([[1.5, 0.0], [0.0, 0.0]]),
        write_counts=counts, n_writes_lost=1,
    )  # fmt: skip
    assert (part.n_transferred, part.n_persistent_writes, part.persistent_change_l1) == (2, 1, 1.5)
    assert (part.write_counts, part.n_writes_lost) == ((2, 0, 1, 3), 1)


def test_what_has_decayed_to_nothing_counts_as_nothing() -> None:
    assert not_negligible(np.array([NEGLIGIBLE, -NEGLIGIBLE, 2 * NEGLIGIBLE, -1.0])).tolist() == [
        0.0, 0.0, 2 * NEGLIGIBLE, -1.0,
    ]  # fmt: skip
    assert summed(np.array([0.1, 0.0, -0.2, 0.3])) == 0.1 + 0.2 + 0.3
    assert summed(np.zeros(3)) == 0.0


def test_of_several_unknown_fields_the_first_is_named() -> None:
    with pytest.raises(InputError, match="unknown ledger field 'n_apples'"):
        Part.from_dict({**Part().to_dict(), "n_bananas": 1, "n_apples": 2})
