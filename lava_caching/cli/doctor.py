"""``lava-caching doctor``: what is installed, which engines are available and, if not, why."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from rich.table import Table

from lava_caching._version import __version__
from lava_caching.cli.help import examples
from lava_caching.cli.terminal import console
from lava_caching.engines import engine_names
from lava_caching.experiments import experiment_names
from lava_caching.hardware import default_pair, load_pair, pair_names
from lava_caching.processes.lava_needed import has_loihi_extension, lava_missing

__all__ = ["EXAMPLES", "doctor"]

EXAMPLES = examples("doctor")
PACKAGES = ("numpy", "numba", "pydantic", "typer", "rich", "matplotlib")
ON_LAVA = ("lava", "loihi")  # how the names of engines begin that need Lava: finding out would import them
EXTENSION = {
    True: "Intel's extension of Lava is installed",
    False: "Intel's extension of Lava is not installed, and only `lava-caching loihi run` needs it",
}
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
    missing = lava_missing()
    table.add_row("lava-nc", missing or _version_of("lava-nc"))
    table.add_row("Loihi", EXTENSION[has_loihi_extension()])
    for experiment in experiment_names():
        names = engine_names(experiment)
        on_lava = [name for name in names if name.startswith(ON_LAVA)]
        table.add_row(f"engines of {experiment}", ", ".join(name for name in names if name not in on_lava))
        if on_lava:
            state = "not available without lava-nc, see above" if missing else "available"
            table.add_row("  on Lava", f"{', '.join(on_lava)}: {state}")
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
