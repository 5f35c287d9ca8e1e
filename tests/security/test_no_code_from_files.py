"""Nothing that is read is executed: no module of the package has the means, but for a few, each with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "lava_caching"
BUILTINS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
MODULES = {
    *("asteval", "cloudpickle", "code", "codeop", "dill", "joblib", "jsonpickle", "marshal", "pickle", "pty", "runpy"),
    *("shelve", "subprocess", "yaml", "xmlrpc", "imp", "ctypes", "cffi"),
}
SYSTEM = ("system", "popen", "exec", "spawn", "posix_spawn", "startfile")
LOADERS = {"import_module", "exec_module", "load_module", "spec_from_file_location", "run_path", "run_module"}
SHELLS = {"shell", "allow_pickle"}

ALLOWED = {
    ("plugins.py", "import_module"): "modules of installed packages, by the names that their metadata declare",
    ("processes/__init__.py", "import_module"): "a module of this package, by a name in a table",
    ("cli/later.py", "import_module"): "a module of this package, by a name in a table",
    ("kernels/learning.py", "import_module"): "modules of this package, by names in the code",
    ("processes/running.py", "import_module"): "a module of this package, by a name in the code",
    ("processes/chip_members.py", "import_module"): "modules of Lava, where it looks for models",
    ("processes/chip_target.py", "import_module"): "the package of the user's own Python file, which is run as asked",
    (
        "processes/chip_target.py",
        "spec_from_file_location",
    ): "`loihi check FILE.py` runs Python, and says so",
    ("processes/chip_target.py", "exec_module"): "as above",
    ("processes/_workers.py", "pickle"): "an exception of a worker that this process has forked, by a pipe of its own",
}
"""What reads no file of data, or is told by its name to run one."""


def means(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield what could run code or a program, and where."""
    for node in ast.walk(tree):
        at = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import):
            yield from ((name.name.partition(".")[0], at) for name in node.names if _is_means(name.name))
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", at) for _ in [0] if not node.level and _is_means(node.module or ""))
            yield from ((name.name, at) for name in node.names if name.name in LOADERS or _is_means(name.name))
        elif isinstance(node, ast.Name) and node.id in BUILTINS:
            yield node.id, at
        elif isinstance(node, ast.Attribute):
            if node.attr in LOADERS or node.attr in {"eval", "exec"}:
                yield node.attr, at
            elif isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr.startswith(SYSTEM):
                yield f"os.{node.attr}", at
        elif isinstance(node, ast.Call):
            for word in node.keywords:
                if word.arg in SHELLS and not (isinstance(word.value, ast.Constant) and word.value.value is False):
                    yield word.arg, at
            silent = all(word.arg != "allow_pickle" for word in node.keywords)
            if silent and ast.unparse(node.func) in {"np.load", "numpy.load"}:
                yield "np.load without allow_pickle=False", at


def _is_means(module: str) -> bool:
    return module.partition(".")[0] in MODULES


def found() -> dict[tuple[str, str], list[int]]:
    """Return all means in the package by file and name, with their lines."""
    everything: dict[tuple[str, str], list[int]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for name, line in means(ast.parse(path.read_text("utf-8"))):
            everything.setdefault((path.relative_to(PACKAGE).as_posix(), name), []).append(line)
    return everything


def test_no_module_can_run_what_it_reads() -> None:
    odd = {place: lines for place, lines in found().items() if place not in ALLOWED}
    assert not odd, f"say in ALLOWED why none of these runs what a file holds, or do without: {odd}"


def test_what_is_allowed_is_in_use() -> None:
    assert set(ALLOWED) <= set(found())


@pytest.mark.parametrize(
    "code",
    [
        "eval(text)",
        "exec(text)",
        "run = eval",
        "compile(text, 'f', 'exec')",
        "__import__(name)",
        "import pickle",
        "import pickle as p",
        "from pickle import loads",
        "from marshal import *",
        "import yaml.constructor",
        "from subprocess import run",
        "import shelve",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=wanted)",
        "read_array(file, allow_pickle=True)",
        "os.system(text)",
        "os.execvp(name, words)",
        "run(words, shell=True)",
        "importlib.import_module(name)",
        "from importlib import import_module",
        "spec.loader.exec_module(module)",
        "frame.eval(text)",
    ],
)
def test_each_means_is_seen(code: str) -> None:
    assert list(means(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["re.compile(text)", "np.load(path, allow_pickle=False)", "x.copy(deep=True)", "a = 1"]
)
def test_what_is_none_is_not(code: str) -> None:
    assert not list(means(ast.parse(code)))
