"""Fuzz several targets, some at once, each with a log of its own: ``python -m fuzz.several [TARGET ...]``.

A target that finds a crash ends, the others go on; words that are not ours go to libFuzzer. The exit code is 1 if there
was a crash.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from fuzz.run import OUT

TARGETS = sorted(path.stem for path in Path(__file__).with_name("targets").glob("[!_]*.py"))
TAIL = 30
"""How many lines of a log are shown of a crash."""


def fuzz(target: str, words: list[str]) -> tuple[bool, str]:
    """Fuzz one target; return whether it held, and what to say of it."""
    log = OUT / f"{target}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with log.open("wb") as file:
        line = [sys.executable, "-m", "fuzz.run", target, *words]
        code = subprocess.run(line, stdout=file, stderr=subprocess.STDOUT, check=False).returncode
    told = log.read_text("utf-8", errors="replace")
    counted = re.search(r"number_of_executed_units:\s*(\d+)", told)
    inputs = f"{int(counted[1]):,} inputs" if counted else "ended early"
    sentence = f"{target}: {inputs}, {time.monotonic() - begun:.0f} s"
    if code == 0 and counted and "CRASH" not in told:
        return True, f"{sentence}, no crash"
    return False, "\n".join([f"{sentence}, crashed; in {log}:", *told.splitlines()[-TAIL:]])


def main() -> int:
    """Fuzz the targets that are named, all by default; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seconds", type=int, default=600, help="how long each runs (default %(default)s)")
    parser.add_argument("--at-once", type=int, default=2, help="how many run at once (default %(default)s)")
    asked, words = parser.parse_known_args()
    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}; known: {', '.join(TARGETS)}")
    targets = asked.targets or TARGETS
    print(f"{len(targets)} targets, {asked.seconds} s each, {asked.at_once} at once; logs in {OUT}", flush=True)
    words = [f"-max_total_time={asked.seconds}", *words]
    held = True
    with ThreadPoolExecutor(asked.at_once) as pool:
        for ended in as_completed([pool.submit(fuzz, target, words) for target in targets]):
            fine, sentence = ended.result()
            held &= fine
            print(sentence, flush=True)
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
