"""A user's .npz file: used as it is, or refused before it takes memory."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lava_caching.datasets import load_images

Refused = Callable[..., str]
Small = dict[str, NDArray[Any]]


@pytest.fixture
def ready(small: Small) -> Small:
    return {key: array / 255 if key.startswith("x") else array for key, array in small.items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.npz"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("flat", [False, True])
def test_the_arrays_are_used_as_they_are(path: Path, ready: Small, save: Callable[..., None], flat: bool) -> None:
    if flat:
        ready |= {"x_train": ready["x_train"].reshape(4, 6), "x_test": ready["x_test"].reshape(2, 6)}
    save(path, **ready, notes=np.array(["anything"]))
    images = load_images(path)
    assert np.array_equal(images.inputs(images.x_train), ready["x_train"].reshape(4, 6))
    assert np.array_equal(images.inputs(images.x_test), ready["x_test"].reshape(2, 6))
    assert np.array_equal(images.y_train, ready["y_train"])
    assert (images.divisor, images.shape, images.name) == (1.0, None if flat else (2, 3), str(path))


def test_other_arrays_may_even_be_objects(path: Path, ready: Small) -> None:
    np.savez(path, **ready, extra=np.array([{}], dtype=object))
    assert len(load_images(path).x_train) == 4


@pytest.mark.parametrize("lacking", ["x_train", "y_train", "x_test", "y_test"])
def test_an_array_that_lacks_is_named(path: Path, ready: Small, refused: Refused, lacking: str) -> None:
    del ready[lacking]
    np.savez(path, **ready)
    assert refused(path).startswith(f"IT lacks the array {lacking!r}: it needs x_train, y_train, x_test, y_test")


def test_bytes_must_be_divided_first(path: Path, small: Small, refused: Refused) -> None:
    np.savez(path, **small)
    assert refused(path).startswith("IT: x_train[0, 1] = 128: must be from 0 to 1; divide the pixels")


@pytest.mark.parametrize("key", ["x_train", "y_test"])
def test_objects_are_never_unpickled(path: Path, ready: Small, refused: Refused, key: str) -> None:
    np.savez(path, **{**ready, key: ready[key].astype(object)})
    assert refused(path).startswith(f"IT: {key} holds Python objects: must be numbers")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda npz: b"", "it is not an .npz file"),
        (lambda npz: b"x,y\n", "it is not an .npz file"),
        (lambda npz: npz[: len(npz) // 2], "it is not an .npz file"),
        (lambda npz: npz.replace(b"'<f8'", b"'<f9'"), "x_train is damaged"),
        (lambda npz: npz.replace(b"NUMPY", b"NUMPX"), "x_train is "),
        (lambda npz: npz[:190] + b"!" + npz[191:], "x_train is damaged"),
    ],
)
def test_a_broken_file_is_refused(
    path: Path, ready: Small, refused: Refused, content: Callable[[bytes], bytes], sentence: str
) -> None:
    np.savez(path, **ready)
    path.write_bytes(content(path.read_bytes()))
    assert sentence in refused(path)


@pytest.mark.parametrize("comment", [b"", b"any comment"])
def test_a_table_of_contents_without_end_is_not_read(
    path: Path, ready: Small, refused: Refused, comment: bytes
) -> None:
    np.savez(path, **ready)
    content = bytearray(path.read_bytes())
    content[-10:-6] = b"\xff\xff\xff\x7f"
    content[-2:] = len(comment).to_bytes(2, "little")
    path.write_bytes(content + comment)
    assert refused(path).startswith("IT lists more than a few arrays")


def test_a_slow_way_of_packing_is_refused(path: Path, ready: Small, refused: Refused) -> None:
    np.savez(path, **ready)
    with zipfile.ZipFile(path) as plain:
        members = {name: plain.read(name) for name in plain.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    assert "x_train.npy is packed by an unusual method" in refused(path)


@pytest.mark.parametrize("name", ["absent.npz", "absent.pkl.gz", "absent.pkl"])
def test_an_absent_file_is_named(tmp_path: Path, refused: Refused, name: str) -> None:
    assert refused(tmp_path / name).startswith("cannot read IT: No such file or directory; give ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["pipe.npz", "pipe.pkl.gz"])
def test_a_pipe_does_not_hold_the_loader_up(tmp_path: Path, refused: Refused, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert refused(tmp_path / name).startswith("cannot read IT: it is a ")


@pytest.mark.parametrize("name", ["mnits", "Digits", "", " ", "a\0b", "x" * 5000, "./mnist.csv", "http://x.org/a.gz"])
def test_what_is_no_data_set_is_told_what_is(refused: Refused, name: str) -> None:
    sentence = refused(name)
    assert "is no data set, and no folder: give digits, mnist, a folder of IDX files, or a file that ends" in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize("name", ["bad\0.npz", "bad\0.pkl", "x" * 5000 + ".npz", "x" * 5000 + ".pkl.gz"])
def test_a_name_that_no_file_can_have_is_refused(refused: Refused, name: str) -> None:
    assert "cannot read" in refused(name)


def test_a_file_of_another_kind_is_refused(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(b"")
    assert refused(path).startswith("dataset 'IT' is a file of unknown kind: give digits, mnist, a folder of IDX files")
