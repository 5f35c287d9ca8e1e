"""The network that a user names as ``FILE.py[:NAME]``: its file is run, and one Process of the network comes out.

Lava itself later executes every .py file that lies beside the file of a Process, to look for its models. `side_effects`
reads those files, without executing them, and says what else they would do.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import importlib.util
import inspect
import sys
import traceback
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lava_caching.errors import InputError, MissingError

__all__ = ["SideEffect", "network_of", "side_effects", "split_target"]

DEFAULT_NAME = "build"


def split_target(target: str) -> tuple[Path, str]:
    """Return file and name of ``FILE.py[:NAME]``; the name is `build` where it is left out.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> split_target("net.py:make")[1], split_target("net.py")[1]
    ('make', 'build')
    """
    if target.endswith(".py"):
        return Path(target), DEFAULT_NAME
    file, colon, name = target.rpartition(":")
    if colon and file.endswith(".py") and name.isidentifier():
        return Path(file), name
    raise InputError(f"TARGET = {target!r}: must be perceptron or FILE.py[:NAME], as in net.py:build")


@contextmanager
def network_of(target: str) -> Iterator[Any]:
    """Run the file of a target and give one Process of the network that it names.

    What the file prints goes to stderr. While the context lasts, its folder is on the path, so that it finds the files
    beside it and Lava finds its models; afterwards both are forgotten, so that it can be run again.

    Parameters
    ----------
    target : str
        ``FILE.py[:NAME]``; NAME is a Process, or a function without arguments that returns one.

    Raises
    ------
    InputError
        If the file is missing or fails, or the name is none of the two; the sentence names file, line and reason.
    """
    file, name = split_target(target)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "no such file"
        raise InputError(f"{file}: {what}; give the Python file that builds the network")
    path, modules = list(sys.path), set(sys.modules)
    root, module_name = _module_name(file.resolve())
    sys.path.insert(0, str(root))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            process = _process_of(_executed(file, module_name), name, file)
        yield process
    finally:
        sys.path[:] = path
        for each in set(sys.modules) - modules:
            if each == module_name or _folder(sys.modules[each]) == file.resolve().parent:
                del sys.modules[each]


def _module_name(file: Path) -> tuple[Path, str]:
    """Return the folder to put on the path and the dotted name by which Lava can import the file from there.

    Outside a package Lava finds models in the file of the Process only, inside one in the whole folder.
    """
    root, parts = file.parent, [file.stem]
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    name = ".".join(parts)
    if len(parts) == 1 and _is_taken(name, file):
        name = f"{name}_of_target"  # nobody imports it by its name
    return root, name


def _is_taken(name: str, file: Path) -> bool:
    """Return whether a name already imports something else than the file."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # ValueError: a module without a spec, as __main__ is
        return name in sys.modules
    return spec is not None and (spec.origin is None or Path(spec.origin).resolve() != file)


def _folder(module: types.ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve().parent if isinstance(file, str) else None


def _executed(file: Path, name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, file.resolve())
    assert spec is not None, "a file that ends in .py has a loader"
    assert spec.loader is not None, "as above"
    module = importlib.util.module_from_spec(spec)
    with _telling(file):
        if "." in name:
            importlib.import_module(name.rpartition(".")[0])
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return module


@contextmanager
def _telling(file: Path) -> Iterator[None]:
    """Turn whatever a user's code raises into one sentence with file and line."""
    try:
        with _quiet_destructor():
            yield
    except (MissingError, KeyboardInterrupt):
        raise
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise InputError(f"{error.filename or file}: {where}is not Python: {error.msg}") from None
    except BaseException as error:
        lines = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).name == file.name]
        where = f"line {lines[-1].lineno}: " if lines else ""
        said = " ".join(str(error).split()) or "no message"
        told = said if isinstance(error, InputError) else f"{type(error).__name__}: {said}; put that right first"
        with _quiet_destructor():
            traceback.clear_frames(error.__traceback__)
        raise InputError(f"{file}: {where}{told}") from None


@contextmanager
def _quiet_destructor() -> Iterator[None]:
    """Keep quiet about what Lava's destructor says of Processes whose constructor failed: the failure is told."""
    before = sys.unraisablehook

    def pass_on(caught: Any) -> None:
        if not (isinstance(caught.exc_value, AttributeError) and "'_runtime'" in str(caught.exc_value)):
            before(caught)

    sys.unraisablehook = pass_on
    try:
        yield
    finally:
        sys.unraisablehook = before


