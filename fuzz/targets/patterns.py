"""Files of arrays: patterns and targets, first weights, logs. Zip files of headers and data that need not agree."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile

import numpy as np

from fuzz.harness import EDITED, RAW, Drawn, begun, folder, taken
from lava_caching.experiments.perceptron import _own_patterns

TYPES = (
    *("'<f8'", "'|i1'", "'<f4'", "'>i4'", "'|b1'", "'<f2'", "'<c16'", "'|O'", "'<U9'", "'|S0'", "'|V8'", "'<M8[s]'"),
    *("[('a','<f8')]", "[('a','|O')]", "'<U99999999'", "'|V2000000000'", "('<f8',(2,2))", "'f8,f8'", "None", "'<g16'"),
)
SHAPES = (
    *("(2, 3)", "(2,)", "()", "(0,)", "(0, 5)", "(-1,)", "(2, 3, 4)", "(10**9,)", "(99999999999, 99999999999)"),
    *("(2**63,)", "(9223372036854775808,)", "(1000000000000,)", "[2]", "(True,)", "None", "(1.0,)", "(" * 150 + "2"),
)


def _npz(**arrays: np.ndarray) -> bytes:  # type: ignore[type-arg]
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    good = _npz(patterns=np.eye(2, 3), targets=np.array([1, -1]))
    return [RAW + good, RAW + np.eye(2).tobytes(), EDITED + bytes(40), *begun(12, 99)]


def check(data: bytes) -> bool:
    """Read patterns and targets, and find them of one shape, finite, and small."""
    path = folder() / "mine.npz"
    path.write_bytes(data[1:] if data[:1] < b"\x40" else _made(Drawn(data[1:])))
    found = taken(lambda: _own_patterns(path))
    if found is None:
        return False
    patterns, targets = found
    assert patterns.ndim == 2
    assert len(patterns) == len(targets)
    assert np.isfinite(patterns).all()
    return True


def _made(drawn: Drawn) -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w") as file:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, shape, body in (("patterns", "(2, 3)", np.eye(2, 3)), ("targets", "(2,)", np.ones(2))):
            text = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (  # noqa: UP031 - it is full of braces
                drawn.of(TYPES) if not drawn.below(4) else "'<f8'",
                drawn.of(("False", "True", "None", "0")),
                drawn.of(SHAPES) if not drawn.below(4) else shape,
            )
            if not drawn.below(12):
                text = "{" + "-" * drawn.of((10, 900, 9000)) + "1:0}"
            magic = b"\x93NUMPY" + bytes((drawn.of((1, 1, 1, 2, 3, 0)), 0))
            header = struct.pack("<H" if magic[6] == 1 else "<I", len(text)) + text.encode()
            rest = body.tobytes() if drawn.below(4) else drawn.rest(200)
            how = drawn.of((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
            file.writestr(drawn.of((name, name, name, name, "other")) + ".npy", magic + header + rest, how)
    made = content.getvalue()
    if not drawn.below(4):
        at = drawn.below(len(made))
        made = made[:at] + drawn.rest(8) + made[at + drawn.below(8) :]
    return made
