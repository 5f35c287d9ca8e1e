"""A histogram of magnitudes fine enough to price any write-cost exponent or pulse size after the run.

Bins are log-linear: the leading bits of the floating-point number itself, so binning is one shift and integers below
8192 each have a bin of their own. Every bin keeps its count and sum, and the whole its sum of squares; exponents 0, 1
and 2 are therefore exact, and so is every exponent on data with one value per bin (integers).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FINE_BITS", "HIGHEST_BIN", "LOWEST_BIN", "MOST_BINS", "NUDGE", "Histogram", "bin_of"]

FINE_BITS = 12
"""Leading mantissa bits of a fine bin: 4096 bins per octave."""
COARSE_BITS = 7
"""Leading mantissa bits once a histogram holds more than 1024 bins: 0.8 % wide, a record stays small."""
LOWEST_BIN, HIGHEST_BIN = (1023 - 80) << FINE_BITS, ((1023 + 24) << FINE_BITS) - 1
"""Fine bins of 2^-80 (weights may be in siemens) and of just below 2^24; beyond, sums stay exact in the last bin."""
MOST_BINS = {FINE_BITS: 1024, COARSE_BITS: (HIGHEST_BIN - LOWEST_BIN + 1) >> (FINE_BITS - COARSE_BITS)}
"""What a histogram of either resolution can hold."""
NUDGE = 1.0 + 2.0**-30
"""Values that mathematics puts on a bin's edge (2.0 as 0.98 + 1.02) fall on one side in every engine."""

EVENLY = np.linspace(-1, 1, 9)
"""Places within a bin at which magnitudes are tried."""


