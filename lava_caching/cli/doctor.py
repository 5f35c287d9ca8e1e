"""``lava-caching doctor``: what is installed, which engines are available and, if not, why."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from rich.table import Table

from lava_caching._version import __version__
from lava_caching.cli.terminal import console
from lava_caching.engines import engine_names
from lava_caching.experiments import experiment_names
from lava_caching.hardware import default_pair, load_pair, pair_names

__all__ = ["doctor"]

PACKAGES = ("numpy", "numba", "pydantic", "typer", "rich", "matplotlib")
MISSING = "not installed: run `make` in the repository or `pip install lava-caching`"


def doctor() -> None:
    """Show versions, engines and memories of this installation."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("lava-caching", __version__)
    table.add_row("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in PACKAGES:
        table.add_row(package, _version_of(package))
    lava = _version_of("lava-nc")
    if lava == MISSING and platform.python_version_tuple()[:2] != ("3", "10"):
        lava = "not installed: lava-nc installs on Python 3.10 only, and only engines on Lava need it"
    table.add_row("lava-nc", lava)
    for experiment in experiment_names():
        table.add_row(f"engines of {experiment}", ", ".join(engine_names(experiment)))
    names = pair_names()
    for name in names:
        load_pair(name)
    table.add_row("memories", f"{len(names)} pairs, all valid; the default is {default_pair()}")
    console().print(table)


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return MISSING
