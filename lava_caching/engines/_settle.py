"""The end of a compiled run: what is left in the transient part is consolidated, through devices if there are any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_caching.devices import DeviceState
from lava_caching.ledger import Part
from lava_caching.tally import not_negligible, residual_part

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
    from lava_caching.kernels.devices import cells_of, write_cells  # kernels that most runs do not need

    before, made = devices.ledger_counts(), np.zeros(transient.size)
    write_cells(not_negligible(transient).reshape(-1), n_steps, cells_of(devices), devices.rng, made)
    made = made.reshape(transient.shape)
    counted = {name: n - before[name] for name, n in devices.ledger_counts().items()}
    residual = residual_part(transient, displacement + made, made=made, write_counts=write_counts, **counted)
    return residual, devices.weights.reshape(transient.shape)
