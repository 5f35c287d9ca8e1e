"""The end of a compiled run: what is left in the transient part is consolidated, through devices if there are any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_caching.devices import DeviceState, residual_on_devices
from lava_caching.ledger import Part
from lava_caching.tally import residual_part

__all__ = ["settle"]

Array = NDArray[np.float64]


def settle(
    transient: Array,
    persistent: Array,
    start: Array,
    devices: DeviceState | None,
    n_steps: int,
    *,
    write_counts: bool,
) -> tuple[Part, Array]:
    """Return the residual of a layer and its final weights; arrays of one shape, weight units."""
    displacement = persistent - start
    if devices is None:
        residual = residual_part(transient, displacement + transient, write_counts=write_counts)
        return residual, persistent + transient
    from lava_caching.kernels.devices import write  # kernels that most runs do not need

    residual = residual_on_devices(
        transient, displacement, devices, lambda rest: write(rest, n_steps, devices), write_counts=write_counts
    )
    return residual, devices.weights.reshape(transient.shape)
