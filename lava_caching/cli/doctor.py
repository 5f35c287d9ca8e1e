"""``lava-caching doctor``: what is installed, which engines are available and, if not, why."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rich.table import Table

from lava_caching import plugins
from lava_caching._version import __version__
from lava_caching.cli.help import examples
from lava_caching.cli.terminal import console
from lava_caching.consolidation import get_policy
from lava_caching.devices import get_device
from lava_caching.engines import engine_names, get_engine
from lava_caching.errors import InputError
from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.hardware import default_pair, load_pair, pair_names
from lava_caching.plasticity import get_rule
from lava_caching.processes.lava_needed import has_loihi_extension, lava_missing
from lava_caching.schedules import get_schedule

__all__ = ["EXAMPLES", "doctor"]

EXAMPLES = examples("doctor")
PACKAGES = ("numpy", "numba", "pydantic", "typer", "rich", "matplotlib")
ON_LAVA = ("lava", "loihi")  # how the names of engines begin that need Lava: finding out would import them
EXTENSION = {
    True: "Intel's extension of Lava is installed",
    False: "Intel's extension of Lava is not installed, and only `lava-caching loihi run` needs it",
}
MISSING = "not installed: run `make` in the repository or `pip install lava-caching`"

KINDS: dict[str, Callable[[str], Any]] = {
    "policy": get_policy,
    "rule": get_rule,
    "schedule": get_schedule,
    "device": get_device,
    "experiment": get_experiment,
}
"""What other packages can add, beside engines."""


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
    for fault in _faults():
        table.add_row("cannot be used", fault)
    console().print(table)


def _faults() -> Iterator[str]:
    """Yield what is wrong with what other packages declare, a sentence for each thing."""
    engines: dict[str, Callable[[str], Any]] = {
        f"engine.{name}": partial(get_engine, name) for name in experiment_names()
    }
    for kind, get in {**KINDS, **engines}.items():
        yield from filter(None, (_fault(get, name) for name in plugins.outside(kind)))


def _fault(get: Callable[[str], Any], name: str) -> str:
    try:
        get(name)
    except InputError as error:
        return str(error)
    return ""


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return MISSING