def _process_of(module: types.ModuleType, name: str, file: Path) -> Any:
    from lava.magma.core.process.process import AbstractProcess

    if not hasattr(module, name):
        raise InputError(f"{file}: has no {name!r};{_offers(module, name, file)}")
    found = getattr(module, name)
    if isinstance(found, AbstractProcess):
        return found
    rule = "must be a Process, or a function without arguments that returns one"
    if inspect.isclass(found) or not callable(found):
        raise InputError(f"{file}: {name} is {_a(found)}: {rule}")
    needed = [
        p.name
        for p in inspect.signature(found).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if needed:
        raise InputError(f"{file}: {name} needs {', '.join(needed)}: {rule}; give its arguments defaults")
    with _telling(file):
        made = found()
    if not isinstance(made, AbstractProcess):
        raise InputError(f"{file}: {name}() returns {_a(made)}: it must return one Process of the network")
    return made


def _offers(module: types.ModuleType, name: str, file: Path) -> str:
    """Return what could have been meant."""
    from lava.magma.core.process.process import AbstractProcess

    names = [
        each
        for each, value in vars(module).items()
        if isinstance(value, AbstractProcess)
        or (inspect.isfunction(value) and value.__module__ == module.__name__ and not each.startswith("_"))
    ]
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f" did you mean {file}:{near[0]}?"
    if names:
        return f" it offers {', '.join(names)}: write {file}:{names[0]}"
    return " define build() that returns a Process of the network"


def _a(value: Any) -> str:
    if value is None:
        return "None"
    word = "class" if inspect.isclass(value) else type(value).__name__
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


@dataclass(frozen=True, kw_only=True)
class SideEffect:
    """What a file beside a Process does when Lava executes it, or why Lava passes it over.

    Attributes
    ----------
    file : Path
        The file.
    line : int
        Where.
    code : str
        The statement, on one line.
    is_skipped : bool
        Lava drops the file with only a warning, because it cannot be executed by itself.
    """

    file: Path
    line: int
    code: str
    is_skipped: bool = False


def side_effects(folder: Path) -> list[SideEffect]:
    """Return the first top-level statement of each .py file of a folder that is more than a definition.

    Definitions are imports, functions, classes, constants, docstrings, and what stands below ``if __name__ ==`` or
    ``if TYPE_CHECKING``. The files are parsed, none is executed.
    """
    found = []
    for file in sorted(folder.glob("*.py")):
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError) as error:
            found.append(SideEffect(file=file, line=getattr(error, "lineno", 0) or 0, code=str(error), is_skipped=True))
            continue
        except OSError:
            continue
        relative = next((n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level), None)
        if relative is not None and file.name != "__init__.py":
            found.append(SideEffect(file=file, line=relative.lineno, code=_shown(relative), is_skipped=True))
        first = next(_active(tree.body), None)
        if first is not None:
            found.append(SideEffect(file=file, line=first.lineno, code=_shown(first)))
    return found


DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)


def _active(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, DEFINITIONS):
            continue
        if isinstance(node, ast.Try):  # an import with a way out
            otherwise = [n for handler in node.handlers for n in handler.body if not isinstance(n, ast.Raise)]
            yield from _active([*node.body, *otherwise, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.If):
            yield from _active(node.orelse if _is_guard(node.test) else [*node.body, *node.orelse])
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            if node.value is not None and _acts(node.value):
                yield node
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield node


def _is_guard(test: ast.expr) -> bool:
    words = ast.unparse(test)
    return words in ("TYPE_CHECKING", "typing.TYPE_CHECKING") or "__name__" in words


def _acts(value: ast.expr) -> bool:
    """Return whether computing a value calls anything."""
    return any(isinstance(node, (ast.Call, ast.Await, ast.Yield, ast.NamedExpr)) for node in ast.walk(value))


def _shown(node: ast.AST) -> str:
    line = " ".join(ast.unparse(node).split("\n", maxsplit=1)[0].split())
    return line if len(line) <= 48 else f"{line[:45]}..."
