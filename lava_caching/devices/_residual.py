"""The consolidation at the end of a run on devices: what they refuse is lost with the volatile cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lava_caching.devices._state import DeviceState
from lava_caching.ledger import Part
from lava_caching.tally import not_negligible, residual_part

__all__ = ["residual_on_devices"]

Array = NDArray[np.float64]
Write = Callable[[Array], "tuple[Array, NDArray[np.bool_]]"]


def residual_on_devices(
    transient: Array, displacement: Array, devices: DeviceState, write: Write, *, write_counts: bool
) -> Part:
    """Write what is left of s to the devices and return the residual part of the ledger.

    Parameters
    ----------
    transient, displacement : ndarray
        What is left, and l − w(0) before it is written; weight units, one shape.
    devices : DeviceState
        The devices, changed by this.
    write : callable
        Writes an array of changes; returns those made, and where they were refused.
    write_counts : bool
        Whether the writes of every synapse are recorded: the programmings of its busier device.
    """
    before, cycles = devices.ledger_counts(), devices.cycles
    rest = not_negligible(transient)
    made, refused = write(rest)
    counted = {name: n - before[name] for name, n in devices.ledger_counts().items()}
    return residual_part(
        np.where(refused, 0.0, rest),
        displacement + made,
        made=made,
        write_counts=devices.cycles - cycles if write_counts else None,
        **counted,
    )
