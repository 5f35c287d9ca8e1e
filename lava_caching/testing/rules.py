"""What every plasticity rule must keep to."""

from __future__ import annotations

import itertools
import math

from lava_caching.kernels._compile import scalar
from lava_caching.plasticity import Rule, get_rule, rule_names

__all__ = ["check_rule"]

OUTPUTS = (0.0, 1e-12, 0.1, 0.5, 1.0, 1.5, 3.0, 250.0)
TOLERANCE = 1e-9


def check_rule(rule: Rule) -> None:
    """Check that a rule is declared well and that its factor is a pure scalar function that compiles.

    Parameters
    ----------
    rule : Rule
        One that is found by its name, or an instance of one's own.

    Raises
    ------
    AssertionError
        Naming the rule and what it breaks.
    """
    name = rule.name
    assert name == name.lower().replace("_", "-").strip(), f"{name!r}: names are lower case with hyphens"
    assert name not in rule_names() or get_rule(name).summary == rule.summary, f"{name!r} is found elsewhere"
    assert len(rule.summary.splitlines()) == 1, f"{name}: the summary is one line"
    assert rule.reference, f"{name}: a rule says where it comes from"
    assert rule.margin >= 0, f"{name}: margin {rule.margin}: must not be negative"

    compiled = scalar(rule.post_factor, 4)
    outputs = sorted({sign * y for y in OUTPUTS for sign in (-1, 1)})
    for output, target, eta in itertools.product(outputs, (-1.0, 1.0), (0.1, 1.0)):
        given = output, target, eta, TOLERANCE * eta
        factor = rule.post_factor(*given)
        assert isinstance(factor, float), f"{name}{given} = {factor!r}: must be a float"
        assert math.isfinite(factor), f"{name}{given} = {factor}: must be finite"
        assert rule.post_factor(*given) == factor, f"{name}{given}: a second call differs from the first"
        assert compiled(*given) == factor, f"{name}{given}: {factor} plain, {compiled(*given)} compiled"
        silent = output * target > rule.margin + TOLERANCE * eta
        assert not (silent and factor != 0), f"{name}{given} = {factor}: must be 0 beyond the margin {rule.margin}"

    if math.isfinite(rule.margin):  # whatever lies within the band counts as equal to the margin
        for target, eta in itertools.product((-1.0, 1.0), (0.1, 1.0)):
            band = TOLERANCE * eta
            at = [rule.post_factor((rule.margin + d) * target, target, eta, band) for d in (-band / 2, 0.0, band / 2)]
            kinds = {factor != 0 for factor in at}
            assert len(kinds) == 1, f"{name}, target {target}, η = {eta}: factors {at} within the band of the margin"
