"""What starting costs is decided by what is imported; read from `sys.modules`, never from a clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lava_caching import Perceptron

DRAWING = {"jinja2", "plotly"}
HEAVY = {"dask", "distributed", "lava", "matplotlib", "pandas", "pyarrow", "scipy", "seaborn", "sklearn"} | DRAWING

RUN = """
import sys
sys.argv = ["lava-caching", *sys.argv[1:]]
from lava_caching.cli import _main
code = _main()
print(code, *(name for name, module in sys.modules.items() if module), file=sys.stderr)
"""


def modules_after(script: str, *words: str) -> set[str]:
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    *_, last = done.stderr.splitlines()
    code, *modules = last.split()
    assert code == "0", done.stderr
    return set(modules)


def test_importing_the_package_imports_no_library() -> None:
    modules = modules_after("import lava_caching, sys; print(0, *sys.modules, file=sys.stderr)")
    roots = {name.partition(".")[0] for name in modules}
    assert not roots & (HEAVY | {"numpy", "numba", "llvmlite", "pydantic", "typer", "rich"})
    assert "lava_caching.cli" not in modules


@pytest.mark.parametrize(
    "words",
    [
        ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "10", "--quiet"),
        ("hardware", "list"),
        ("hardware", "advise", "--n-inputs", "20", "--n-patterns", "10", "--seeds", "1", "--quiet"),
        ("hardware", "compare", "--quiet"),
        ("figure", "--list"),
        ("figure", "--help"),
        ("--help",),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_commands_import_no_heavy_library(words: tuple[str, ...]) -> None:
    check_modules(modules_after(RUN, *words), numba=words[0] == "run" or words[1:2] in (("advise",), ("compare",)))


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("loihi", "--help")], ids=" ".join)
def test_help_is_there_before_any_command_is_made(words: tuple[str, ...]) -> None:
    modules = modules_after(RUN, *words)
    assert not {"numpy", "lava_caching.experiments", "lava_caching.hardware"} & modules


def test_pricing_imports_no_heavy_library_and_no_compiler(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    Perceptron(n_inputs=20, n_patterns=10).run(engine="reference").save(path)
    check_modules(modules_after(RUN, "price", str(path)), numba=False)


def test_a_report_on_records_imports_what_makes_pages_and_nothing_else_that_is_heavy(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    Perceptron(n_inputs=20, n_patterns=10).run(engine="reference").save(path)
    modules = modules_after(RUN, "report", str(path), "--out", str(tmp_path / "report.html"), "--quiet")
    roots = {name.partition(".")[0] for name in modules}
    assert roots & HEAVY == DRAWING
    assert "numba" not in roots


def check_modules(modules: set[str], *, numba: bool) -> None:
    assert not {name.partition(".")[0] for name in modules} & HEAVY
    assert ("numba" in modules) == numba
