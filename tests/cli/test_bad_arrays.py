"""A user's arrays are checked before the run; nothing in a file is ever executed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Refused = Callable[..., str]
Write = Callable[..., Path]

X = np.random.default_rng(0).choice([-1.0, 1.0], (6, 4))
D = np.array([1.0, -1, 1, -1, 1, -1])


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def with_entry(value: float) -> np.ndarray[Any, Any]:
    x = X.copy()
    x[2, 3] = value
    return x


WRONG = [
    (X, D[:4], "targets has shape (4,): must be (6,), one for each of the patterns"),
    (X, D[:, None], "targets has shape (6, 1): must be (6,), one for each of the patterns"),
    (X[0], D[:4], "patterns has shape (4,): must be (P, N) with at least one of each"),
    (X[:0], D[:0], "patterns has shape (0, 4): must be (P, N) with at least one of each"),
    (X[:, :0], D, "patterns has shape (6, 0): must be (P, N) with at least one of each"),
    (with_entry(np.nan), D, "patterns[2, 3] = nan: every entry must be finite"),
    (with_entry(-np.inf), D, "patterns[2, 3] = -inf: every entry must be finite"),
    (X, D * 2, "targets holds 2: every target must be -1 or +1"),
    (X, D > 0, "targets holds 0: every target must be -1 or +1"),
    (X + 1j, D, "patterns has type complex128: must be real numbers"),
    (X.astype(str), D, "patterns has type <U32: must be real numbers"),
    (X.astype(object), D, "patterns holds Python objects: must be numbers; save plain arrays with numpy.savez"),
]


@pytest.mark.parametrize(("patterns", "targets", "sentence"), WRONG)
def test_wrong_arrays_are_refused(refused: Refused, write: Write, patterns: Any, targets: Any, sentence: str) -> None:
    path = write(patterns=patterns, targets=targets)
    assert refused("run", "perceptron", "--patterns", path) == f"{path}: {sentence}"


def test_pickles_are_never_unpickled(refused: Refused, write: Write, tmp_path: Path) -> None:
    burst = tmp_path / "burst"
    objects = np.array([Bomb(burst)], dtype=object)
    inside = write(patterns=objects, targets=D)
    bare = tmp_path / "bare.npz"
    bare.write_bytes(pickle.dumps(Bomb(burst)))
    assert "patterns holds Python objects" in refused("run", "perceptron", "--patterns", inside)
    assert "it is not an .npz file" in refused("run", "perceptron", "--patterns", bare)
    assert not burst.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda npz: b"", "it is not an .npz file"),
        (lambda npz: b"1,2,3\n", "it is not an .npz file"),
        (lambda npz: npz[: len(npz) // 2], "it is not an .npz file"),
        (lambda npz: npz[:200] + b"x" * 60 + npz[260:], "patterns is damaged"),
    ],
    ids=["empty", "text", "truncated", "damaged"],
)
def test_a_broken_file_is_refused(
    refused: Refused, write: Write, content: Callable[[bytes], bytes], sentence: str
) -> None:
    path = write(patterns=X, targets=D)
    path.write_bytes(content(path.read_bytes()))
    assert sentence in refused("run", "perceptron", "--patterns", path)


def test_other_files_are_refused_by_what_they_lack(refused: Refused, write: Write, tmp_path: Path) -> None:
    single = tmp_path / "one.npy"
    np.save(single, X)
    assert refused("run", "perceptron", "--patterns", single) == (
        f"{single} holds a single array: save patterns and targets in one .npz file with numpy.savez"
    )
    path = write(x=X)
    assert refused("run", "perceptron", "--patterns", path) == (
        f"{path} lacks the array 'patterns': it needs patterns, targets, and holds x"
    )
    absent = tmp_path / "absent.npz"
    assert refused("run", "perceptron", "--patterns", absent) == (
        f"cannot read {absent}: No such file or directory; give an .npz file with patterns and targets"
    )


@pytest.mark.parametrize(("option", "value", "held"), [("--n-inputs", 3, 4), ("--n-patterns", 7, 6)])
def test_a_size_must_agree_with_the_file(refused: Refused, write: Write, option: str, value: int, held: int) -> None:
    path = write(patterns=X, targets=D)
    sentence = refused("run", "perceptron", "--patterns", path, option, value)
    assert sentence == f"{option} = {value}: {path} has {held}; leave the option out"


def test_two_sources_of_patterns_are_refused(refused: Refused, write: Write) -> None:
    path = write(patterns=X, targets=D)
    assert refused("run", "perceptron", "--patterns", path, "--dataset", "digits").endswith("give one of the two")


@pytest.mark.parametrize(
    ("w0", "changes", "sentence"),
    [
        (np.zeros((2, 3)), np.zeros((4, 3, 2)), "changes has shape (4, 3, 2): must be (T, 2, 3)"),
        (np.zeros((2, 3)), np.zeros((0, 2, 3)), "changes has shape (0, 2, 3): must be (T, 2, 3)"),
        (np.zeros(3), np.zeros((4, 3)), "w0 has shape (3,): must be (n_post, n_pre), not empty"),
        (np.zeros((0, 3)), np.zeros((4, 0, 3)), "w0 has shape (0, 3): must be (n_post, n_pre), not empty"),
        (np.zeros((2, 3)), np.full((4, 2, 3), np.inf), "changes[0, 0, 0] = inf: every entry must be finite"),
    ],
)
def test_a_wrong_log_is_refused(refused: Refused, write: Write, w0: Any, changes: Any, sentence: str) -> None:
    path = write(w0=w0, changes=changes)
    assert refused("run", "replay", "--updates", path).startswith(f"{path}: {sentence}")


def test_numbers_that_overflow_are_refused_and_not_written(
    call: Callable[..., tuple[int, str, str]], write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "record.json"
    path = write(patterns=X, targets=D)
    words = ("run", "perceptron", "--engine", "reference", "--max-epochs", "5", "--learning-rate", "1e200", "--quiet")
    code, printed, err = call(*words, "--patterns", path, "--out", out)
    assert (code, printed) == (2, "")
    assert err.startswith("error: the weights of this run exceed 1e150: use smaller patterns")
    assert not out.exists()
