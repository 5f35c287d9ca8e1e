"""What every plasticity rule must keep to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from lava_caching.consolidation import get_policy
from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.plasticity import Rule, get_rule, rule_names
from lava_caching.testing._compare import SHOWN, differences
from lava_caching.testing._declared import called, check_declared, compiled_twin, number

__all__ = ["check_rule"]

OUTPUTS = (0.0, 1e-12, 0.1, 0.5, 1.0, 1.5, 3.0, 250.0)
TOLERANCE = 1e-9
BEYOND = (2e-9, 1e-8, 1e-6, 1e-4, 1e-3, *(k / 32 for k in range(1, 320)), *(10.0 * 1.3**k for k in range(30)))
"""How far above the margin a rule is asked: just outside the band, finely up to 10, and coarsely up to 20,000."""


def check_rule(rule: Rule) -> None:
    """Check that a rule is declared well, that its factor is a pure scalar function, and runs compiled as plainly.

    Parameters
    ----------
    rule : Rule
        One that is found by its name, or an instance of one's own.

    Raises
    ------
    AssertionError
        Naming the rule and what it breaks.
    """
    name = check_declared(rule, Rule)
    assert name not in rule_names() or get_rule(name).summary == rule.summary, f"{name!r} is found elsewhere"
    assert rule.reference, f"{name}: a rule says where it comes from"

    compiled = compiled_twin(name, rule.post_factor, 4)
    outputs = sorted({sign * y for y in OUTPUTS for sign in (-1, 1)})
    for output, target, eta in itertools.product(outputs, (-1.0, 1.0), (0.1, 1.0)):
        given = output, target, eta, TOLERANCE * eta
        factor, again = number(name, rule.post_factor, *given), called(name, compiled, *given)
        assert again == factor, f"{name}{given}: {factor} plain, {again} compiled"
    if math.isfinite(rule.margin):
        _check_margin(rule)
    _check_engines(rule)


def _check_margin(rule: Rule) -> None:
    """Check that a rule is silent above its margin, and that whatever lies within the band counts as equal to it."""
    name = rule.name
    for target, eta in itertools.product((-1.0, 1.0), (0.1, 1.0)):
        band = TOLERANCE * eta
        at = [
            number(name, rule.post_factor, (rule.margin + d) * target, target, eta, band)
            for d in (-band / 2, 0.0, band / 2)
        ]
        kinds = {factor != 0 for factor in at}
        assert len(kinds) == 1, f"{name}, target {target}, η = {eta}: factors {at} within the band of the margin"
        for d in BEYOND:  # compiled engines do not ask there
            given = (rule.margin + d) * target, target, eta, band
            factor = number(name, rule.post_factor, *given)
            silent = given[0] * target > rule.margin + band  # of a large margin the band may round away
            assert not (silent and factor != 0), f"{name}{given} = {factor}: must be 0 beyond the margin {rule.margin}"


def _check_engines(rule: Rule) -> None:
    """Check that the compiled engine learns as the textbook does."""
    for case, task in _tasks(rule):
        with np.errstate(over="ignore", invalid="ignore"):  # a rule that always changes something may well diverge
            plain, compiled = (get_engine("perceptron", engine)(task) for engine in ("reference", "numba"))
        found, expected = compiled.errors.tolist(), plain.errors.tolist()
        assert found == expected, f"{case}: updates {found} compiled, {expected} plain"
        wrong = differences(compiled.ledger.to_dict(), plain.ledger.to_dict(), relative=1e-9, where="ledger")
        assert not wrong, f"{case}: compiled ≠ plain, " + "; ".join(wrong[:SHOWN])


def _tasks(rule: Rule) -> Iterator[tuple[str, PerceptronTask]]:
    """Yield the rule in small perceptrons, at two learning rates."""
    rng = np.random.default_rng(0)
    patterns = np.hstack([rng.choice([-1.0, 1.0], (30, 20)), np.ones((30, 1))])
    targets = rng.choice([-1.0, 1.0], 30)
    for eta in (1.0, 0.125):  # powers of two: what is learned of whole numbers stays exact
        yield (
            f"{rule.name}, η = {eta}",
            PerceptronTask(
                patterns=patterns,
                targets=targets,
                rule=rule,
                policy=get_policy("local-global"),
                threshold=2.0 * eta,
                tau=None,
                learning_rate=eta,
                max_epochs=10,
            ),
        )
