"""The command `figure`: what it prints, refuses and keeps, and the numbers that it stands for."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from lava_caching import Perceptron, cli
from lava_caching.cli.progress import ProgressBar
from lava_caching.errors import InputError
from lava_caching.figures import Figure, Made, figure_names, get_figure, make_figure
from lava_caching.figures._statistics import at_best_threshold, grouped, mean_of, select, simulated
from lava_caching.figures._values import energy_ratio, inefficiency
from lava_caching.report.panels import Curve, Panel, draw_panels

Call = Callable[..., tuple[int, str, str]]
Alone = Callable[[str], AbstractContextManager[None]]
TINY = """
experiment = "perceptron"
[fixed]
n_inputs = 30
n_patterns = 20
[grid]
threshold = [1, 3]
seed = [0, 1]
"""


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call ``lava-caching figure`` with words; returns exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lava-caching", "figure", *map(str, words)])
        code = cli._main()
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Figure:
    """Return a figure of four runs."""
    plan = tmp_path / "tiny.toml"
    plan.write_text(TINY)
    monkeypatch.setattr(Figure, "plan_path", lambda self, *, quick: plan)
    return Figure(
        name="0",
        title="Small",
        where="Fig. 0",
        caption="Small.",
        plan="tiny",
        panels=lambda rows, curves: [
            Panel(title="", x_label="θ", y_label="ratio", curves=[simulated("one", rows, "threshold", inefficiency)])
        ],
    )


def test_the_list_names_every_figure_with_its_title(call: Call) -> None:
    code, out, err = call("--list")
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"{name:<5}{get_figure(name).title}" for name in figure_names()]
    assert all(len(line) <= 80 for line in out.splitlines())


def test_it_prints_what_was_made(call: Call, made: Callable[[str], Made], alone: Alone, tmp_path: Path) -> None:
    runs = made("1s1").runs
    with alone("1s1"):
        code, out, err = call("1s1", "--quick", "--out", tmp_path / "1s1.png", "--runs", runs, "--quiet")
    assert (code, err) == (0, "")
    assert out.startswith("30 of 30 runs finished, 30 of them before: ")
    assert "Fig. 1, figure supplement 1 of Li & van Rossum (2020)" in " ".join(out.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1s1.csv", "1s1.png"]


def test_json_is_the_whole_output(call: Call, made: Callable[[str], Made], alone: Alone, tmp_path: Path) -> None:
    runs = made("5c").runs
    with alone("5c"):
        code, out, _ = call("5c", "--quick", "--out", tmp_path / "5c.pdf", "--runs", runs, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["figure"], told["n_done"], told["interrupted"]) == ("5c", 0, False)
    assert told["data"] == str(tmp_path / "5c.csv")
    assert any("H = 5" in note for note in told["notes"])
    assert (tmp_path / "5c.pdf").read_bytes().startswith(b"%PDF")


def test_interrupted_it_keeps_what_is_finished_and_the_same_command_goes_on(
    call: Call, tiny: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lava_caching.cli.figure.get_figure", lambda name: tiny)
    words = ("0", "--out", tmp_path / "figure.png", "--workers", "1", "--quiet")
    with monkeypatch.context() as patched:
        patched.setattr(ProgressBar, "__call__", lambda self, n_done, n_total, what: n_done < 1)
        code, out, _ = call(*words)
    assert code == 130
    assert "interrupted: the same command goes on" in out
    assert not (tmp_path / "figure.png").exists()
    code, out, _ = call(*words)
    assert code == 0
    assert out.startswith("4 of 4 runs finished, ")
    assert " of them before" in out
    assert (tmp_path / "figure.png").exists()


def test_means_and_errors_are_those_of_the_runs(tiny: Figure, tmp_path: Path) -> None:
    done = make_figure(tiny, tmp_path / "figure.png", workers=1)
    (curve,) = done.panels[0].curves
    for theta, y, error in zip(curve.x, curve.y, curve.error if curve.error is not None else (), strict=True):
        runs = [Perceptron(n_inputs=30, n_patterns=20, threshold=theta).run(seed=seed) for seed in (0, 1)]
        ratios = [run.energy["inefficiency"] for run in runs]
        assert y == pytest.approx(np.mean(ratios))
        assert error == pytest.approx(abs(ratios[0] - ratios[1]) / 2)
    with done.data.open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["panel", "curve", "kind", "x", "y", "error"]


def test_a_folder_with_runs_of_another_plan_is_refused_and_keeps_them(
    tiny: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_figure(tiny, tmp_path / "a.png", workers=1, runs=tmp_path / "runs")
    other = tmp_path / "other.toml"
    other.write_text(TINY.replace("[1, 3]", "[3, 9]"))
    before = Figure.plan_path
    monkeypatch.setattr(Figure, "plan_path", lambda self, *, quick: other)
    with pytest.raises(InputError, match="runs that this plan has not, of another plan"):
        make_figure(tiny, tmp_path / "b.png", workers=1, runs=tmp_path / "runs")
    monkeypatch.setattr(Figure, "plan_path", before)
    assert make_figure(tiny, tmp_path / "c.png", workers=1, runs=tmp_path / "runs").summary.n_done == 0


def row(theta: float, seed: int, ratio: float, *, converged: bool = True) -> dict[str, object]:
    told = {"config_threshold": theta, "config_tau": None, "seed": seed, "outcome_converged": converged}
    return {**told, "energy_inefficiency": ratio}


ROWS = [row(1, 0, 5.0), row(1, 1, 7.0), row(2, 0, 3.0), row(2, 1, 5.0), row(4, 0, 1.0), row(4, 1, 1.0, converged=False)]


def test_a_point_where_a_seed_did_not_converge_is_left_out_and_no_best() -> None:
    curve = simulated("runs", ROWS, "threshold", inefficiency)
    assert curve.x.tolist() == [1, 2]
    assert curve.y.tolist() == [6, 4]
    assert curve.error is not None
    assert curve.error.tolist() == [1, 1]
    assert curve.notes == ("runs: left out, as not all 2 seeds get there: θ = 4 (1)",)
    best = at_best_threshold("best", ROWS, "tau", energy_ratio, energy=inefficiency, scale=lambda tau: 1 / tau)
    assert (best.x.tolist(), best.y.tolist()) == ([0], [4])
    nowhere = at_best_threshold("best", ROWS[-1:], "tau", energy_ratio, energy=inefficiency)
    assert nowhere.notes == ("best: no θ at which all seeds get there: τ = inf",)
    assert len(nowhere.x) == 0


def test_rows_are_chosen_and_grouped_by_their_config() -> None:
    assert select(ROWS, threshold=2) == ROWS[2:4]
    assert list(grouped(ROWS[::-1], "threshold")) == [1, 2, 4]
    assert mean_of(ROWS[:1], inefficiency)[0] == 5.0
    assert np.isnan(mean_of(ROWS[:1], inefficiency)[1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2d", "--out", "x.png"), "unknown figure '2d'; known: 1c, 1d,"),
        (("3s2", "--out", "x.png"), "did you mean '3s1'?"),
        (("2c", "--out", "x.gif"), "the ending says the format; use .png, .pdf, .svg"),
        (("2c", "--out", "no/where/x.png"), "there is no folder no/where"),
        (("2c", "--out", "x.png", "--runs", "no/where/runs"), "cannot write no/where/runs"),
        (("2c", "--out", "x.png", "--runs", "."), "holds a.txt, which is no file of a sweep: name an empty folder"),
        (("2c", "--out", "x.png", "--workers", "0"), "--workers = 0: must be from 1"),
        (("2c", "--out", "x.png", "--workers", "1", "--scheduler", "tcp://a:1"), "give one of them"),
        (("2c",), "--out"),
    ],
)
def test_bad_input_is_one_sentence(
    words: tuple[str, ...], said: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("mine")
    code, out, err = call(*words, "--quick", "--quiet")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert said in err
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


def test_mnist_that_is_not_there_is_said_before_anything_runs(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAVA_CACHING_MNIST", str(tmp_path / "nothing"))
    code, _, err = call("5b", "--out", tmp_path / "5b.png")
    assert code == 2
    assert "LAVA_CACHING_MNIST" in err
    assert list(tmp_path.iterdir()) == []


def test_panels_are_drawn_with_dollars_zeros_and_gaps(tmp_path: Path) -> None:
    x = np.array([0.0, 1e-3, 1.0], np.float64)
    curves = [
        Curve(label="cost $", x=x, y=np.array([0.0, np.nan, 2.0]), error=np.array([np.nan, 0.1, 0.1])),
        Curve(label="theory", x=x, y=1.0 + x, kind="theory"),
        Curve(label="level", x=x, y=2.0 + x, kind="reference"),
    ]
    panel = Panel(title="a $ b", x_label="$", y_label="y", x_log=True, y_log=True, curves=curves)
    draw_panels([panel, panel], tmp_path / "both.png", title="two $", caption="one $ and two $.")
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
