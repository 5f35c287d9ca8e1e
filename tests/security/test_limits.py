"""No file makes a reader take more than 1 GiB or 10 s: each reads it in a process that may have no more.

`tests/datasets/test_limits.py` does the same for sets of images.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching import MLP, InputError, Perceptron
from lava_caching.arrays import LARGEST_ARRAYS, _allowed
from lava_caching.checking import LARGEST_RECORD

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of a process, and pipes, are Unix")

READ = """
import json, os, resource, sys, time
from pathlib import Path
from lava_caching.cli.records import load_record
from lava_caching.datasets import load_images
from lava_caching.devices import get_device
from lava_caching.errors import InputError
from lava_caching.experiments.perceptron import _own_patterns
from lava_caching.hardware import load
from lava_caching.hardware.chips import load_chip
from lava_caching.sweeps._plan import read_plan

READERS = {
    "profile": load, "chip": load_chip, "device": get_device, "record": load_record, "images": load_images,
    "patterns": _own_patterns, "plan": lambda path: read_plan(path).tasks(),
}
if sys.platform == "linux":  # elsewhere a process cannot be told what it has
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 2**30, -1))
for kind, name in json.loads(sys.argv[1]):
    child = os.fork()  # what one file takes stays apart from what the next one does
    if not child:
        start, said = time.process_time(), "loaded"
        try:
            READERS[kind](Path(name))
        except InputError as error:
            said = str(error).replace(name, "IT")
        print(json.dumps([said, time.process_time() - start]), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{kind} {name}")
"""
MIB = 2**20
TOML_READERS = ("profile", "chip", "device", "plan")
PLAN = 'experiment = "perceptron"\n'


def read(*files: tuple[str, Path]) -> list[tuple[str, float]]:
    """Read files one after the other within 1 GiB; returns what each was told, and its seconds."""
    asked = json.dumps([(kind, str(path)) for kind, path in files])
    done = subprocess.run(
        [sys.executable, "-c", READ, asked],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = [tuple(json.loads(line)) for line in done.stdout.splitlines()]
    assert len(told) == len(files)
    return told


def filled(unit: bytes, begin: bytes, end: bytes, size: int) -> bytes:
    """Return so many bytes of repeated units, with a begin and an end."""
    return begin + unit * ((size - len(begin) - len(end)) // len(unit)) + end


def test_nothing_that_is_no_file_holds_a_reader_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to_zero").symlink_to("/dev/zero")
    (tmp_path / "to_pipe").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    places = [tmp_path / "pipe", tmp_path / "to_pipe", tmp_path / "to_zero", tmp_path / "loop", Path("/dev/zero")]
    kinds = (*TOML_READERS, "record", "patterns")
    asked = [(kind, path) for kind in kinds for path in places]
    for (kind, path), (said, seconds) in zip(asked, read(*asked), strict=True):
        assert ("it is a device or a pipe" in said) == (path.name != "loop"), (kind, path, said)
        assert "IT" in said
        assert seconds < 10


TOML: dict[str, bytes] = {
    "tables in a list": filled(b"{},", b"a = [", b"]", MIB),
    "lists in a list": filled(b"[],", b"a = [", b"]", MIB),
    "numbers": filled(b"1,", b"a = [", b"]", MIB),
    "tables": b"".join(b"[t%d]\n" % i for i in range(90_000)),
    "arrays of tables": filled(b"[[a]]\n[[a.b]]\n", b"", b"", MIB),
    "keys of many parts": b"".join(b"a." * 600 + b"b%d = 1\n" % i for i in range(860)),
    "a key of a million parts": filled(b"a.", b"", b"a = 1", MIB),
    "lists of lists of lists": b"a = " + b"[" * (MIB // 2),
    "tables of tables of tables": filled(b"{a=", b"a = ", b"", MIB),
    "a number without end": filled(b"9", b"a = ", b"", MIB),
    "a number without end in base 16": filled(b"f", b"a = 0x", b"", MIB),
    "400 digits": b"a = " + b"9" * 400,
    "a text without end": filled(b"a", b'a = """', b"", MIB),
    "a key without end": filled(b"a", b"", b" = 1", MIB),
    "a control character": b'tier = "a\\u001b[2J\\u0007\\n"\nsummary = "\\u202e"\nexperiment = "\\u0000"\n',
    "nothing but line ends": b"\n" * MIB,
    "twice the size": b"#" * 2 * MIB,
}


@pytest.mark.slow
def test_no_toml_file_takes_long_or_much(tmp_path: Path) -> None:
    asked = []
    for i, content in enumerate(TOML.values()):
        path = tmp_path / f"{i}.toml"
        path.write_bytes(content)
        asked.append((TOML_READERS[i % len(TOML_READERS)], path))  # they share what reads TOML
    for (kind, path), (said, seconds) in zip(asked, read(*asked), strict=True):
        name = list(TOML)[int(path.stem)]
        assert said.startswith("IT: "), (kind, name, said)
        assert said.isprintable()
        assert len(said) < 1100
        assert seconds < 10, (kind, name)


