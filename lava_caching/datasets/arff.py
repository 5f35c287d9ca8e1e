"""Read ``mnist_784`` as OpenML gives it: ARFF, one image a line, 784 whole numbers and the digit.

The format: I. H. Witten and E. Frank, *Data Mining* (2000), section 2.4; here dense data without quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_caching.datasets.images import ImageSet
from lava_caching.datasets.streams import Stream, reading

__all__ = ["N_TEST", "N_TRAIN", "read_openml"]

N_TRAIN, N_TEST = 60_000, 10_000
LARGEST = 5 * 2**25
"""160 MiB; mnist_784 takes 122."""
LONGEST_LINE = 2**14
MOST_HEADER_LINES = 2000
BLOCK = 2**19
WAY_OUT = 'delete it and call sklearn.datasets.fetch_openml("mnist_784", version=1) again'


def read_openml(path: Path, name: str) -> ImageSet:
    """Read the file of scikit-learn's cache; the last 10 000 images are the test set.

    Parameters
    ----------
    path : Path
        ARFF, gzipped or not.
    name : str
        Name of the set.

    Raises
    ------
    InputError
        If it is no such file, holds another number of images, or a value that is not a whole number from 0 to 255.
    """
    with reading(path, LARGEST, WAY_OUT) as stream:
        n_columns = _columns(stream)
        values = np.empty((N_TRAIN + N_TEST, n_columns), np.uint8)
        n_rows = 0
        for lines in _lines(stream):
            rows = _numbers(stream, lines, n_columns)
            values[n_rows : n_rows + len(rows)] = rows[: len(values) - n_rows]
            n_rows += len(rows)
        if n_rows != len(values):
            raise stream.refused(f"holds {n_rows} images: must be {len(values)}")
    return ImageSet(
        name=name,
        x_train=values[:N_TRAIN, :-1],
        y_train=values[:N_TRAIN, -1].astype(np.int64),
        x_test=values[N_TRAIN:, :-1],
        y_test=values[N_TRAIN:, -1].astype(np.int64),
        divisor=255.0,
        shape=(28, 28) if n_columns == 785 else None,
    )


def _columns(stream: Stream) -> int:
    """Read the header; return how many values a line of data has."""
    names: list[bytes] = []
    for _ in range(MOST_HEADER_LINES):
        words = stream.line(LONGEST_LINE).lower().split()
        if not words or words[0].startswith(b"%") or words[0] == b"@relation":
            continue
        if words[0] == b"@attribute" and len(words) > 2:
            names.append(words[1].strip(b"'\""))
        elif words == [b"@data"] and len(names) > 1 and names[-1] == b"class":
            return len(names)
        else:
            break
    raise stream.refused("is no ARFF file of pixels and a last column named class")


def _lines(stream: Stream) -> Iterator[list[bytes]]:
    """Yield the lines of the data, some hundred at once, without comments and empty lines."""
    rest, n_lines = b"", 0
    while block := stream.some(BLOCK):
        *lines, rest = (rest + block).splitlines(keepends=True)
        n_lines += len(lines)
        if n_lines > 2 * (N_TRAIN + N_TEST):  # millions of empty lines would take minutes
            raise stream.refused(f"holds more than {n_lines} lines: must be {N_TRAIN + N_TEST} images")
        if rest.endswith(b"\n") or len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        yield _told(lines)
    yield _told([rest])


def _told(lines: list[bytes]) -> list[bytes]:
    return [line for line in map(bytes.strip, lines) if line and not line.startswith(b"%")]


def _numbers(stream: Stream, lines: list[bytes], n_columns: int) -> NDArray[np.uint8]:
    """Return the numbers of some lines; column by digit, which takes 2 s for all of MNIST and float() 15 s."""
    for line in lines:
        if line.count(b",") != n_columns - 1:
            raise stream.refused(f"has a line of {line.count(b',') + 1} values: must be {n_columns}")
    text = np.frombuffer(b",".join([*lines, b""]), np.uint8)
    ends = np.flatnonzero(text == ord(","))
    n_digits = np.diff(ends, prepend=-1) - 1
    digits = (text - np.uint8(ord("0"))).astype(np.int16)  # whatever is no digit becomes 10 or more
    if np.count_nonzero(digits < 10) != len(text) - len(ends) or not ((n_digits >= 1) & (n_digits <= 3)).all():
        raise stream.refused("has a value that is not a whole number from 0 to 255")
    values = np.zeros(len(ends), np.int16)
    for place in range(3):
        values += np.where(n_digits > place, digits[ends - 1 - place], 0) * np.int16(10**place)
    if values.max(initial=0) > 255:
        raise stream.refused(f"has the value {values.max()}: must be a whole number from 0 to 255")
    return values.astype(np.uint8).reshape(len(lines), n_columns)
