"""Mutation check: small faults are put into the core one by one, and the tests must notice them (`make mutants`).

Cosmic Ray says where a fault can be and what it looks like. This script draws a sample by seed, and tries each fault in
a fork of a process that has loaded the libraries and nothing of ours: the fault exists in memory only, files stay as
they are. Kernels run uncompiled (NUMBA_DISABLE_JIT), or each fault in one would take a minute to compile.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import fnmatch
import importlib.util
import json
import math
import os
import random
import resource
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
OUT = ROOT / ".mutants"
os.environ.update(
    NUMBA_DISABLE_JIT="1", OPENBLAS_NUM_THREADS="1", LAVA_CACHING_KERNEL_CACHE=str(OUT), PYTHONDONTWRITEBYTECODE="1"
)
sys.dont_write_bytecode = True

import hypothesis  # noqa: E402 - what every fork needs and no fault can reach, loaded once, after the settings above
import numba  # noqa: E402, F401
import numpy  # noqa: E402, F401
import pydantic  # noqa: E402, F401
import pytest  # noqa: E402
import tomli  # noqa: E402
from cosmic_ray.commands.init import _all_work_items  # noqa: E402
from cosmic_ray.mutating import mutate_code  # noqa: E402
from cosmic_ray.plugins import get_operator  # noqa: E402

PASSED, FAILED, BROKEN = 0, 1, 2
WALL_S = 1800
"""For a fault that waits for ever without using time; one that runs for ever meets the limit on processor time."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault: the change, and the module and tests it belongs to."""

    file: str
    line: int
    operator: str
    occurrence: int

    @property
    def source(self) -> str:
        """Return the module with the fault in it."""
        mutated = mutate_code((ROOT / self.file).read_text(), get_operator(self.operator)(), self.occurrence)
        assert mutated is not None, f"{self}: no such place; the module has changed since the sample was drawn"
        return str(mutated)

    @property
    def change(self) -> list[str]:
        """Return the lines that differ, before and after."""
        lines = difflib.unified_diff((ROOT / self.file).read_text().split("\n"), self.source.split("\n"), n=0)
        return [f"{line[0]} {line[1:].strip()}" for line in lines if line[:2] not in ("--", "++", "@@")]


class Faulty(SourceFileLoader):
    """Loads a module from text in memory."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.text = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the text; what is on disk, and its bytecode, is not looked at."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


class Finder:
    """Finds the faulty module before Python finds the sound one."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = mutant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.path, self.source = str(ROOT / mutant.file), mutant.source

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Answer for one module only."""
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=Faulty(name, self.path, self.source))


class FirstFailure:
    """Notes the first test that failed."""

    test = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep its name."""
        self.test = self.test or (report.nodeid if report.failed else "")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the file that could not be read."""
        self.test = self.test or (f"{report.nodeid} (import)" if report.failed else "")


def places(files: Sequence[str], left_out: Sequence[str]) -> list[Mutant]:
    """Return all faults of some files, without the kinds of `left_out` and without those in annotations."""
    found = []
    for file in files:
        spans = spans_of_annotations(ROOT / file)
        for item in _all_work_items([ROOT / file], {}):
            spec = item.mutations[0]
            name = spec.operator_name.removeprefix("core/")
            if any(fnmatch.fnmatch(name, pattern) for pattern in left_out):
                continue
            if "BitOr" in name and any(low <= spec.start_pos < high for low, high in spans):
                continue
            line, occurrence = spec.start_pos[0], spec.occurrence
            found.append(Mutant(file=file, line=line, operator=spec.operator_name, occurrence=occurrence))
    return found


def spans_of_annotations(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where annotations begin and end: `|` is no arithmetic there, and nothing evaluates it."""
    nodes: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.AnnAssign, ast.arg)):
            nodes.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            nodes.append(node.returns)
    return [((n.lineno, n.col_offset), (n.end_lineno or 0, n.end_col_offset or 0)) for n in nodes if n is not None]


