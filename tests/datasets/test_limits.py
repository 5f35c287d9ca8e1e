"""No file makes a loader take more than 1 GiB or 10 s, however small it is and whatever it announces."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava_caching.arrays import LARGEST_ARRAYS, stored_arrays
from lava_caching.datasets import pickles

LOAD = """
import json, sys, time, resource
from lava_caching.datasets import load_images
from lava_caching.errors import InputError
said = {}
for name in sys.argv[1:]:
    start = time.perf_counter()
    try:
        load_images(name)
    except InputError as error:
        said[name.rsplit("/", 1)[1]] = str(error).replace(name, "IT"), time.perf_counter() - start
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps([said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit]))
"""

ENCODE = b"c_codecs\nencode\nq\1"
LATIN1 = b"X\6\0\0\0latin1q\2"


def zeros(n_mib: int, begin: bytes) -> bytes:
    """Return a gzip file of so many MiB of zeros after some bytes, made by repeating a compressed block."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    block = bytes(2**20)
    return packer.compress(begin) + b"".join(packer.compress(block) for _ in range(n_mib)) + packer.flush()


@pytest.fixture
def bombs(tmp_path: Path) -> dict[str, str]:
    """Write files that ask for too much; returns what each is told."""
    files: dict[str, tuple[bytes, str]] = {
        "table.pkl": (b"\x80\2Nr\0\0\0\xff.", "holds something else than arrays"),
        "huge_bytes.pkl": (b"\x80\4\x8e" + b"\xff" * 8, "holds more than is expected"),
        "huge_text.pkl": (b"\x80\4\x8d" + b"\xff" * 7 + b"\0", "holds more than is expected"),
        "huge_string.pkl": (b"\x80\4T\xff\xff\xff\x7f", "holds more than is expected"),
        "frame.pkl": (b"\x80\4\x95" + b"\xff" * 8, "ends too early"),
        "long.pkl": (b"\x80\2\x8b\xff\xff\xff\x7f", "has the instruction"),
        "doubling.pkl": (b"\x80\2N" + b"q\0h\0\x86" * 300 + b".", "holds something else than arrays"),
        "array.pkl": (b"\x80\2cnumpy\nndarray\n(J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86tR.", "holds something else"),
        "zeros.pkl.gz": (zeros(400, b"\x80\4B" + (390 * 2**20).to_bytes(4, "little")), "holds more than is expected"),
        "many.pkl.gz": (zeros(200, b"\x80\4B" + (200 * 2**20).to_bytes(4, "little")), "ends too early"),
        "encode.pkl.gz": (
            # Bytes written as text are asked for again and again.
            gzip.compress(
                b"\x80\2"
                + ENCODE
                + b"X"
                + (2**26).to_bytes(4, "little")
                + bytes(2**26)
                + b"q\3"
                + LATIN1
                + b"\x86R"
                + b"h\1h\3h\2\x86R" * 50
                + b".",
                1,
            ),
            "writes more than 320 MiB as text",
        ),
        "cut.pkl.gz": (gzip.compress(pickle.dumps(b"x" * 1000, 4))[:-20], "its gzip data end too early"),
    }
    for name, (content, _) in files.items():
        (tmp_path / name).write_bytes(content)
    told = {name: sentence for name, (_, sentence) in files.items()}

    folder = tmp_path / "idx"
    folder.mkdir()
    begin = b"\0\0\x08\x03" + (3).to_bytes(4, "big") * 3
    (folder / "train-images-idx3-ubyte.gz").write_bytes(zeros(400, begin))
    told["idx"] = "goes on after its data end"

    with zipfile.ZipFile(tmp_path / "zeros.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            file.writestr(f"{name}.npy", bytes(2**27))
    told["zeros.npz"] = "unpacks to 512 MiB: at most 448 MiB"

    small: dict[str, Any] = {
        "x_train": np.zeros((2, 2)),
        "y_train": np.zeros(2),
        "x_test": np.zeros((2, 2)),
        "y_test": np.zeros(2),
    }
    np.savez(tmp_path / "announces.npz", **{name: small[name] for name in ("y_train", "x_test", "y_test")})
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(  # type: ignore[no-untyped-call]
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**6)}
    )
    with zipfile.ZipFile(tmp_path / "announces.npz", "a") as file:
        file.writestr("x_train.npy", header.getvalue())
    told["announces.npz"] = "x_train announces more than memory holds"
    half = np.zeros((60_000, 1000), np.float16)
    np.savez_compressed(tmp_path / "half.npz", **{**small, "x_train": half})
    told["half.npz"] = "holds 60000008 floats: at most 58720256"
    return told


@pytest.mark.skipif(sys.platform == "win32", reason="the memory a process took is told by Unix only")
def test_files_that_ask_for_too_much_are_refused_quickly_and_in_little_memory(
    bombs: dict[str, str], tmp_path: Path
) -> None:
    paths = [str(tmp_path / name) for name in bombs]
    done = subprocess.run([sys.executable, "-c", LOAD, *paths], capture_output=True, text=True, check=True)
    said, n_bytes = json.loads(done.stdout)
    assert said.keys() == bombs.keys()
    for name, sentence in bombs.items():
        assert sentence in said[name][0], name
        assert said[name][1] < 10, name
    assert n_bytes < 2**30


def test_the_limits_hold_mnist_in_every_form() -> None:
    assert LARGEST_ARRAYS > 70_000 * (784 + 1) * 8 + 1000
    assert pickles.LARGEST > 70_000 * (784 * 4 + 8) * 1.5


def test_a_limit_counts_only_the_arrays_that_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, wanted=np.zeros(10), other=np.zeros(1000))
    [(name, array)] = stored_arrays(path, ["wanted"], largest=300)
    assert name == "wanted"
    assert array.shape == (10,)
