"""A wrong option ends with exit code 2 and one sentence, before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Refused = Callable[..., str]

VALUES = [
    ("--n-inputs=0", "--n-inputs = 0: must be "),
    ("--n-patterns=0", "--n-patterns = 0: must be "),
    ("--n-patterns=-3", "--n-patterns = -3: must be "),
    ("--n-inputs=2.5", "--n-inputs = '2.5': must be a whole number, such as 1000"),
    ("--n-inputs=abc", "--n-inputs = 'abc': must be a whole number, such as 1000"),
    ("--n-inputs=1e30", "--n-inputs = 1e30: must be at most 1,000,000,000"),
    ("--threshold=-1", "--threshold = -1.0: must be "),
    ("--threshold=nan", "--threshold = nan: must be a finite number"),
    ("--threshold=inf", "--threshold = inf: must be a finite number"),
    ("--threshold=", "--threshold = '': must be a number, such as 0.01 or 5"),
    ("--tau=1", "--tau = 1.0: must be greater than 1"),
    ("--tau=0.5", "--tau = 0.5: must be greater than 1"),
    ("--tau=nan", "--tau = nan: must be "),
    ("--tau=-inf", "--tau = -inf: must be "),
    ("--tau=abc", "--tau = 'abc': must be a number or inf, such as 0.01 or 5"),
    ("--quantum=0", "--quantum = 0.0: must be greater than 0"),
    ("--alpha=3", "--alpha = 3.0: must be "),
    ("--change-cost=-1", "--change-cost = -1.0: must be "),
    ("--maintenance-cost=nan", "--maintenance-cost = nan: must be a finite number"),
    ("--learning-rate=0", "--learning-rate = 0.0: must be greater than 0"),
    ("--max-epochs=0", "--max-epochs = 0: must be "),
    ("--density=1", "--density = 1.0: must be less than 1"),
    ("--classes=38", "--classes = '38': must look like 3,8 (the two digits"),
    ("--classes=3,3", "--classes = 3,3: the two digits must differ"),
    ("--seed=-1", "seed = -1: must be a whole number, not negative and below 2^63"),
    ("--seed=abc", "--seed = 'abc': must be a whole number"),
    ("--step-duration=0", "step duration = 0.0 s: must be finite and > 0"),
    ("--step-duration=soon", "--step-duration = 'soon': must be a number"),
    ("--weight-range=1", "--weight-range = '1': must be LOW,HIGH, as in --weight-range=-10,10"),
    ("--weight-range=2,1", "weight range = 2.0 to 1.0: must be finite and ascend"),
    ("--amount=quantum", "--amount = 'quantum': needs a quantum > 0 as well"),
    ("--hardware=", "unknown pair ''; known: "),
    ("--out=", "--out = '': the name is empty; give one"),
    ("--patterns=", "--patterns = '': the name is empty; give one"),
    ("--hardware=absent.toml", "absent.toml: cannot be read (No such file or directory)"),
]

NAMES = [
    ("--policy=local-gobal", "unknown policy 'local-gobal'; did you mean 'local-global'? known: at-end, "),
    ("--engine=nunba", "unknown engine of perceptron 'nunba'; did you mean 'numba'? known: lava, "),
    ("--rule=perceptorn", "unknown rule 'perceptorn'; did you mean 'perceptron'? known: "),
    ("--scope=nuron", "unknown scope 'nuron'; did you mean 'neuron'? known: "),
    ("--amount=ful", "unknown amount 'ful'; did you mean 'full'? known: "),
    ("--coding=pm2", "unknown coding 'pm2'; did you mean 'pm1'? known: binary, pm1"),
    ("--dataset=digit", "unknown dataset 'digit'; did you mean 'digits'? known: digits"),
    ("--hardware=sram_rram_22n", "unknown pair 'sram_rram_22n'; did you mean 'sram_rram_22nm'? known: "),
    ("--treshold=3", "unknown option '--treshold'; did you mean '--threshold'? see lava-caching run perceptron --help"),
]

COMMANDS = [
    (
        ("rum",),
        "unknown command 'rum'; did you mean 'run'? known: doctor, figure, hardware, loihi, optimize, price, report,"
        " run, sweep",
    ),
    (("run", "perceptorn"), "unknown command 'perceptorn'; did you mean 'perceptron'? known: "),
    (("run", "replay"), "--updates is missing: see lava-caching run replay --help"),
    (("run", "perceptron", "more"), "got unexpected extra argument(s) (more); see lava-caching run perceptron --help"),
    (("run", "perceptron", "--threshold"), "option '--threshold' requires an argument; see --help"),
    (("price", ""), "RECORD.json = '': the name is empty; give one"),
    (("price", "a.json", ""), "RECORD.json = '': the name is empty; give one"),
    (("sweep", "plan.toml", "--out", ""), "--out = '': the name is empty; give one"),
    (("figure", "1c", "--out", "a.png", "--runs", ""), "--runs = '': the name is empty; give one"),
    (("hardware", "advise", "", "--quiet"), "unknown pair ''; known: "),
    (("hardware", "compare", "--hardware", ""), "unknown pair ''; known: "),
    (("optimize", "perceptron", "--hardware", "", "--engine", "reference", "--quiet"), "unknown pair ''; known: "),
    (("optimize", "perceptron", "--seeds", "0", "--quiet"), "--seeds = 0: must be at least 1"),
    (("optimize", "perceptron", "--workers", "1e10", "--quiet"), "--workers = 10000000000: must be at most "),
    (("price",), "RECORD.json is missing: see lava-caching price --help"),
    (("hardware", "show"), "NAME|FILE is missing: see lava-caching hardware show --help"),
    (("hardware", "show", "pcm_gst_90n"), "unknown pair or memory 'pcm_gst_90n'; did you mean 'pcm_gst_90nm'? known: "),
    (("--versio",), "unknown option '--versio'; did you mean '--version'? see lava-caching --help"),
]


@pytest.mark.parametrize(("option", "sentence"), VALUES)
def test_a_wrong_value_is_refused_with_its_rule(refused: Refused, option: str, sentence: str) -> None:
    assert refused("run", "perceptron", option).startswith(sentence)


@pytest.mark.parametrize(("option", "sentence"), NAMES)
def test_an_unknown_name_gets_the_nearest_known_one(refused: Refused, option: str, sentence: str) -> None:
    assert refused("run", "perceptron", option).startswith(sentence)


@pytest.mark.parametrize(("words", "sentence"), COMMANDS)
def test_a_wrong_command_says_which_there_are(refused: Refused, words: tuple[str, ...], sentence: str) -> None:
    assert refused(*words).startswith(sentence)


@pytest.mark.parametrize("words", [("price",), ("report", "--out", "page.html")])
def test_a_pair_without_a_name_is_not_the_default_one(refused: Refused, record: Path, words: tuple[str, ...]) -> None:
    assert refused(*words, record, "--hardware", "").startswith("unknown pair ''; known: ")


@pytest.mark.parametrize("experiment", ["spiking", "tagging"])
@pytest.mark.parametrize("dt", ["5e-324", "1e-300", "1e-9", "0.00099"])
def test_a_step_so_short_that_a_trial_has_no_room_is_refused(refused: Refused, experiment: str, dt: str) -> None:
    said = refused("run", experiment, "--dt-ms", dt, "--quiet")
    assert said.startswith(f"--dt-ms = {float(dt):g}: must be at least 0.001 ms, 150,000 steps a trial")


def test_no_command_shows_the_help_on_stderr(call: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = call()
    assert (code, out) == (2, "")
    assert err.startswith("Usage: lava-caching [OPTIONS] COMMAND")
