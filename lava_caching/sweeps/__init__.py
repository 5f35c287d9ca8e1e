"""Sweeps: many runs of one experiment over axes of its config, on all cores or on a cluster, kept in one folder.

A `Plan` says what is run and lists its tasks; a `Store` keeps a row and a curve for each that is finished; `run_sweep`
brings the two together by Dask. `read_sweep` returns what a folder holds. `optimize` looks for the best threshold.
"""

from lava_caching.sweeps._optimize import OBJECTIVES, Optimum, optimize
from lava_caching.sweeps._plan import Plan, Task, read_plan
from lava_caching.sweeps._run import Summary, run_sweep
from lava_caching.sweeps._store import Store, read_sweep

__all__ = [
    "OBJECTIVES",
    "Optimum",
    "Plan",
    "Store",
    "Summary",
    "Task",
    "optimize",
    "read_plan",
    "read_sweep",
    "run_sweep",
]
