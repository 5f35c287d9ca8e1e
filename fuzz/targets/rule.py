"""Learning rules as text: what the grammar takes Lava takes, and a rule that caches can be told in JSON."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from fuzz.harness import RAW, Drawn, begun, taken
from lava_caching.cli.loihi_rule import rule

# fmt: off
WORDS = (
    "x0", "y0", "u0", "u1", "u9", "u12", "x1", "x2", "y1", "y2", "y3", "w", "d", "t", "sgn(", "sgn", "(", ")", "+", "-",
    "*", "^", "2^", "2^-", "2", "3", "7", "8", "127", "128", "255", " ", "  ", "\t", "\n", "0.5", "1e3", "99999", "**",
    "__import__('os')", "w.__class__", "9**9**9", "ｗ", "х0", "0x1", "1_0", "[", "lambda:0", "'", "#", "\0", "²",
)
NUMBERS = (
    "0", "1", "20", "255", "256", "0.5", "1e-300", "1e300", "1e999", "nan", "-1", "inf", "9" * 400, "1_0", "٣", "",
)
# fmt: on


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    rules = ("2^-2*x1*y0 - 2^-2*y1*x0", "4*x0*y1 - 4*x0*y2", "u0*t*sgn(t-4)", "x0*(w+3)*(-2)", "3*2^-4*x0*(2^3-w)")
    whole = [RAW + bytes(20) + rule.encode() for rule in rules]
    return whole + begun(8, 60)


def check(data: bytes) -> bool:
    """Make a caching rule of a text, its numbers given as text too."""
    drawn = Drawn(data[1:])
    arithmetic = drawn.of(("fixed", "float", "fixed", "x"))
    three_factor = bool(drawn.below(2))
    theta, quantum = drawn.of(("20", *NUMBERS)), drawn.of((None, None, "8", *NUMBERS))
    epoch, impulse, tau = drawn.of(("1", "1", *NUMBERS)), drawn.of(("16", *NUMBERS)), drawn.of(("20", *NUMBERS))
    dd = drawn.of((None, None, None, "x0*d", "u1*d", "__import__('os')"))
    drawn.at = max(drawn.at, 20)
    if data[:1] < b"\x40":
        dw = drawn.data[drawn.at :].decode("utf-8", "surrogateescape")
    else:
        dw = ""
        while not drawn.used_up:
            dw += drawn.of(WORDS)

    words: dict[str, Any] = {"dw": dw, "dd": dd, "threshold": theta, "quantum": quantum, "arithmetic": arithmetic}
    words |= {"three_factor": three_factor, "t_epoch": epoch, "x1_impulse": impulse, "x1_tau": tau}
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        taken(lambda: rule(**words, as_json=True))
    return bool(told.getvalue()) and bool(json.loads(told.getvalue()))
