"""A device of one's own in a TOML file works like a shipped one; a broken file is one sentence and exit code 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., tuple[int, str, str]]
Refused = Callable[..., str]

GOOD = """summary = "mine"
reference = "my thesis"
[persistent]
mapping = "single"
levels = 15
cycle_to_cycle = 0.05
[transient]
levels = 64
[sources]
"persistent.levels" = "my thesis, Fig. 3"
"""

BROKEN = [
    ("leves = 3", "unknown key 'leves'; did you mean 'levels'?", "[persistent]\n"),
    ("levels = 1", "persistent.levels = 1: must be a whole number, at least 2", "[persistent]\n"),
    ("levels = 7.5", "persistent.levels = 7.5: must be a whole number", "[persistent]\n"),
    ("levels = true", "persistent.levels = True: must be a whole number", "[persistent]\n"),
    ('levels = "15"', "persistent.levels = '15': must be a whole number", "[persistent]\n"),
    ('mapping = "single"\nlevels = 16', "must be odd where mapping = 'single'", "[persistent]\n"),
    ('mapping = "triple"', "persistent.mapping = 'triple': must be 'differential' or 'single'", "[persistent]\n"),
    ("cycle_to_cycle = -0.1", "persistent.cycle_to_cycle = -0.1: must lie in 0 to 1", "[persistent]\n"),
    ("write_noise = nan", "persistent.write_noise = nan: must lie in 0 to 1", "[persistent]\n"),
    ("nonlinearity_up = 100", "persistent.nonlinearity_up = 100.0: must lie in 0 to 20", "[persistent]\n"),
    ("stuck_low = 0.7\nstuck_high = 0.7", "stuck_low + stuck_high = 1.4: must be at most 1", "[persistent]\n"),
    ("endurance_cycles = 0", "persistent.endurance_cycles = 0.0: must be finite and above 0", "[persistent]\n"),
    ("endurance_cycles = inf", "persistent.endurance_cycles = inf: must be finite and above 0", "[persistent]\n"),
    ("verify_tolerance = 0", "persistent.verify_tolerance = 0.0: must be finite and above 0", "[persistent]\n"),
    ("on_off_ratio = 1", "persistent.on_off_ratio = 1.0: must be above 1", "[persistent]\n"),
    ("bounded = 1", "persistent.bounded = 1: must be true or false", "[persistent]\n"),
    ("levels = 2", "transient.levels = 2: must be at least 3", "[transient]\n"),
    ("refresh_interval_s = 1.0", "a refresh restores a level, so state levels as well", "[transient]\n"),
    ("tau_s = -1", "transient.tau_s = -1.0: must be finite and above 0", "[transient]\n"),
    ("verify_max_pulses = 100000000000000000000", "must be at most 2^31", "[persistent]\n"),
    ("drift_interval_steps = 1000000000000000000000000000000", "must be at most 2^31", "[persistent]\n"),
    ("persistent = 3", "persistent = 3: must be a table, [persistent]", ""),
    ("# nothing", "says nothing of cells: add a table [persistent] or [transient]", ""),
    ("summary = 3", "summary = 3: must be a text", "persistent = {}\n"),
    ("colour = 3", "unknown key 'colour'", ""),
    ('"persistent.levels" = "x"', "[sources]: unknown number 'persistent.levels'", "persistent = {}\n[sources]\n"),
    ('"persistent.levels" = 3', "sources: must be a table of texts", "persistent = {}\n[sources]\n"),
    ("levels = ", "is not TOML", "[persistent]\n"),
]


def test_a_device_of_ones_own_runs(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    words = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "15", "--quiet", "--json", "--device", path)
    code, out, _ = call(*words)
    assert code == 0
    record = json.loads(out)
    assert record["config"]["device"] == str(path)
    assert record["outcome"]["device"]["parameters"]["transient.levels"] == 64
    code, out, _ = call("hardware", "devices", path)
    assert code == 0
    assert "my thesis, Fig. 3" in out
    assert "persistent.cycle_to_cycle = 0.05\n  no source is stated" in out


@pytest.mark.parametrize(("line", "rule", "before"), BROKEN, ids=[line for line, _, _ in BROKEN])
def test_a_broken_device_is_refused_by_file_and_key(
    refused: Refused, tmp_path: Path, line: str, rule: str, before: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{before}{line}\n")
    sentence = refused("run", "perceptron", "--n-inputs", "9", "--device", path)
    assert sentence.startswith(f"{path}: ")
    assert rule in sentence
    assert refused("hardware", "devices", path) == sentence


def test_whole_numbers_do_where_a_number_is_meant(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[persistent]\nlevels = 15\nnonlinearity_up = 2\ncycle_to_cycle = 0\nwrite_noise = 0\n")
    code, _, err = call("run", "perceptron", "--n-inputs", "20", "--n-patterns", "9", "--quiet", "--device", path)
    assert (code, err) == (0, "")


def test_escape_codes_do_not_reach_the_terminal(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('summary = "\\u001b[31mred"\n[persistent]\nlevels = 15\n')
    assert "must be a text in one line" in refused("hardware", "devices", path)


def test_extreme_but_possible_numbers_run(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[persistent]\nlevels = 2147483648\n[transient]\nlevels = 21\nrefresh_interval_s = 1e15\n")
    words = ("run", "perceptron", "--n-inputs", "9", "--n-patterns", "5", "--quiet", "--json", "--device", path)
    for more in ((), ("--device-range", "1e-300")):
        assert call(*words, *more)[0] == 0
    code, _, err = call(*words, "--device-step-s", "1e-300")
    assert code == 2
    assert "must lie in 1e-18 to 1e+12 s" in err


@pytest.mark.parametrize("option", ["--device-range", "--device-step-s"])
def test_what_belongs_to_a_device_is_refused_without_one(refused: Refused, option: str) -> None:
    assert refused("run", "perceptron", option, "5") == f"{option} = 5: belongs to a device; name one, or leave it out"


def test_the_template_is_a_device_with_every_effect_off(call: Call, tmp_path: Path) -> None:
    from lava_caching.devices import get_device

    code, out, _ = call("hardware", "devices", "--template")
    assert code == 0
    path = tmp_path / "mine.toml"
    path.write_text(out)
    assert get_device(path).is_ideal
    assert not get_device(path).parameters()
    assert max(map(len, out.splitlines())) <= 80
    for key in ("mapping", "levels", "on_off_ratio", "drift_exponent", "verify_tolerance", "tau_s"):
        assert key in out
    path.write_text(out.replace("# levels = 15", "levels = 15", 1))
    assert get_device(path).persistent.levels == 15


def test_files_that_cannot_be_read_are_refused(refused: Refused, tmp_path: Path) -> None:
    assert "cannot be read" in refused("run", "perceptron", "--device", tmp_path / "absent.toml")
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe")
    assert "byte 0 is not UTF-8" in refused("run", "perceptron", "--device", path)
    assert "did you mean 'ideal'" in refused("run", "perceptron", "--device", "ideall")


def test_a_template_is_of_no_model(refused: Refused) -> None:
    assert refused("hardware", "devices", "--template", "ideal").endswith("leave one of them out")


def test_a_model_of_cells_is_not_taken_for_memories(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    for words in (("hardware", "check"), ("hardware", "show"), ("run", "perceptron", "--hardware")):
        assert refused(*words, path) == (
            f"{path}: is a model of memory cells, and memories are needed here: give it to run --device, and see it"
            " with lava-caching hardware devices FILE"
        )


def test_the_record_does_not_overwrite_the_device(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    sentence = refused("run", "perceptron", "--device", path, "--out", path)
    assert sentence == f"--out = {path}: is the file of --device too; choose another name"


def test_devices_are_listed_with_their_sources(call: Call) -> None:
    code, out, err = call("hardware", "devices")
    assert (code, err) == (0, "")
    assert "noisy-15-levels" in out
    assert max(map(len, out.splitlines())) <= 80
    plain = json.loads(call("hardware", "devices", "--json")[1])
    assert all(set(device["parameters"]) == set(device["sources"]) for device in plain)


def test_a_range_without_an_end_is_refused(refused: Refused) -> None:
    sentence = refused("run", "perceptron", "--device", "noisy-15-levels", "--device-range", "0")
    assert sentence.startswith("--device-range = 0.0: must be greater than 0")
