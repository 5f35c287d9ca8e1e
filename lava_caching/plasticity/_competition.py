"""Competitive plasticity: only the largest changes of a layer are made (van Rossum & Pache 2024).

Source: doi:10.1371/journal.pcbi.1012553, which restricts plasticity to the synapses with large updates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError

__all__ = ["largest_changes", "n_competing"]


def n_competing(n_synapses: int, share: float) -> int:
    """Return how many of so many synapses may change: `share` of them, to the nearest, and one at least.

    Raises
    ------
    InputError
        Unless 0 < share ≤ 1.
    """
    if not 0.0 < share <= 1.0:
        raise InputError(f"share = {share}: must be above 0 and at most 1, the part of the synapses that may change")
    return max(1, round(share * n_synapses))


def largest_changes(change: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return a proposed change with all but its largest entries set to 0.

    Parameters
    ----------
    change : ndarray
        Δw of a layer, weight units.
    share : float
        Part of its entries that may stay, 0 < share ≤ 1. All entries as large as the last that may stay are kept, so
        that the order of the synapses does not matter; where all are of one size, as with ±1 inputs, nothing is saved.

    Examples
    --------
    >>> largest_changes(np.array([[0.3, -0.5, 0.1, 0.2]]), 0.5)
    array([[ 0.3, -0.5,  0. ,  0. ]])
    """
    n = n_competing(change.size, share)
    size = np.abs(change)
    least = np.partition(size, size.size - n, axis=None)[size.size - n]
    return np.where(size >= least, change, 0.0)
