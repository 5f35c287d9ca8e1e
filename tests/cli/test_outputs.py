"""What is written is checked before the run and replaced as a whole."""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from lava_caching.errors import InputError
from lava_caching.files import write_atomically

Refused = Callable[..., str]
Call = Callable[..., Any]
SMALL = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "15", "--engine", "reference", "--quiet")


def failing(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("option", ["--out", "--weights-out"])
def test_an_unwritable_output_is_found_before_the_run(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    absent = tmp_path / "absent"
    assert refused(*SMALL, option, absent / "x") == (
        f"cannot write {absent / 'x'}: there is no folder {absent}; make it first"
    )
    assert refused(*SMALL, option, tmp_path) == f"cannot write {tmp_path}: it is a folder; name a file in it"
    assert refused(*SMALL, option, os.devnull).endswith("it is a device or a pipe; name a file")
    assert refused(*SMALL, option, tmp_path / ("x" * 300)).endswith("File name too long; choose another place")
    monkeypatch.setattr(tempfile, "mkstemp", failing)
    assert refused(*SMALL, option, tmp_path / "x") == (
        f"cannot write {tmp_path / 'x'}: No space left on device; choose another place"
    )
    assert list(tmp_path.iterdir()) == []


def test_outputs_never_overwrite_each_other_or_the_input(
    refused: Refused, tmp_path: Path, write: Callable[..., Path]
) -> None:
    both = tmp_path / "both"
    assert refused(*SMALL, "--out", both, "--weights-out", both) == (
        f"--weights-out = {both}: is the file of --out too; choose another name"
    )
    path = write(patterns=np.ones((2, 2)), targets=np.ones(2))
    before = path.read_bytes()
    assert "is the file of --patterns too" in refused("run", "perceptron", "--patterns", path, "--out", path)
    assert path.read_bytes() == before


def test_an_old_record_is_replaced_and_keeps_its_permissions(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    out.write_text("old")
    out.chmod(0o640)
    assert call(*SMALL, "--out", out).code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["experiment"] == "perceptron"
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [out]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("act", ["fsync", "replace", "chmod"])
def test_a_failing_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, act, failing)
    with pytest.raises(InputError, match="No space left on device; free some space or choose another place"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_weights_are_those_of_the_run(call: Call, tmp_path: Path) -> None:
    out, weights = tmp_path / "record.json", tmp_path / "weights.npz"
    assert call(*SMALL, "--no-center-patterns", "--out", out, "--weights-out", weights).code == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    with np.load(weights) as data:
        assert np.abs(data["w"]).sum() == record["energy"]["minimal"]


def test_json_is_the_record_and_nothing_else(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    done = call(*SMALL, "--json", "--out", out)
    assert (done.code, done.err) == (0, "")
    assert done.out == out.read_text(encoding="utf-8")
    assert done.out.count("\n") == 1
