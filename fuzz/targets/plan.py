"""Plans of sweeps: what is read makes its list of tasks, or says why not."""

from __future__ import annotations

from pathlib import Path

import tomli

from fuzz.harness import RAW, begun, folder, taken, toml_file
from lava_caching import figures
from lava_caching.sweeps import read_plan

PLANS = sorted((Path(figures.__file__).parent / "plans").glob("*.toml"))
TABLES = [tomli.loads(path.read_text("utf-8")) for path in PLANS]
MOST = 100


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    whole = [RAW + path.read_bytes() for path in PLANS]
    return whole + begun(len(TABLES))


def check(data: bytes) -> bool:
    """Read a plan and list its tasks."""
    path = toml_file(data, TABLES, folder() / "plan.toml")
    plan = taken(lambda: read_plan(path))
    if plan is None:
        return False
    tasks = taken(lambda: plan.tasks(most=MOST))
    assert tasks is None or 0 < len(tasks) <= MOST
    return tasks is not None