def attempt(mutant: Mutant | None, tests: Sequence[str], limit_s: float) -> tuple[str, str, float]:
    """Run tests in a fork, with a fault or without; return the outcome, the first failure and the processor time."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = BROKEN
        try:
            os.close(reading)
            code = _run_tests(mutant, tests, limit_s, writing)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        first = pipe.read()
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    if os.WIFSIGNALED(status):
        timed_out = os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL)
        return "timeout" if timed_out else "killed", f"signal {os.WTERMSIG(status)}", seconds
    code = os.WEXITSTATUS(status)
    if code == pytest.ExitCode.OK:
        return "survived", "", seconds
    assert code in (FAILED, BROKEN, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR), f"pytest ended {code}"
    return "killed", first or "import", seconds


def _run_tests(mutant: Mutant | None, tests: Sequence[str], limit_s: float, writing: int) -> int:
    """Do the work of the fork."""
    os.setsid()
    signal.alarm(WALL_S)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit_s), math.ceil(limit_s) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    OUT.mkdir(exist_ok=True)
    nowhere = os.open(os.devnull if mutant else OUT / "sound.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    if mutant:
        sys.meta_path.insert(0, Finder(mutant))
    failure = FirstFailure()
    # no shrinking: that a test fails is enough; -o addopts= leaves out the doctests
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, deadline=None, database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )  # fmt: skip
    options = ["-x", "-q", "--no-header", "--tb=no", "--assert=plain", "--hypothesis-profile=mutants", "-o", "addopts="]
    options += ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist"]
    code = int(pytest.main([*options, *tests], plugins=[failure]))
    os.write(writing, failure.test.encode())
    return code


def tests_of(file: str, plan: dict[str, Any]) -> list[str]:
    """Return the tests of a module: its own first, then those of its package."""
    fitting = (tests for pattern, tests in plan.get("own", {}).items() if fnmatch.fnmatch(file, pattern))
    own: list[str] = next(fitting, [])
    return list(dict.fromkeys([*own, *plan.get("tests", [])]))


def wilson(n_hit: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    z = 1.959964
    share, shift = n_hit / n, z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (share + shift - reach) / (1 + 2 * shift), (share + shift + reach) / (1 + 2 * shift)


def check(name: str, plan: dict[str, Any], left_out: Sequence[str], asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Try the sample of one package; what was tried before is taken from its file, survivors again if asked."""
    files = sorted(str(path.relative_to(ROOT)) for pattern in plan["files"] for path in ROOT.glob(pattern))
    everything = places(files, left_out)
    size = min(plan["sample"], len(everything))
    chosen = random.Random(asked.seed).sample(everything, size)
    path = OUT / f"{name}.json"
    known = {key_of(entry): entry for entry in json.loads(path.read_text())["mutants"]} if path.exists() else {}
    results: list[dict[str, Any]] = []
    limits: dict[tuple[str, ...], float] = {}
    for n, mutant in enumerate(chosen):
        entry = known.get(key_of(asdict(mutant)))
        if entry is None or entry["change"] != mutant.change or (asked.again and entry["outcome"] == "survived"):
            tests = tests_of(mutant.file, plan)
            if tuple(tests) not in limits:
                outcome, first, seconds = attempt(None, tests, 600.0)
                if outcome != "survived":
                    sys.exit(f"{name}: without a fault, {first} fails; see {OUT / 'sound.log'}")
                limits[tuple(tests)] = 5.0 + 4.0 * seconds
            outcome, first, seconds = attempt(mutant, tests, limits[tuple(tests)])
            entry = {**asdict(mutant), "change": mutant.change, "outcome": outcome, "by": first, "cpu_s": seconds}
        results.append(entry)
        saved = {"n_places": len(everything), "mutants": results + [known[k] for k in known if k not in _keys(results)]}
        path.write_text(json.dumps(saved, indent=1, ensure_ascii=False))
        print(f"\r{name}: {n + 1} of {size}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    path.write_text(json.dumps({"n_places": len(everything), "mutants": results}, indent=1, ensure_ascii=False))
    return results


def key_of(entry: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells one mutant from another."""
    return entry["file"], entry["operator"], entry["occurrence"]


def _keys(entries: Sequence[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {key_of(entry) for entry in entries}


def reasons() -> dict[str, str]:
    """Return why a fault that no test notices needs none, by what it looks like."""
    groups = tomli.loads((Path(__file__).parent / "explained.toml").read_text())["group"]
    return {mutant: group["why"] for group in groups for mutant in group["mutants"]}


def looks(entry: dict[str, Any]) -> str:
    """Return the file and the lines that a fault makes of its own, as `explained.toml` names them."""
    made = " ".join(line[2:] for line in entry["change"] if line.startswith("+ "))
    return f"{entry['file'].removeprefix('lava_caching/')}: {' '.join(made.split())}"


def main() -> int:
    """Try the packages asked for; print what no test noticed, with the reason; return 1 where it is too much."""
    settings = tomli.loads((Path(__file__).parent / "plan.toml").read_text())
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"of {', '.join(settings['package'])}")
    parser.add_argument("--seed", type=int, default=settings["seed"], help="of the sample (default %(default)s)")
    parser.add_argument("--again", action="store_true", help="try those that survived once more")
    asked = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    os.chdir(ROOT)
    lines, low, known = [], False, reasons()
    for name in asked.packages or settings["package"]:
        results = check(name, settings["package"][name], settings["left_out"], asked)
        counts = Counter(entry["outcome"] for entry in results)
        n, n_dead = len(results), len(results) - counts["survived"]
        bounds = wilson(n_dead, n)
        low = low or n_dead < settings["at_least"] * n
        n_places = json.loads((OUT / f"{name}.json").read_text())["n_places"]
        lines.append(
            f"| {name} | {n} of {n_places:,} | {counts['killed']} | {counts['timeout']} | {counts['survived']}"
            f" | {n_dead / n:.1%} | {bounds[0]:.0%} to {bounds[1]:.0%} |"
        )
        for entry in results:
            if entry["outcome"] == "survived":
                why = known.get(looks(entry), "not explained")
                print(f"{entry['file']}:{entry['line']}: {why}", *entry["change"], sep="\n    ")
    print("| package | mutants | killed | timed out | survived | noticed | 95 % interval |", "|" + "---|" * 7, sep="\n")
    print(*lines, sep="\n")
    return int(low)


if __name__ == "__main__":
    sys.exit(main())
