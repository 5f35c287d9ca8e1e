"""Check a record's file, which may have been damaged or edited: what does not fit is refused by its place in it."""

from __future__ import annotations

import dataclasses
import json
import operator
from pathlib import Path
from typing import Any, cast

from lava_caching.energy import COSTS
from lava_caching.errors import InputError
from lava_caching.files import read_bytes
from lava_caching.histogram import MOST_BINS
from lava_caching.ledger import Ledger, Part

__all__ = ["KEYS", "LARGEST_RECORD", "WRITE_ONE", "read_record"]

KEYS = ("experiment", "engine", "seed", "config", "config_hash", "outcome", "ledger", "energy", "hardware", "versions")
WRITE_ONE = "write one with `lava-caching run --out`"
TEXT, FLAG, TABLE, LIST = "text", "true or false", "a table { … }", "a list [ … ]"
NUMBER, COUNT = "a finite number below 1e300", "a whole number, not negative and below 2^62"
SEED = "a whole number, not negative and below 2^63"
OUTCOME = {"interrupted": FLAG, "n_presentations": COUNT, "n_updates": COUNT, "converged": FLAG, "n_epochs": COUNT}
SHOWN = {
    "spiking": {"responses": TABLE, "success": TEXT, "stopping_run": COUNT, "convergence": TABLE, "direct_l1": NUMBER},
    "tagging": {"captured_fraction": NUMBER, "captured": NUMBER, "tagged": NUMBER},
}
"""What tables show of an outcome, by experiment; null where there was nothing to measure."""
CHOSEN = {
    **{"scope": TEXT, "amount": TEXT, "quantum": NUMBER, "schedule": TEXT, "schedule_end": NUMBER},
    **{"schedule_steps": NUMBER, "lazy": FLAG, "competing": NUMBER, "device_range": NUMBER, "strong_first": FLAG},
    **{"delay": COUNT, "n_inputs": COUNT, "n_patterns": COUNT},
}
"""The same of a config, where it has them."""
HISTOGRAM = {"mantissa_bits": COUNT, "bins": LIST, "n": LIST, "l1": LIST, "sq": NUMBER}
MAY_BE_NULL = {"converged", "n_epochs", "tau", "hardware", "accuracy"}
DECLARED = {"Histogram": TABLE, "tuple": LIST, "int": COUNT}
"""Kinds of value by a word in the type that the ledger declares; the rest are numbers."""
SUCCESS = ("passed", "failed", "untestable")
LARGEST = 1e300
LARGEST_COUNT, LARGEST_ITEM = 2**62, 2**48
"""Of counts, and of those in a list; so that sums of them fit 64 bits. Nothing that is run comes near."""
MOST_LAYERS = 1000
LARGEST_RECORD = 16 * 2**20
"""Bytes: a file of nothing but small tables takes 30 times as much in memory. It holds the writes of a million synapses
one by one."""


def read_record(path: Path) -> dict[str, Any]:
    """Return what a record's file holds, every key and value checked by its kind; nothing in it is executed.

    Raises
    ------
    InputError
        If the file is not a record, naming the first key that is absent or of the wrong kind.
    """
    try:
        content = read_bytes(path, LARGEST_RECORD)
        if content is None:
            raise InputError(
                f"{path} is larger than {LARGEST_RECORD // 2**20} MiB, the most that is read of a record: run again"
                " without --write-counts"
            )
        plain = json.loads(content, parse_constant=_refuse_constant, parse_float=_finite)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; give a file written by `run --out`") from None
    except RecursionError:
        raise InputError(f"{path} is not a record: it is nested too deeply; {WRITE_ONE}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a record: byte {error.start} is not UTF-8; {WRITE_ONE}") from None
    except json.JSONDecodeError as error:
        said = f"{error.msg} in line {error.lineno}, column {error.colno}"
        raise InputError(f"{path} is not a record: it is not JSON ({said}); {WRITE_ONE}") from None
    except ValueError as error:
        raise InputError(f"{path} is not a record: {str(error).partition(':')[0]}; {WRITE_ONE}") from None
    try:
        _check(plain)
        if plain["ledger"].get("total") != Ledger.from_dict(plain["ledger"]).total.to_dict():
            raise _WrongError("ledger.total is not the sum of its layers")
    except (_WrongError, InputError) as error:
        raise InputError(f"{path} is not a record: {error}; {WRITE_ONE}") from None
    return cast("dict[str, Any]", plain)


class _WrongError(Exception):
    """A key is absent or of the wrong kind."""


