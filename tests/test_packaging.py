"""What reaches somebody who installs the package: from a wheel, and from this folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import tomli

ROOT = Path(__file__).resolve().parents[1]
SITE_PACKAGES = sysconfig.get_path("purelib")
DEFAULT_PAIR = "fecap_memristor_130nm"

LIST_PROFILES = """
from importlib.resources import files
from pathlib import Path
root = next(files("hardware_profiles").iterdir()).parent
print(*sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()), sep="\\n")
"""
LOAD_DEFAULT_PAIR = f"""
import lava_caching
from lava_caching.hardware import load_pair
print(lava_caching.__file__)
assert load_pair("{DEFAULT_PAIR}") is not None
"""


def version() -> str:
    """Read the version where it is stated, without importing the package."""
    match = re.search(r'__version__ = "(.+)"', (ROOT / "lava_caching" / "_version.py").read_text(encoding="utf-8"))
    assert match is not None
    return match.group(1)


def shipped_profiles() -> set[str]:
    folder = ROOT / "hardware_profiles"
    data = (path for path in folder.rglob("*") if path.suffix in (".toml", ".json"))
    return {path.relative_to(folder).as_posix() for path in data}


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must succeed, away from any PYTHONPATH of the caller, and return what it printed."""
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the environment's own hatchling: nothing is downloaded."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a folder of its own."""
    target = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--isolated", "install", "--quiet", "--no-index", "--no-deps")
    run(*pip, "--target", target, wheel, cwd=target)
    return target


def run_installed(target: Path, cwd: Path, *arguments: str | Path) -> str:
    """Run Python on the installed wheel and the libraries; -S keeps the editable install's .pth file out."""
    path = os.pathsep.join([str(target), SITE_PACKAGES])
    return run(sys.executable, "-S", *arguments, cwd=cwd, PYTHONPATH=path)


def test_wheel_holds_the_package_its_types_and_every_profile(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.name == f"lava_caching-{version()}-py3-none-any.whl"
    assert "lava_caching/py.typed" in names
    page = "lava_caching/report/page"
    assert {f"{page}/page.css", f"{page}/page.js", f"{page}/templates/page.html"} <= names
    assert {f"hardware_profiles/{name}" for name in shipped_profiles()} <= names
    plans = {path.name for path in (ROOT / "lava_caching" / "figures" / "plans").iterdir()}
    assert {f"lava_caching/figures/plans/{name}" for name in plans} <= names
    assert {name.split("/")[0] for name in names} == {
        "lava_caching",
        "hardware_profiles",
        f"lava_caching-{version()}.dist-info",
    }


def test_hardware_profiles_hold_data_and_no_code() -> None:
    assert {"pairs.toml", "schema/pair.schema.json"} <= shipped_profiles()
    assert not list((ROOT / "hardware_profiles").rglob("*.py"))


def test_installed_wheel_lists_every_profile(installed: Path, tmp_path: Path) -> None:
    listed = run_installed(installed, tmp_path, "-c", LIST_PROFILES).split()
    assert "pairs.toml" in listed
    assert set(listed) == shipped_profiles()


def test_installed_wheel_loads_the_default_pair(installed: Path, tmp_path: Path) -> None:
    imported_from = run_installed(installed, tmp_path, "-c", LOAD_DEFAULT_PAIR).strip()
    assert Path(imported_from).is_relative_to(installed)


def test_installed_wheel_writes_a_report(installed: Path, tmp_path: Path) -> None:
    words = [
        "run",
        "perceptron",
        "--n-inputs",
        "20",
        "--n-patterns",
        "10",
        "--engine",
        "reference",
        "--out",
        "run.json",
    ]
    run_installed(installed, tmp_path, "-m", "lava_caching", *words)
    run_installed(installed, tmp_path, "-m", "lava_caching", "report", "run.json", "--out", "report.html")
    assert (tmp_path / "report.html").read_bytes().startswith(b"<!DOCTYPE html>")


def test_installed_wheel_states_its_version_as_module_and_as_command(installed: Path, tmp_path: Path) -> None:
    assert version() in run_installed(installed, tmp_path, "-m", "lava_caching", "--version")
    assert version() in run_installed(installed, tmp_path, installed / "bin" / "lava-caching", "--version")


def test_editable_install_finds_profiles_and_states_its_version(tmp_path: Path) -> None:
    listed = run(sys.executable, "-c", LIST_PROFILES, cwd=tmp_path).split()
    assert shipped_profiles() <= set(listed)
    imported_from = run(sys.executable, "-c", LOAD_DEFAULT_PAIR, cwd=tmp_path).strip()
    assert Path(imported_from).is_relative_to(ROOT)
    assert version() in run(sys.executable, "-m", "lava_caching", "--version", cwd=tmp_path)
    assert version() in run(Path(sysconfig.get_path("scripts")) / "lava-caching", "--version", cwd=tmp_path)


def test_citation_states_the_version_of_the_package() -> None:
    assert f"\nversion: {version()}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_pins_name_no_registry_and_no_lock_file_is_kept() -> None:
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert "numpy==" in pins
    assert not re.search(r"://|--?(find-links|index|extra-index|f |i )", pins)
    assert not (ROOT / "uv.lock").exists()


def test_requirements_in_and_pyproject_name_the_same_libraries() -> None:
    def names(lines: list[str]) -> set[str]:
        return {re.split(r"[\s<>=;#]", line, maxsplit=1)[0] for line in lines} - {""}

    pyproject = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [pyproject["project"]["dependencies"], *pyproject["dependency-groups"].values()]
    declared = set().union(*map(names, groups))
    assert names((ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()) == declared
