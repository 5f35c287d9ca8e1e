"""Folders of IDX files, plain or gzipped."""

from __future__ import annotations

import gzip
import struct

from fuzz.harness import EDITED, Drawn, begun, folder, taken
from lava_caching.datasets import load_images

NAMES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
SIZES = (0, 1, 2, 3, 4, 2**8, 2**16, 2**24, 2**28, 2**31, 2**32 - 1)


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    return [EDITED + bytes(200), *begun(8, 200)]


def check(data: bytes) -> bool:
    """Make four files by a recipe with few mistakes, and read them."""
    drawn = Drawn(data)
    place = folder() / "idx"
    place.mkdir(exist_ok=True)
    n = 1 + drawn.below(3)
    for name in NAMES:
        n_dimensions = int(name[-1])
        shape = [n, 2, 2][:n_dimensions] if drawn.below(8) else [drawn.of(SIZES) for _ in range(n_dimensions)]
        magic = bytes((0, 0, 8, n_dimensions)) if drawn.below(8) else drawn.rest(6)
        body = bytes(b % 10 for b in drawn.rest(20)).ljust(4 * n if n_dimensions == 3 else n, b"\1")
        if drawn.below(4):
            body = body[: 4 * n if n_dimensions == 3 else n]
        content = magic + struct.pack(f">{n_dimensions}I", *shape) + body
        if drawn.below(2):
            content = gzip.compress(content, 1, mtime=0)
            if not drawn.below(6):
                content = _damaged(drawn, content)
        (place / f"{name}-ubyte").write_bytes(content)
    images = taken(lambda: load_images(place))
    assert images is None or images.inputs(images.x_train).max() <= 1
    return images is not None


def _damaged(drawn: Drawn, content: bytes) -> bytes:
    at = drawn.below(len(content))
    return content[:at] + drawn.rest(8) + content[at + drawn.below(8) :]
