"""Compile kernels with numba, ahead of their first call and kept on disk.

The cache folder carries a hash of the package's kernel sources: numba itself does not notice when a function that it
inlined from another file has changed. Set ``LAVA_CACHING_KERNEL_CACHE`` to move the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import types
from numba.core.errors import NumbaError
from platformdirs import user_cache_dir

__all__ = ["FOLD", "POST_FACTOR", "REASSOCIATE", "compiled", "inlined", "scalar", "spelt_out", "vectorised"]

REASSOCIATE = {"reassoc", "nnan", "ninf", "nsz"}
"""Lets LLVM vectorise sums; without "contract" and "arcp" every single product and sum still rounds as in NumPy."""

FOLD = types.FunctionType(types.float64(types.float64, types.float64))
POST_FACTOR = types.FunctionType(types.float64(types.float64, types.float64, types.float64, types.float64))


INLINED = ("histogram.py", "synapse.py", "tally.py", "consolidation/*.py", "plasticity/*.py", "schedules/*.py")
"""Sources outside this folder of which something is compiled: constants, rules, statistics and schedules."""


@cache
def cache_folder() -> Path | None:
    """Return a writable folder for compiled kernels of exactly these sources; None where nothing can be written."""
    package = Path(__file__).parents[1]
    sources = sorted(path for names in ("kernels/*.py", *INLINED) for path in package.glob(names))
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:16]
    for parent in _places():
        folder = parent / "kernels" / digest
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


def _places() -> Iterator[Path]:
    """Yield where the folder may be: what is there is run, so others must not be able to put it there."""
    yield Path(os.environ.get("LAVA_CACHING_KERNEL_CACHE") or user_cache_dir("lava-caching"))
    with contextlib.suppress(OSError):  # there may be no temporary folder, or no room in it
        shared = Path(tempfile.gettempdir()) / f"lava-caching-{os.getuid()}"
        shared.mkdir(mode=0o700, exist_ok=True)
        found = shared.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
            yield shared
        yield Path(tempfile.mkdtemp(prefix="lava-caching-"))


@contextmanager
def _cached_in(folder: Path) -> Iterator[None]:
    """Point numba's cache at our folder while we decorate, so that the user's own functions keep theirs."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def compiled(*signatures: Any, error_model: str = "numpy") -> Callable[[Any], Any]:
    """Compile a kernel for these signatures at once (from disk when it is there)."""

    def decorate(function: Any) -> Any:
        def compile_it(*, cache: bool) -> Any:
            return numba.njit(list(signatures), cache=cache, fastmath=False, error_model=error_model)(function)

        folder = cache_folder()
        if folder is not None:
            try:
                with _cached_in(folder):
                    return compile_it(cache=True)
            except NumbaError:
                raise
            except Exception:  # a full disk, or what a crash has left of the files: whatever reading them leads to
                _empty(folder)
        return compile_it(cache=False)

    return decorate


def _empty(folder: Path) -> None:
    """Remove compiled kernels, for the next process to compile them; whoever looks for one now does that, too."""
    for path in folder.rglob("*.nb*"):
        with contextlib.suppress(OSError):
            path.unlink()


inlined = numba.njit(error_model="numpy")
"""A helper that kernels call; compiled as a part of them."""

spelt_out = numba.njit(error_model="numpy", inline="always")
"""The same, its lines put in the place of the call."""

vectorised = numba.njit(error_model="numpy", fastmath=REASSOCIATE)
"""A helper loop over one row whose sums may be taken in any order."""


@cache
def scalar(function: Callable[..., float], n_arguments: int) -> Any:
    """Compile a scalar Python function of floats (a rule, a statistic), to be handed to a kernel.

    One of our own is taken from disk (60 ms less each); one of the user may call what numba does not see change.
    """
    signature = types.float64(*[types.float64] * n_arguments)
    if function.__module__.partition(".")[0] == __package__.partition(".")[0]:
        return compiled(signature, error_model="python")(function)
    return numba.njit([signature])(function)
