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
from typing import Any

from lava_caching.errors import InputError, unknown

__all__ = ["find", "modules", "names"]

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


def _outside(kind: str) -> dict[str, Any]:
    """Entry points of this kind, by name."""
    return {p.name.removeprefix(f"{kind}."): p for p in _points() if p.name.startswith(f"{kind}.")}


def names(package: str, kind: str) -> list[str]:
    """Return all names of a kind, inside and from installed packages."""
    return sorted({*modules(package), *_outside(kind)})


def find(package: str, kind: str, name: str, attribute: str) -> Any:
    """Return the thing called `name`; an unknown name is refused with the nearest known one."""
    inside = modules(package)
    if name in inside:
        try:
            return getattr(importlib.import_module(inside[name]), attribute)
        except SyntaxError as error:
            raise InputError(f"{error.filename}, line {error.lineno}: {error.msg}; put the file right") from error
    if name in _outside(kind):
        point = _outside(kind)[name]
        try:
            return point.load()
        except Exception as error:  # whatever the code of others does when it is imported
            package = point.dist.name if point.dist else point.value
            raise InputError(
                f"{kind} {name!r} of the package {package} cannot be loaded ({type(error).__name__}: {error});"
                " mend it, or uninstall it"
            ) from error
    raise unknown(kind, name, names(package, kind))
