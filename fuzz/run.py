"""Feed a target with inputs that reach ever more of the code, as libFuzzer finds them: ``python -m fuzz.run TARGET``.

Stops at the first crash and leaves its input in ``out/fuzz``; with ``--go-on`` it keeps one input for each place that
crashes, and goes on. Further words go to libFuzzer.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

from fuzz.harness import kept

ROOT = Path(__file__).parent
OUT = ROOT.parent / "out" / "fuzz"
COMPILED = ("kernels", "plasticity", "consolidation", "schedules")
"""Parts of the package with functions for numba, which cannot compile instrumented code."""
LIMITS = ("-timeout=10", "-rss_limit_mb=1536", "-print_final_stats=1", "-max_len=16384", "-verbosity=1")


def going_on(check: Callable[[bytes], bool], out: Path) -> Callable[[bytes], None]:
    """Return the target with every crash kept in a file, once for each place."""
    seen: set[str] = set()

    def one(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:
            frames = [f for f in traceback.extract_tb(error.__traceback__) if "/lava_caching/" in f.filename]
            place = type(error).__name__ + "".join(f" {f.filename}:{f.lineno}" for f in frames[-1:])
            if isinstance(error, AssertionError):
                place += str(error)[:12]
            if place not in seen:
                seen.add(place)
                (out / f"crash-{hashlib.sha1(data).hexdigest()[:12]}").write_bytes(data)
                print(f"CRASH {place}: {str(error)[:300]!r}", flush=True)
                traceback.print_exc()

    return one


def _files(part: str) -> Iterator[Path]:
    return (ROOT.parent / "lava_caching" / part).glob("*.py")


def main() -> None:
    """Fuzz the target that is named first."""
    name, *words = sys.argv[1:]
    out = OUT / name
    corpus = out / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    left_out = [f"lava_caching.{file.parent.name}.{file.stem}" for part in COMPILED for file in _files(part)]
    with atheris.instrument_imports(include=["lava_caching"], exclude=left_out):
        target = importlib.import_module(f"fuzz.targets.{name}")
        for seed in [*target.seeds(), *kept(name)]:
            target.check(seed)  # what is compiled is compiled now, and not on the time of an input
            (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
        check: Callable[[bytes], object] = target.check
        if "--go-on" in words:
            words.remove("--go-on")
            check = going_on(target.check, out)
        command = [sys.argv[0], *LIMITS, f"-artifact_prefix={out}/", *words, str(corpus)]
        atheris.Setup(command, lambda data: check(data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
