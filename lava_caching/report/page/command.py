"""The command that repeats a run, quoted for a POSIX shell, from the config of its record."""

from __future__ import annotations

import shlex
from typing import Any

from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.record import Record
from lava_caching.report.page.runs import at, texts

__all__ = ["command_of", "priced_by"]

ALWAYS = ("policy", "threshold")


def command_of(record: Record) -> str | None:
    """Return the command; None where the experiment is not installed.

    It states policy, threshold, and the fields that differ from the defaults of this version.
    """
    if record.experiment not in experiment_names():
        return None
    fields = get_experiment(record.experiment).model_fields
    words = ["lava-caching", "run", record.experiment, "--engine", record.engine, "--seed", str(record.seed)]
    for name, field in fields.items():
        value = record.config.get(name, field.default)
        if name in ALWAYS or value != field.default or isinstance(value, bool) != isinstance(field.default, bool):
            words += _option(name, value)
    words += _pricing(record)
    return shlex.join(words)


def _option(name: str, value: Any) -> list[str]:
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    if value is None:
        return [f"--{flag}", "inf"] if name == "tau" else []  # no other field of a default takes a None back
    text = _text(value)
    return [f"--{flag}={text}"] if text.startswith("-") else [f"--{flag}", text]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _pricing(record: Record) -> list[str]:
    """Return memories, and what the user said of the run for every bill."""
    bill = record.hardware or {}
    words = ["--hardware", str(bill["profile"])] if bill.get("profile") else []
    point = bill.get("operating_point")
    if at(point, "origin", "step_duration_s") == "caller":
        words += ["--step-duration", _text(at(point, "step_duration_s"))]
    if at(point, "origin", "weight_range") == "caller" and record.config.get("device_range") is None:
        words.append(f"--weight-range={_text(at(point, 'weight_min'))},{_text(at(point, 'weight_max'))}")
    return words


def priced_by(record: Record) -> str | None:
    """Return what `price` was told beyond that, to be run on the record; None where it was told nothing."""
    accepted = texts((record.hardware or {}).get("lower_bound"))
    if not accepted:
        return None
    named = [word for place in accepted for word in ("--lower-bound", place)]
    return shlex.join(["lava-caching", "price", "record.json", *named])
