"""Chips: every shipped one is complete and sourced, unknown stays unknown, and bills are counts times numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching.errors import InputError, ProfileError
from lava_caching.hardware import memory_names, pair_names
from lava_caching.hardware.chips import CAUSES, Chip, ChipQuantity, chip_names, limit, load_chip, price_actions
from lava_caching.hardware.numbers import Unknown

Edited = Callable[[str, str], Path]
COUNTS = st.integers(0, 10**12)
PICO = 1e-12


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """Return a maker of copies of loihi1 in which one text is replaced by another."""
    shipped = (files("hardware_profiles") / "chips" / "loihi1.toml").read_text(encoding="utf-8")

    def make(old: str, new: str) -> Path:
        assert old in shipped
        path = tmp_path / "my_chip.toml"
        path.write_text(shipped.replace(old, new, 1), encoding="utf-8")
        return path

    return make


def refusal(path: Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load_chip(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_the_shipped_chips_are_found_and_are_neither_memories_nor_pairs() -> None:
    assert chip_names() == ["loihi1", "loihi2"]
    others = {*pair_names(), *memory_names("volatile"), *memory_names("nonvolatile")}
    assert "chips" not in others


@pytest.mark.parametrize("name", chip_names())
def test_every_number_of_a_chip_has_its_source_or_the_reason_why_there_is_none(name: str) -> None:
    numbers = dict(load_chip(name).numbers())
    assert len(numbers) == 26
    for key, entry in numbers.items():
        if isinstance(entry, Unknown):
            assert len(entry.unknown) > 10, key
            continue
        assert 0 < entry.low <= entry.nominal <= entry.high, key
        assert len(entry.source) > 8, key
        assert len(entry.where) > 5, key
        assert entry.basis, key
        assert entry.scope, key
        if key.startswith(("energy", "time")) and entry.low == entry.high:
            assert entry.note, f"{key}: a range without width needs a word why"


def test_the_numbers_of_loihi_1_are_those_of_its_publication() -> None:
    energy = load_chip("loihi1").energy
    expected = {
        "synaptic_op_j": 23.6,
        "synaptic_update_j": 120,
        "neuron_update_active_j": 81,
        "neuron_update_inactive_j": 52,
        "spike_within_tile_j": 1.7,
        "hop_east_west_j": 3.0,
        "hop_north_south_j": 4.0,
    }
    for key, picojoules in expected.items():
        entry = getattr(energy, key)
        assert isinstance(entry, ChipQuantity)
        assert entry.nominal == pytest.approx(picojoules * PICO)
        assert "10.1109/MM.2018.112130359" in entry.source
        assert entry.basis == "simulated"
        assert entry.voltage_v == 0.75
    core = load_chip("loihi1").core
    limits = [limit(getattr(core, key)) for key in type(core).model_fields]
    assert limits == [128, 1024, 4096, 4096, 16384 * 64]


def test_nobody_has_published_energies_of_loihi_2() -> None:
    chip = load_chip("loihi2")
    assert all(isinstance(getattr(chip.energy, key), Unknown) for key in type(chip.energy).model_fields)
    assert limit(chip.core.n_cores) == 128
    assert limit(chip.core.compartments) == 8192
    assert limit(chip.core.in_axons) is None
    assert isinstance(chip.static.area_m2, ChipQuantity)
    assert chip.static.area_m2.nominal == 31e-6
    assert isinstance(chip.core.synapse_bits, ChipQuantity)
    assert chip.core.synapse_bits.nominal == 192 * 1024 * 8
    assert "single secondary" in (chip.core.synapse_bits.note or "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low = 2.36e-11", "low = 0.0", "energy.synaptic_op_j.low = 0 J: must be > 0; write { unknown"),
        (
            "low = 2.36e-11",
            "low = 3e-11",
            "energy.synaptic_op_j: low = 3e-11, nominal = 2.36e-11, high = 3.55e-11: must",
        ),
        ('per = "synaptic_op"', 'per = "spike"', "energy: synaptic_op_j.per = 'spike': must be 'synaptic_op'"),
        ('per = "synaptic_op"', 'per = "bit"', "energy.synaptic_op_j.per = 'bit': "),
        (
            "[energy.synaptic_op_j]",
            "[energy.synaptic_op]",
            "energy.synaptic_op: the key lacks its unit; write synaptic_op",
        ),
        ("[energy.spike_within_tile_j]", "[energy.spike_j]", "energy.spike_j: unknown key"),
        ('basis = "simulated"', 'basis = "guessed"', "energy.synaptic_op_j.basis = 'guessed': "),
        ("low = 128\n", "low = 127.5\n", "core: n_cores: low, nominal and high must be whole numbers"),
        ('title = "Loihi, 14 nm"', "", "title: is missing; add it"),
        ('title = "Loihi, 14 nm"', 'name = "x"\ntitle = "y"', "name: a chip is called by its file's name"),
        ("graded_spikes = false", 'graded_spikes = "no"', "capabilities.graded_spikes = 'no': must be true or false"),
        (
            'title = "Loihi, 14 nm"',
            'title = "x"\ntier = "volatile"',
            "is a memory or a pair, and a chip is wanted here",
        ),
    ],
)
def test_a_broken_chip_gives_one_sentence_with_key_value_and_rule(
    edited: Edited, old: str, new: str, message: str
) -> None:
    assert refusal(edited(old, new)).startswith(message)


@pytest.mark.parametrize("part", ["source", "where", "basis", "confidence", "scope", "per"])
def test_a_number_without_one_of_its_parts_does_not_load(edited: Edited, part: str) -> None:
    assert refusal(edited(f"\n{part} = ", f"\n# {part} = ")).startswith(
        f"{'capabilities' if part in ('source', 'where') else 'energy.synaptic_op_j'}.{part}: is missing"
    )


def test_a_chip_of_ones_own_is_called_by_its_path(edited: Edited) -> None:
    path = edited("low = 1024\nnominal = 1024\nhigh = 1024", "low = 512\nnominal = 512\nhigh = 512")
    chip = load_chip(path)
    assert chip.name == str(path)
    assert limit(chip.core.compartments) == 512


def test_unknown_names_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown chip 'loihi'; did you mean 'loihi[12]'"):
        load_chip("loihi")
    with pytest.raises(ProfileError, match="cannot be read"):
        load_chip(tmp_path / "none.toml")


def bill_of(chip: Chip, ops: int | None, updates: int | None, learned: int | None, spikes: int | None):  # type: ignore[no-untyped-def]
    return price_actions(
        chip, n_synaptic_ops=ops, n_neuron_updates=updates, n_synaptic_updates=learned, n_spikes=spikes
    )


def test_a_bill_by_hand() -> None:
    bill = bill_of(load_chip("loihi1"), 1000, 100, 10, 7)
    assert bill.joules["synaptic_op"] == pytest.approx((23.6e-9, 23.6e-9, 35.5e-9))
    assert bill.joules["neuron_update"] == pytest.approx((5.2e-9, 8.1e-9, 8.1e-9))
    assert bill.joules["synaptic_update"] == pytest.approx((1.2e-9,) * 3)
    assert bill.joules["spike"] == pytest.approx((11.9e-12,) * 3)
    assert bill.total == pytest.approx(tuple(sum(joules[i] for joules in bill.joules.values()) for i in range(3)))
    assert bill.unpriced == ()
    assert len(bill.estimated) == 3
    assert {source["key"] for source in bill.sources} >= {"energy.synaptic_op_j", "energy.neuron_update_active_j"}
    assert all(source["source"] and source["where"] for source in bill.sources)
    json.dumps(bill.to_dict(), allow_nan=False)


def test_what_nobody_has_published_is_listed_and_the_total_is_refused() -> None:
    bill = bill_of(load_chip("loihi2"), 1000, 0, 10, 0)
    assert bill.total is None
    assert bill.joules == {"synaptic_op": None, "neuron_update": (0, 0, 0), "synaptic_update": None, "spike": (0, 0, 0)}
    assert [text.split(" (")[0] for text in bill.unpriced] == ["1,000 synaptic operations", "10 synaptic updates"]
    assert "energy.synaptic_op_j is unknown: " in bill.unpriced[0]
    assert bill.to_dict()["joules"]["total"] is None


def test_what_a_run_did_not_count_is_unpriced() -> None:
    bill = bill_of(load_chip("loihi1"), 1000, None, 0, 0)
    assert bill.total is None
    assert bill.unpriced == ("neuron updates (the run did not count them)",)


def test_nothing_costs_nothing_on_any_chip() -> None:
    for name in chip_names():
        assert bill_of(load_chip(name), 0, 0, 0, 0).total == (0.0, 0.0, 0.0)


@given(counts=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), factor=st.integers(1, 1000))
def test_a_bill_is_linear_in_the_counts_and_its_bounds_ascend(counts: tuple[int, int, int, int], factor: int) -> None:
    chip = load_chip("loihi1")
    one, many = bill_of(chip, *counts), bill_of(chip, *(n * factor for n in counts))
    assert one.total is not None
    assert one.total[0] <= one.total[1] <= one.total[2]
    assert many.total == pytest.approx(tuple(joules * factor for joules in one.total))
    assert tuple(one.joules) == CAUSES
