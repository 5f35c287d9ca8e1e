"""A broken profile of one's own is refused wherever it is named."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

Refused = Callable[..., str]
SHIPPED = files("hardware_profiles").joinpath("nonvolatile/pcm_gst_90nm.toml").read_text(encoding="utf-8")
PAIR = 'title = "t"\nwhy = "w"\nvolatile = "sram_array_22nm"\nnonvolatile = "mine.toml"\n'
LEVELS = '[operating_point]\nvolatile_levels = { value = 16, declared = "d" }\n'


def broken(old: str, new: str) -> str:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


BROKEN = [
    (broken("energy_j", "energy"), ": the key lacks its unit; write "),
    (broken("nominal = ", "nominal = -"), ": must be > 0; write { unknown"),
    (broken("confidence = ", "confidense = "), ".confidense: unknown key; did you mean 'confidence'?"),
    (broken("source = ", "sorce = "), ".sorce: unknown key; did you mean 'source'?"),
    (broken("title = ", "title "), ": is not TOML: "),
    (broken("title = ", 'colour = "red"\ntitle = '), "colour: unknown key; "),
]


@pytest.mark.parametrize(("text", "rule"), BROKEN)
@pytest.mark.parametrize("words", [("run", "perceptron", "--hardware"), ("hardware", "check"), ("hardware", "show")])
def test_a_broken_memory_is_refused(
    refused: Refused, tmp_path: Path, text: str, rule: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    pair = tmp_path / "pair.toml"
    pair.write_text(PAIR + LEVELS, encoding="utf-8")
    sentence = refused(*words, pair)
    assert sentence.startswith(f"{tmp_path / 'mine.toml'}: ")
    assert rule in sentence


def test_a_number_without_its_source_is_refused(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    lines = SHIPPED.splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if "source = " in line)
    if lines[first].startswith("source"):
        del lines[first]
    else:
        head, _, tail = lines[first].partition("source = ")
        lines[first] = head + tail.partition(", ")[2]
    path.write_text("".join(lines), encoding="utf-8")
    assert ".source: is missing; a number is a table" in refused("hardware", "check", path)
