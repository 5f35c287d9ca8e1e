"""``lava-caching loihi rule`` prints the caching rule, what Lava makes of its numbers, and where it deviates."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.util import find_spec

import pytest
import typer
from typer.testing import CliRunner

from lava_caching.cli.help import Command
from lava_caching.cli.loihi_rule import EXAMPLES, rule
from lava_caching.errors import InputError, MissingError

Call = Callable[..., str]
lava_only = pytest.mark.skipif(find_spec("lava") is None, reason="lava-nc installs on Python 3.10 only")
STDP = ("--dw", "2^-2*x1*y0 - 2^-2*y1*x0*w", "--threshold", "5", "--x1-impulse", "2.25", "--x1-tau", "20")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command with words; returns stdout, and lets errors through."""
    monkeypatch.setenv("COLUMNS", "80")
    app = typer.Typer(rich_markup_mode=None)
    app.command("rule", cls=Command, epilog=EXAMPLES)(rule)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def test_help_shows_every_trace(call: Call) -> None:
    shown = call("--help")
    assert all(f"--{trace}-{what}" in shown for trace in ("x1", "x2", "y1", "y2", "y3") for what in ("impulse", "tau"))
    assert all(len(line) <= 80 for line in shown.splitlines())


@lava_only
def test_the_printed_rule_fits_80_columns_and_says_all(call: Call) -> None:
    shown = call(*STDP, "--y1-impulse", "160", "--y1-tau", "9", "--dd", "x0*d", "--t-epoch", "4")
    assert all(len(line) <= 80 and line == line.rstrip() for line in shown.splitlines())
    text = " ".join(shown.split())
    for said in (
        "pulse form fixed arithmetic, θ = 5, quantum 4",
        "dt = 2^-2*x1*y0 - 2^-2*y1*x0*w - 2^1*u0*sgn(t-5) - 2^1*u0*sgn(t+5)",
        "dd = x0*d",
        "rule when number its value in fixed factors",
        "x0 -2^-2 -0.25 -0.0078125 y1 * w",
        "u0 -2^1 -2 -2 sgn(t+5)",
        "x1_impulse 2.25 2.5 its fraction is rounded up too often",
        "y1_impulse 160 127 a trace has 7 bits",
        "- decisions lag one epoch",
        "-2^3 would give -0.25",
    ):
        assert said in text


@lava_only
def test_floating_point_has_the_full_form_and_no_column_for_fixed(call: Call) -> None:
    shown = call(*STDP, "--arithmetic", "float", "--y1-tau", "20")
    assert shown.startswith("full form  float arithmetic, θ = 5, all of it")
    assert "in fixed" not in shown
    assert "- u0*t - 2^-1*u0*t*sgn(t-5) + 2^-1*u0*t*sgn(t+5)" in " ".join(shown.split())
    assert "the trace stays 0" in shown


@lava_only
def test_json_holds_the_same(call: Call) -> None:
    plain = json.loads(call("--dw", "4*x0*y1", "--threshold", "9", "--quantum", "2", "--three-factor", "--json"))
    assert (plain["n_factors"], plain["form"], plain["threshold"], plain["quantum"]) == (3, "pulse", 9, 2)
    assert plain["dt"] == "4*x0*y1 - 1*u0*sgn(t-9) - 1*u0*sgn(t+9)"
    assert plain["products"][0] == {
        "target": "dw",
        "dependency": "x0",
        "mantissa": 4,
        "exponent": 0,
        "number": 4,
        "number_in_fixed": 4,
        "factors": ["y1"],
    }
    assert plain["parameters"] == [{"name": "t_epoch", "asked": 1, "realised": 1, "why": ""}]
    assert any("lag one epoch" in said for said in plain["deviations"])


@lava_only
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dw", "0.01*x0", "--threshold", "5"), "dw = '0.01*x0', character 1: 0.01 is neither whole nor m*2^k"),
        (("--dw", "x0*t", "--threshold", "5"), "dw reads t in x0*t"),
        (("--dw", "x0", "--threshold", "x"), "--threshold = 'x': must be a number"),
        (("--dw", "x0", "--threshold", "300"), "threshold = 300"),
        (("--dw", "x0", "--threshold", "5", "--quantum", "7"), "quantum = 7"),
        (("--dw", "x0", "--threshold", "5", "--policy", "local-global"), "sees one synapse at a time"),
        (("--dw", "x0", "--threshold", "5", "--arithmetic", "double"), "unknown arithmetic 'double'"),
        (("--dw", "x0", "--threshold", "5", "--t-epoch", "0"), "--t-epoch = 0: must be at least 1 step"),
        (("--dw", "x0", "--threshold", "5", "--x1-tau", "-1"), "--x1-tau = -1: must be finite and not negative"),
        (
            ("--dw", "x0*y1", "--threshold", "5", "--three-factor", "--y1-tau", "2"),
            "--y1-tau = 2: with --three-factor y1 comes from the neurons; leave it out",
        ),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call: Call, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        call(*words)
    assert said in str(refusal.value)


def test_without_lava_one_sentence_says_so(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lava", None)
    with pytest.raises(MissingError, match="loihi rule needs Lava: lava-nc, which installs on Python"):
        call("--dw", "x0", "--threshold", "5")
