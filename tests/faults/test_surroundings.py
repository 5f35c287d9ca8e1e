"""Odd surroundings: no home, no folder, closed streams, plain locales, a narrow terminal, names that are no words."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
SMALL = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "15", "--quiet")
PLAN = """
experiment = "perceptron"
[fixed]
n_inputs = 20
n_patterns = 15
[grid]
seed = [0, 1]
"""


def some(names: Iterable[Any], *short: Any) -> list[Any]:
    """Return parameters, of which the others are for the long form."""
    return [pytest.param(name, marks=() if name in short else pytest.mark.long) for name in names]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "plan.toml").write_text(PLAN)
    return folder


def kernels() -> dict[str, str]:
    """Return the setting that finds the compiled kernels wherever the home is."""
    from platformdirs import user_cache_dir

    name = "LAVA_CACHING_KERNEL_CACHE"
    return {name: os.environ.get(name) or user_cache_dir("lava-caching")}


RUN = (*SMALL, "--out", "r.json")
FIGURE = ("figure", "1c", "--quick", "--quiet", "--out", "f.png", "--workers", "1")


@pytest.mark.parametrize("where", some(["unset", "gone", "a file"], "gone"))
@pytest.mark.parametrize("words", some([RUN, FIGURE], RUN), ids=["run", "figure"])
def test_a_home_is_not_needed(call: Call, work: Path, where: str, words: tuple[str, ...]) -> None:
    (work / "file").write_text("")
    home = {"unset": None, "gone": str(work / "gone"), "a file": str(work / "file")}[where]
    env = {"HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home, "MPLCONFIGDIR": None, **kernels()}
    ended = call(*words, folder=work, env=env)
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.long
def test_a_temporary_folder_that_is_missing_is_replaced(call: Call, work: Path) -> None:
    env = {"TMPDIR": str(work / "gone")}
    ended = call("sweep", "plan.toml", "--workers", "1", "--quiet", "--out", "sw", folder=work, env=env)
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("hardware", "list"), 0, marks=pytest.mark.long),
        (SMALL, 0),
        pytest.param((*SMALL, "--out", "r.json"), 2, marks=pytest.mark.long),
        (("report", "r.json", "--out", "page.html"), 2),
        pytest.param(("sweep", "plan.toml", "--out", "sw"), 2, marks=pytest.mark.long),
    ],
    ids=["hardware", "run", "run --out", "report", "sweep"],
)
def test_a_folder_that_is_removed_under_a_command(call: Call, work: Path, words: tuple[str, ...], code: int) -> None:
    here = work / "removed"
    here.mkdir()
    ended = call(*words, folder=work, cwd=here, prepare=here.rmdir)
    assert ended.code == code, ended
    assert ended.err.count("\n") == (code > 0)


@pytest.mark.parametrize("closed", some([(0,), (1,), (2,), (0, 1, 2)], (1,), (0, 1, 2)), ids=str)
@pytest.mark.parametrize("what", some(["run", "sweep"], "run"))
def test_closed_streams_do_not_end_up_in_the_results(
    call: Call, work: Path, what: str, closed: tuple[int, ...]
) -> None:
    """A file that is opened while 2 is closed would get that number, and messages with it."""

    def close() -> None:
        for number in closed:
            os.close(number)

    words = {
        "run": (*SMALL, "--out", "r.json"),
        "sweep": ("sweep", "plan.toml", "--workers", "1", "--quiet", "--resume", "--out", "r.json"),
    }[what]
    ended = call(*words, folder=work, prepare=close)
    assert (ended.code, ended.err) == (0, "")
    if what == "run":
        assert json.loads((work / "r.json").read_bytes())["experiment"] == "perceptron"
    assert bool(ended.out) == (1 not in closed)


def test_a_reader_that_has_seen_enough(call: Call, work: Path) -> None:
    ours, theirs = os.pipe()
    with subprocess.Popen(["head", "-1"], stdin=ours, stdout=subprocess.PIPE) as head:
        os.close(ours)
        ended = call("hardware", "show", "--sources", folder=work, stdout=theirs)
        os.close(theirs)
        assert head.stdout is not None
        assert head.stdout.read().count(b"\n") == 1
    assert (ended.code, ended.err) == (0, "")


LOCALES = {
    "C": {"LC_ALL": "C"},
    "POSIX without UTF-8": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Turkish, if it is there": {"LC_ALL": "tr_TR.UTF-8"},
    "ASCII": {"PYTHONIOENCODING": "ascii"},
}


@pytest.mark.parametrize("locale", some(LOCALES, "POSIX without UTF-8"))
def test_results_do_not_depend_on_the_locale(call: Call, work: Path, locale: str) -> None:
    env = LOCALES[locale]
    ended = call(*SMALL, "--tau", "100", "--out", "r.json", folder=work, env=env)
    assert (ended.code, ended.err) == (0, "")
    call(*SMALL, "--tau", "100", "--out", "plain.json", folder=work)
    told = [json.loads((work / name).read_text(encoding="utf-8")) for name in ("r.json", "plain.json")]
    assert told[0]["ledger"] == told[1]["ledger"]
    for words in (("report", "r.json", "--out", "page.html"), ("hardware", "show", "--sources")):
        assert (call(*words, folder=work, env=env)[::2]) == (0, "")
    refused = call("run", "perceptron", "--policy", "lokal-θ", folder=work, env=env)
    assert refused.code == 2
    assert refused.err.startswith("error: unknown policy 'lokal-")


@pytest.mark.parametrize("columns", some(["20", "1", "0", "nonsense"], "20"))
def test_a_narrow_terminal_breaks_lines_and_nothing_else(call: Call, work: Path, columns: str) -> None:
    env = {"COLUMNS": columns}
    for words in ((*SMALL, "--out", "r.json"), ("hardware", "list"), ("run", "perceptron", "--help")):
        ended = call(*words, folder=work, env=env)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.strip()


NAMES = ["with spaces", "päth λ 试", "two\nlines", "-dash", "'quoted\"", "a=b;c|d$HOME`", "." * 3 + "x"]


@pytest.mark.parametrize("name", some(NAMES, "two\nlines"))
def test_names_may_hold_anything(call: Call, work: Path, name: str) -> None:
    (work / name).mkdir()
    record = Path(name) / f"{name}.json"
    assert call(*SMALL, f"--out={record}", folder=work)[::2] == (0, "")
    assert json.loads((work / record).read_bytes())["experiment"] == "perceptron"
    assert call("report", f"--out={Path(name) / 'page.html'}", "--", record, folder=work)[::2] == (0, "")
    missing = call("price", "--hardware", "li2020", "--", Path(name) / "none.json", folder=work)
    assert missing.code == 2
    assert missing.err.count("\n") == 1


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_folders_of_sweeps_may_be_called_anything(call: Call, work: Path, name: str) -> None:
    (work / name).mkdir()
    (work / name / "plan.toml").write_text(PLAN)
    plan, out = Path(name) / "plan.toml", Path(name) / "sw"
    words = ("sweep", f"--out={out}", "--workers", "1", "--quiet", "--resume", "--", plan)
    assert call(*words, folder=work)[::2] == (0, "")
    assert call("report", f"--out={Path(name) / 'page.html'}", "--", out, folder=work)[::2] == (0, "")