PLANS = {
    "a grid of 10^12 runs": "[grid]\n"
    + "".join(
        f"{axis} = {{ linspace = [1, 9, 100000] }}\n" for axis in ("threshold", "maintenance_cost", "change_cost")
    ),
    "an axis of 10^12": "[grid]\nthreshold = { logspace = [1, 9, 1000000000000] }\n",
    "an axis of 10^400": f"[grid]\nthreshold = {{ linspace = [0, 1{'0' * 400}, 3] }}\n",
    "an axis of half a million": f"[grid]\nthreshold = [{'1,' * 500_000}]\n",
    "the same twice": "[zip]\nseed = [1, 2, 1]\n",
    "a field of no experiment": f"[fixed]\n{'x' * 1_000_000} = 1\n",
    "a value of half a million": f"[fixed]\nthreshold = [{'1,' * 500_000}]\n",
}


@pytest.mark.slow
def test_no_plan_is_worked_out_before_it_is_counted(tmp_path: Path) -> None:
    for i, text in enumerate(PLANS.values()):
        (tmp_path / f"{i}.toml").write_text(PLAN + text, encoding="utf-8")
    asked = [("plan", tmp_path / f"{i}.toml") for i in range(len(PLANS))]
    for name, (said, seconds) in zip(PLANS, read(*asked), strict=True):
        assert said != "loaded", name
        assert seconds < 10, name
    assert "the plan has 1,000,000,000,000,000 tasks" in read(asked[0])[0][0]


def test_parents_are_read_once_each(tmp_path: Path) -> None:
    for i in range(40):
        (tmp_path / f"{i}.toml").write_text(f'inherits = "{i + 1}.toml"\n' + "#" * 2**19, encoding="utf-8")
    (tmp_path / "40.toml").write_text('inherits = "0.toml"\n', encoding="utf-8")
    ((said, seconds),) = read(("profile", tmp_path / "0.toml"))
    assert "is parent number 9 in a row; at most 8" in said
    assert seconds < 10


@pytest.mark.slow
def test_no_record_takes_long_or_much(tmp_path: Path) -> None:
    size = LARGEST_RECORD
    contents = {
        "lists": filled(b"[],", b"[", b"0]", size),
        "tables": filled(b'{"":0},', b"[", b"0]", size),
        "tables of lists": filled(b'{"a":[]},', b"[", b"0]", size),
        "numbers": filled(b"1.5,", b"[", b"0]", size),
        "whole numbers": filled(b"300,", b"[", b"0]", size),
        "wide texts": filled('"\N{GRINNING FACE}b",'.encode(), b"[", b"0]", size),
        "keys": b"{" + b",".join(b'"%x":0' % i for i in range(1_300_000)) + b"}",
        "lists in lists": b"[" * size,
        "tables in tables": filled(b'{"a":', b"", b"", size),
        "a number without end": filled(b"9", b"", b"", size),
        "a byte more": b" " * (size + 1),
    }
    asked = []
    for i, content in enumerate(contents.values()):
        (tmp_path / f"{i}.json").write_bytes(content)
        asked.append(("record", tmp_path / f"{i}.json"))
    for name, (said, seconds) in zip(contents, read(*asked), strict=True):
        assert said.startswith("IT is "), name
        assert seconds < 10, name