def _refuse_constant(name: str) -> float:
    raise ValueError(f"it holds {name}")


def _finite(text: str) -> float:
    value = float(text)
    if not abs(value) < float("inf"):
        raise ValueError(f"it holds {text}, which is beyond the numbers that there are")
    return value


def _check(plain: Any) -> None:
    kinds = dict.fromkeys(("config", "outcome", "ledger", "energy", "versions", "hardware"), TABLE)
    _check_keys("", plain, {**dict.fromkeys(KEYS, TEXT), "seed": SEED, **kinds})
    costs = {**dict.fromkeys(COSTS, NUMBER), "potentiation_only": FLAG}
    _check_keys("config.", plain["config"], {"policy": TEXT, "threshold": NUMBER, "tau": NUMBER, **costs})
    chosen = {name: kind for name, kind in CHOSEN.items() if name in plain["config"]}
    _check_keys("config.", plain["config"], chosen, null=True)
    if plain["config"].get("schedule") is not None:
        _check_keys("config.", plain["config"], {"schedule_end": NUMBER, "schedule_steps": NUMBER})
    outcome = plain["outcome"]
    measured = {"accuracy": NUMBER, "accuracy_of": TEXT} if outcome.get("accuracy") is not None else {}
    _check_keys("outcome.", outcome, {**OUTCOME, **measured})
    _check_keys("outcome.", outcome, SHOWN.get(plain["experiment"], {}), null=True)
    if plain["experiment"] == "tagging":
        _check_keys("config.", plain["config"], {"delay": COUNT, "strong_first": FLAG})
        if outcome["captured_fraction"] is not None:
            _check_keys("outcome.", outcome, {"captured": NUMBER, "tagged": NUMBER})
    if plain["experiment"] == "spiking":
        _check_spiking(outcome)
    if outcome.get("diverged_at") is not None:
        _check_keys("outcome.", outcome, {"diverged_at": COUNT})
    if "own" in outcome:
        _check_keys("outcome.", outcome, {"own": TABLE})
        _check_keys("outcome.own.", outcome["own"], dict.fromkeys(outcome["own"], TABLE))
    if outcome.get("device") is not None:
        _check_device(outcome["device"])
    if plain["hardware"] is not None:
        _check_bill(plain["hardware"])
    _check_keys("ledger.", plain["ledger"], {"layers": LIST})
    if not plain["ledger"]["layers"]:
        raise _WrongError("ledger.layers is empty: it needs a layer")
    if len(plain["ledger"]["layers"]) > MOST_LAYERS:
        raise _WrongError(f"ledger.layers has {len(plain['ledger']['layers'])} layers: at most {MOST_LAYERS}")
    for i, layer in enumerate(plain["ledger"]["layers"]):
        place = f"ledger.layers[{i}]."
        _check_keys(place, layer, {"name": TEXT, "run": TABLE, "residual": TABLE})
        for part in ("run", "residual"):
            _check_part(f"{place}{part}.", layer[part])


def _check_spiking(outcome: dict[str, Any]) -> None:
    """Check what is told of how the responses of a spiking neuron came out."""
    _check_keys("outcome.", outcome, {"responses": TABLE, "convergence": TABLE})  # what they hold may be null
    if outcome["success"] not in SUCCESS:
        raise _WrongError(f"outcome.success = {_shown(outcome['success'])}: must be one of {', '.join(SUCCESS)}")
    for name, response in outcome["responses"].items():
        if response is not None:
            _check_keys(f"outcome.responses.{name}.", response, {"mean": NUMBER, "n": COUNT})
    _check_keys("outcome.convergence.", outcome["convergence"], {"runs_compared": COUNT, "first_run": COUNT}, null=True)
    if outcome["converged"]:
        _check_keys("outcome.", outcome, {"stopping_run": COUNT})
        _check_keys("outcome.convergence.", outcome["convergence"], {"runs_compared": COUNT, "first_run": COUNT})


def _check_device(device: Any) -> None:
    """Check what a run tells of the cells that it modelled; what was counted may be absent."""
    place = "outcome.device."
    _check_keys(place, device, {"name": TEXT, "repricing": TEXT, "parameters": TABLE})
    counted = {name: COUNT for name in device if name.startswith("n_")}
    _check_keys(place, device, counted, null=True)
    for name, value in device["parameters"].items():
        kinds = (NUMBER,) if name == "persistent.endurance_cycles" else (NUMBER, FLAG, TEXT)
        if not any(_is(value, kind) for kind in kinds):
            raise _WrongError(f"{place}parameters.{name} = {_shown(value)}: must be {' or '.join(kinds)}")


