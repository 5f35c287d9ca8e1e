"""The folder of a sweep: Parquet parts that are only ever added, each whole and with its checksum in its name.

``runs/part-N-DIGEST.parquet`` holds a row for each finished task, ``curve/part-N-DIGEST.parquet`` the curves of the
same tasks. A curve is written before its rows, so a row that is there is complete. ``manifest.json`` says what was
planned and can be made again from the plan. A part that does not match the checksum in its name is set aside as
``….damaged``, and its tasks run again.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from lava_caching._version import __version__
from lava_caching.errors import InputError
from lava_caching.files import write_atomically
from lava_caching.sweeps._plan import Plan, Task
from lava_caching.sweeps._rows import curve_table, run_table

__all__ = ["Store", "read_sweep"]

FORMAT = 1
NAME = re.compile(r"part-(\d{6})-([0-9a-f]{16})\.parquet")
RUNS, CURVE, MANIFEST, LOCK = "runs", "curve", "manifest.json", ".lock"
KILLED, DAMAGED = ".lava-caching-", ".damaged"
"""How the file of a write that was killed begins, and how a part ends that was set aside."""


class Store:
    """A folder that takes finished runs.

    Parameters
    ----------
    folder : Path
        Made where it is not there; its parent must be.
    plan : Plan
        What is run.
    tasks : list of Task
        All of it.
    resume : bool
        Whether a folder that is not empty is taken on.
    say : callable
        Is told, in a line each, what was damaged and will be done again.

    Attributes
    ----------
    done : set of str
        Ids of the tasks that need not run; those that failed run again.

    Raises
    ------
    InputError
        If the folder holds something else, another sweep writes to it, or it cannot be written.
    """

    def __init__(
        self, folder: Path, plan: Plan, tasks: list[Task], *, resume: bool, say: Callable[[str], None]
    ) -> None:
        self.folder, self.plan, self._say = folder, plan, say
        try:
            held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
            if held and not resume:
                raise InputError(f"{folder} is not empty: name an empty folder, or go on with --resume")
            flaw = self._flaw_of_manifest() if held else None
            if flaw is not None and (stranger := _stranger(folder, held)) is not None:
                raise InputError(
                    f"{folder} holds {stranger}, which is no file of a sweep: name an empty folder, or one that a"
                    " sweep has filled"
                )
            for name in (RUNS, CURVE):
                (folder / name).mkdir(parents=name == RUNS and folder.parent.is_dir(), exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot write {folder}: {error.strerror}; choose another folder") from None
        self._lock = _locked(folder)
        if flaw is not None:
            self._say(f"{folder / MANIFEST} is {flaw}: made again from the plan")
        manifest = {
            "format": FORMAT,
            "version": __version__,
            "experiment": plan.experiment,
            "engine": plan.engine,
            "hardware": plan.hardware,
            "n_tasks": len(tasks),
            "tasks_sha256": hashlib.sha256("".join(task.task_id for task in tasks).encode()).hexdigest(),
            "fixed": dict(plan.fixed),
            "grid": {name: list(v) if isinstance(v, tuple) else v for name, v in plan.grid.items()},
            "zip": {name: list(v) if isinstance(v, tuple) else v for name, v in plan.zip.items()},
        }
        self.done: set[str] = set()
        self._n_parts = 0
        self._survey({task.task_id for task in tasks})
        write_atomically(folder / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())

    def _flaw_of_manifest(self) -> str | None:
        """Return whether the manifest is missing or damaged; one of another sweep is refused."""
        try:
            told = json.loads((self.folder / MANIFEST).read_bytes())
            experiment = told["experiment"]
        except FileNotFoundError:
            return "missing"
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return "damaged"
        if experiment != self.plan.experiment or told.get("format") != FORMAT:
            raise InputError(
                f"{self.folder} holds a sweep of {experiment!r}, format {told.get('format')}: this plan is of"
                f" {self.plan.experiment!r}, format {FORMAT}; name another folder"
            )
        return None

    def _survey(self, wanted: set[str]) -> None:
        """Find what is finished; set aside what is damaged, incomplete or there twice."""
        numbers = {kind: self._parts(kind) for kind in (RUNS, CURVE)}
        self._refuse_other_plans(numbers[RUNS].values(), wanted)
        for n, path in numbers[CURVE].items():
            if n not in numbers[RUNS]:  # the row was never written
                path.unlink()
        for n, path in numbers[RUNS].items():
            rows = pq.read_table(path, columns=["task_id", "error"]).to_pylist()
            has_curves = pq.read_schema(path).metadata[b"has_curves"] == b"yes"
            if has_curves and n not in numbers[CURVE]:
                self._set_aside(path, "its curves are missing or damaged")
                continue
            ids = {row["task_id"] for row in rows if row["error"] is None}
            if len(ids) < len(rows) or ids & self.done:  # something failed, or is there twice
                self._keep_only(n, path, numbers[CURVE].get(n), ids - self.done)
            self.done |= ids

    def _refuse_other_plans(self, parts: Iterable[Path], wanted: set[str]) -> None:
        """Refuse a folder with finished runs that are not wanted, before anything in it is changed."""
        tables = [pq.read_table(path, columns=["task_id", "error"]).to_pylist() for path in parts]
        strangers = {row["task_id"] for rows in tables for row in rows if row["error"] is None} - wanted
        if strangers:
            self.close()
            raise InputError(
                f"{self.folder} holds {len(strangers):,} runs that this plan has not, of another plan or another"
                " version of the toolkit: name another folder"
            )

    def _parts(self, kind: str) -> dict[int, Path]:
        """Return the parts of a kind that are whole, by number."""
        found = {}
        for path in sorted((self.folder / kind).iterdir()):
            match = NAME.fullmatch(path.name)
            if match is None:
                if path.name.startswith(KILLED):  # a write that was killed
                    path.unlink()
                continue
            self._n_parts = max(self._n_parts, int(match[1]) + 1)
            if hashlib.sha256(path.read_bytes()).hexdigest()[:16] != match[2]:
                self._set_aside(path, "it does not match its checksum")
            else:
                found[int(match[1])] = path
        return found

    def _set_aside(self, path: Path, why: str) -> None:
        path.rename(path.with_name(path.name + DAMAGED))
        self._say(f"{path} is damaged ({why}): set aside, its tasks run again")

    def _keep_only(self, n: int, runs: Path, curves: Path | None, ids: set[str]) -> None:
        """Write the rows of some tasks of a part anew, and drop the part."""
        wanted = pa.array(sorted(ids), pa.string())
        tables = []
        for path in (runs, curves):
            table = None if path is None else pq.read_table(path)
            tables.append(None if table is None else table.filter(pa.compute.is_in(table["task_id"], wanted)))
        if ids:
            self._write(*tables)
        for path in (runs, curves):
            if path is not None:
                path.unlink()

    def add(self, rows: list[dict[str, Any]], curves: list[dict[str, Any]]) -> None:
        """Write finished tasks as a part; all of them or none."""
        if rows:
            self._write(run_table(self.plan.experiment, rows), curve_table(curves) if curves else None)

    def _write(self, runs: pa.Table, curves: pa.Table | None) -> None:
        has_curves = curves is not None and len(curves) > 0
        n, self._n_parts = self._n_parts, self._n_parts + 1
        if has_curves:
            self._write_part(CURVE, n, curves)
        self._write_part(RUNS, n, runs.replace_schema_metadata({"has_curves": "yes" if has_curves else "no"}))

    def _write_part(self, kind: str, n: int, table: pa.Table) -> None:
        content = io.BytesIO()
        pq.write_table(table, content, compression="zstd")
        digest = hashlib.sha256(content.getvalue()).hexdigest()[:16]
        write_atomically(self.folder / kind / f"part-{n:06d}-{digest}.parquet", content.getvalue())

    def close(self) -> None:
        """Let others write to the folder."""
        self._lock.close()


def _stranger(folder: Path, held: Iterable[str]) -> str | None:
    """Return the name of something in a folder without a manifest of ours that no sweep has put there.

    A manifest that is damaged may be anybody's: it is ours where parts are.
    """
    parts = [path.relative_to(folder) for kind in (RUNS, CURVE) if kind in held for path in (folder / kind).iterdir()]
    ours = [NAME.fullmatch(part.name.removesuffix(DAMAGED)) is not None for part in parts]
    strange = [name for name in held if name not in (RUNS, CURVE, MANIFEST, LOCK) and not name.startswith(KILLED)]
    strange += [MANIFEST] if MANIFEST in held and not any(ours) else []
    strange += [str(p) for p, own in zip(parts, ours, strict=True) if not own and not p.name.startswith(KILLED)]
    return next(iter(strange), None)


def _locked(folder: Path) -> IO[bytes]:
    """Return an open file whose lock ends with this process, however it ends."""
    file = (folder / LOCK).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InputError(f"{folder}: another sweep is writing to it; wait for it, or name another folder") from None
    return file


def read_sweep(folder: str | os.PathLike[str], *, curves: bool = False) -> pa.Table:
    """Return what a sweep has finished, in the order of its plan; `curves` for the curves instead of the rows.

    Raises
    ------
    InputError
        If the folder holds no sweep.

    Notes
    -----
    ``pandas.read_parquet(folder / "runs")``, ``polars.scan_parquet("folder/runs/*.parquet")`` and DuckDB's
    ``read_parquet('folder/runs/*.parquet')`` read the same; ``.to_pandas()`` turns the result into a data frame.
    """
    place = Path(folder) / (CURVE if curves else RUNS)
    paths = sorted(place.glob("part-*.parquet")) if place.is_dir() else []
    if not paths:
        raise InputError(f"{folder}: holds no finished runs of a sweep; give the folder named with --out")
    table = pa.concat_tables([_read(path) for path in paths], promote_options="default")
    if curves:
        return table
    return table.sort_by("task_index")


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} is damaged ({error}): the sweep with --resume runs its tasks again") from None
