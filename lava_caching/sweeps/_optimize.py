"""The best threshold for a config: a coarse log-spaced grid, then halves of the intervals around the best so far.

All thresholds are tried on the same seeds (common random numbers), so that they differ by the threshold and not by
luck. A threshold at which a seed does not converge is no candidate: learning less costs less.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine
from lava_caching.errors import InputError, unknown
from lava_caching.experiments import get_experiment
from lava_caching.monitor import Monitor, carry_on
from lava_caching.record import Record
from lava_caching.sweeps._run import connected

__all__ = ["OBJECTIVES", "Optimum", "optimize"]

N_COARSE, N_ROUNDS = 8, 2
REACH = 30.0
"""The grid goes from the experiment's default threshold divided by this to the same times this."""
N_RESAMPLES = 2000


def _energy(record: Record) -> float | None:
    return float(record.energy["total"])


def _joules(record: Record) -> float | None:
    total = ((record.hardware or {}).get("joules") or {}).get("total") or {}
    nominal = total.get("nominal")
    return None if nominal is None else float(nominal)


def _time(record: Record) -> float | None:
    return float(record.outcome["n_presentations"])


def _accuracy(record: Record) -> float | None:
    accuracy = record.outcome.get("accuracy")
    return None if accuracy is None else -float(accuracy)


def _lifetime(record: Record) -> float | None:
    hottest = ((record.hardware or {}).get("lifetime_s") or {}).get("hottest") or {}
    nominal = hottest.get("nominal")
    return None if nominal is None else -float(nominal)


