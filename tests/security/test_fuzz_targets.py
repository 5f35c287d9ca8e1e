"""Every target of ``make fuzz`` takes some inputs and refuses others, and none of a few hundred crashes it.

Inputs are those that earlier runs found worth keeping, those that crashed once, and changed copies of them, the same
ones in every run; libFuzzer itself is tried where it can be installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzz.harness import EDITED, kept, taken
from lava_caching.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
TARGETS = sorted(path.stem for path in (ROOT / "fuzz" / "targets").glob("*.py"))
NEEDS_LAVA = {"rule"}
N_CHANGED = 100
with_libfuzzer = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has wheels for Linux on x86-64 only"
)


def changed(seed: bytes, chance: random.Random) -> bytes:
    """Return a copy with some bytes changed, taken out or put in; or other edits altogether."""
    if chance.random() < 0.3:
        return EDITED + chance.randbytes(60)
    data = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_crashes_a_target(name: str) -> None:
    if name in NEEDS_LAVA:
        pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")
    target = importlib.import_module(f"fuzz.targets.{name}")
    chance = random.Random(name)
    seeds = [*target.seeds(), *kept(name)]
    took = 0
    for data in [*seeds, *(changed(chance.choice(seeds), chance) for _ in range(N_CHANGED))]:
        start = time.process_time()
        took += target.check(data)
        assert time.process_time() - start < 10, data
    assert 0 < took < len(seeds) + N_CHANGED


def test_there_is_a_target_for_each_reader() -> None:
    assert TARGETS == ["chip", "device", "idx", "patterns", "pickled", "plan", "profile", "record", "rule"]


def test_what_is_neither_taken_nor_refused_in_a_sentence_is_a_crash() -> None:
    def fails(error: Exception) -> None:
        raise error

    assert taken(lambda: 3) == 3
    assert taken(lambda: fails(InputError("a = 1: must be 2; write 2"))) is None
    with pytest.raises(KeyError):
        taken(lambda: fails(KeyError("a")))
    with pytest.raises(AssertionError, match="without a sentence"):
        taken(lambda: fails(InputError("")))


@with_libfuzzer
def test_libfuzzer_runs_a_target(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "fuzz.several", "chip", "--seconds=60", "-runs=200", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:]
    assert re.search(r"^chip: 2\d\d inputs, \d+ s, no crash$", done.stdout, re.MULTILINE)


@with_libfuzzer
@pytest.mark.parametrize(
    ("program", "held", "said"),
    [
        ("print('stat::number_of_executed_units: 1234')", True, r"chip: 1,234 inputs, \d+ s, no crash"),
        ("print('KeyError: 3'); raise SystemExit(77)", False, r"chip: ended early, .*crashed; in .*\nKeyError: 3"),
        ("print('CRASH KeyError\\nstat::number_of_executed_units: 9')", False, r"chip: 9 inputs, .*crashed"),
        ("pass", False, "chip: ended early"),
    ],
)
def test_a_crash_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, held: bool, said: str) -> None:
    from fuzz import several

    monkeypatch.setattr(several, "OUT", tmp_path)
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda line, **more: run([line[0], "-c", program], **more))
    fine, sentence = several.fuzz("chip", [])
    assert (fine, bool(re.match(said, sentence))) == (held, True), sentence
