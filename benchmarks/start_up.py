"""How long the command line takes to answer, against Python importing what such a program is made of."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.pairing import Row, in_turn, row_of

TITLE = "Start-up, a process of its own"
SMALL = ("run", "perceptron", "--n-inputs", "20", "--n-patterns", "20", "--quiet")
COMPILES = "import numpy, numba; numba.njit(lambda x: x + 1)(1.0)"


def rows(smoke: bool) -> Iterator[Row]:
    """Yield import, help, a run and a bill."""
    n_rounds = 3 if smoke else 9
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "run.json"
        _cli(*SMALL, "--out", str(record))
        cases = (
            ("import lava_caching", ["-c", "import lava_caching"], "import numpy", "import numpy", 0.8),
            ("lava-caching --version", _words("--version"), "import numpy, numba", "import numpy, numba", 0.8),
            ("lava-caching run perceptron", _words(*SMALL), COMPILES, "numba compiling x + 1", 0.3),
            ("lava-caching price", _words("price", str(record)), "import numpy, numba", "import numpy, numba", 0.3),
        )
        for case, ours, script, instead, bound in cases:
            rounds = in_turn(partial(_python, *ours), partial(_python, "-c", script), n_rounds)
            yield row_of(rounds, case=case, instead=instead, at_least=bound)


def _words(*words: str) -> list[str]:
    return ["-m", "lava_caching", *words]


def _cli(*words: str) -> None:
    _python(*_words(*words))


def _python(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
