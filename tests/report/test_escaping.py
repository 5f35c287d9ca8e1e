"""Whatever a record says is text in the page: in strings, keys and names, in markup and in inlined data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lava_caching.record import Record
from lava_caching.report.page import page_of_records, page_of_sweep, render

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "\" onmouseover='alert(1)' x=\"",
    "{{ 7 * 7 }} {% raw %}",
    "%{x}<b>bold</b><a href='javascript:alert(1)'>link</a>",
    "\u2028\x00\udcff",
    "Σ|<b>|^α a_<b>x</b>.y_<script>z",
)
OURS = 4  # scripts of the page: the theme, the data, the library, and its own
NUMBERED = ("alpha", "threshold")


def poisoned(plain: Any, payload: str) -> Any:
    """Return the same with every text replaced, and a key of that name in every table."""
    if isinstance(plain, dict):
        return {**{key: poisoned(value, payload) for key, value in plain.items()}, payload: payload}
    if isinstance(plain, list):
        return [*(poisoned(item, payload) for item in plain), *([payload] if plain else [])]
    return payload if isinstance(plain, str) else plain


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_and_keys_of_a_record_stay_texts(payload: str, record: Record, read_page: Callable[[bytes], Any]) -> None:
    outcome = poisoned(record.outcome, payload)
    outcome["device"] = {"name": payload, "repricing": payload}
    layer = replace(record.ledger.layers[0], name=payload)
    hostile = replace(
        record,
        experiment=payload,
        engine=payload,
        config=poisoned(record.config, payload),
        outcome=outcome,
        ledger=replace(record.ledger, layers=(layer,)),
        hardware=poisoned(record.hardware, payload),
        versions=poisoned(record.versions, payload),
    )
    content = render(page_of_records([(payload, hostile), ("plain", record)], title=payload))
    seen = read_page(content)
    assert seen.tags.count("script") == OURS
    assert not {"img", "b", "iframe", "object"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert all(link.startswith(("#", "https://")) for link in seen.links)
    visible = " ".join(payload.encode("utf-8", "backslashreplace").decode().replace("\x00", "\ufffd").split())
    shown = " ".join(seen.text.replace("\x00", "\ufffd").split())
    assert shown.count(visible) > 20


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_of_a_sweep_stay_texts(payload: str, read_page: Callable[[bytes], Any]) -> None:
    def row(i: int, policy: str, threshold: float) -> dict[str, Any]:
        known = {"task_index": i, "experiment": payload, "engine": payload, "seed": i, "error": None}
        config = {"config_policy": policy, f"config_{payload}": threshold, "hardware_profile": payload}
        return {**known, **config, "energy_total": 1.0 + i, "outcome_n_presentations": 10 + i}

    rows = [row(0, payload, 1.0), row(1, "other", 2.0), {**row(2, payload, 3.0), "error": payload}]
    manifest = {"experiment": payload, "grid": {"policy": [payload, "other"], payload: [1, 2]}, "version": payload}
    seen = read_page(render(page_of_sweep(payload, rows, manifest)))
    assert seen.tags.count("script") == OURS
    assert not {"img", "b", "iframe", "object"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert len(seen.data["sweep"]["axes"]) == 2


def test_names_in_plots_are_escaped_for_the_little_markup_that_the_library_reads(
    record: Record, read_page: Callable[[bytes], Any]
) -> None:
    name = "<a href='javascript:alert(1)'>x</a>"
    plots = read_page(render(page_of_records([(name, record), ("b", record)])))
    drawn = str(plots.data["plots"])
    assert "<" not in drawn.replace("<extra>", "").replace("</extra>", "").replace("<br>", "")
