"""Carry a ledger out of a running process: as two arrays of numbers, because a Lava Var holds nothing else."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.histogram import FINE_BITS, MOST_BINS, Histogram, bin_of
from lava_caching.ledger import LayerLedger, Ledger, Part, SignedHistogram

__all__ = ["BINS_SIZE", "LEDGER_FIELDS", "LEDGER_SIZE", "pack", "scaled", "unpack"]

_HISTOGRAMS = ("persistent_change_histogram", "minimal_histogram")
_SIGNS = ("potentiation", "depression")
LEDGER_FIELDS = tuple(f.name for f in fields(Part) if f.name not in (*_HISTOGRAMS, "write_counts"))
"""What the Var ``ledger`` holds, in this order: for the run, and again for the residual. NaN stands for null."""
_INTEGERS = {f.name for f in fields(Part) if str(f.type).startswith("int")}
_N = len(LEDGER_FIELDS)
_TABLES = tuple((part, name, sign) for part in ("run", "residual") for name in _HISTOGRAMS for sign in _SIGNS)
LEDGER_SIZE = 2 * _N + 3 * len(_TABLES)
BINS_SIZE = 3 * len(_TABLES) * max(MOST_BINS.values())
"""Room of the Var ``ledger_bins``: bin number, count and sum of each bin of all histograms, one after the other. Only
what is used is sent, since every number takes 15 µs."""

_LENGTHS = {"l1": 1, "sq": 2}
"""Powers of the weight unit in the fields that end so; counts have none."""


def pack(layer: LayerLedger) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ledger of a layer as a vector (`LEDGER_SIZE`,) and the bins of its histograms, at most `BINS_SIZE`."""
    vector, tables = np.full(LEDGER_SIZE, np.nan), [np.zeros(1)]
    for i, part in enumerate((layer.run, layer.residual)):
        for j, name in enumerate(LEDGER_FIELDS):
            value = getattr(part, name)
            vector[i * _N + j] = np.nan if value is None else value
    for i, (where, name, sign) in enumerate(_TABLES):
        histogram: Histogram = getattr(getattr(getattr(layer, where), name), sign).bounded()
        vector[2 * _N + 3 * i : 2 * _N + 3 * i + 3] = histogram.mantissa_bits, histogram.sq, histogram.n.size
        tables.append(np.stack([histogram.bins, histogram.n, histogram.l1]).ravel())
    return vector, np.concatenate(tables)


def unpack(vector: NDArray[np.float64], bins: NDArray[np.float64], name: str = "synapses") -> Ledger:
    """Rebuild the ledger of one layer from `pack`."""
    vector, bins, place = np.asarray(vector).ravel(), np.asarray(bins).ravel(), 1
    parts: dict[str, dict[str, Any]] = {}
    for i, where in enumerate(("run", "residual")):
        numbers = vector[i * _N : (i + 1) * _N].tolist()
        parts[where] = {
            field: None if math.isnan(number) else int(number) if field in _INTEGERS else number
            for field, number in zip(LEDGER_FIELDS, numbers, strict=True)
        }
    found: dict[tuple[str, str], dict[str, Histogram]] = {}
    for i, (where, field, sign) in enumerate(_TABLES):
        bits, sq, size = vector[2 * _N + 3 * i : 2 * _N + 3 * i + 3].tolist()
        numbers, counts, sums = bins[place : place + 3 * int(size)].reshape(3, -1)
        place += 3 * int(size)
        found.setdefault((where, field), {})[sign] = Histogram(
            mantissa_bits=int(bits), bins=numbers.astype(np.int64), n=counts.astype(np.int64), l1=sums, sq=sq
        )
    for (where, field), signs in found.items():
        parts[where][field] = SignedHistogram(**signs)
    return Ledger(layers=(LayerLedger(name=name, run=Part(**parts["run"]), residual=Part(**parts["residual"])),))


def scaled(ledger: Ledger, unit: float) -> Ledger:
    """Return the ledger with magnitudes in another unit: `unit` is the old one, in the new.

    The histograms of whole numbers stay exact; others keep their resolution.
    """
    if unit == 1.0:
        return ledger
    layers = (
        LayerLedger(name=layer.name, run=_scaled_part(layer.run, unit), residual=_scaled_part(layer.residual, unit))
        for layer in ledger.layers
    )
    return Ledger(layers=tuple(layers))


def _scaled_part(part: Part, unit: float) -> Part:
    values: dict[str, Any] = dict(vars(part))
    for name, value in values.items():
        power = 1 if name == "largest_weight" else _LENGTHS.get(name.rsplit("_", 1)[-1], 0)
        if isinstance(value, SignedHistogram):
            values[name] = SignedHistogram(**{sign: _scaled_histogram(getattr(value, sign), unit) for sign in _SIGNS})
        elif power and value is not None:
            values[name] = value * unit**power
    return Part(**values)


def _scaled_histogram(old: Histogram, unit: float) -> Histogram:
    if not old.n.size:
        return old
    l1 = old.l1 * unit
    bins = bin_of(l1 / old.n) >> (FINE_BITS - old.mantissa_bits)
    return Histogram.gathered(old.mantissa_bits, bins, old.n, l1, old.sq * unit**2)