def _check_bill(bill: dict[str, Any]) -> None:
    """Check what pricing anew takes over from the old bill."""
    _check_keys("hardware.", bill, {"profile": TEXT, "operating_point": TABLE})
    point = bill["operating_point"]
    _check_keys("hardware.operating_point.", point, {"origin": TABLE})
    kept = {"step_duration_s": ["step_duration_s"], "weight_range": ["weight_min", "weight_max"]}
    for name, keys in kept.items():
        if point["origin"].get(name) == "caller":
            _check_keys("hardware.operating_point.", point, dict.fromkeys(keys, NUMBER))


def _check_part(place: str, part: dict[str, Any]) -> None:
    """Check the fields of a part of the ledger by the types that the ledger declares."""
    for field in dataclasses.fields(Part):
        kind = next((kind for word, kind in DECLARED.items() if word in str(field.type)), NUMBER)
        histogram = kind == TABLE
        _check_keys(place, part, {field.name: kind}, null=not histogram)
        value = part[field.name]
        if kind == NUMBER and value is not None and value < 0:
            raise _WrongError(f"{place}{field.name} = {value!r}: must not be negative")
        if histogram:
            signs = {"potentiation": TABLE, "depression": TABLE}
            _check_keys(f"{place}{field.name}.", value, signs)
            for sign in signs:
                _check_histogram(f"{place}{field.name}.{sign}.", value[sign])
        elif kind == LIST and value is not None:
            _check_items(f"{place}{field.name}", value, COUNT)


def _check_histogram(place: str, plain: dict[str, Any]) -> None:
    _check_keys(place, plain, HISTOGRAM)
    for name, kind in (("bins", COUNT), ("n", COUNT), ("l1", NUMBER)):
        _check_items(f"{place}{name}", plain[name], kind)
        if len(plain[name]) != len(plain["bins"]):
            raise _WrongError(f"{place}{name} has {len(plain[name])} entries for {len(plain['bins'])} bins")
    if plain["mantissa_bits"] not in MOST_BINS:
        raise _WrongError(f"{place}mantissa_bits = {plain['mantissa_bits']}: must be one of {sorted(MOST_BINS)}")
    bins, most = plain["bins"], MOST_BINS[plain["mantissa_bits"]]
    if len(bins) > most or not all(map(operator.lt, bins, bins[1:])):  # sums over layers take all of them every time
        raise _WrongError(f"{place}bins has {len(bins)} entries: must be at most {most}, in ascending order")
    if min(plain["n"], default=1) <= 0 or min(plain["l1"], default=1) <= 0 or plain["sq"] < 0:
        raise _WrongError(f"{place}n, l1 or sq is not positive: a bin is listed where something fell into it")


def _check_keys(place: str, table: Any, kinds: dict[str, str], *, null: bool = False) -> None:
    """Check that a table has these keys with values of these kinds."""
    if not isinstance(table, dict):
        raise _WrongError(f"{place.rstrip('.') or 'all of it'} = {_shown(table)}: must be {TABLE}")
    for name, kind in kinds.items():
        if name not in table:
            raise _WrongError(f"{place}{name} is missing")
        if not (_is(table[name], kind) or (table[name] is None and (null or name in MAY_BE_NULL))):
            raise _WrongError(f"{place}{name} = {_shown(table[name])}: must be {kind}")


def _check_items(place: str, values: list[Any], kind: str) -> None:
    low, high, plain = (-1, LARGEST_ITEM, {int}) if kind == COUNT else (-LARGEST, LARGEST, {int, float})
    found = set(map(type, values))  # a list may hold millions
    if not found or (found <= plain and low < min(values) and max(values) < high):
        return
    for i, value in enumerate(values):
        if not _is(value, kind) or not value < high:
            raise _WrongError(f"{place}[{i}] = {_shown(value)}: must be {kind}")


def _is(value: Any, kind: str) -> bool:
    if kind == SEED:
        return type(value) is int and 0 <= value < 2**63
    if kind in (NUMBER, COUNT):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < LARGEST:
            return False
        return kind == NUMBER or (isinstance(value, int) and 0 <= value < LARGEST_COUNT)
    return isinstance(value, {TEXT: str, FLAG: bool, TABLE: dict, LIST: list}[kind])


def _shown(value: Any) -> str:
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):  # of millions of them, the first few
        text += piece
        if len(text) > 40:
            return f"{text[:40]}…"
    return text
