"""No output ever takes the place of an input or of another output, whatever the path is written as."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lava_caching.cli.options import file_fields
from lava_caching.experiments import experiment_names, get_experiment

Call = Callable[..., tuple[int, str, str]]
Refused = Callable[..., str]
SMALL = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "15", "--engine", "reference", "--quiet")
MEMORY = 'inherits = "rram_array_22nm"\ntitle = "mine"\n'
PARENT = 'inherits = "sram_rram_22nm"\ntitle = "parent"\nnonvolatile = "my_memory.toml"\n'
PAIR = 'inherits = "my_parent.toml"\ntitle = "pair"\n'
CASES = [
    (name, field, output)
    for name in experiment_names()
    for field in file_fields(get_experiment(name))
    for output in ("out", "weights-out", *(["checkpoint"] if "checkpoint" in get_experiment(name).model_fields else []))
    if field != output
]
"""Every field of every experiment that may name a file, with every output."""
ALIASES: dict[str, Callable[[Path, Path], object]] = {
    "symbolic link": lambda alias, path: alias.symlink_to(path),
    "hard link": lambda alias, path: os.link(path, alias),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pair() -> Path:
    """Return a pair of one's own that inherits from a file, which names another one."""
    for name, text in (("my_memory", MEMORY), ("my_parent", PARENT), ("my_pair", PAIR)):
        Path(f"{name}.toml").write_text(text, encoding="utf-8")
    return Path("my_pair.toml")


def some_file(field: str) -> Path:
    """Return a file for an option; only a device is read before outputs are asked for."""
    path = Path("mine.toml" if field == "device" else "mine.npz")
    path.write_text("[persistent]\nlevels = 15\n")
    return path


def kept(refused: Refused, path: Path, *words: str | Path) -> str:
    """Return what is said to words that would overwrite a file, which stays as it is."""
    before = path.read_bytes()
    said = refused(*words)
    assert path.read_bytes() == before
    assert said.endswith(" too; choose another name")
    return said


@pytest.mark.parametrize(("experiment", "field", "output"), CASES, ids=map(" ".join, CASES))
def test_no_output_of_a_run_is_one_of_its_inputs(refused: Refused, experiment: str, field: str, output: str) -> None:
    path = some_file(field)
    needed = ["--updates", "log.npz"] if experiment == "replay" and field != "updates" else []
    said = kept(refused, path, "run", experiment, f"--{field}", path, *needed, f"--{output}", f"./{path}")
    assert said == f"--{output} = {path}: is the file of --{field} too; choose another name"


@pytest.mark.parametrize("alias", ALIASES)
def test_a_link_is_the_file_that_it_names(refused: Refused, pair: Path, alias: str) -> None:
    ALIASES[alias](Path("linked"), some_file("init"))
    kept(refused, Path("mine.npz"), "run", "mlp", "--init", "mine.npz", "--weights-out", "linked")
    ALIASES[alias](Path("linked.toml"), pair)
    kept(refused, pair, "run", "perceptron", "--hardware", pair, "--out", "linked.toml")


@pytest.mark.parametrize("file", ["my_pair.toml", "my_parent.toml", "my_memory.toml"])
def test_memories_of_ones_own_are_kept(refused: Refused, record: Path, pair: Path, file: str) -> None:
    for output in ("--out", "--weights-out"):
        said = kept(refused, Path(file), "run", "perceptron", "--hardware", pair, output, file)
        assert said == f"{output} = {file}: is a file of --hardware too; choose another name"
    kept(refused, Path(file), "optimize", "mlp", "--hardware", pair, "--checkpoint", file)
    kept(refused, Path(file), "price", record, "--hardware", pair, "--out", file)
    Path("record.csv").symlink_to(record)
    kept(refused, record, "price", record, "--export", "record.csv")
    for ending, words in {
        "csv": ("price", record, "--hardware", pair, "--export"),
        "yaml": ("price", record, "--hardware", pair, "--export"),
        "svg": ("hardware", "compare", record, "--hardware", pair, "--figure"),
        "html": ("report", record, "--hardware", pair, "--out"),
    }.items():
        linked = Path(f"linked.{ending}")
        linked.symlink_to(file)
        kept(refused, Path(file), *words, linked)


def test_the_memories_that_a_record_was_priced_on_are_kept(call: Call, pair: Path) -> None:
    call(*SMALL, "--hardware", pair, "--out", "record.json")
    before = pair.read_bytes()
    said = f"error: --out = {pair}: is a file of the record's memories too; choose another name\n"
    assert call("price", "record.json", "--out", pair) == (2, "", said)
    assert pair.read_bytes() == before


def test_no_output_is_another_one(refused: Refused, record: Path) -> None:
    some_file("checkpoint")
    for output in ("--out", "--weights-out"):
        kept(refused, Path("mine.npz"), "run", "mlp", "--checkpoint", "mine.npz", output, "mine.npz")
    assert "is the file of --out too" in refused("run", "mlp", "--out", "new", "--weights-out", "./new")
    assert "is the file of --out too" in refused("price", record, "--out", "new.csv", "--export", "new.csv")
    Path("pairs.csv").symlink_to("pairs.svg")
    assert "is the file of --figure too" in refused(
        "hardware", "compare", record, "--figure", "pairs.svg", "--csv", "pairs.csv"
    )
    assert "is the file of the numbers of --out too" in refused("figure", "1c", "--out", "a.png", "--runs", "a.csv")


def test_a_folder_of_images_is_kept(refused: Refused) -> None:
    Path("images").mkdir()
    path = Path("images/train-images-idx3-ubyte")
    path.write_bytes(b"images")
    kept(refused, path, "run", "mlp", "--dataset", "images", "--weights-out", path)


def test_a_name_that_is_no_file_is_no_input(call: Call) -> None:
    assert call(*SMALL, "--device", "ideal", "--out", "ideal")[0] == 0


def test_parts_of_a_sweep_and_its_plan_are_kept(refused: Refused) -> None:
    part = Path("sweep/runs/part-000000-0123456789abcdef.parquet")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"rows")
    Path("page.html").symlink_to(part)
    kept(refused, part, "report", "sweep", "--out", "page.html")
    plan = Path("sweep/manifest.json")
    plan.write_text('experiment = "perceptron"\n')
    kept(refused, plan, "sweep", plan, "--out", "sweep", "--resume")