def bin_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the fine bin of positive values: the leading bits of their float64 form."""
    bits = (np.asarray(values, dtype=np.float64) * NUDGE).view(np.int64)
    return np.clip(bits >> (52 - FINE_BITS), LOWEST_BIN, HIGHEST_BIN)


@dataclass(frozen=True, kw_only=True, eq=False)
class Histogram:
    """Magnitudes |Δ| > 0 by bin.

    Attributes
    ----------
    mantissa_bits : int
        Resolution; bins of one histogram share it.
    bins, n : ndarray of int64
        Ascending bin numbers (see `bin_of`) and the count in each.
    l1 : ndarray of float64
        Sum of the magnitudes in each bin, in weight units.
    sq : float
        Sum of squares of all magnitudes.
    """

    mantissa_bits: int = FINE_BITS
    bins: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    n: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    l1: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, np.float64))
    sq: float = 0.0

    @classmethod
    def of(cls, values: NDArray[np.float64], counts: NDArray[np.int64] | None = None) -> Histogram:
        """Bin magnitudes; zeros are left out. `counts` gives each value a multiplicity."""
        flat = np.asarray(values, dtype=np.float64).ravel()
        times = np.ones(flat.size, np.int64) if counts is None else np.asarray(counts, np.int64).ravel()
        keep = (flat > 0) & (times > 0)
        flat, times = flat[keep], times[keep]
        return cls.gathered(FINE_BITS, bin_of(flat), times, flat * times, float((flat * flat * times).sum()))

    @classmethod
    def gathered(cls, bits: int, bins: Any, n: Any, l1: Any, sq: float) -> Histogram:
        """Merge entries that share a bin, and coarsen when there are too many bins."""
        if not len(bins):
            return cls(mantissa_bits=bits)
        order = np.argsort(bins, kind="stable")
        bins = bins[order]
        first = np.flatnonzero(np.concatenate(([True], bins[1:] != bins[:-1])))
        counts, sums = np.add.reduceat(n[order], first), np.add.reduceat(l1[order], first)
        return cls(mantissa_bits=bits, bins=bins[first], n=counts, l1=sums, sq=sq).bounded()

    def bounded(self) -> Histogram:
        """Return the same magnitudes in as few fine bins as `MOST_BINS` says, else in coarse ones."""
        return self.coarsened() if self.bins.size > MOST_BINS[FINE_BITS] else self

    def coarsened(self) -> Histogram:
        """Return the same magnitudes in coarse bins."""
        shift = self.mantissa_bits - COARSE_BITS
        if shift <= 0 or not self.n.size:
            return self
        merged, first = np.unique(self.bins >> shift, return_index=True)
        n, l1 = np.add.reduceat(self.n, first), np.add.reduceat(self.l1, first)
        return Histogram(mantissa_bits=COARSE_BITS, bins=merged, n=n, l1=l1, sq=self.sq)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        same = self.mantissa_bits == other.mantissa_bits and self.sq == other.sq
        return same and all(np.array_equal(getattr(self, x), getattr(other, x)) for x in ("bins", "n", "l1"))

    __hash__ = None  # type: ignore[assignment]  # it holds arrays

    def __add__(self, other: Histogram) -> Histogram:
        a, b = (self, other)
        if not (a.n.size and b.n.size):
            return a if a.n.size else b
        if a.mantissa_bits != b.mantissa_bits:
            a, b = a.coarsened(), b.coarsened()
        bins, n = np.concatenate((a.bins, b.bins)), np.concatenate((a.n, b.n))
        return self.gathered(a.mantissa_bits, bins, n, np.concatenate((a.l1, b.l1)), a.sq + b.sq)

    @cached_property
    def spread(self) -> float:
        """Variance within bins relative to the mean square, averaged over bins; 0 = one value in each bin."""
        squares_of_means = float((self.l1 * self.l1 / self.n).sum())
        relative = self.sq / squares_of_means - 1.0 if squares_of_means > 0 else 0.0
        return relative if relative > 1e-12 else 0.0

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """Mean magnitude in each bin."""
        return np.asarray(self.l1 / self.n)

    def moment(self, exponent: float) -> tuple[float, bool]:
        """Return Σ|Δ|^exponent and whether it is exact.

        Within a bin the power is expanded to second order about the mean, so that even coarse bins are good to 1e-5
        for exponents in [0, 2].
        """
        if exponent == 2.0:
            return self.sq, True
        if exponent in (0.0, 1.0):
            return float((self.l1 if exponent else self.n).sum()), True
        correction = 1.0 + 0.5 * exponent * (exponent - 1.0) * self.spread
        return float((self.n * (self.l1 / self.n) ** exponent).sum()) * correction, self.spread == 0.0

    def pulses(self, quantum: float) -> tuple[float, float]:
        """Return Σ max(1, round(|Δ|/quantum)), the pulses of one quantum each, and by how many it may be off at most.

        Where bins hold more than one value, their magnitudes are taken as spread evenly over the bin. That they do is
        known from the sum of squares: spreads below a millionth of the root mean square are not seen.
        """
        mean = self.mean / quantum
        at_mean = np.maximum(1.0, np.rint(mean))
        if not self.spread:
            return float(self.n @ at_mean), 0.0
        width = 2.0**-self.mantissa_bits  # relative: no value of a bin is farther than that from their mean
        spread = np.maximum(1.0, np.rint(mean[:, None] * (1.0 + 0.5 * width * EVENLY))).mean(axis=1)
        least, most = (np.maximum(1.0, np.rint(mean * (1.0 + side * width))) for side in (-1, 1))
        coarser = FINE_BITS - self.mantissa_bits  # the end bins also hold what lies beyond them
        bounded = (self.bins > LOWEST_BIN >> coarser) & (self.bins < HIGHEST_BIN >> coarser)
        off = np.where(bounded, np.maximum(most - spread, spread - least), np.inf)
        alone = self.n == 1
        return float(self.n @ np.where(alone, at_mean, spread)), float(self.n @ np.where(alone, 0.0, off))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, for JSON."""
        lists = {name: getattr(self, name).tolist() for name in ("bins", "n", "l1")}
        return {"mantissa_bits": self.mantissa_bits, **lists, "sq": self.sq}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Histogram:
        """Rebuild a histogram from `to_dict`."""
        return cls(
            mantissa_bits=int(plain["mantissa_bits"]),
            bins=np.asarray(plain["bins"], np.int64),
            n=np.asarray(plain["n"], np.int64),
            l1=np.asarray(plain["l1"], np.float64),
            sq=float(plain["sq"]),
        )
