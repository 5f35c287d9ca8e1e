"""The notebooks run as they stand, assert their key numbers, and end in a figure."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "demos" / "notebooks").glob("*.py"))
NEEDS_LAVA = {"06_lava", "07_towards_loihi"}


def test_there_are_seven_and_they_are_numbered() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06", "07"]


@pytest.mark.filterwarnings("ignore:.* not found, skipping conversion test:ImportWarning")  # networkx, for Lava
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_ends_in_a_figure(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if path.stem in NEEDS_LAVA:
        pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(path))
    assert capsys.readouterr().out
    drawn = [axes for axes in names["figure"].axes if axes.has_data()]
    assert drawn
    assert all(axes.get_xlabel() for axes in drawn)
    assert not list(tmp_path.iterdir())  # a notebook leaves nothing behind
    names["plt"].close("all")


def test_the_notebook_on_memories_prints_whole_reasons(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = runpy.run_path(str(NOTEBOOKS[2]))
    names["plt"].close("all")
    said = " ".join(capsys.readouterr().out.split())
    assert "loihi1 no total, these are not known: volatile.hold.power_w_per_bit loihi2 no total" in said
    assert "li2020 no total, in the units of the paper loihi1 no total" in said
    assert said.count("(") == said.count(")")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_text_that_jupyter_opens(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head, *cells = re.split(r"^# %%", text, flags=re.MULTILINE)
    assert "format_name: percent" in head
    assert cells[0].startswith(" [markdown]\n# # " + path.name[:2])
    assert cells[-1].rstrip().endswith("\nfigure")
    assert text.count("\nassert ") + text.count("\n    assert ") >= 2
