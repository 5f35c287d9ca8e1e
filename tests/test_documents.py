"""What the documents show is run: the README's Python and its shell lines, and the demo's figure."""

from __future__ import annotations

import doctest
import importlib.util
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lava_caching import Perceptron
from lava_caching.cli import main
from lava_caching.errors import InputError
from lava_caching.report.threshold import draw_energy_against_threshold

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
LAVA = importlib.util.find_spec("lava") is not None
SHELL = re.findall(r"^lava-caching .*$", README, re.MULTILINE)


def test_the_python_of_the_readme_prints_what_it_says() -> None:
    blocks = re.findall(r"```pycon\n(.*?)```", README, re.DOTALL)
    text = "\n".join(block for block in blocks if LAVA or "lava_caching.processes" not in block)
    runner = doctest.DocTestRunner()
    runner.run(doctest.DocTestParser().get_doctest(text, {}, "README", "README.md", 0))
    assert runner.tries > 10
    assert runner.failures == 0


def test_the_lava_network_of_the_readme_runs(tmp_path: Path) -> None:
    pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    blocks = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "CachingDense" in block]
    assert len(blocks) == 1
    script = tmp_path / "network.py"
    script.write_text(blocks[0], encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    writes, joules = done.stdout.splitlines()
    transient, persistent = (int(n.replace(",", "")) for n in re.findall(r"[\d,]+", writes))
    assert 0 < persistent < transient
    assert float(joules.removesuffix(" J")) > 0


def test_the_shell_lines_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    np.savez("mine.npz", patterns=rng.choice([-1, 1], (20, 30)), targets=rng.choice([-1, 1], 20))
    np.savez("log.npz", w0=np.zeros((2, 3)), changes=rng.normal(0, 0.1, (50, 2, 3)))
    thresholds, pair, memory, cells = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    Path("thresholds.toml").write_text(thresholds)
    Path("my_cells.toml").write_text(cells)
    Path("my_pair.toml").write_text(pair)
    Path("my_memory.toml").write_text(memory)
    assert len(SHELL) > 8
    for line in SHELL:
        if not LAVA and ("--engine l" in line or " loihi " in line):
            continue
        monkeypatch.setattr(sys, "argv", shlex.split(line, comments=True))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code == 0, f"{line}: {said.err}"
        assert said.out, line


@pytest.mark.parametrize("pair", ["sram_rram_22nm", "fecap_memristor_130nm"])
def test_the_readme_shows_the_advice_that_is_printed(
    pair: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "argv", ["lava-caching", "hardware", "advise", pair, "--quiet"])
    with pytest.raises(SystemExit):
        main()
    verdict = capsys.readouterr().out.split("\n\n")[1]
    assert verdict in README


def test_the_demo_prints_titles_without_blanks_and_no_bar_into_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    demo = runpy.run_path(str(ROOT / "demos" / "store_patterns.py"))
    fields = {"n_inputs": 30, "n_patterns": 30, "write_counts": True}
    records = Perceptron(**fields, policy="immediate").run(), Perceptron(**fields, threshold=3).run()
    screen = Console(highlight=False, width=80)
    screen.print(demo["_energies"](*records))
    screen.print(demo["_joules"](*records))
    lines = capsys.readouterr().out.splitlines()
    assert {"energy in the units of the paper", "energy in joules (nominal)"} <= set(lines)
    assert len(lines) > 15
    assert [line for line in lines if line != line.rstrip() or not line] == []
    assert list(demo["_tracked"](np.array([1.0, 2.0]))) == [1.0, 2.0]
    assert capsys.readouterr() == ("", "")


def test_energy_against_threshold_is_drawn_from_finished_records(tmp_path: Path) -> None:
    def record(policy: str, threshold: float):  # type: ignore[no-untyped-def]
        return Perceptron(n_inputs=30, n_patterns=30, policy=policy, threshold=threshold, maintenance_cost=0.01).run()

    path = tmp_path / "figure.png"
    draw_energy_against_threshold([record("local-global", x) for x in (1, 3, 9)], record("immediate", 0), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="no records to draw"):
        draw_energy_against_threshold([], record("immediate", 0), path)
