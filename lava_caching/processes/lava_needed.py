"""What is said where Lava is needed and is not there: one sentence, the same everywhere. Imports nothing of Lava."""

from __future__ import annotations

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from lava_caching.errors import MissingError

__all__ = ["LavaMissingError", "has_loihi_extension", "lava_missing", "require_lava"]

LAVA_PYTHON = "3.10"
LOIHI_EXTENSION = "lava.utils.loihi2_profiler"  # what Lava itself looks for: lava.utils.loihi.is_installed


class LavaMissingError(MissingError, ImportError):
    """Lava is not installed; also an ImportError, for callers who try an import and go on without."""


def lava_missing() -> str | None:
    """Return why Lava cannot be used, and what to do; None where lava-nc is installed."""
    if _can_find("lava.magma"):
        return None
    running = ".".join(platform.python_version_tuple()[:2])
    way_out = (
        "run `make` in the repository or `pip install lava-nc`"
        if running == LAVA_PYTHON
        else f"use an environment with Python {LAVA_PYTHON}, or an engine that needs no Lava"
    )
    return f"lava-nc, which installs on Python {LAVA_PYTHON} only, is missing in this Python {running}; {way_out}"


def require_lava(what: str = "this") -> None:
    """Do nothing where lava-nc is installed, and say in one sentence what is missing where it is not.

    Parameters
    ----------
    what : str
        What needs it, to begin the sentence with.

    Raises
    ------
    LavaMissingError
        A `lava_caching.errors.MissingError` that names the running Python and the way out.
    """
    reason = lava_missing()
    if reason:
        raise LavaMissingError(f"{what} needs Lava: {reason}")


def has_loihi_extension() -> bool:
    """Return whether Intel's extension for Loihi, which it gives to members of its research community, is installed."""
    return _can_find(LOIHI_EXTENSION)


def _can_find(module: str) -> bool:
    """Return whether a module of Lava could be imported.

    Nothing is imported, not even its parents, as `importlib.util.find_spec` would do. Lava's packages have no
    ``__init__.py``, and several distributions share them, so that the folders are searched.
    """
    root, *names = module.split(".")
    parents = [".".join((root, *names[:n])) for n in range(len(names) + 1)]
    if any(sys.modules.get(parent, ...) is None for parent in parents):  # switched off
        return False
    if module in sys.modules:
        return True
    try:
        spec = find_spec(root)
    except (ImportError, ValueError):  # something refuses to find it; it has no spec
        return False
    folders = (spec and spec.submodule_search_locations) or ()
    return any(next(Path(folder, *names[:-1]).glob(f"{names[-1]}*"), None) for folder in folders)
