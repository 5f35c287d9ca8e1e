"""Without Lava the core works, and what needs Lava says so in one sentence; where Lava is installed, it is hidden."""

from __future__ import annotations

import importlib
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lava_caching import processes
from lava_caching.engines import engine_names
from lava_caching.errors import MissingError
from lava_caching.processes.lava_needed import LavaMissingError, lava_missing, require_lava

HERE = Path(__file__).parent
RUNNING = ".".join(platform.python_version_tuple()[:2])
SENTENCE = f"lava-nc, which installs on Python 3.10 only, is missing in this Python {RUNNING}; "
Call = Callable[..., subprocess.CompletedProcess[str]]
ON_LAVA = [name for name in engine_names("perceptron") if name.startswith(("lava", "loihi"))]

HIDDEN = {
    "switched off": "import sys; sys.modules['lava'] = None",
    "not found": """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "lava":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
""",
}


@pytest.fixture(params=HIDDEN)
def without_lava(request: pytest.FixtureRequest) -> Call:
    """Run a program, or a command of ours, in a Python that finds no Lava."""

    def call(program: str, *words: str) -> subprocess.CompletedProcess[str]:
        script = f"{HIDDEN[request.param]}\n{program}"
        command = [sys.executable, "-c", script, *words]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)

    return call


def command(without_lava: Call, *words: str) -> subprocess.CompletedProcess[str]:
    return without_lava("sys.argv[0] = 'lava-caching'; from lava_caching.cli import main; main()", *words)


def test_the_core_works(without_lava: Call) -> None:
    done = without_lava(
        """
from lava_caching import Perceptron
from lava_caching.processes import Caching

outcomes = [Perceptron(n_inputs=20, n_patterns=10).run(engine=engine).outcome for engine in ("reference", "numba")]
from lava_caching.testing import differences
assert not differences(outcomes[0], outcomes[1], relative=1e-9)
assert Caching(policy="local-local", threshold=2).kept == 1
assert sys.modules.get("lava") is None
"""
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_name_that_needs_lava_says_so(without_lava: Call) -> None:
    done = without_lava(
        """
from lava_caching import processes
from lava_caching.errors import MissingError

for name in processes.__all__:
    try:
        getattr(processes, name)
    except MissingError as error:
        print(name, error, sep=": ")
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = dict(line.split(": ", maxsplit=1) for line in done.stdout.splitlines())
    assert set(processes.__all__) - set(said) == {"Caching"}
    for sentence in said.values():
        assert SENTENCE in sentence


@pytest.mark.parametrize("module", ["running", "profiler"])
def test_a_module_that_needs_lava_says_so_when_it_is_imported(without_lava: Call, module: str) -> None:
    done = without_lava(f"import lava_caching.processes.{module}")
    assert done.returncode == 1
    assert re.search(rf"LavaMissingError: lava_caching\.processes\.\w+ needs Lava: {re.escape(SENTENCE)}", done.stderr)


@pytest.mark.parametrize("engine", ON_LAVA)
def test_an_engine_on_lava_ends_the_command_with_one_sentence(without_lava: Call, engine: str) -> None:
    words = ("--policy", "local-local", "--amount", "pulse", "--quantum", "1", "--coding", "binary")
    done = command(
        without_lava, "run", "perceptron", "--engine", engine, "--n-inputs", "5", "--n-patterns", "2", *words
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: engine '{engine}' needs Lava: {SENTENCE}")
    assert done.stderr.count("\n") == 1


def test_doctor_says_which_engines_are_not_available_and_why(without_lava: Call) -> None:
    done = command(without_lava, "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(done.stdout.split())
    assert f"lava-nc {SENTENCE}" in said
    assert f"on Lava {', '.join(ON_LAVA)}: not available without lava-nc, see above" in said


@pytest.mark.skipif(RUNNING != "3.10", reason="lava-nc installs on Python 3.10 only")
def test_doctor_finds_lava_without_importing_it() -> None:
    program = "import sys; sys.argv[0] = 'x'; from lava_caching.cli import _main; print(_main(), 'lava' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, "doctor"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"
    said = " ".join(done.stdout.split())
    assert f"on Lava {', '.join(ON_LAVA)}: available" in said
    assert "Loihi Intel's extension of Lava is not installed" in said


@pytest.mark.parametrize(
    ("version", "way_out"),
    [
        ("3.10.13", "run `make` in the repository or `pip install lava-nc`"),
        ("3.12.1", "use an environment with Python"),
    ],
)
def test_the_sentence_names_the_running_python_and_the_way_out(
    monkeypatch: pytest.MonkeyPatch, version: str, way_out: str
) -> None:
    monkeypatch.setitem(sys.modules, "lava", None)
    monkeypatch.setattr(platform, "python_version_tuple", lambda: tuple(version.split(".")))
    reason = lava_missing()
    assert reason is not None
    assert f"is missing in this Python {version.rpartition('.')[0]}; {way_out}" in reason
    with pytest.raises(MissingError, match="engine 'lava' needs Lava: lava-nc, which installs on"):
        require_lava("engine 'lava'")
    assert issubclass(LavaMissingError, ImportError)


def test_a_part_of_lava_is_not_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Other distributions put their modules into the package `lava` as well."""
    (tmp_path / "lava" / "lib").mkdir(parents=True)
    for name in [name for name in sys.modules if name.partition(".")[0] == "lava"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    importlib.invalidate_caches()
    assert lava_missing() is not None


def test_tests_that_need_lava_are_skipped_with_the_reason_where_it_is_absent() -> None:
    guard = 'pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")'
    need = re.compile(r"^(from|import) (lava\b|lava_caching\.processes\.(running|profiler))", re.MULTILINE)
    texts = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")}
    needing = {name for name, text in texts.items() if need.search(text)}
    assert needing >= {"test_running.py", "test_profiler.py", "test_equals_learning_dense.py"}
    assert {name for name in needing if guard not in texts[name].splitlines()} == set()
