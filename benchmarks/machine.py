"""What this machine can do at most, on one core: bytes a second from memory and from the cache, operations a second."""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np

from benchmarks.pairing import seconds_of

__all__ = ["cache_bandwidth", "memory_bandwidth", "peak_operations"]


@numba.njit(fastmath=True)
def _triad(a, b, c, n_times):  # type: ignore[no-untyped-def]
    for _ in range(n_times):
        for i in range(a.size):
            a[i] = b[i] + 3.0 * c[i]
    return a[0]


@numba.njit(fastmath=True)
def _fused(n_times):  # type: ignore[no-untyped-def]
    """Multiply and add on 64 numbers that stay in registers: eight chains of eight."""
    total = np.zeros(64)
    for k in range(n_times):
        for i in range(64):
            total[i] = total[i] * 0.999 + k
    return total.sum()


def _bandwidth(n: int, n_times: int) -> float:
    a, b, c = np.zeros(n), np.ones(n), np.ones(n)
    _triad(a, b, c, 1)
    best = min(seconds_of(lambda: _triad(a, b, c, n_times))[0] for _ in range(5))
    return 24.0 * n * n_times / best


@lru_cache
def memory_bandwidth() -> float:
    """Return bytes a second of a STREAM triad over 400 MB, the best of five."""
    return _bandwidth(2**24, 1)


@lru_cache
def cache_bandwidth() -> float:
    """Return the same over 24 kB, which stay in the first cache."""
    return _bandwidth(2**10, 20_000)


@lru_cache
def peak_operations() -> float:
    """Return additions and multiplications of float64 a second."""
    _fused(1)
    best = min(seconds_of(lambda: _fused(1_000_000))[0] for _ in range(5))
    return 2 * 64 * 1e6 / best
