"""What Loihi's whole numbers hold, as Lava emulates them; compiled and plain code, Processes and engines take it here.

Source: ``W_TRACE`` of `lava.magma.core.learning.constants`, after Davies et al. (2018), doi:10.1109/MM.2018.112130359.
"""

from __future__ import annotations

__all__ = ["LARGEST_TRACE"]

LARGEST_TRACE = 2**7 - 1
"""Traces, and the third factors that come in their place, have 7 bits and no sign."""
