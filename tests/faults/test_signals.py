"""A signal at any moment: the exit code says so in one sentence, outputs are whole or absent, no process is left.

After a kill the same command goes on, and gives what it would have given without.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

PLAN = """
experiment = "perceptron"
[fixed]
n_inputs = 200
n_patterns = 250
[grid]
threshold = [2, 5, 9]
seed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
"""
VARYING = ("time", "host", "worker")
Begin = Callable[..., Any]


class Command(NamedTuple):
    """A command that takes some seconds."""

    words: str
    seconds: float
    outputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    """What it may leave besides, from which it goes on."""


COMMANDS = {
    "perceptron": Command(
        "run perceptron --n-inputs 1000 --n-patterns 1800 --out r.json --weights-out w.npz", 3, ("r.json", "w.npz")
    ),
    "mlp": Command(
        "run mlp --max-epochs 20 --checkpoint aside.npz --every 300 --out r.json --weights-out w.npz",
        4,
        ("r.json", "w.npz"),
        keeps=("aside.npz",),
    ),
    "spiking": Command("run spiking --n-patterns 8 --out r.json", 3, ("r.json",)),
    "tagging": Command("run tagging --delay 100 --out r.json", 1.5, ("r.json",)),
    "replay": Command(
        "run replay --updates log.npz --threshold 0.05 --write-counts --out r.json", 2.5, ("r.json",), ("log.npz",)
    ),
    "lava": Command("run perceptron --engine lava --n-inputs 30 --n-patterns 40 --out r.json", 4.5, ("r.json",)),
    "sweep": Command("sweep plan.toml --out sw --workers 1 --resume", 4, ("sw",), ("plan.toml",)),
    "sweep on two workers": Command("sweep plan.toml --out sw --workers 2 --resume", 4, ("sw",), ("plan.toml",)),
    "optimize": Command("optimize perceptron --n-inputs 200 --n-patterns 250 --seeds 3", 3),
    "optimize on two workers": Command("optimize perceptron --n-inputs 100 --n-patterns 100 --workers 2", 5),
    "figure": Command("figure 2c --quick --out f.png --workers 1", 6, ("f.png", "f.csv"), keeps=("4b-quick-runs",)),
    "report": Command("report record.json --out page.html", 1, ("page.html",), ("record.json",)),
    "advise": Command("hardware advise sram_rram_22nm --n-inputs 200 --n-patterns 200 --seeds 1", 3),
    "compare": Command(
        "hardware compare record.json --figure c.png --csv c.csv", 1.5, ("c.png", "c.csv"), ("record.json",)
    ),
    "price": Command(
        "price record.json --hardware sram_pcm_90nm --export bill.csv", 1, ("bill.csv",), ("record.json",)
    ),
    "loihi check": Command("loihi check perceptron", 2),
    "loihi infer": Command("loihi infer trained.npz --n-images 10", 4, needs=("trained.npz",)),
}
ON_LAVA = ("lava", "loihi check", "loihi infer")
SIGNALS = {
    "ctrl-c": [signal.SIGINT],
    "ctrl-c twice": [signal.SIGINT, signal.SIGINT],
    "terminated": [signal.SIGTERM],
    "hung up": [signal.SIGHUP],
    "killed": [signal.SIGKILL],
}


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files that commands need."""
    from lava_caching import Perceptron
    from lava_caching.experiments import get_experiment

    folder = tmp_path_factory.mktemp("inputs")
    rng = np.random.default_rng(0)
    np.savez(folder / "log.npz", w0=np.zeros((40, 100)), changes=rng.normal(0, 0.01, (2000, 40, 100)))
    (folder / "plan.toml").write_text(PLAN)
    Perceptron(n_inputs=100, n_patterns=100, write_counts=True).run(seed=0).save(folder / "record.json")
    layers = get_experiment("mlp")(max_epochs=1).run(seed=0).weights
    np.savez(folder / "trained.npz", **{f"w{k + 1}": w for k, w in enumerate(layers)})
    return folder


def prepared(place: Path, command: Command, inputs: Path) -> Path:
    place.mkdir()
    for name in command.needs:
        (place / name).write_bytes((inputs / name).read_bytes())
    return place


def test_every_command_that_takes_long_is_here() -> None:
    from lava_caching.experiments import experiment_names

    assert {f"run {name}" for name in experiment_names()} <= {" ".join(c.words.split()[:2]) for c in COMMANDS.values()}


SHORT = ("perceptron", "mlp", "lava", "sweep", "optimize on two workers", "report")
ONE_EACH = [(name, list(SIGNALS)[n % len(SIGNALS)], 0) for n, name in enumerate(SHORT)]
"""A different signal for each, so that the short form sees them all."""
MANY = [(name, kind, n) for name in COMMANDS for kind in SIGNALS for n in range(8)]


