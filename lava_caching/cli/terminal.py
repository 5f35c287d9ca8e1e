"""Write to a terminal, a pipe or a file: no trailing blanks, and Greek letters where the stream can show them."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import re
import sys
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "prepare_streams", "print_json", "say"]

SPELT = {
    **{"α": "alpha", "β": "beta", "η": "eta", "θ": "theta", "τ": "tau", "Σ": "sum ", "Δ": "d", "µ": "u"},
    **{"−": "-", "–": "-", "—": "-", "×": "x", "·": "*", "≥": ">=", "≤": "<=", "→": "->", "…": "...", "²": "^2"},
    **dict.fromkeys("█▉▊▋▌", "#"),
    **dict.fromkeys("▍▎▏", "."),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
}
PLAIN = str.maketrans(SPELT)
UNKNOWN_WIDTH = 80
"""Where COLUMNS is 0, as some editors' shells set it, and rich would print nothing."""


def _plainly(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end].translate(PLAIN)
    return lost.encode("ascii", "replace").decode(), error.end


def prepare_streams() -> None:
    """Spell out on stdout and stderr what their encoding cannot show (θ becomes theta), instead of failing."""
    codecs.register_error("lava_caching_plainly", _plainly)
    for number in range(3):  # one that the caller has closed would be given to the next file, for messages to go into
        with contextlib.suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="lava_caching_plainly")


class _Trimmed:
    """A text stream that drops the blanks with which tables fill their lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(re.sub(r"[ ]+(?=\n)", "", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints what it is given and interprets nothing."""
    from rich.console import Console

    class OpenlyBroken(Console):
        """Leaves a reader that has gone to the caller, where rich would end the program with code 1."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, "nobody reads")

    stream = _Trimmed(sys.stderr if stderr else sys.stdout)
    is_zero = "COLUMNS" in os.environ and not os.environ["COLUMNS"].strip("0 ")
    width = UNKNOWN_WIDTH if is_zero else None
    return OpenlyBroken(file=cast(IO[str], stream), width=width, highlight=False, markup=False, emoji=False)


def say(message: str) -> None:
    """Print a line on stderr; when nobody reads it, go on."""
    with contextlib.suppress(OSError, AttributeError):
        print(message, file=sys.stderr, flush=True)


def print_json(text: str) -> None:
    """Print JSON; what the stream cannot encode becomes an escape, so that it stays the same JSON."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = "".join(c if c.isascii() else _escape(c) for c in text)
    print(text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
