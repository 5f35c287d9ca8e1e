"""Find what can be added by adding a file: policies, rules, experiments, engines.

A thing is found in its own folder (the module's attribute of a given name), or in an installed package that declares an
entry point in the group ``lava_caching`` named ``<kind>.<name>``, such as ``policy.my-policy = "my_package:policy"``.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import Any, get_args, get_origin

from lava_caching.errors import InputError, unknown

__all__ = ["find", "modules", "names", "outside"]

GROUP = "lava_caching"


@cache
def modules(package: str) -> dict[str, str]:
    """Map the name of each thing in a package's folder (file name with ``_`` as ``-``) to its module.

    There is no folder where all of a kind come from other packages, such as the engines of an experiment from there.
    """
    if importlib.util.find_spec(package) is None:
        return {}
    path = importlib.import_module(package).__path__
    found = (m.name for m in pkgutil.iter_modules(path))
    return {name.replace("_", "-"): f"{package}.{name}" for name in sorted(found) if not name.startswith("_")}


@cache
def _points() -> tuple[Any, ...]:
    return tuple(entry_points(group=GROUP))  # reading what every installed package declares takes 10 ms


def outside(kind: str) -> dict[str, Any]:
    """Return what installed packages declare of a kind: entry points by name."""
    return {p.name.removeprefix(f"{kind}."): p for p in _points() if p.name.startswith(f"{kind}.")}


def names(package: str, kind: str) -> list[str]:
    """Return all names of a kind, inside and from installed packages."""
    return sorted({*modules(package), *outside(kind)})


def find(package: str, kind: str, name: object, attribute: str, expected: Any) -> Any:
    """Return the thing called `name`.

    Parameters
    ----------
    package : str
        Whose folder is looked into, such as ``lava_caching.consolidation``.
    kind : str
        What entry points begin with, such as ``policy`` or ``engine.perceptron``.
    name : str
        As users type it.
    attribute : str
        What the thing is called in a module of the folder.
    expected : type
        What a thing of another package must be an instance of; ``type[C]`` where it must be a subclass of C.

    Raises
    ------
    InputError
        For an unknown name, with the nearest known one; and, naming the package, for what cannot be loaded, is of
        another kind, or bears the name of one of the toolkit's own.
    """
    inside, declared = modules(package), outside(kind)
    if not isinstance(name, str) or name not in {*inside, *declared}:
        raise unknown(kind, name, names(package, kind))
    if name not in declared:
        try:
            return getattr(importlib.import_module(inside[name]), attribute)
        except SyntaxError as error:
            raise InputError(f"{error.filename}, line {error.lineno}: {error.msg}; put the file right") from error
    point = declared[name]
    whose = f"{kind} {name!r} of the package {point.dist.name if point.dist else point.value}"
    if name in inside:  # taking either would be a surprise to somebody
        raise InputError(f"{whose} bears a name of lava-caching's own; rename it there, or uninstall the package")
    try:
        thing = point.load()
    except Exception as error:  # whatever the code of others does when it is imported
        said = f"{type(error).__name__}: {error}"
        raise InputError(f"{whose} cannot be loaded ({said}); mend it, or uninstall it") from error
    of = (get_args(expected) or (expected,))[0]
    subclass = get_origin(expected) is type
    if not (isinstance(thing, type) and issubclass(thing, of) if subclass else isinstance(thing, of)):
        wanted = f"{'a subclass' if subclass else 'an instance'} of {of.__name__}, see {package}"
        raise InputError(
            f"{whose}: {point.value} is of type {type(thing).__name__}: must be {wanted}; mend it, or uninstall it"
        )
    return thing
