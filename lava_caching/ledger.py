"""The ledger: what a learning run did to its synapses, as counts and magnitudes, never as energies.

Every engine fills the same ledger, one `Part` for the run and one for the residual consolidated at its end, per layer.
Energies follow later from prices (`lava_caching.energy` in the units of the paper, `lava_caching.hardware` in joules),
so that a finished run can be priced again without running again.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, fields
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.errors import InputError
from lava_caching.histogram import Histogram

__all__ = ["LayerLedger", "Ledger", "Part", "SignedHistogram"]


@dataclass(frozen=True, kw_only=True)
class SignedHistogram:
    """Histograms of the positive and of the negative changes."""

    potentiation: Histogram = field(default_factory=Histogram)
    depression: Histogram = field(default_factory=Histogram)

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> SignedHistogram:
        """Bin signed values; zeros are left out."""
        return cls(potentiation=Histogram.of(values), depression=Histogram.of(-values))

    def __add__(self, other: SignedHistogram) -> SignedHistogram:
        return SignedHistogram(
            potentiation=self.potentiation + other.potentiation, depression=self.depression + other.depression
        )

    def moment(self, exponent: float, *, potentiation_only: bool = False) -> tuple[float, bool]:
        """Return Σ|Δ|^exponent over both signs, or over potentiation alone, and whether it is exact."""
        up, up_exact = self.potentiation.moment(exponent)
        if potentiation_only:
            return up, up_exact
        down, down_exact = self.depression.moment(exponent)
        return up + down, up_exact and down_exact

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, for JSON."""
        return {"potentiation": self.potentiation.to_dict(), "depression": self.depression.to_dict()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> SignedHistogram:
        """Rebuild from `to_dict`."""
        return cls(**{sign: Histogram.from_dict(plain[sign]) for sign in ("potentiation", "depression")})


@dataclass(frozen=True, kw_only=True)
class Part:
    """Counts (``n_…``) and magnitudes (weight units) of one stretch of learning in one layer.

    ``None`` means that the quantity does not apply to the run or was not recorded; it is never the same as 0.

    Attributes
    ----------
    n_steps, n_updates : int
        Presentations, and those among them whose change was not all zero.
    n_synapses : int
        Synapses of the layer (0 in the residual part, so that parts add up).
    transient_change_l1, n_transient_writes : float, int
        Σ|Δs| and number of transient writes: an s changed by an update that does not consolidate it in that step.
    n_transient_reads : int
        Transfers plus read-modify-writes (one per transient write).
    transient_hold_l1, transient_hold_synapse_steps : float, int
        Σ_t Σ|s|, taken after the decay and before the update of each step; synapses × steps.
    persistent_change_l1, n_persistent_writes, persistent_change_sq : float, int, float
        Σ|Δl| (the M1 of van Rossum & Pache 2024), entries with Δl ≠ 0 (their M0), Σ Δl².
    persistent_hold_l1 : float
        Σ_t Σ|l|, taken together with `transient_hold_l1`.
    n_potentiations, n_depressions, potentiation_l1, depression_l1 : int, int, float, float
        The persistent changes by sign.
    n_consolidations, n_transferred : int
        Trigger events, one per selected unit; synapses with s ≠ 0 that were transferred.
    minimal_l1, minimal_writes, minimal_sq : float, int, float
        Σ|w(T) − w(0)|, its non-zero entries and its squares; in the residual part, where they are taken.
    largest_weight : float
        Largest |w| reached during the stretch.
    n_synaptic_ops, n_neuron_updates, n_spikes : int
        Inputs that were not zero times their synapses; neurons × steps; outputs above threshold.
    n_pulses_set, n_pulses_reset, n_verify_reads, n_writes_lost, n_bits_flipped : int or None
        Filled by device models only.
    persistent_change_histogram, minimal_histogram : SignedHistogram
        Of |Δl| and of |w(T) − w(0)|.
    write_counts : tuple of int or None
        Persistent writes of each synapse, row by row; on request only. With a device model, the programmings of its
        busier device, those included that changed nothing.
    """

    n_steps: int | None = 0
    n_updates: int | None = 0
    n_synapses: int | None = 0
    transient_change_l1: float | None = 0.0
    n_transient_writes: int | None = 0
    n_transient_reads: int | None = 0
    transient_hold_l1: float | None = 0.0
    transient_hold_synapse_steps: int | None = 0
    persistent_change_l1: float | None = 0.0
    n_persistent_writes: int | None = 0
    persistent_change_sq: float | None = 0.0
    persistent_hold_l1: float | None = 0.0
    n_potentiations: int | None = 0
    n_depressions: int | None = 0
    potentiation_l1: float | None = 0.0
    depression_l1: float | None = 0.0
    n_consolidations: int | None = 0
    n_transferred: int | None = 0
    minimal_l1: float | None = 0.0
    minimal_writes: int | None = 0
    minimal_sq: float | None = 0.0
    largest_weight: float | None = 0.0
    n_synaptic_ops: int | None = 0
    n_neuron_updates: int | None = 0
    n_spikes: int | None = 0
    n_pulses_set: int | None = None
    n_pulses_reset: int | None = None
    n_verify_reads: int | None = None
    n_writes_lost: int | None = None
    n_bits_flipped: int | None = None
    persistent_change_histogram: SignedHistogram = field(default_factory=SignedHistogram)
    minimal_histogram: SignedHistogram = field(default_factory=SignedHistogram)
    write_counts: tuple[int, ...] | None = None

    def __add__(self, other: Part) -> Part:
        return _combine(self, other, largest=("largest_weight",))

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and dictionaries, for JSON."""
        plain = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, SignedHistogram):
                value = value.to_dict()
            plain[f.name] = list(value) if isinstance(value, tuple) else value
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Part:
        """Rebuild from `to_dict`; a key that is not a field is refused."""
        values = dict(plain)
        for name in ("persistent_change_histogram", "minimal_histogram"):
            values[name] = SignedHistogram.from_dict(values[name])
        if values.get("write_counts") is not None:
            values["write_counts"] = tuple(values["write_counts"])
        extra = set(values) - {f.name for f in fields(cls)}
        if extra:
            raise InputError(f"unknown ledger field {sorted(extra)[0]!r}: the record was written by another version")
        return cls(**values)


def _combine(a: Part, b: Part, largest: tuple[str, ...]) -> Part:
    """Add two parts field by field; the fields in `largest` take the larger value, None stays None."""
    values: dict[str, Any] = {}
    for f in fields(Part):
        x, y = getattr(a, f.name), getattr(b, f.name)
        if x is None or y is None:
            values[f.name] = None
        elif f.name in largest:
            values[f.name] = max(x, y)
        elif isinstance(x, tuple):
            if len(x) != len(y):
                raise InputError(f"{f.name}: {len(x)} and {len(y)} synapses cannot be added")
            values[f.name] = tuple(map(operator.add, x, y))
        else:
            values[f.name] = x + y
    return Part(**values)


@dataclass(frozen=True, kw_only=True)
class LayerLedger:
    """What happened in one layer: while it ran, and in the consolidation of the residual at its end."""

    name: str
    run: Part
    residual: Part

    @cached_property
    def total(self) -> Part:
        """Return run + residual."""
        return self.run + self.residual


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The account of a whole run, by layer."""

    layers: tuple[LayerLedger, ...]

    @cached_property
    def total(self) -> Part:
        """Return the sum over layers; steps and updates, which the layers share, are counted once."""
        parts = [layer.total for layer in self.layers]
        if len(parts) == 1:
            return parts[0]
        # per-synapse counts of different layers stay with their layers
        parts = [Part(**{**vars(p), "write_counts": None}) for p in parts]
        return reduce(lambda a, b: _combine(a, b, largest=("largest_weight", "n_steps", "n_updates")), parts)

    @cached_property
    def ascending_write_counts(self) -> NDArray[np.int64] | None:
        """Return the persistent writes of every synapse of all layers, sorted; None if a layer did not count them."""
        counts = [layer.total.write_counts for layer in self.layers]
        if any(count is None for count in counts):
            return None
        each = [np.asarray(count, np.int64) for count in counts]
        return np.sort(np.concatenate(each)) if each else np.zeros(0, np.int64)

    def to_dict(self) -> dict[str, Any]:
        """Return ``{layers: [{name, run, residual}], total}``."""
        layers = [
            {"name": layer.name, "run": layer.run.to_dict(), "residual": layer.residual.to_dict()}
            for layer in self.layers
        ]
        return {"layers": layers, "total": self.total.to_dict()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Ledger:
        """Rebuild from `to_dict`; the total is computed anew."""
        try:
            return cls(
                layers=tuple(
                    LayerLedger(
                        name=str(layer["name"]),
                        run=Part.from_dict(layer["run"]),
                        residual=Part.from_dict(layer["residual"]),
                    )
                    for layer in plain["layers"]
                )
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"the ledger is incomplete ({error}): write the record again with `lava-caching run`"
            ) from error
