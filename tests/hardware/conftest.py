"""A small ledger with known counts, and building blocks of profiles.

The blocks are fixtures that return functions: the tests are no package and cannot import from here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lava_caching.hardware import MemoryPair
from lava_caching.hardware.reading import validated
from lava_caching.hardware.schema import NonvolatileMemory, OperatingPoint, VolatileMemory
from lava_caching.histogram import Histogram
from lava_caching.ledger import LayerLedger, Ledger, Part, SignedHistogram

NEVER = {"not_applicable": "does not occur", "source": "doi:10.1000/1", "where": "Table 1"}


@pytest.fixture(scope="session")
def make_ledger() -> Callable[..., Ledger]:
    """Return a maker of ledgers of one layer.

    100 synapses over 1000 steps, 40 transient writes of 1, 9 transfers, 9 persistent writes (6 up, Σ|Δl| = 50), all
    counts times `scale`; single fields are set by name.
    """

    def make(scale: int = 1, **fields: Any) -> Ledger:
        run: dict[str, Any] = {
            "n_steps": 1000,
            "n_updates": 20 * scale,
            "n_synapses": 100,
            "transient_change_l1": 40.0 * scale,
            "n_transient_writes": 40 * scale,
            "n_transient_reads": 49 * scale,
            "transient_hold_l1": 300.0 * scale,
            "transient_hold_synapse_steps": 100_000 * scale,
            "persistent_change_l1": 50.0 * scale,
            "n_persistent_writes": 9 * scale,
            "n_potentiations": 6 * scale,
            "n_depressions": 3 * scale,
            "n_transferred": 9 * scale,
            "largest_weight": 7.0,
            "persistent_change_histogram": SignedHistogram(
                potentiation=Histogram.of(np.array([5.0, 6.0, 7.0]), np.array([3, 2, 1]) * scale),
                depression=Histogram.of(np.array([5.0, 6.0]), np.array([2, 1]) * scale),
            ),
            "write_counts": (3 * scale, 2 * scale, 2 * scale, scale, scale, *([0] * 95)),
            **fields,
        }
        part = Part(**run)
        # nothing was left at the end; what the run did not record is not recorded here either
        empty: dict[str, Any] = {
            name: None if value is None else 0 for name, value in vars(part).items() if name.startswith("n_")
        }
        writes = None if part.write_counts is None else (0,) * len(part.write_counts)
        residual = Part(**{**empty, "write_counts": writes})
        return Ledger(layers=(LayerLedger(name="output", run=part, residual=residual),))

    return make


@pytest.fixture
def ledger(make_ledger: Callable[..., Ledger]) -> Ledger:
    """Return the small ledger."""
    return make_ledger()


@pytest.fixture(scope="session")
def number() -> Callable[..., dict[str, Any]]:
    """Return a maker of the table of a number: per bit and measured unless said otherwise."""
    return _number


def _number(low: float, nominal: float | None = None, high: float | None = None, **fields: Any) -> dict[str, Any]:
    nominal = low if nominal is None else nominal
    origin = {"source": "doi:10.1000/1", "where": "Table 1", "basis": "measured", "confidence": "seen"}
    bounds = {"low": low, "nominal": nominal, "high": nominal if high is None else high}
    return {**bounds, "per": "bit", **origin, "scope": ["device"], **fields}


@pytest.fixture(scope="session")
def volatile() -> Callable[..., dict[str, Any]]:
    """Return a maker of volatile memories of 16 levels: per bit 2 pJ a write, 0.5 a read, 0.25 a clear, 1 nW."""

    def make(**tables: Any) -> dict[str, Any]:
        return {
            "title": "test",
            "tier": "volatile",
            "levels": _number(16, per="synapse"),
            "write": {"model": "per_bit", "accumulates_in_place": False, "energy_j": _number(1e-12, 2e-12, 3e-12)},
            "read": {"destructive": False, "energy_j": _number(0.5e-12)},
            "hold": {"power_w_per_bit": _number(1e-9)},
            "refresh": {"energy_j": NEVER},
            "clear": {"energy_j": _number(0.25e-12)},
            **tables,
        }

    return make


@pytest.fixture(scope="session")
def nonvolatile() -> Callable[..., dict[str, Any]]:
    """Return a maker of nonvolatile memories of 8 levels: 20 pJ a bit, 1 pJ a bit read, open loop, 1e4 cycles."""

    def make(**tables: Any) -> dict[str, Any]:
        return {
            "title": "test",
            "tier": "nonvolatile",
            "levels": _number(8, per="synapse"),
            "write": {"model": "per_bit", "energy_j": _number(10e-12, 20e-12, 30e-12)},
            "read": {"destructive": False, "energy_j": _number(1e-12)},
            "verify": {"reads_per_write": NEVER},
            "endurance": {"cycles": _number(1e3, 1e4, 1e5, per="device"), "mode": "full"},
            **tables,
        }

    return make


@pytest.fixture(scope="session")
def make_pair(
    volatile: Callable[..., dict[str, Any]], nonvolatile: Callable[..., dict[str, Any]]
) -> Callable[..., MemoryPair]:
    """Return a maker of pairs from the tables in which they differ from the two memories above."""

    def make(transient: dict[str, Any] | None = None, persistent: dict[str, Any] | None = None) -> MemoryPair:
        below = validated(VolatileMemory, volatile(**(transient or {})), "volatile.toml")
        above = validated(NonvolatileMemory, nonvolatile(**(persistent or {})), "nonvolatile.toml")
        return MemoryPair(
            name="test",
            title="test",
            why="test",
            unit="joule",
            volatile=below,
            nonvolatile=above,
            volatile_name="volatile",
            nonvolatile_name="nonvolatile",
            operating_point=OperatingPoint(),
            volatile_levels=16,
            nonvolatile_levels=8,
            warnings=(),
        )

    return make
