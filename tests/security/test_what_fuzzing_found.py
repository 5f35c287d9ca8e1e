"""What once ended in a traceback: files that fuzzing found, written out, each now refused in a sentence or read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli

from lava_caching import Perceptron, Spiking, Tagging
from lava_caching.cli.records import load_record
from lava_caching.devices import get_device
from lava_caching.errors import LONGEST_SENTENCE, InputError
from lava_caching.experiments.perceptron import _own_patterns
from lava_caching.hardware import load
from lava_caching.hardware.chips import load_chip, price_actions
from lava_caching.ledger import Ledger
from lava_caching.record import config_hash
from lava_caching.report.page.plots import decades
from lava_caching.sweeps import read_plan

HUGE = "0x" + "f" * 5000
LONG = "x" * 5000
RUN = ("ledger", "layers", 0, "run")
DEVICE = ("outcome", "device")

TOML: list[tuple[Callable[[Path], Any], str, str]] = [
    (load, f'tier = "volatile"\nlevels = {HUGE}\n', "holds an integer of more than 300 digits"),
    (load_chip, f'title = "t"\nnote = {HUGE}\n', "holds an integer of more than 300 digits"),
    (load, f'title = "t"\nwhy = "w"\nvolatile = "{LONG}"\nnonvolatile = "ecram"\n', "unknown volatile memory"),
    (load, f'inherits = "{LONG}"\n', "unknown profile"),
    (load, f'inherits = "{LONG}.toml"\n', "no such file in this folder"),
    (get_device, f"[persistent]\nlevels = {HUGE}\n", "holds an integer of more than 300 digits"),
    (get_device, f"[persistent]\nwrite_noise = 1{'0' * 400}\n", "holds an integer of more than 300 digits"),
    (get_device, f"[persistent]\nwrite_noise = 1{'0' * 299}\n", "must lie in 0 to 1"),
    (get_device, f'[persistent]\nbounded = "{LONG}"\n', "must be true or false"),
    (get_device, "[persistent]\nnonlinearity_up = 1e-320\nlevels = 64\n", "must be 0 or at least 1e-06"),
    (read_plan, f'experiment = "{LONG}"\n', "unknown experiment"),
    (read_plan, f'experiment = "perceptron"\ngrid = "{LONG}"\n', "must be a table, [grid]"),
    (
        read_plan,
        f'experiment = "perceptron"\n[grid]\nthreshold = {{ linspace = [0, {HUGE}, 3] }}\n',
        "holds an integer of more than 300 digits",
    ),
    (
        lambda path: read_plan(path).tasks(),
        'experiment = "perceptron"\n[grid]\nlearning_rate = ["a\\n\\u001b[2J"]\n',
        r"learning_rate = a\n\x1b[2J",
    ),
]


@pytest.mark.parametrize(("read", "text", "said"), TOML)
def test_toml(tmp_path: Path, read: Callable[[Path], Any], text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        read(path)
    sentence = str(refusal.value)
    assert said in sentence
    assert sentence.isprintable()
    assert len(sentence) <= LONGEST_SENTENCE


def test_a_name_of_an_array_does_not_steer_a_terminal(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", **{"\x1b[2J": np.ones(2)})
    with pytest.raises(InputError, match=r"holds \\x1b\[2J"):
        _own_patterns(tmp_path / "mine.npz")


def test_a_chip_beyond_all_numbers_has_no_price(tmp_path: Path) -> None:
    text = Path(str(load_chip.__globals__["files"]("hardware_profiles") / "chips" / "loihi1.toml")).read_text("utf-8")
    plain = tomli.loads(text)["energy"]["synaptic_op_j"]
    for bound in ("low", "nominal", "high"):
        assert f"{bound} = {plain[bound]}" in text
        text = text.replace(f"{bound} = {plain[bound]}", f"{bound} = 1e308", 1)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    counts = {"n_neuron_updates": 0, "n_synaptic_updates": 0, "n_spikes": 0}
    bill = price_actions(load_chip(tmp_path / "mine.toml"), n_synaptic_ops=10**9, **counts)
    assert bill.joules["synaptic_op"] is None
    assert bill.total is None


def mended(plain: dict[str, Any]) -> dict[str, Any]:
    """Make hash and total fit, as somebody would who wants the rest to be read."""
    plain["ledger"]["total"] = Ledger.from_dict(plain["ledger"]).to_dict()["total"]
    device = plain["outcome"].get("device")
    parameters = device.get("parameters") if isinstance(device, dict) else None
    plain["config_hash"] = config_hash(plain["experiment"], plain["config"], None, parameters)
    return plain


EDITED: list[tuple[tuple[Any, ...], Any, str]] = [
    ((*DEVICE,), True, "outcome.device = true: must be a table"),
    ((*DEVICE, "parameters"), "x", "outcome.device.parameters ="),
    ((*DEVICE, "parameters", "persistent.endurance_cycles"), "x", "must be a finite number"),
    ((*DEVICE, "n_refused"), "x", "outcome.device.n_refused ="),
    (("outcome", "diverged_at"), "x", "outcome.diverged_at ="),
    (("config", "density"), 1e999, "it holds"),
    (("config", "quantum"), [1], "config.quantum = [1]: must be a finite number"),
    ((*RUN, "persistent_change_histogram", "potentiation", "mantissa_bits"), 10**9, "must be one of [7, 12]"),
    ((*RUN, "persistent_change_histogram", "potentiation", "bins", 0), 2**60, "must be a whole number"),
    ((*RUN, "write_counts"), [2**62], "must be a whole number"),
    ((*RUN, "n_updates"), 2**63, "must be a whole number"),
]


@pytest.mark.parametrize(("place", "value", "said"), EDITED)
def test_edited_records(tmp_path: Path, place: tuple[Any, ...], value: Any, said: str) -> None:
    small = {"n_inputs": 5, "n_patterns": 6, "threshold": 1}
    record = Perceptron(**small, device="noisy-15-levels", device_step_s=1e-3).run(engine="reference")
    plain = json.loads(record.to_json())
    inside = plain
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    if place[:2] != RUN[:2] and place[0] == "config" and value != 1e999:
        mended(plain)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(plain).replace("Infinity", "1e999"), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_record(path)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("success",), "perhaps"),
        (("responses", "weak"), {"mean": "x", "n": 2}),
        (("responses",), None),
        (("convergence",), None),
        (("direct_l1",), "x"),
        (("stopping_run",), -1),
    ],
)
def test_edited_records_of_spikes(tmp_path: Path, place: tuple[str, ...], value: Any) -> None:
    plain = json.loads(Spiking(n_patterns=2, max_epochs=2, n_inputs=20, n_active=5).run().to_json())
    inside = plain["outcome"]
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(InputError, match=f"outcome.{place[0]}"):
        load_record(path)


def test_edited_records_of_tags(tmp_path: Path) -> None:
    plain = json.loads(Tagging(delay=3).run().to_json())
    assert plain["outcome"]["captured_fraction"] is not None
    plain["outcome"]["captured"] = None
    (tmp_path / "mine.json").write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(InputError, match=r"outcome\.captured"):
        load_record(tmp_path / "mine.json")


def test_a_policy_of_somebody_elses_excuses_no_other_field(tmp_path: Path) -> None:
    plain = json.loads(Perceptron(n_inputs=5, n_patterns=6).run(engine="reference").to_json())
    for name, value, wrong in (("policy", "theirs", False), ("max_epochs", "x", True)):
        plain["config"][name] = value
        (tmp_path / "mine.json").write_text(json.dumps(mended(plain)), encoding="utf-8")
        if wrong:
            with pytest.raises(InputError, match="max_epochs"):
                load_record(tmp_path / "mine.json")
        else:
            assert load_record(tmp_path / "mine.json").config["policy"] == "theirs"


def test_a_schedule_of_somebody_elses_has_its_numbers(tmp_path: Path) -> None:
    plain = json.loads(Perceptron(n_inputs=5, n_patterns=6).run(engine="reference").to_json())
    plain["config"]["schedule"] = "theirs"
    (tmp_path / "mine.json").write_text(json.dumps(mended(plain)), encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.schedule_steps"):
        load_record(tmp_path / "mine.json")


def test_ticks_of_an_axis_pass_over_what_has_no_logarithm() -> None:
    assert decades([None, 0.0, -1e-9, 1e-3], "J") == decades([1e-3], "J")
    assert decades([-1.0], "J") == {}
