"""The perceptron rule: change the weights only when the output has the wrong sign.

Rosenblatt (1962), as used by Li & van Rossum (2020), doi:10.7554/eLife.50804: Δw_i = η d x_i if y·d ≤ 0, a tie being
an error.
"""

from __future__ import annotations

from lava_caching.plasticity._rule import Rule


def post_factor(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    """Return η·d on an error (y·d not above the tolerance), else 0."""
    return learning_rate * target if output * target <= tolerance else 0.0


rule = Rule(
    name="perceptron",
    summary="Δw = η·d·x when the output has the wrong sign (ties are errors)",
    post_factor=post_factor,
    reference="doi:10.7554/eLife.50804",
    margin=0.0,
)
