"""A learning rule of Loihi, a sum of products, as a small table that compiled kernels run row by row.

Each product is ``mantissa · 2^exponent · dependency · factor · factor …`` (Davies et al. 2018,
doi:10.1109/MM.2018.112130359; in Lava: ``lava.magma.core.learning.product_series``). No code is generated: a kernel
that loops over this table works through a row of synapses factor by factor, so that a new rule needs no compilation
(1 to 2 s) and nothing that a user wrote is ever executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numba.core import types
from numpy.typing import NDArray

__all__ = ["PROGRAM", "TARGETS", "VARIABLES", "Program", "program_of"]

TARGETS = ("dw", "dd", "dt")
DEPENDENCIES = ("x0", "y0", "u")
VARIABLES = ("x0", "y0", "x1", "x2", "y1", "y2", "y3", "w", "d", "t", "C")
X0, Y0, X1, X2, Y1, Y2, Y3, W, D, T, C = range(len(VARIABLES))
"""Their codes in a program."""
WIDTH = {"x0": 1, "y0": 1, "w": 9, "d": 9, "t": 9, "C": 8}
"""Bits of a factor in Loihi's arithmetic; traces have 7."""
TRACE_BITS, MANTISSA_BITS, ACCUMULATOR_BITS = 7, 4, 15


class Program(NamedTuple):
    """A learning rule in numbers.

    products : (n, 7), target, dependency, first and last factor (exclusive), mantissa, right shift of the product in
        Loihi's accumulator, left shift
    scales : (n,), mantissa · 2^exponent
    factors : (m, 3), variable, whether its sign is taken, bits
    constants : (m,), added to the variable
    """

    products: NDArray[np.int64]
    scales: NDArray[np.float64]
    factors: NDArray[np.int64]
    constants: NDArray[np.float64]

    def uses(self, *variables: str) -> bool:
        """Return whether one of the variables (or dependencies) stands in the rule."""
        in_factors = {VARIABLES[code] for code in self.factors[:, 0]}
        in_front = {DEPENDENCIES[code] for code in self.products[:, 1]}
        return bool((in_factors | in_front) & set(variables))


PROGRAM = types.NamedTuple(
    (types.int64[:, ::1], types.float64[::1], types.int64[:, ::1], types.float64[::1]),
    Program,
)


def program_of(series: Mapping[str, Any]) -> Program:
    """Translate the product series of a rule.

    Parameters
    ----------
    series : mapping
        ``dw``, ``dd``, ``dt`` to Lava's ProductSeries, as ``LoihiLearningRule.active_product_series``.
    """
    products: list[tuple[int, ...]] = []
    factors: list[tuple[int, ...]] = []
    scales, constants = [], []
    for target, products_of_target in series.items():
        for product in products_of_target.products:
            first = len(factors)
            bits = MANTISSA_BITS
            for factor in product.factors:
                width = WIDTH.get(factor.state_var, TRACE_BITS)
                bits += width
                factors.append((VARIABLES.index(factor.state_var), int(factor.is_sgn), width))
                constants.append(float(factor.const or 0.0))
            shift = max(0, bits - ACCUMULATOR_BITS)
            products.append(
                (
                    TARGETS.index(target),
                    DEPENDENCIES.index(product.dependency),
                    first,
                    len(factors),
                    int(product.s_mantissa),
                    shift,
                    int(product.s_exp),
                )
            )
            scales.append(product.s_mantissa * 2.0 ** (product.s_exp - MANTISSA_BITS - 3))
    return Program(
        np.array(products, np.int64).reshape(-1, 7),
        np.array(scales, np.float64),
        np.array(factors, np.int64).reshape(-1, 3),
        np.array(constants, np.float64),
    )
