"""`lava-caching price --export`: the bill line by line, as a table and in the form of Accelergy."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching.hardware.export import COLUMNS, csv_text

Call = Callable[..., Any]
Refused = Callable[..., str]


def test_the_lines_add_up_to_the_total(call: Call, record: Path, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    done = call("price", record, "--hardware", "sram_pcm_90nm", "--export", path, "--json")
    total = json.loads(done.out)["hardware"]["joules"]["total"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    for bound in ("low", "nominal", "high"):
        assert sum(float(row[f"{bound}_j"]) for row in rows) == pytest.approx(total[bound], rel=1e-12)
        for row in rows:
            assert float(row["count"]) * float(row[f"unit_{bound}_j"]) == pytest.approx(float(row[f"{bound}_j"]))
    assert all(row["source"] for row in rows)


def test_what_is_unknown_is_empty(call: Call, record: Path, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    assert call("price", record, "--hardware", "loihi2", "--export", path).code == 0
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    writes = [row for row in rows if row["cause"] == "write"]
    assert writes
    assert all(row["nominal_j"] == row["unit_nominal_j"] == "" and float(row["count"]) > 0 for row in writes)


def test_accelergy_counts_times_energies_are_the_total(call: Call, record: Path, tmp_path: Path) -> None:
    path = tmp_path / "counts.yaml"
    done = call("price", record, "--hardware", "sram_pcm_90nm", "--export", path, "--json")
    total = json.loads(done.out)["hardware"]["joules"]["total"]["nominal"]
    counts, energies = path.read_text(encoding="utf-8").split("ERT:\n")
    assert counts.startswith('action_counts:\n  version: "0.4"\n  local:\n    - name: memory_pair.volatile\n')
    named = re.findall(r"^        - name: (\w+)\n          counts: (\S+)$", counts, re.MULTILINE)
    priced = re.findall(
        r"^        - name: (\w+)\n          arguments: {}\n          energy: (\S+)$", energies, re.MULTILINE
    )
    assert [name for name, _ in named] == [name for name, _ in priced]
    picojoules = sum(float(n) * float(e) for (_, n), (_, e) in zip(named, priced, strict=True))
    assert picojoules * 1e-12 == pytest.approx(total, rel=1e-12)
    # a number without a point before its exponent is a text in YAML 1.1
    assert not re.search(r": \d+e", counts + energies)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    (cell,) = list(csv.reader(io.StringIO(csv_text(["a"], [[text]]))))[1]
    assert cell == f"'{text.strip()}"
    assert csv_text(["a"], [[-1.5, None, "a,b"]]) == 'a\n-1.5,,"a,b"\n'


def test_bad_exports_are_refused(refused: Refused, record: Path, tmp_path: Path) -> None:
    export = ("price", record, "--hardware", "sram_rram_22nm", "--export")
    assert "the ending says the format; use .csv or .yaml" in refused(*export, tmp_path / "bill.xls")
    assert "there is no folder" in refused(*export, tmp_path / "absent" / "bill.csv")
    csv_file = tmp_path / "bill.csv"
    several = refused("price", record, record, "--export", csv_file)
    assert several == (
        f"--export = {csv_file}: takes one bill, and there are 2; export one after the other, or compare them with"
        " lava-caching hardware compare --csv"
    )
    arbitrary = ("price", record, "--hardware", "li2020", "--export", csv_file)
    assert refused(*arbitrary).startswith("li2020 is in the units of the paper and has no joules")
    unpriced = refused("price", record, "--hardware", "loihi2", "--export", tmp_path / "bill.yaml")
    assert unpriced.endswith("export a table (.csv) instead")
    assert "is the file of --out too" in refused(*export, csv_file, "--out", csv_file)
    assert list(tmp_path.iterdir()) == []
