"""Whether sweeps and Lava runs can be repeated in one process for hours: what it holds, every tenth of the way.

Each of the stories runs in a process of its own, one after the other: `sweeps` repeats a small sweep with one worker
for some time, `dask` starts and ends Dask's own cluster for a tenth of it; `lava` trains a perceptron on the engine
`lava` and a small network with `CachingDense` in turn, `stock-lava` runs that network with ``LearningDense`` and Lava's
own ``run`` and ``stop``, a tenth as often. What ours grow by is judged; what stock Dask and Lava do stands beside it.

Run ``python benchmarks/endurance.py [STORY ...] [--seconds 3600] [--runs 1000] [--smoke]``; the exit code is 1 if
something of ours grows.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # `benchmarks` is no package that is installed

from benchmarks.growth import UNITS, growth, mark_own, most_growth, sample

Samples = list[dict[str, float]]
OURS = ("sweeps", "lava")
STOCK = {"sweeps": "dask", "lava": "stock-lava"}
PLAN = {"n_inputs": 50, "n_patterns": 60, "maintenance_cost": 0.01}
N_PRE, N_POST, N_STEPS = 50, 20, 20


def a_sweep(n: int) -> None:
    from lava_caching.sweeps import Plan, read_sweep, run_sweep

    plan = Plan(experiment="perceptron", fixed=PLAN, grid={"threshold": [2.0, 5.0], "seed": [n, n + 1]}, zip={})
    with tempfile.TemporaryDirectory() as folder:
        summary = run_sweep(plan, Path(folder) / "out", workers=1)
        assert (summary.n_done, summary.failures) == (4, [])
        assert read_sweep(Path(folder) / "out").num_rows == 4


def a_cluster(n: int) -> None:
    from distributed import Client, LocalCluster

    fields = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(**fields) as cluster, Client(cluster, set_as_default=False) as client:
        assert client.submit(sum, [n, 1]).result() == n + 1


def a_lava_run(n: int) -> None:
    from lava.magma.core.run_configs import Loihi2SimCfg

    from lava_caching import Caching, CachingDense, Perceptron
    from lava_caching.processes.running import running

    if n % 2:
        record = Perceptron(n_inputs=10, n_patterns=5, max_epochs=4).run(engine="lava", seed=n)
        assert record.outcome["n_epochs"] > 0
        return
    caching = Caching(policy="local-local", threshold=0.1)
    connection, last = _network(CachingDense, n, bounds=(0, 1), caching=caching)
    with running(connection, Loihi2SimCfg(select_tag="floating_pt")) as network:
        network.run(N_STEPS)
        assert connection.read_ledger().total.n_transient_writes > 0
        assert last.v.get().shape == (N_POST,)


def a_stock_run(n: int) -> None:
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.dense.process import LearningDense

    connection, last = _network(LearningDense, n)
    connection.run(RunSteps(N_STEPS), Loihi2SimCfg(select_tag="floating_pt"))
    assert last.v.get().shape == (N_POST,)
    connection.stop()


def _network(kind: Callable[..., Any], seed: int, **more: object) -> tuple[Any, Any]:
    """Return a connection that learns by STDP between spikes and neurons, and the neurons."""
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.proc.io.source import RingBuffer
    from lava.proc.lif.process import LIF

    rng = np.random.default_rng(seed)
    rule = Loihi2FLearningRule(dw="2^-6*x1*y0 - 2^-6*y1*x0", x1_impulse=1, x1_tau=10, y1_impulse=1, y1_tau=10)
    spikes = RingBuffer(data=(rng.random((N_PRE, N_STEPS)) < 0.2).astype(int))
    neurons = LIF(shape=(N_POST,), vth=2, du=1, dv=0.2)
    connection = kind(weights=rng.uniform(0, 1, (N_POST, N_PRE)), learning_rule=rule, **more)
    spikes.s_out.connect(connection.s_in)
    connection.a_out.connect(neurons.a_in)
    neurons.s_out.connect(connection.s_in_bap)
    return connection, neurons


STORIES: dict[str, Callable[[int], None]] = {
    "sweeps": a_sweep,
    "dask": a_cluster,
    "lava": a_lava_run,
    "stock-lava": a_stock_run,
}


def repeat(act: Callable[[int], None], *, runs: int | None, seconds: float | None) -> Iterator[dict[str, float]]:
    """Yield what the process holds after each run, until it is enough."""
    mark_own()
    until, n = time.monotonic() + (seconds or float("inf")), 0
    while (runs is None or n < runs) and (n < 4 or time.monotonic() < until):
        act(n)
        n += 1
        yield {"s": time.monotonic(), **sample()}


def tell(story: str, samples: Samples) -> bool:
    """Print the table of a story; return whether nothing that is ours to free grows."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{story}: {len(samples):,} runs", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for header in ("run", "min", *(f"{name} ({unit})" if unit else name for name, unit in UNITS.items())):
        table.add_column(header, justify="right")
    for tenth in range(1, 11):
        n = max(1, len(samples) * tenth // 10)
        held = samples[n - 1]
        table.add_row(f"{n:,}", f"{(held['s'] - samples[0]['s']) / 60:.1f}", *(f"{held[name]:,.0f}" for name in UNITS))
    found = {name: growth(samples, name) for name in UNITS}
    most = {name: most_growth(name, len(samples)) for name in UNITS}
    table.add_row("a run", "", *(f"{found[name]:+.3g}" for name in UNITS), style="bold")
    grows = [name for name in UNITS if found[name] > most[name]]
    if story in OURS:
        table.add_row("at most", "", *(f"{most[name]:+.3g}" for name in UNITS))
    Console(highlight=False, width=110).print(table)
    told = [f"{name} by {found[name]:.3g} {UNITS[name]}".rstrip() for name in grows]
    print(f"{story}: {'grows by each run: ' + ', '.join(told) if grows else 'nothing grows'}\n", flush=True)
    return not grows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stories", nargs="*", metavar="STORY", help=f"of {', '.join(STORIES)}; all by default")
    parser.add_argument("--seconds", type=float, default=3600, help="how long sweeps are repeated")
    parser.add_argument("--runs", type=int, default=1000, help="how many runs of Lava")
    parser.add_argument("--smoke", action="store_true", help="4 sweeps and 16 runs of Lava: does it still work")
    asked = parser.parse_args()
    if unknown := set(asked.stories) - set(STORIES):
        parser.error(f"no such story: {', '.join(sorted(unknown))}; known: {', '.join(STORIES)}")
    stories = asked.stories or list(STORIES)
    if len(stories) > 1:
        rest = ["--seconds", str(asked.seconds), "--runs", str(asked.runs), *(["--smoke"] if asked.smoke else [])]
        return max(
            subprocess.run([sys.executable, __file__, story, *rest], check=False).returncode for story in stories
        )
    (story,) = stories
    is_lava = "lava" in story
    with contextlib.suppress(ImportError) if is_lava else contextlib.nullcontext():
        if is_lava:
            import lava.magma  # noqa: F401 - is it there?
        runs, seconds = _how_much(story, asked)
        samples = list(repeat(STORIES[story], runs=runs, seconds=seconds))
        return int(not tell(story, samples) and story in OURS)
    print("lava-nc installs on Python 3.10 only: no runs of it here")
    return 0


def _how_much(story: str, asked: argparse.Namespace) -> tuple[int | None, float | None]:
    """Return how many runs, or how many seconds; stock ones are compared over a tenth."""
    if asked.smoke:
        return (16 if "lava" in story else 4), None
    share = 1.0 if story in OURS else 0.1
    if "lava" in story:
        return max(20, int(asked.runs * share)), None
    return None, asked.seconds * share


if __name__ == "__main__":
    sys.exit(main())
