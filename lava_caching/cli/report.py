"""``lava-caching report``: one page on a record, on several, or on a sweep, that opens without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lava_caching.cli.help import examples
from lava_caching.cli.options import PAIRS_HELP, completing
from lava_caching.cli.outputs import check_outputs, inputs_of_hardware
from lava_caching.cli.records import load_record
from lava_caching.errors import InputError
from lava_caching.files import read_bytes, write_atomically
from lava_caching.hardware import MemoryPair, load_pair, pair_names

if TYPE_CHECKING:
    from lava_caching.report.page.content import Page

__all__ = ["EXAMPLES", "report"]

EXAMPLES = examples(
    "report run.json --out report.html",
    "report before.json after.json --out report.html",
    "report thresholds --title 'Which threshold?' --out report.html",
)
ENDINGS = (".html", ".htm")
MOST_RECORDS = 12
LARGEST_MANIFEST = 2**26
NEEDED = ("task_index", "experiment", "engine", "seed", "error", "energy_total")
NOT_SHOWN = ("outcome_json", "train_time_s", "worker_host")


def report(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Records written by run --out, or the folder of one sweep."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="Write the page here; an old one is replaced.")],
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Heading of the page.")] = None,
    hardware: Annotated[
        str | None,
        typer.Option(
            metavar="PAIR|FILE.toml",
            help=f"{PAIRS_HELP}. By default those of each record.",
            autocompletion=completing(pair_names),
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing.")] = False,
) -> None:
    """Write one HTML page with plots and tables: energies, joules, lifetimes, the ledger, and every source.

    The file needs no network and nothing beside it. Nothing runs again.
    """
    _check_output(out, paths, hardware)
    pair = None if hardware is None else load_pair(hardware)
    is_sweep = any(path.is_dir() for path in paths)
    page = _of_sweep(paths, pair, title) if is_sweep else _of_records(paths, pair, title)
    from lava_caching.report.page import render

    content = render(page)
    write_atomically(out, content)
    if not quiet:
        print(f"{out}: {len(content) / 1e6:.1f} MB; open it in a browser")


def _check_output(out: Path, paths: Sequence[Path], hardware: str | None) -> None:
    """Refuse an output that is no page, cannot be written, or is one of the inputs."""
    if out.suffix.lower() not in ENDINGS:
        raise InputError(f"--out = {out}: must end in {' or '.join(ENDINGS)}")
    held = [file for folder in paths for file in (folder / "manifest.json", *folder.glob("*/*.parquet"))]  # of a sweep
    check_outputs({"--out": out}, [*(("an input", path) for path in (*paths, *held)), *inputs_of_hardware(hardware)])


def _of_records(paths: Sequence[Path], pair: MemoryPair | None, title: str | None) -> Page:
    from lava_caching.report.page import page_of_records

    if len(paths) > MOST_RECORDS:
        raise InputError(f"{len(paths)} records: a page shows at most {MOST_RECORDS} side by side; give fewer of them")
    records = [load_record(path) for path in paths]
    if pair is not None:
        records = [record.price(pair) for record in records]
    return page_of_records(list(zip(_names(paths), records, strict=True)), title=title)


def _names(paths: Sequence[Path]) -> list[str]:
    """Return what the records are called: by their files' names, with a number where two are alike."""
    stems = [path.stem for path in paths]
    return [stem if stems.count(stem) == 1 else f"{stem} [{i}]" for i, stem in enumerate(stems, 1)]


def _of_sweep(paths: Sequence[Path], pair: MemoryPair | None, title: str | None) -> Page:
    from lava_caching.report.page import page_of_sweep

    folder = next(path for path in paths if path.is_dir())
    if len(paths) > 1:
        raise InputError(f"{folder} is a folder, and {len(paths)} paths are given: name one sweep, or records alone")
    if pair is not None:
        raise InputError(
            f"--hardware = {pair.name}: a sweep keeps joules on the memories of its plan; put hardware ="
            f' "{pair.name}" into the plan, or report on single records'
        )
    manifest = _manifest(folder / "manifest.json")
    return page_of_sweep(folder.resolve().name, _rows(folder), manifest, title=title)


def _rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a sweep.

    Raises
    ------
    InputError
        If the folder holds no sweep, a damaged one, or nothing that was run.
    """
    from lava_caching.sweeps import read_sweep

    try:
        table = read_sweep(folder)
        rows: list[dict[str, Any]] = table.drop_columns(
            [name for name in table.column_names if name in NOT_SHOWN]
        ).to_pylist()
    except InputError:
        raise
    except (OSError, ValueError, TypeError, KeyError) as error:  # what pyarrow raises on other people's files
        said = " ".join(str(error).split())[:120]
        raise InputError(
            f"{folder} cannot be read as a sweep ({said}); `lava-caching sweep --resume` does again what is damaged"
        ) from None
    if lacking := [name for name in NEEDED if name not in table.column_names]:
        raise InputError(f"{folder} is not a sweep: its rows lack {lacking[0]}; give the folder named with --out")
    if not rows:
        raise InputError(f"{folder} holds no finished runs yet: wait for the sweep, or give another folder")
    return rows


def _manifest(path: Path) -> dict[str, Any] | None:
    """Return what was planned; a manifest that is missing or damaged is no obstacle."""
    try:
        plain = json.loads(read_bytes(path, LARGEST_MANIFEST) or b"")
    except (OSError, ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None
