"""Device models: what real memory cells make of the changes that are written to them.

To add one, copy a file of this folder; it is found by its name. A TOML file with the same numbers does as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from lava_caching import plugins
from lava_caching.devices._device import Cells, Device, Store
from lava_caching.devices._file import device_from_file
from lava_caching.devices._residual import residual_on_devices
from lava_caching.devices._state import DeviceSetting, DeviceState, device_state

__all__ = [
    "Cells",
    "Device",
    "DeviceSetting",
    "DeviceState",
    "Store",
    "device_names",
    "device_state",
    "get_device",
    "residual_on_devices",
]


def device_names() -> list[str]:
    """Return the names of all device models, those of installed packages included."""
    return plugins.names(__name__, "device")


def get_device(name: str | Path | Device) -> Device:
    """Return the device model called `name`, or read from a TOML file; one of one's own passes through.

    Raises
    ------
    InputError
        If the name is not known, or the file breaks a rule.
    """
    if isinstance(name, Device):
        return name
    text = str(name)
    if isinstance(name, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        return device_from_file(Path(text))
    return cast(Device, plugins.find(__name__, "device", text.replace("_", "-"), "device", Device))
