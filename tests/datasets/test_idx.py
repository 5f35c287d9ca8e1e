"""Folders of IDX files: read whole and exactly, or refused with the file, the rule and the way out."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from lava_caching.datasets import load_images
from lava_caching.datasets.idx import read_idx
from lava_caching.errors import InputError

Refused = Callable[..., str]
Idx = Callable[[NDArray[np.uint8]], bytes]
Small = dict[str, NDArray[Any]]

NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


@pytest.fixture
def folder(tmp_path: Path, idx: Idx, small: Small) -> Path:
    for key, name in NAMES.items():
        (tmp_path / name).write_bytes(idx(small[key]))
    return tmp_path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
def test_a_folder_gives_back_what_was_written(
    tmp_path: Path, idx: Idx, small: Small, packed: bool, dotted: bool
) -> None:
    for key, name in NAMES.items():
        content = idx(small[key])
        file = tmp_path / (name.replace("-idx", ".idx") if dotted else name)
        if packed:
            file.with_name(file.name + ".gz").write_bytes(gzip.compress(content))
        else:
            file.write_bytes(content)
    images = load_images(tmp_path)
    assert np.array_equal(images.x_train, small["x_train"].reshape(4, 6))
    assert np.array_equal(images.x_test, small["x_test"].reshape(2, 6))
    assert np.array_equal(images.y_train, small["y_train"])
    assert np.array_equal(images.y_test, small["y_test"])
    assert (images.divisor, images.shape, images.name) == (255.0, (2, 3), str(tmp_path))


@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=9)), st.booleans())
def test_every_array_of_bytes_survives(tmp_path_factory: Any, array: NDArray[np.uint8], packed: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "array"
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = bytes((0, 0, 8, array.ndim)) + sizes + array.tobytes()
    path.write_bytes(gzip.compress(content) if packed else content)
    assert np.array_equal(read_idx(path, array.ndim), array)


@given(st.binary(max_size=80), st.booleans(), st.booleans())
def test_no_bytes_lead_to_anything_but_an_array_or_a_refusal(
    tmp_path_factory: Any, content: bytes, begun: bool, packed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes"
    content = b"\0\0\x08\x01\0\0\0" * begun + content
    path.write_bytes(gzip.compress(content)[: len(content) + 9] if packed else content)
    refusal = ""
    try:
        array = read_idx(path, 1)
    except InputError as error:
        refusal = str(error)
    assert str(path) in refusal if refusal else array.tobytes() == content[8:]


BROKEN = [
    ("x_train", lambda c: b"", "ends too early"),
    ("x_train", lambda c: c[:3], "ends too early"),
    ("x_train", lambda c: c[:10], "ends too early"),
    ("x_train", lambda c: c[:-1], "ends too early"),
    ("y_train", lambda c: c[:-1], "ends too early"),
    ("x_train", lambda c: c + b"\0", "goes on after its data end"),
    ("y_test", lambda c: c + b"\0" * 100, "goes on after its data end"),
    ("x_train", lambda c: b"\0\0\x0d\x03" + c[4:], "begins with 00 00 0d 03: must be 00 00 08 03"),
    ("x_train", lambda c: b"\0\0\x08\x01" + c[4:], "begins with 00 00 08 01: must be 00 00 08 03"),
    ("y_train", lambda c: b"\0\0\x08\x03" + c[4:], "begins with 00 00 08 03: must be 00 00 08 01"),
    ("y_train", lambda c: b"PK\3\4" + c[4:], "begins with 50 4b 03 04: must be 00 00 08 01"),
    ("x_train", lambda c: c[:4] + bytes(4) + c[8:], "announces 0 × 2 × 3 bytes: must be at least 1"),
    ("x_train", lambda c: c[:8] + bytes(4) + c[12:], "announces 4 × 0 × 3 bytes: must be at least 1"),
    ("x_train", lambda c: c[:4] + b"\xff" * 12 + c[16:], "at most 256 MiB"),
    ("x_train", lambda c: c[:4] + b"\0\0\0\3" + c[8:], "goes on after its data end"),
    ("x_train", lambda c: gzip.compress(c)[:-1], "its gzip data end too early"),
    ("x_train", lambda c: gzip.compress(c)[:12], "its gzip data end too early"),
    ("x_train", lambda c: gzip.compress(c)[:-8] + bytes(8), "incorrect data check"),
    ("x_train", lambda c: gzip.compress(c)[:20] + b"!!!!" + gzip.compress(c)[24:], "rror -3 while decompressing"),
    ("x_train", lambda c: b"\x1f\x8b" + c, "rror -3 while decompressing"),
    ("x_train", lambda c: gzip.compress(c) + b"x", "it goes on after its gzip data end"),
    ("x_train", lambda c: gzip.compress(c) + gzip.compress(c), "it goes on after its gzip data end"),
    ("x_train", lambda c: gzip.compress(c + b"\0"), "goes on after its data end"),
    ("x_train", lambda c: gzip.compress(c[:-1]), "ends too early"),
    ("x_train", lambda c: gzip.compress(gzip.compress(c)), "begins with 1f 8b"),
]


@pytest.mark.parametrize(("key", "change", "sentence"), BROKEN)
def test_a_broken_file_is_named(
    folder: Path, refused: Refused, key: str, change: Callable[[bytes], bytes], sentence: str
) -> None:
    path = folder / NAMES[key]
    path.write_bytes(change(path.read_bytes()))
    said = refused(folder)
    assert sentence in said
    assert NAMES[key] in said
    assert said.endswith("; copy the file again")


def test_a_label_above_9_is_refused(folder: Path, refused: Refused, idx: Idx) -> None:
    (folder / NAMES["y_test"]).write_bytes(idx(np.array([9, 10], np.uint8)))
    assert refused(folder).startswith("IT: y_test[1] = 10: must be a whole number 0 to 9")


def test_images_and_labels_must_agree_in_number(folder: Path, refused: Refused, idx: Idx) -> None:
    (folder / NAMES["y_train"]).write_bytes(idx(np.array([1, 2, 3], np.uint8)))
    assert refused(folder).startswith("IT: y_train has shape (3,): must be (4,), one label for each image")


def test_images_to_learn_and_to_test_must_agree_in_size(folder: Path, refused: Refused, idx: Idx) -> None:
    (folder / NAMES["x_test"]).write_bytes(idx(np.zeros((2, 3, 2), np.uint8)))
    assert "the images are 2 × 3 in the training set and 3 × 2 in the test set: must agree" in refused(folder)


@pytest.mark.parametrize("name", NAMES.values())
def test_a_missing_file_is_named(folder: Path, refused: Refused, name: str) -> None:
    (folder / name).unlink()
    assert refused(folder).startswith(f"IT lacks the file {name} or {name}.gz")


def test_an_empty_folder_is_told_what_belongs_there(tmp_path: Path, refused: Refused) -> None:
    assert all(name in refused(tmp_path) for name in NAMES.values())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_hold_the_loader_up(folder: Path, refused: Refused) -> None:
    (folder / NAMES["x_train"]).unlink()
    os.mkfifo(folder / NAMES["x_train"])
    assert "lacks the file train-images" in refused(folder)
