"""``lava-caching report``: what it writes, and what it refuses in one sentence before any work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Call = Callable[..., Any]
Refused = Callable[..., str]


def test_it_writes_one_page(call: Call, record: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    done = call("report", record, "--out", out, "--title", "My <title>")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{out}: ")
    content = out.read_text(encoding="utf-8")
    assert content.startswith("<!DOCTYPE html>")
    assert "<title>My &lt;title&gt;</title>" in content
    assert call("report", record, "--out", out, "--quiet") == (0, "", "")


def test_records_of_one_name_are_told_apart(call: Call, record: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    copy = tmp_path / "a" / record.name
    copy.write_bytes(record.read_bytes())
    assert call("report", record, copy, "--out", tmp_path / "report.html").code == 0
    content = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "record [1]" in content
    assert "record [2]" in content
    assert str(tmp_path) not in content


def test_it_prices_on_other_memories(call: Call, record: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert call("report", record, "--out", out, "--hardware", "sram_pcm_90nm").code == 0
    assert "every action and its price on sram_pcm_90nm" in out.read_text(encoding="utf-8")


def test_two_processes_write_the_same_bytes(record: Path, tmp_path: Path) -> None:
    contents = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.html"
        command = [sys.executable, "-m", "lava_caching", "report", str(record), "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
        contents.append(out.read_bytes())
    assert contents[0] == contents[1]


def test_outputs_that_cannot_be_are_refused(refused: Refused, record: Path, tmp_path: Path) -> None:
    assert "must end in .html" in refused("report", record, "--out", tmp_path / "report.pdf")
    assert "there is no folder" in refused("report", record, "--out", tmp_path / "none" / "report.html")
    same = tmp_path / "record.html"
    same.write_bytes(record.read_bytes())
    assert "is an input too" in refused("report", same, "--out", same)
    assert same.read_bytes() == record.read_bytes()


def test_inputs_that_are_no_records_are_refused(refused: Refused, record: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    odd = tmp_path / "odd.json"
    odd.write_text('{"a": 1}')
    assert "is not a record" in refused("report", odd, "--out", out)
    assert "cannot read" in refused("report", tmp_path / "absent.json", "--out", out)
    assert "at most 12" in refused("report", *[record] * 13, "--out", out)
    assert "unknown pair" in refused("report", record, "--out", out, "--hardware", "sram")
    assert "PATH is missing" in refused("report", "--out", out)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(65 * 2**20)
    assert "is larger than 16 MiB, the most that is read of a record" in refused("report", huge, "--out", out)
    assert not out.exists()


def test_folders_that_are_no_sweeps_are_refused(refused: Refused, record: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "report.html", tmp_path / "sweep"
    (folder / "runs").mkdir(parents=True)
    assert "holds no finished runs of a sweep" in refused("report", folder, "--out", out)
    part = folder / "runs" / "part-000000-0123456789abcdef.parquet"
    part.write_bytes(b"PAR1 no")
    assert f"{part.name} is damaged" in refused("report", folder, "--out", out)
    pq.write_table(pa.table({"task_index": [1]}), part)
    assert "its rows lack experiment" in refused("report", folder, "--out", out)
    pq.write_table(pa.table({"x": [1]}), part)
    assert "sweep" in refused("report", folder, "--out", out)
    assert "name one sweep, or records alone" in refused("report", record, folder, "--out", out)
    assert "name one sweep, or records alone" in refused("report", folder, folder, "--out", out)
    assert "put hardware = " in refused("report", folder, "--out", out, "--hardware", "sram_rram_22nm")


def test_a_manifest_that_is_damaged_is_no_obstacle(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    (folder / "runs").mkdir(parents=True)
    known = {"task_index": [0, 1], "experiment": ["perceptron"] * 2, "engine": ["numba"] * 2, "seed": [0, 0]}
    columns = {**known, "error": pa.nulls(2, pa.string()), "config_threshold": [1.0, 2.0], "energy_total": [3.0, 2.0]}
    pq.write_table(pa.table(columns), folder / "runs" / "part-000000-0123456789abcdef.parquet")
    for manifest in (b"{", b"[1]", json.dumps({"grid": 3, "n_tasks": "x"}).encode()):
        (folder / "manifest.json").write_bytes(manifest)
        assert call("report", folder, "--out", tmp_path / "report.html").code == 0


@pytest.mark.parametrize("name", ["<b>.json", "a'b\"c&.json", "x\ny.json"])
def test_names_of_files_are_texts(name: str, call: Call, record: Path, tmp_path: Path) -> None:
    odd = tmp_path / name
    odd.write_bytes(record.read_bytes())
    assert call("report", odd, "--out", tmp_path / "report.html").code == 0
    assert "<b>" not in (tmp_path / "report.html").read_text(encoding="utf-8").partition("<script type=")[0]
