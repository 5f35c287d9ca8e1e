"""`inherits`: a file that changes another one, key by key, and a number only as a whole."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from lava_caching.errors import ProfileError
from lava_caching.hardware import MemoryPair, library, load, load_memory, load_pair, price
from lava_caching.hardware.numbers import Quantity, Unknown
from lava_caching.hardware.schema import NonvolatileMemory, VolatileMemory
from lava_caching.ledger import Ledger

Write = Callable[..., Path]
NUMBER = """{{ low = {0}, nominal = {0}, high = {0}, per = "{1}", source = "my bench", where = "log 7", \
basis = "measured", confidence = "seen", scope = ["device"] }}\n"""


def number(value: str, per: str) -> str:
    return NUMBER.format(value, per)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file into a folder of its own; returns its path."""

    def make(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


def refusal(path: Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_a_file_that_changes_nothing_is_its_parent(write: Write) -> None:
    assert load(write("mine.toml", 'inherits = "pcm_gst_90nm"\n')) == load_memory("pcm_gst_90nm")
    assert load(write("mine.toml", 'inherits = "sram_array_22nm"\ntier = "volatile"\n')) == load("sram_array_22nm")


def test_a_pair_that_changes_nothing_costs_the_same(write: Write, ledger: Ledger) -> None:
    pair = load_pair(write("mine.toml", 'inherits = "sram_rram_22nm"\n'))
    assert price(ledger, pair).total == price(ledger, load_pair("sram_rram_22nm")).total
    assert pair.volatile_name == "sram_array_22nm"


def test_a_single_number_is_changed_and_the_rest_kept(write: Write) -> None:
    path = write("mine.toml", 'inherits = "rram_array_22nm"\n[endurance]\ncycles = ' + number("3e6", "device"))
    mine, parent = load_memory(path), load_memory("rram_array_22nm")
    assert mine.endurance is not None
    assert isinstance(mine.endurance.cycles, Quantity)
    assert (mine.endurance.cycles.nominal, mine.endurance.cycles.source) == (3e6, "my bench")
    assert mine.endurance.cycles.note is None  # nothing of the old number stays
    assert parent.endurance is not None
    assert mine.endurance.mode == parent.endurance.mode
    assert mine.write == parent.write


def test_a_number_becomes_unknown(write: Write) -> None:
    text = 'inherits = "sram_array_22nm"\n[hold.power_w_per_bit]\nunknown = "not measured on our chip"\n'
    memory = load_memory(write("mine.toml", text), "volatile")
    assert isinstance(memory, VolatileMemory)
    assert isinstance(memory.hold.power_w_per_bit, Unknown)


@pytest.mark.parametrize(
    "change", ["nominal = 1e-12", "nominl = 1e-12", "low = 1e-12\nnominal = 2e-12\nhigh = 3e-12", 'note = "mine"']
)
def test_a_number_cannot_be_changed_in_part(write: Write, change: str) -> None:
    message = refusal(write("mine.toml", f'inherits = "rram_array_22nm"\n[write.energy_j]\n{change}\n'))
    assert message.startswith("write.energy_j: changes a number in part (")
    assert "source" in message
    assert ("not known" in message) is change.startswith("nominl")
    assert message.endswith("give it as a whole, for its source belongs to its value")


def test_one_form_of_an_energy_takes_the_place_of_the_other(write: Write) -> None:
    text = 'inherits = "pcm_gst_90nm"\n[write]\nenergy_j = ' + number("1e-11", "bit")
    memory = load_memory(write("mine.toml", text))
    assert memory.set is memory.reset is None
    text = 'inherits = "rram_array_22nm"\n' + "".join(
        f"[{d}]\nenergy_j = {number('1e-12', 'bit')}" for d in ("set", "reset")
    )
    memory = load_memory(write("mine.toml", text))
    assert memory.write.energy_j is None
    assert memory.set is not None
    text = 'inherits = "sram_array_22nm"\n[hold]\npower_w_at_full_scale = ' + number("1e-9", "synapse")
    held = load_memory(write("mine.toml", text))
    assert isinstance(held, VolatileMemory)
    assert held.hold.power_w_per_bit is None


def test_parents_in_a_row_are_followed(write: Write, ledger: Ledger) -> None:
    write("cell.toml", 'inherits = "rram_array_22nm"\ntitle = "our cell"\n[read]\nenergy_j = ' + number("1e-12", "bit"))
    write("newer.toml", 'inherits = "cell.toml"\n[write]\nenergy_j = ' + number("2e-12", "bit"))
    memory = load(write("newest.toml", 'inherits = "newer.toml"\nnote = "third of its kind"\n'))
    assert isinstance(memory, NonvolatileMemory)
    assert (memory.title, memory.note) == ("our cell", "third of its kind")
    assert isinstance(memory.read.energy_j, Quantity)
    assert memory.read.energy_j.nominal == 1e-12
    pair = load_pair(write("pair.toml", 'inherits = "sram_rram_22nm"\nnonvolatile = "newest.toml"\n'))
    bill = price(ledger, pair)
    assert bill.items is not None
    assert bill.items["nonvolatile", "write"].nominal == pytest.approx(float(9 * 8 * Fraction(2, 10**12)), rel=1e-13)


def test_a_pair_changes_a_memory_that_its_parent_names(write: Write) -> None:
    text = 'inherits = "sram_rram_22nm"\ntitle = "mine"\n[volatile.hold]\npower_w_per_bit = ' + number("1e-11", "bit")
    pair = load(write("pair.toml", text + '[operating_point]\nstep_duration_s = { value = 1e-3, declared = "slow" }\n'))
    assert isinstance(pair, MemoryPair)
    assert pair.title == "mine"
    assert pair.volatile is not None
    assert isinstance(pair.volatile.hold.power_w_per_bit, Quantity)
    assert pair.volatile.hold.power_w_per_bit.nominal == 1e-11
    assert pair.volatile.write == load_memory("sram_array_22nm", "volatile").write
    assert pair.volatile_levels == 256  # the parent's other settings stay
    assert pair.operating_point.step_duration_s is not None


def test_a_table_in_a_pair_may_inherit_by_itself(write: Write) -> None:
    text = 'inherits = "sram_rram_22nm"\n[nonvolatile]\ninherits = "stt_array_22nm"\nnote = "mine"\n'
    pair = load_pair(write("pair.toml", text))
    assert pair.nonvolatile is not None
    assert pair.nonvolatile.write == load_memory("stt_array_22nm").write


def test_a_pair_of_a_users_pair_finds_the_memories_beside_both(write: Write) -> None:
    write("cell.toml", 'inherits = "rram_array_22nm"\ntitle = "our cell"\n')
    write("pair.toml", 'inherits = "sram_rram_22nm"\nnonvolatile = "cell.toml"\n')
    pair = load_pair(write("slow.toml", 'inherits = "pair.toml"\ntitle = "slow"\n'))
    assert pair.nonvolatile is not None
    assert (pair.title, pair.nonvolatile.title) == ("slow", "our cell")


def test_a_shipped_pair_may_inherit_too(monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> None:
    shipped = library._pairs()["pairs"]
    pairs = {**shipped, "young": {"inherits": "sram_rram_22nm", "title": "young"}}
    monkeypatch.setattr(library, "_pairs", lambda: {"pairs": pairs})
    monkeypatch.setattr(library, "_shipped_pair", library._shipped_pair.__wrapped__)  # what it has loaded it keeps
    assert load_pair("young").title == "young"
    assert price(ledger, load_pair("young")).total == price(ledger, load_pair("sram_rram_22nm")).total
    pairs["lost"] = {"inherits": "mine.toml", "title": "lost"}
    with pytest.raises(
        ProfileError, match=r"pairs\.toml: pairs\.lost\.inherits = 'mine\.toml': must be a shipped profile"
    ):
        load_pair("lost")
    pairs["young"]["inherits"] = "young"
    with pytest.raises(ProfileError, match=r"pairs\.young\.inherits: goes round in a circle"):
        load_pair("young")


def test_a_circle_is_refused_with_the_way_round_it(write: Write) -> None:
    write("a.toml", 'inherits = "b.toml"\n')
    write("b.toml", 'inherits = "c.toml"\n')
    circle = write("c.toml", 'inherits = "a.toml"\n')
    with pytest.raises(
        ProfileError, match=r"inherits: goes round in a circle, c\.toml → a\.toml → b\.toml → c\.toml; "
    ):
        load(circle)
    alone = write("d.toml", 'inherits = "d.toml"\n')
    assert refusal(alone) == "inherits: goes round in a circle, d.toml → d.toml; take one of them away"


def test_the_number_of_parents_is_bounded(write: Write) -> None:
    write("p0.toml", 'inherits = "rram_array_22nm"\n')
    for i in range(1, 10):
        write(f"p{i}.toml", f'inherits = "p{i - 1}.toml"\n')
    assert load(write("mine.toml", 'inherits = "p6.toml"\n')) == load_memory("rram_array_22nm")
    with pytest.raises(
        ProfileError, match=r"p0\.toml: inherits = 'rram_array_22nm': is parent number 9 in a row; at most 8"
    ):
        load(write("mine.toml", 'inherits = "p7.toml"\n'))


@pytest.mark.parametrize(
    "name", ["../x.toml", "/tmp/x.toml", "a/x.toml", "..\\\\x.toml", "./x.toml", "a\\u0000.toml", ".."]
)
def test_nothing_outside_the_folder_is_read(write: Write, name: str) -> None:
    path = write("mine.toml", f'inherits = "{name}"\n')
    (path.parent.parent / "x.toml").write_text('inherits = "rram_array_22nm"\n', encoding="utf-8")
    message = refusal(path)
    assert "must be a shipped profile or a TOML file in this folder" in message or "unknown profile" in message


def test_a_parent_that_is_not_there_gets_the_nearest_name(write: Write) -> None:
    assert refusal(write("mine.toml", 'inherits = "rram_aray_22nm"\ntier = "nonvolatile"\n')).startswith(
        "inherits = 'rram_aray_22nm': unknown nonvolatile memory 'rram_aray_22nm'; did you mean 'rram_array_22nm'? "
    )
    write("parent.toml", 'inherits = "rram_array_22nm"\n')
    assert refusal(write("mine.toml", 'inherits = "parnet.toml"\n')) == (
        "inherits = 'parnet.toml': no such file in this folder; did you mean 'parent.toml'?"
    )
    assert refusal(write("mine.toml", 'inherits = "parent"\n')).endswith("write 'parent.toml' for the file beside it")


@pytest.mark.parametrize("value", ["3", "true", '""', "[]", "{ a = 1 }"])
def test_a_parent_is_a_name(write: Write, value: str) -> None:
    assert "must name a shipped profile" in refusal(write("mine.toml", f"inherits = {value}\n"))


def test_a_parent_of_another_kind_is_refused(write: Write) -> None:
    assert refusal(write("mine.toml", 'inherits = "pcm_gst_90nm"\ntier = "volatile"\n')) == (
        "inherits = 'pcm_gst_90nm': is a nonvolatile memory, and a volatile memory is wanted here"
    )
    assert refusal(write("mine.toml", 'inherits = "pcm_gst_90nm"\nwhy = "w"\n')).endswith("and a pair is wanted here")
    write("cell.toml", 'inherits = "pcm_gst_90nm"\n')
    assert refusal(write("mine.toml", 'inherits = "cell.toml"\ntier = "volatile"\n')) == (
        "inherits = 'cell.toml': is a nonvolatile memory, and a volatile memory is wanted here"
    )
    text = 'inherits = "sram_rram_22nm"\n[volatile]\ninherits = "pcm_gst_90nm"\n'
    assert refusal(write("mine.toml", text)) == (
        "volatile.inherits = 'pcm_gst_90nm': is a nonvolatile memory, and a volatile memory is wanted here"
    )


def test_a_broken_parent_is_blamed_by_its_own_name(write: Write) -> None:
    parent = write("parent.toml", 'inherits = "rram_array_22nm"\nmood = "bad"\n')
    child = write("mine.toml", 'inherits = "parent.toml"\n')
    with pytest.raises(ProfileError) as caught:
        load(child)
    assert str(caught.value).startswith(f"{parent}: mood: unknown key; ")


def test_what_is_merged_still_has_to_be_a_profile(write: Write) -> None:
    text = 'inherits = "taox_hfox_rram"\n[write]\nmodel = "per_bit"\n'
    assert "write.model = 'per_bit' counts per bit or word" in refusal(write("mine.toml", text))


@pytest.mark.parametrize("name", ["folder/cell", "folder\\\\cell", "../cell.toml"])
def test_a_path_is_no_name_of_a_shipped_profile(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'inherits = "{name}"\ntier = "volatile"\n')
    with pytest.raises(ProfileError, match="must be a shipped profile or a TOML file in this folder"):
        load(path)