def moments(given: list[tuple[str, str, int]]) -> list[Any]:
    return [pytest.param(*one, id="-".join(map(str, one)).replace(" ", "_")) for one in given]


@pytest.mark.parametrize(("name", "kind", "n"), moments(ONE_EACH))
def test_a_signal_leaves_nothing_half_done(
    begin: Begin, tmp_path: Path, inputs: Path, name: str, kind: str, n: int
) -> None:
    strike(begin, tmp_path / "work", inputs, name, kind, n)


@pytest.mark.long
@pytest.mark.parametrize(("name", "kind", "n"), moments(MANY))
def test_a_signal_at_many_moments_leaves_nothing_half_done(
    begin: Begin, tmp_path: Path, inputs: Path, whole: Callable[[str], Path], name: str, kind: str, n: int
) -> None:
    folder = tmp_path / "work"
    strike(begin, folder, inputs, name, kind, n + 1)
    again = begin(*COMMANDS[name].words.split(), folder=folder).end()
    assert (again.code, "Traceback" in again.err) == (0, False), again
    assert results(folder, COMMANDS[name]) == results(whole(name), COMMANDS[name])


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, inputs: Path) -> Callable[[str], Path]:
    """Return a function that gives a folder in which a command has run undisturbed."""
    import subprocess
    import sys

    made: dict[str, Path] = {}

    def folder_of(name: str) -> Path:
        if name not in made:
            place = prepared(tmp_path_factory.mktemp("whole") / "work", COMMANDS[name], inputs)
            line = [sys.executable, "-m", "lava_caching", *COMMANDS[name].words.split()]
            subprocess.run(line, cwd=place, check=True, capture_output=True)
            made[name] = place
        return made[name]

    return folder_of


def strike(begin: Begin, folder: Path, inputs: Path, name: str, kind: str, n: int) -> None:
    """Send signals at a moment that the seed decides, and look at what is left."""
    if name in ON_LAVA:
        pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    command, chance = COMMANDS[name], random.Random(f"{name} {kind} {n}")
    running = begin(*command.words.split(), folder=prepared(folder, command, inputs))
    running.wait_until_it_listens()
    time.sleep(chance.uniform(0.0, 1.1 * command.seconds))
    to_all = chance.random() < 0.5
    for number in SIGNALS[kind]:
        running.send(number, to_all=to_all)
        time.sleep(chance.uniform(0.0, 0.3))
    sent = time.monotonic()
    ended = running.end()
    took = time.monotonic() - sent
    assert running.left() == []
    number = SIGNALS[kind][-1]
    assert ended.code in (0, -number if number == signal.SIGKILL else 128 + number), ended
    assert "Traceback" not in ended.err, ended
    assert took < 20
    if ended.code > 0:
        assert "interrupted" in ended.err
    if number != signal.SIGKILL:
        allowed = {*command.needs, *command.outputs, *command.keeps}
        assert {path.name for path in folder.iterdir()} <= allowed
        assert {path.name for path in running.temporary.iterdir()} <= {"dask-scratch-space"}
    if ended.code == 0:
        assert all((folder / output).exists() for output in command.outputs)
    for output in (*command.outputs, *command.keeps):
        if (folder / output).exists():
            is_whole(folder / output)


def is_whole(path: Path) -> None:
    """Fail for a file that holds only a part."""
    if path.is_dir():
        for part in path.rglob("part-*.parquet"):
            assert hashlib.sha256(part.read_bytes()).hexdigest()[:16] in part.name
        return
    content = path.read_bytes()
    if path.suffix == ".json":
        assert json.loads(content)["experiment"]
    elif path.suffix == ".npz":
        with np.load(path) as data:
            assert all(np.isfinite(data[name]).all() for name in data.files)
    else:
        last = {".png": b"IEND\xaeB`\x82", ".csv": b"\n", ".html": b"</html>"}
        assert content.endswith(last[path.suffix])


def results(folder: Path, command: Command) -> dict[str, object]:
    """Return what a command has written, without what differs between equal runs."""
    from lava_caching.sweeps import read_sweep

    found: dict[str, object] = {}
    for name in command.outputs:
        path = folder / name
        if path.is_dir():
            table = read_sweep(path)
            kept = [column for column in table.column_names if not any(word in column for word in VARYING)]
            found[name] = table.select(kept).to_pylist()
            found[f"curves of {name}"] = read_sweep(path, curves=True).num_rows
        elif path.suffix == ".json":
            record = json.loads(path.read_bytes())
            found[name] = {key: record[key] for key in ("config", "outcome", "energy", "ledger")}
            found[name].pop("train_time_s", None)  # type: ignore[attr-defined]
        elif path.suffix == ".npz":
            with np.load(path) as data:
                found[name] = {key: data[key].tolist() for key in data.files}
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                found[name] = list(csv.reader(file))
        else:
            found[name] = path.stat().st_size > 0
    return found
