"""Broken profiles through the command line: exit code 2, one sentence with file and key, nothing run, nothing written.

`test_bad_profiles.py` breaks a shipped file by mistakes of typing; here are the wrong, the absurd and the hostile ones.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

Refused = Callable[..., str]
ROOT = files("hardware_profiles")
SRAM = ROOT.joinpath("volatile/sram_array_22nm.toml").read_text(encoding="utf-8")
RRAM = ROOT.joinpath("nonvolatile/rram_array_22nm.toml").read_text(encoding="utf-8")
PCM = ROOT.joinpath("nonvolatile/pcm_gst_90nm.toml").read_text(encoding="utf-8")
GAIN = ROOT.joinpath("volatile/gcedram_3t_16nm.toml").read_text(encoding="utf-8")
HEAD = 'title = "t"\nwhy = "w"\n'
PAIR = HEAD + 'volatile = "sram_array_22nm"\nnonvolatile = "rram_array_22nm"\n'
LEVELS = '[operating_point]\nvolatile_levels = { value = 16, declared = "d" }\n'
NUMBER = """per = "bit", source = "doi:10.1000/1", where = "Table 1", basis = "measured", confidence = "seen",\
 scope = ["device"] }
"""


def edit(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def without(text: str, key: str) -> str:
    """Return a file without the first line that sets this key."""
    lines = text.splitlines(keepends=True)
    lines.remove(next(line for line in lines if line.startswith(f"{key} = ")))
    return "".join(lines)


def energy(bounds: str) -> str:
    """Return an array of cells whose energy of a write has these bounds."""
    return f'inherits = "rram_array_22nm"\n[write]\nenergy_j = {{ {bounds}, {NUMBER}'


def operating(setting: str) -> str:
    return PAIR + f"[operating_point]\n{setting}\n"


BROKEN: dict[str, tuple[str | bytes, str]] = {
    # the file
    "empty": ("", "title: is missing; add it"),
    "only a comment": ("# to do\n", "title: is missing; add it"),
    "not UTF-8": (HEAD.encode("utf-16"), "byte 0 is not UTF-8: save the file as UTF-8"),
    "NUL bytes": (b'title = "t"\0\n', "is not TOML: "),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "byte 0 is not UTF-8"),
    "too large": ("#" * 2**20 + "\n" + PAIR, "is larger than 1 MiB: "),
    "too large to parse": ("a = " + "[" * 2**21, "is larger than 1 MiB: "),
    "arrays in arrays": ("a = " + "[" * 5000 + "]" * 5000, "is nested more than 16 tables deep"),
    "tables in tables": ("a = " + "{ a = " * 300 + "1" + " }" * 300, "is nested more than 16 tables deep"),
    "a dotted key of thousands": (".".join(["a"] * 30_000) + " = 1", "is nested more than 16 tables deep"),
    "an endless integer": (HEAD + "unit = " + "9" * 5000, "is not TOML: "),
    "a duplicate key": ('title = "a"\ntitle = "b"\n', "is not TOML: "),
    "a duplicate table": (SRAM + "[read]\ndestructive = false\n", "is not TOML: "),
    "a list of pairs": (f"[pairs.mine]\n{PAIR}", "pairs: in a file of its own a pair has no [pairs.NAME] header"),
    # keys
    "an unknown key": (PAIR + 'colour = "red"\n', "colour: unknown key; known: "),
    "a key of two lines": ('tier = "volatile"\n"a\\nb" = 1\n', r"'a\nb': unknown key; known: "),
    "a key without its unit": (edit(RRAM, ("write.energy_j", "write.energy")), "write.energy: the key lacks its unit"),
    "a wrong unit in the key": (edit(RRAM, ("write.energy_j", "write.energy_pj")), "write.energy_pj: unknown key; "),
    "a wrong unit beside it": (
        energy('low = 1.0, nominal = 1.0, high = 1.0, unit = "pJ"'),
        "write.energy_j.unit = 'pJ'",
    ),
    "an unknown tier": ('tier = "holographic"\n', "tier = 'holographic': must be 'volatile' or 'nonvolatile'"),
    "a tier of 3000 letters": (f'tier = "{"x" * 3000}"\n', "tier = 'xxxxxxxx"),
    # numbers
    "negative": (energy("low = -1e-12, nominal = 1e-12, high = 1e-12"), "write.energy_j.low = -1e-12 J: must be > 0"),
    "zero": (
        energy("low = 0, nominal = 1e-12, high = 1e-12"),
        "write.energy_j.low = 0 J: must be > 0; write { unknown",
    ),
    "not a number": (energy("low = nan, nominal = nan, high = nan"), "write.energy_j.low = nan J: "),
    "infinite": (energy("low = 1e-12, nominal = 1e-12, high = inf"), "write.energy_j.high = inf J: must be a finite"),
    "low and high swapped": (energy("low = 3e-12, nominal = 2e-12, high = 1e-12"), "write.energy_j: low = 3e-12, "),
    "a string": (
        energy('low = "1 pJ", nominal = 1e-12, high = 1e-12'),
        "write.energy_j.low = '1 pJ' J: must be a number",
    ),
    "true": (
        energy("low = true, nominal = 1e-12, high = 1e-12"),
        "write.energy_j.low = True J: must be a number",
    ),
    "a bare number": ('inherits = "ecram"\n[read]\nenergy_j = 1e-12\n', "read.energy_j = 1e-12: must be a table { low"),
    "no source": (without(RRAM, "source"), "write.energy_j.source: is missing; a number is a table {"),
    "no where": (without(RRAM, "where"), "write.energy_j.where: is missing"),
    "no basis": (without(RRAM, "basis"), "write.energy_j.basis: is missing"),
    "no confidence": (without(RRAM, "confidence"), "write.energy_j.confidence: is missing"),
    "no scope": (without(RRAM, "scope"), "write.energy_j.scope: is missing"),
    "no per": (without(RRAM, "per"), "write.energy_j.per: is missing"),
    "no formula": (without(PCM, "formula"), "set.energy_j: formula: is missing"),
    "a word of no width": (without(RRAM, "word_bits"), "write.energy_j: word_bits: belongs to per = 'word'"),
    "one level": (
        operating('volatile_levels = { value = 1, declared = "d" }'),
        "operating_point: volatile_levels.value = 1: ",
    ),
    "half a level": (
        operating('volatile_levels = { value = 15.5, declared = "d" }'),
        "operating_point: volatile_levels.value = 15.5",
    ),
    "a level without origin": (
        operating("volatile_levels = { value = 16 }"),
        "operating_point.volatile_levels: state source",
    ),
    "no levels": (PAIR, "operating_point.volatile_levels: is missing"),
    "a step of no time": (
        operating('step_duration_s = { value = 0, declared = "d" }'),
        "operating_point: step_duration_s.value = 0 s",
    ),
    "a range upside down": (
        operating('weight_min = { value = 1, declared = "d" }\nweight_max = { value = -1, declared = "d" }'),
        "operating_point: weight_min and weight_max: state both, the smaller one first",
    ),
    # tables that contradict one another
    "energy per word for a pulse": (
        edit(RRAM, ('"per_bit"', '"per_pulse"'), ("skip_unchanged = false", "")),
        "write.energy_j.per = 'word': write.model = 'per_pulse' counts per pulse",
    ),
    "both forms of an energy": (PCM + "[write.energy_j]\nunknown = 'x'\n", "state write.energy_j, or set.energy_j and"),
    "one direction only": (
        edit(PCM, ("[reset.energy_j]", "[set.pulse_voltage_v]"), ("[reset.pulse_width_s]", "[levels]")),
        "state write.energy_j, or set.energy_j and reset.energy_j",
    ),
    "refresh without interval": (
        edit(GAIN, ("[refresh.interval_s]", "[decay.tau_s]")),
        "refresh.interval_s: is missing",
    ),
    "no hold": (edit(SRAM, ("[hold.power_w_per_bit]", "[decay.tau_s]")), "hold: is missing"),
    "both holds": (
        SRAM + "[hold.power_w_at_full_scale]\nunknown = 'x'\n",
        "hold: state exactly one of power_w_per_bit",
    ),
    "no write, as not applicable": (
        'inherits = "rram_array_22nm"\n[write.energy_j]\nnot_applicable = "n"\nsource = "s"\nwhere = "w"\n',
        "write.energy_j: cannot be not_applicable",
    ),
    "not applicable without source": (
        'inherits = "rram_array_22nm"\n[read.energy_j]\nnot_applicable = "never"\n',
        "read.energy_j.source: is missing",
    ),
    # names of other files
    "a memory that is not shipped": (
        HEAD + 'volatile = "sram"\nnonvolatile = "rram_array_22nm"\n',
        "volatile: unknown vol",
    ),
    "a memory of the other tier": (
        HEAD + 'volatile = "pcm_gst_90nm"\nnonvolatile = "ecram"\n',
        "volatile: unknown vol",
    ),
    "a memory elsewhere": (HEAD + 'volatile = "../x.toml"\nnonvolatile = "ecram"\n', "volatile = '../x.toml': must be"),
    "a memory with NUL in its name": (HEAD + 'volatile = "a\\u0000.toml"\nnonvolatile = "ecram"\n', "volatile = 'a"),
    "its own parent": ('inherits = "mine.toml"\n', "inherits: goes round in a circle, mine.toml → mine.toml"),
    "a parent elsewhere": ('inherits = "../mine.toml"\n', "inherits = '../mine.toml': must be a shipped profile or a"),
    "an absolute parent": ('inherits = "/etc/passwd"\n', "inherits = '/etc/passwd': must be a shipped profile or a"),
    "a parent by backslash": ("inherits = '..\\x.toml'\n", "inherits = '..\\\\x.toml': must be a shipped profile or a"),
    "a parent that is not there": (
        'inherits = "parent.toml"\n',
        "inherits = 'parent.toml': no such file in this folder",
    ),
    "a parent that nobody ships": ('inherits = "sram_array_22n"\n', "did you mean 'sram_array_22nm'?"),
    "a parent of the other tier": (
        'inherits = "ecram"\ntier = "volatile"\n',
        "inherits = 'ecram': is a nonvolatile memory",
    ),
    "a number in part": (
        'inherits = "ecram"\n[write.energy_j]\nnominal = 2e-15\n',
        "write.energy_j: changes a number in",
    ),
}


def written(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused(refused: Refused, tmp_path: Path, name: str) -> None:
    content, rule = BROKEN[name]
    path = tmp_path / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = written(tmp_path)
    sentence = refused("hardware", "check", path)
    assert sentence.startswith(f"{path}: ")
    assert rule in sentence
    assert len(sentence) < 1000
    assert written(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["empty", "not UTF-8", "too large", "arrays in arrays", "negative", "its own parent", "no levels"]
)
def test_no_run_starts_on_a_broken_file(refused: Refused, tmp_path: Path, name: str) -> None:
    content, rule = BROKEN[name]
    path = tmp_path / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = tmp_path / "record.json"
    sentence = refused("run", "perceptron", "--hardware", path, "--out", out)
    assert sentence.startswith(f"{path}: ")
    assert not out.exists()
    if name != "negative":  # that one is a memory, and says so
        assert rule in sentence


@pytest.mark.parametrize("name", ["negative", "arrays in arrays", "a memory with NUL in its name"])
def test_a_broken_file_is_refused_in_a_process_of_its_own(
    shell: Callable[..., tuple[int, str, str]], tmp_path: Path, name: str
) -> None:
    content, rule = BROKEN[name]
    path = tmp_path / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = shell("hardware", "check", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}: ")
    assert err.count("\n") == 1
    assert rule in err


@pytest.mark.parametrize("words", [("hardware", "check"), ("hardware", "show"), ("run", "perceptron", "--hardware")])
def test_what_is_no_file_is_refused(refused: Refused, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert refused(*words, tmp_path / "absent.toml").startswith(f"{tmp_path / 'absent.toml'}: cannot be read (No such")
    assert refused(*words, f"{tmp_path}/").startswith(f"{tmp_path}: cannot be read (Is a directory)")
    assert refused(*words, "/dev/zero").startswith("/dev/zero: cannot be read (it is a device or a pipe)")


def test_a_circle_of_three_is_refused_with_the_way_round_it(refused: Refused, tmp_path: Path) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.toml").write_text(f'inherits = "{parent}.toml"\n', encoding="utf-8")
    sentence = refused("hardware", "check", tmp_path / "a.toml")
    assert sentence.startswith(f"{tmp_path / 'c.toml'}: inherits: goes round in a circle, ")
    assert sentence.endswith(", a.toml → b.toml → c.toml → a.toml; take one of them away")


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 50
