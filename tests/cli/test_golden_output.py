"""What a user sees at 80 columns; see golden/README.md for how to remake it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"
RUN = ("--n-inputs", "50", "--n-patterns", "40", "--no-center-patterns", "--maintenance-cost", "0.01")


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.txt")))
def test_the_output_is_as_stored(call: Callable[..., tuple[int, str, str]], tmp_path: Path, name: str) -> None:
    path = FOLDER / f"{name}.txt"
    command, _, expected = path.read_text(encoding="utf-8").partition("\n")
    record = tmp_path / "record.json"
    if "{record}" in command:
        assert call("run", "perceptron", *RUN, "--quiet", "--out", record)[0] == 0
    words = command.removeprefix("$ lava-caching ").format(record=record).split()
    code, out, _ = call(*words)
    assert code == 0
    if "LAVA_CACHING_REMAKE_GOLDEN" in os.environ:
        path.write_text(f"{command}\n{out}", encoding="utf-8")
        return
    assert out == expected
    assert all(len(line) <= 80 and line == line.rstrip() for line in out.splitlines())
