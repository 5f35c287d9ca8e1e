"""A record that was damaged or edited is refused by the place that does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Refused = Callable[..., str]
RUN = ("ledger", "layers", 0, "run")
HISTOGRAM = (*RUN, "persistent_change_histogram", "potentiation")

NOT_JSON = [
    (b"", "it is not JSON (Expecting value in line 1, column 1)"),
    (b"energy: 3", "it is not JSON (Expecting value in line 1, column 1)"),
    (b'{"experiment": 1', "it is not JSON (Expecting ',' delimiter in line 1, column 17)"),
    (b"PK\x03\x04\xff", "byte 4 is not UTF-8"),
    (b'{"a": NaN}', "it holds NaN"),
    (b'{"a": -Infinity}', "it holds -Infinity"),
    (b"[" * 100_000, "it is nested too deeply"),
    (b"[1, 2]", "all of it = [1, 2]: must be a table { … }"),
    (b"{}", "experiment is missing"),
]

EDITED = [
    (("ledger",), None, "ledger = null: must be a table { … }"),
    (("ledger", "layers"), [], "ledger.layers is empty: it needs a layer"),
    (("ledger", "layers", 0), 3, "ledger.layers[0] = 3: must be a table { … }"),
    ((*RUN, "n_updates"), "12", 'ledger.layers[0].run.n_updates = "12": must be a whole number, not negative'),
    ((*RUN, "n_updates"), -12, "ledger.layers[0].run.n_updates = -12: must be a whole number, not negative"),
    ((*RUN, "n_updates"), 1.5, "ledger.layers[0].run.n_updates = 1.5: must be a whole number, not negative"),
    ((*RUN, "n_updates"), True, "ledger.layers[0].run.n_updates = true: must be a whole number, not negative"),
    ((*RUN, "n_updates"), 10**400, "ledger.layers[0].run.n_updates = 1000"),
    ((*RUN, "transient_hold_l1"), "x", 'ledger.layers[0].run.transient_hold_l1 = "x": must be a finite number'),
    ((*RUN, "transient_hold_l1"), -1.0, "ledger.layers[0].run.transient_hold_l1 = -1.0: must not be negative"),
    ((*RUN, "write_counts"), ["x"], 'ledger.layers[0].run.write_counts[0] = "x": must be a whole number'),
    ((*HISTOGRAM, "n"), [], "ledger.layers[0].run.persistent_change_histogram.potentiation.n has 0 entries for "),
    ((*HISTOGRAM, "sq"), -1.0, "ledger.layers[0].run.persistent_change_histogram.potentiation.n, l1 or sq is not"),
    ((*RUN, "n_bananas"), 3, "unknown ledger field 'n_bananas'"),
    ((*RUN, "n_persistent_writes"), 7, "ledger.total is not the sum of its layers"),
    (("config", "alpha"), "x", 'config.alpha = "x": must be a finite number'),
    (("config", "alpha"), 7, "config_hash does not belong to its config"),
    (("config", "threshold"), -1, "config_hash does not belong to its config"),
    (("config", "threshold"), 6.5, "config_hash does not belong to its config"),
    (("outcome", "converged"), "yes", 'outcome.converged = "yes": must be true or false'),
    (("hardware", "profile"), 3, "hardware.profile = 3: must be text"),
    (("seed",), "0", 'seed = "0": must be a whole number, not negative'),
]


@pytest.fixture
def edited(record: Path, tmp_path: Path) -> Callable[..., Path]:
    def change(place: tuple[Any, ...], *value: Any) -> Path:
        plain = json.loads(record.read_text(encoding="utf-8"))
        table = plain
        for key in place[:-1]:
            table = table[key]
        if value:
            table[place[-1]] = value[0]
        else:
            del table[place[-1]]
        path = tmp_path / "edited.json"
        path.write_text(json.dumps(plain), encoding="utf-8")
        return path

    return change


@pytest.mark.parametrize(("content", "sentence"), NOT_JSON)
def test_what_is_no_record_is_refused(refused: Refused, tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(content)
    assert refused("price", path) == f"{path} is not a record: {sentence}; write one with `lava-caching run --out`"


@pytest.mark.parametrize(("place", "value", "sentence"), EDITED)
def test_an_edited_record_is_refused_by_the_place(
    refused: Refused, edited: Callable[..., Path], place: tuple[Any, ...], value: Any, sentence: str
) -> None:
    path = edited(place, value)
    said = refused("price", path)
    assert sentence in said
    assert said.startswith(str(path))


@pytest.mark.parametrize(
    "place",
    [
        *((key,) for key in ("experiment", "engine", "seed", "config", "outcome", "ledger", "hardware", "versions")),
        ("config", "tau"),
        ("config", "policy"),
        ("outcome", "n_updates"),
        (*RUN, "n_persistent_writes"),
        (*RUN, "transient_hold_l1"),
        (*HISTOGRAM, "l1"),
        (*HISTOGRAM, "mantissa_bits"),
    ],
)
def test_a_missing_key_is_named(refused: Refused, edited: Callable[..., Path], place: tuple[Any, ...]) -> None:
    assert f"{place[-1]} is missing; write one with" in refused("price", edited(place))


def test_what_cannot_be_read_is_refused(refused: Refused, tmp_path: Path) -> None:
    absent = tmp_path / "absent.json"
    assert refused("price", absent) == (
        f"cannot read {absent}: No such file or directory; give a file written by `run --out`"
    )
    assert "Is a directory" in refused("price", tmp_path)


def test_a_record_that_was_never_priced_needs_a_pair(
    refused: Refused, call: Callable[..., Any], edited: Callable[..., Path]
) -> None:
    path = edited(("hardware",), None)
    assert refused("price", path) == f"{path}: it was never priced; name the memories with --hardware PAIR|FILE.toml"
    assert call("price", path, "--hardware", "sram_rram_22nm").code == 0


def test_a_record_of_a_pair_that_is_not_found_needs_its_file(refused: Refused, edited: Callable[..., Path]) -> None:
    said = refused("price", edited(("hardware", "profile"), "mine"))
    assert "it was priced on 'mine', which is not found; name the memories with --hardware PAIR|FILE.toml" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--alpha", "3"), "alpha = 3.0: must lie in [0, 2]"),
        (("--alpha", "x"), "--alpha = 'x': must be a number, such as 0.01 or 5"),
        (("--change-cost", "-1"), "change_cost = -1.0: must be finite and not negative"),
        (("--maintenance-cost", "nan"), "maintenance_cost = nan: must be finite and not negative"),
        (("--hardware", "li2021"), "unknown pair 'li2021'; did you mean 'li2020'? known: "),
        (("--change-cost", "1e308"), "the energies or weights of this run exceed 1e308: use smaller "),
        (("--step-duration", "-1"), "step duration = -1.0 s: must be finite and > 0"),
    ],
)
def test_a_wrong_price_is_refused(refused: Refused, record: Path, words: tuple[str, ...], sentence: str) -> None:
    assert refused("price", record, *words).startswith(sentence)


def test_several_results_do_not_fit_into_one_file(refused: Refused, record: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    pairs = ("--hardware", "li2020", "--hardware", "sram_rram_22nm")
    assert refused("price", record, *pairs, "--out", out) == (
        f"--out = {out}: takes one record, and there are 2; use --json instead"
    )
    assert not out.exists()