def test_no_ledger_takes_long_or_much(tmp_path: Path) -> None:
    plain = Perceptron(n_inputs=3, n_patterns=3, write_counts=True).run(engine="reference").to_dict()
    histogram = {"mantissa_bits": 7, "bins": list(range(13_000)), "n": [1] * 13_000, "l1": [1.0] * 13_000, "sq": 1.0}
    signs = {"potentiation": histogram, "depression": histogram}

    def layers(n: int, **run: Any) -> list[Any]:
        (layer,) = plain["ledger"]["layers"]
        first = {**layer, "run": {**layer["run"], **run}}
        return [first, *[layer] * (n - 1)]

    counts = [1] * (LARGEST_RECORD // 8)
    ledgers = {
        "many layers": layers(3000),
        "wide histograms": layers(900, persistent_change_histogram=signs, minimal_histogram=signs),
        "many counts": layers(1, write_counts=counts),
        "a histogram of a million": layers(
            999, minimal_histogram={**signs, "depression": {**histogram, "bins": list(range(10**6))}}
        ),
    }
    asked = []
    for i, ledger in enumerate(ledgers.values()):
        path = tmp_path / f"{i}.json"
        path.write_text(json.dumps({**plain, "ledger": {"layers": ledger, "total": {}}}, separators=(",", ":")))
        asked.append(("record", path))
    for name, (said, seconds) in zip(ledgers, read(*asked), strict=True):
        assert said.startswith("IT is "), (name, said)
        assert seconds < 10, name


def npz(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def header(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(  # type: ignore[no-untyped-call]
        content, {"descr": kind, "fortran_order": False, "shape": shape}
    )
    return content.getvalue()


@pytest.mark.slow
def test_no_file_of_arrays_takes_long_or_much(tmp_path: Path) -> None:
    ones = header((2,)) + np.ones(2).tobytes()
    deep = b"{'descr': " + b"-" * 9000 + b"1}"
    sparse = tmp_path / "sparse.npz"
    with sparse.open("wb") as file:
        file.truncate(2**40)
    array = tmp_path / "array.npz"
    array.write_bytes(header((10**13,)))
    asked = {
        npz(tmp_path / "zeros.npz", patterns=bytes(600 * MIB), targets=ones): "unpacks to 600 MiB: at most 448 MiB",
        npz(tmp_path / "bytes.npz", patterns=header((60, MIB), "|i1") + bytes(60 * MIB), targets=ones): (
            "unpacks to 480 MiB: at most 448 MiB"
        ),
        npz(tmp_path / "full.npz", patterns=header((50, MIB), "<f8") + bytes(400 * MIB), targets=ones): "targets has",
        npz(tmp_path / "half.npz", patterns=header((50, MIB), "<f2") + bytes(100 * MIB), targets=ones): "targets has",
        npz(tmp_path / "announced.npz", patterns=header((10**9, 10**6)), targets=ones): "announces more than memory",
        npz(tmp_path / "wide.npz", patterns=header((10**9,), "<U2000"), targets=ones): "IT: patterns ",
        npz(tmp_path / "deep.npz", patterns=b"\x93NUMPY\1\0" + len(deep).to_bytes(2, "little") + deep, targets=ones): (
            "IT: patterns "
        ),
        array: "holds a single array",
        sparse: "it is not an .npz file",
    }
    for (path, expected), (said, seconds) in zip(
        asked.items(), read(*(("patterns", path) for path in asked)), strict=True
    ):
        assert expected in said or "announces more than memory" in said, (path.name, said)
        assert seconds < 10, path.name


def test_large_arrays_are_taken_where_they_are_as_large_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "log.npz"
    path.write_bytes(os.urandom(MIB))
    assert _allowed(path) == LARGEST_ARRAYS
    with path.open("wb") as file:
        file.truncate(2**40)  # holes
    assert _allowed(path) == LARGEST_ARRAYS
    assert _allowed(tmp_path / "absent") == LARGEST_ARRAYS


@pytest.mark.slow
def test_no_folder_of_labels_takes_long_or_much(tmp_path: Path) -> None:
    begin = b"\0\0\x08"
    images = begin + b"\3" + (1).to_bytes(4, "big") * 3 + b"\1"
    labels = begin + b"\1" + (2**28).to_bytes(4, "big") + bytes(2**28)
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(images)
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels, 1))
    ((said, seconds),) = read(("images", tmp_path))
    assert said == "IT: train-labels holds 268,435,456 labels: at most 16,777,216; copy the file again"
    assert seconds < 10


def test_a_checkpoint_that_would_lead_the_kernels_astray_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "aside.npz"
    asked = {"n_hidden": "3", "max_samples": 20, "checkpoint": path}
    MLP(**asked).run()
    with np.load(path) as stored:
        good = dict(stored)
    wrong: dict[str, Any] = {
        "n_in": good["n_in"] * 2**40,
        "first": good["first"] - 2**40,
        "l": np.full_like(good["l"], np.nan),
        "s": good["s"][:2],
        "bin_places": good["bin_places"] + 2**40,
        "progress": np.frombuffer(b"[" * 10**6, np.uint8),
        "decay": np.zeros(10**6),
    }
    said = json.loads(good["progress"].tobytes())
    for key, value in (("n_presentations", "x"), ("curve", [1]), ("best_of_epochs", 1e9), ("odd", 1)):
        changed = {**said, "progress": {**said["progress"], key: value}}
        wrong[f"progress {key}"] = np.frombuffer(json.dumps(changed).encode(), np.uint8)
    for name, value in wrong.items():
        np.savez(path, **{**good, name.partition(" ")[0]: value})
        with pytest.raises(InputError, match="is no checkpoint") as refusal:
            MLP(**asked).run()
        assert "remove it to begin anew" in str(refusal.value)
    np.savez(path, **good)
    assert MLP(**asked).run().outcome["n_presentations"] == 20
