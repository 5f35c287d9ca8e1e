"""Records and pages of the report, made once, and a reader of what a page shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron
from lava_caching.record import Record
from lava_caching.report.page import page_of_records, page_of_sweep, render
from lava_caching.sweeps import Plan, Store, read_sweep
from lava_caching.sweeps._rows import curve_of, row_of

SMALL = {"n_inputs": 20, "n_patterns": 15, "maintenance_cost": 0.01}


@dataclass
class Seen:
    """What a browser would find in a page: tables as lists of (text, number), and the elements and links there are.

    A number is None where the cell is a text.
    """

    tables: dict[str, list[list[tuple[str, str | None]]]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    attributes: list[tuple[str, str | None]] = field(default_factory=list)

    def row(self, table: str, *heads: str) -> list[tuple[str, str | None]]:
        """Return the cells behind the row whose first cells are these."""
        for row in self.tables[table]:
            if [text for text, _ in row[: len(heads)]] == list(heads):
                return row[len(heads) :]
        raise AssertionError(f"{table} has no row {heads}: {[row[0] for row in self.tables[table]]}")

    def number(self, table: str, *heads: str) -> float | None:
        """Return the first number of a row; None where it is not known."""
        raw = self.row(table, *heads)[0][1]
        assert raw is not None, heads
        return float(raw) if raw else None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._table: list[list[tuple[str, str | None]]] | None = None
        self._cell: list[Any] | None = None
        self._script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        self.seen.tags.append(tag)
        self.seen.attributes += attrs
        if tag == "a" and have.get("href"):
            self.seen.links.append(have["href"] or "")
        if tag == "table":
            self._table = self.seen.tables[have["id"] or ""] = []
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("td", "th"):
            self._cell = ["", have.get("data-v")]
        elif tag in ("script", "style"):
            self._script = have.get("id") or tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None and self._table is not None:
            self._table[-1].append((" ".join(self._cell[0].split()), self._cell[1]))
            self._cell = None
        elif tag == "table":
            self._table = None
        elif tag in ("script", "style"):
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script == "page-data":
            self.seen.data = json.loads(data)
        elif self._script is None:
            self.seen.text += data
            if self._cell is not None:
                self._cell[0] += data


def read(content: bytes) -> Seen:
    reader = _Reader()
    reader.feed(content.decode())
    reader.close()
    return reader.seen


@pytest.fixture(scope="session")
def read_page() -> Callable[[bytes], Any]:
    """Return a function that tells what a page shows; tests cannot import from here."""
    return read


@pytest.fixture(scope="session")
def record() -> Record:
    """Return a priced perceptron with lifetimes."""
    return Perceptron(**SMALL, threshold=3, write_counts=True).run(hardware="sram_stt_22nm")


@pytest.fixture(scope="session")
def uncached() -> Record:
    return Perceptron(**SMALL, policy="immediate", write_counts=True).run(hardware="sram_stt_22nm")


@pytest.fixture(scope="session")
def seen(record: Record) -> Seen:
    """Return what the page on one record shows."""
    return read(render(page_of_records([("one", record)])))


def plan_of() -> Plan:
    grid = {
        "policy": ["immediate", "local-global"],
        "threshold": [1.0, 3.0, 30.0],
        "maintenance_cost": [0.0, 0.01],
        "seed": [0, 1, 2],
    }
    return Plan(experiment="perceptron", fixed={"n_inputs": 20, "n_patterns": 15}, grid=grid, zip={})


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a sweep of 36 runs, of which the last failed."""
    folder, plan = tmp_path_factory.mktemp("sweep") / "thresholds", plan_of()
    tasks = plan.tasks()
    store = Store(folder, plan, tasks, resume=False, say=print)
    runs = [(task, Perceptron(**task.config).run(seed=task.seed)) for task in tasks]
    rows = [row_of(*run) for run in runs]
    known = {key: value for key, value in rows[-1].items() if key.startswith(("task_", "config_"))}
    rows[-1] = {**known, "experiment": "perceptron", "engine": "numba", "seed": 2, "error": "<b>out of memory</b>"}
    store.add(rows, [point for run in runs for point in curve_of(*run)])
    store.close()
    return folder


def page_of(folder: Path) -> bytes:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return render(page_of_sweep(folder.name, read_sweep(folder).to_pylist(), manifest))


@pytest.fixture(scope="session")
def swept(sweep: Path) -> Seen:
    """Return what the page on the sweep shows."""
    return read(page_of(sweep))