OBJECTIVES: dict[str, Callable[[Record], float | None]] = {
    "energy": _energy,
    "joules": _joules,
    "time": _time,
    "accuracy": _accuracy,
    "lifetime": _lifetime,
}
"""What can be asked for, as something that is to be small: accuracy and lifetime count negative."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimum:
    """The best threshold, and everything that was tried.

    Attributes
    ----------
    threshold : float
        θ with the least mean of the first objective.
    interval : (float, float) or None
        95 % of the best thresholds of resampled seeds; None for one seed, and where the seed changes nothing.
    thresholds : ndarray, (n,)
        All that were tried, ascending.
    values : mapping from objective to ndarray, (n, n_seeds)
        As measured; NaN where a run does not tell. One column where the seed changes nothing, as on patterns of one's
        own.
    candidates : ndarray of bool, (n,)
        Where every seed converged, or where the experiment knows no convergence.
    pareto : list of float
        Candidates that no other one beats in all objectives.
    n_runs : int
        Trainings that this took.
    """

    threshold: float
    interval: tuple[float, float] | None
    thresholds: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]
    candidates: NDArray[np.bool_]
    pareto: list[float]
    n_runs: int

    def mean(self, objective: str) -> NDArray[np.float64]:
        """Return the mean of an objective over the seeds at each threshold, (n,)."""
        return np.asarray(self.values[objective].mean(axis=1))

    def standard_error(self, objective: str) -> NDArray[np.float64]:
        """Return its standard error, (n,); NaN for one seed."""
        v = self.values[objective]
        n = v.shape[1]
        return np.asarray(v.std(axis=1, ddof=1) / math.sqrt(n)) if n > 1 else np.full(len(v), np.nan)


def optimize(
    experiment: str,
    config: Mapping[str, Any],
    *,
    objectives: Sequence[str] = ("energy",),
    seeds: int = 5,
    low: float | None = None,
    high: float | None = None,
    engine: str = "numba",
    hardware: str | None = None,
    workers: int = 1,
    monitor: Monitor = carry_on,
) -> Optimum:
    """Find the threshold with the least mean of the first objective.

    Parameters
    ----------
    experiment : str
        Name of the experiment.
    config : mapping
        Its fields, without the threshold.
    objectives : sequence of str
        Of `OBJECTIVES`; the first is minimised, all of them make the Pareto set.
    seeds : int
        Trainings at each threshold, with seeds 0, 1, ...
    low, high : float, optional
        Least and largest threshold tried; a 30th and 30 times the experiment's default where they are not given.
    engine, hardware : str
        Engine, and pair of memories for joules and lifetime.
    workers : int
        Processes on this machine.
    monitor : Monitor
        Is told of progress; asked to stop, it raises `KeyboardInterrupt`, for a part is no result.

    Raises
    ------
    InputError
        For a config or objective that cannot be used, or if no threshold has a result.
    """
    cls = get_experiment(experiment)
    default = float(cls.model_fields["threshold"].default)
    low, high = (default / REACH if low is None else low), (default * REACH if high is None else high)
    if not 0 < low < high < math.inf:
        raise InputError(f"low = {low:g} and high = {high:g}: must be above 0, the lower one first")
    for name, count in (("seeds", seeds), ("workers", workers)):
        if count < 1:
            raise InputError(f"{name} = {count}: must be at least 1")
    for name in objectives:
        if name not in OBJECTIVES:
            raise unknown("objective", name, OBJECTIVES)
    if "threshold" in config:
        raise InputError(f"threshold = {config['threshold']}: is what is looked for; leave it out")
    config = {**config, **({"write_counts": True} if "lifetime" in objectives else {})}
    asked = cls(**config)
    if get_policy(asked.policy).statistic in ("always", "never"):
        raise InputError(f"policy = {asked.policy!r}: has no threshold; take one that has, such as local-global")
    asked.check_engine(engine)
    get_engine(experiment, engine)
    found: dict[float, list[tuple[bool, dict[str, float]]]] = {}
    told = tuple(dict.fromkeys((*objectives, "energy")))  # the energy tells whether the seed changes anything
    coarse = [float(f"{x:.6g}") for x in np.geomspace(low, high, N_COARSE)]

    def go_on() -> bool:
        return monitor(sum(map(len, found.values())), (N_COARSE + 2 * N_ROUNDS) * seeds, "trainings")

    with connected(workers, go_on) as run_all:

        def measure(thresholds: Iterable[float]) -> None:
            jobs = [(theta, seed) for theta in thresholds if theta not in found for seed in range(seeds)]
            given = [(experiment, dict(config), theta, seed, engine, hardware, told) for theta, seed in jobs]
            for (theta, _), result in zip(jobs, run_all(_measure, given), strict=True):
                found.setdefault(theta, []).append(result)
                if not go_on():
                    raise KeyboardInterrupt

        measure(coarse[:1])
        if len({repr(result) for result in found[coarse[0]]}) == 1:
            found[coarse[0]], seeds = found[coarse[0]][:1], 1
        measure(coarse)
        for _ in range(N_ROUNDS):
            tried = sorted(found)
            i = _best(found, tried, objectives[0])
            nearby = tried[max(i - 1, 0) : i + 2]
            measure([float(f"{math.sqrt(a * b):.6g}") for a, b in itertools.pairwise(nearby)])
    return _optimum(found, objectives)


def _measure(
    experiment: str, config: dict[str, Any], theta: float, seed: int, engine: str, hardware: str | None, names: Any
) -> tuple[bool, dict[str, float]]:
    """Run once; return whether it may be a candidate, and what was measured."""
    record = get_experiment(experiment)(**config, threshold=theta).run(engine=engine, seed=seed, hardware=hardware)
    values = {name: OBJECTIVES[name](record) for name in names}
    told = {name: math.nan if value is None else value for name, value in values.items()}
    return record.outcome["converged"] is not False, told


def _best(found: dict[float, list[tuple[bool, dict[str, float]]]], tried: list[float], objective: str) -> int:
    """Return the place of the best candidate; where there is none, of the one with most seeds that converged."""
    converged = [sum(ok for ok, _ in found[theta]) for theta in tried]
    means = [float(np.mean([told[objective] for _, told in found[theta]])) for theta in tried]
    if all(math.isnan(mean) for mean in means):
        raise InputError(f"objective = {objective}: no run tells it; is it unknown on these memories?")
    most = max(converged)
    return min(range(len(tried)), key=lambda i: (converged[i] < most, math.isnan(means[i]), means[i]))


def _optimum(found: dict[float, list[tuple[bool, dict[str, float]]]], objectives: Sequence[str]) -> Optimum:
    thresholds = np.array(sorted(found))
    values = {name: np.array([[told[name] for _, told in found[theta]] for theta in thresholds]) for name in objectives}
    candidates = np.array([all(ok for ok, _ in found[theta]) for theta in thresholds])
    first = values[objectives[0]]
    usable = candidates & ~np.isnan(first).any(axis=1)
    if not usable.any():
        raise InputError("no threshold at which all seeds converge: try lower ones, more epochs, or another config")
    masked = np.where(usable[:, np.newaxis], first, np.inf)
    best = int(masked.mean(axis=1).argmin())
    interval = None
    if first.shape[1] > 1:
        rng = np.random.default_rng(0)
        picks = rng.integers(0, first.shape[1], (N_RESAMPLES, first.shape[1]))
        winners = np.sort(thresholds[masked[:, picks].mean(axis=2).argmin(axis=0)])
        interval = float(winners[int(0.025 * N_RESAMPLES)]), float(winners[int(0.975 * N_RESAMPLES)])
    means = np.array([values[name].mean(axis=1) for name in objectives])
    known = usable & ~np.isnan(means).any(axis=0)
    return Optimum(
        threshold=float(thresholds[best]),
        interval=interval,
        thresholds=thresholds,
        values={
            name: -v if name in ("accuracy", "lifetime") else v for name, v in values.items()
        },  # as people read them
        candidates=candidates,
        pareto=[float(t) for i, t in enumerate(thresholds) if known[i] and not _beaten(means[:, known], means[:, i])],
        n_runs=sum(map(len, found.values())),
    )


def _beaten(all_means: NDArray[np.float64], own: NDArray[np.float64]) -> bool:
    """Return whether another point is no worse in everything and better in something."""
    no_worse = (all_means <= own[:, np.newaxis]).all(axis=0)
    return bool((no_worse & (all_means < own[:, np.newaxis]).any(axis=0)).any())
