"""Files of device models: what is read can be run, and the record of the run is whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fuzz.harness import RAW, begun, folder, taken, text_of, toml_file
from lava_caching import Perceptron
from lava_caching.devices import device_names, get_device
from lava_caching.devices._file import device_from_file

MOST_PULSES = 1000


def _table(name: str) -> dict[str, Any]:
    """Return a shipped device as its file would be, and all fields with their defaults."""
    device = get_device(name)
    tiers = {tier: asdict(getattr(device, tier)) for tier in ("persistent", "transient")}
    kept = {tier: {key: value for key, value in fields.items() if value is not None} for tier, fields in tiers.items()}
    return {"summary": device.summary, "reference": "r", **kept, "sources": {"persistent.levels": "s"}}


TABLES = [_table(name) for name in device_names()]


def seeds() -> list[bytes]:
    """Return inputs to begin with."""
    lines = ("".join(f"{key} = {text_of(value, toml=True)}\n" for key, value in table.items()) for table in TABLES)
    whole = [RAW + text.encode() for text in lines]
    return whole + begun(len(TABLES))


def check(data: bytes) -> bool:
    """Read a device, and train a perceptron of four inputs on it."""
    path = toml_file(data, TABLES, folder() / "device.toml")
    device = taken(lambda: device_from_file(path))
    if device is None:
        return False
    if device.persistent.verify_max_pulses <= MOST_PULSES:  # more are allowed, and are as many steps of the run
        small = {"n_inputs": 4, "n_patterns": 3, "max_epochs": 2, "threshold": 1, "write_counts": True}
        record = taken(lambda: Perceptron(**small, device=str(path), device_step_s=1e-3).run(engine="reference"))
        assert record is None or taken(record.to_json) is not None
    return True
