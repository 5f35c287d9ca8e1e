"""The learning that advice is given for, checked before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

from lava_caching import theory
from lava_caching.consolidation import get_policy
from lava_caching.errors import InputError
from lava_caching.hardware import MemoryPair
from lava_caching.hardware.numbers import Quantity
from lava_caching.hardware.operating import operating_point

__all__ = ["Workload", "decay_steps"]

LONGEST = 1e8
"""Presentations that one training may take: about 10 s. Near P = 2N they grow without bound."""
LARGEST = 2 * 10**8
"""Entries of all patterns: about 5 GB with what a training makes of them."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """P random patterns stored in one neuron of N inputs, by a perceptron rule with η = 1.

    Attributes
    ----------
    n_inputs, n_patterns : int
        N and P < 2N.
    policy : str
        A policy with a threshold.
    seeds : int
        Trainings of each kind, with seeds 0, 1, …
    step_duration_s : float
        Seconds of one presentation.
    tau_steps : float or None
        Steps in which s decays; None where it does not.
    weight_range : (float, float) or None
        Weights of the lowest and the highest level; None for ± the largest |w| of all trainings.
    """

    n_inputs: int = 1000
    n_patterns: int = 1000
    policy: str = "local-global"
    seeds: int = 3
    step_duration_s: float = 1e-6
    tau_steps: float | None = None
    weight_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name in ("n_inputs", "n_patterns", "seeds"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} = {getattr(self, name)}: must be at least 1")
        if get_policy(self.policy).statistic in ("always", "never"):
            raise InputError(
                f"policy = {self.policy!r}: has no threshold to choose, and is compared anyway; take local-local,"
                " local-global or global-global"
            )
        expected = theory.presentations(self.n_inputs, self.n_patterns)
        if self.n_patterns >= 2 * self.n_inputs:
            raise InputError(
                f"n_patterns = {self.n_patterns}: {self.n_inputs} inputs store fewer than {2 * self.n_inputs} random"
                " patterns, and learning more never ends; take fewer patterns or more inputs"
            )
        if self.n_inputs * self.n_patterns > LARGEST:
            raise InputError(
                f"n_inputs = {self.n_inputs} and n_patterns = {self.n_patterns}: their product is above {LARGEST:.0e},"
                " more than fits into memory; take fewer"
            )
        if expected > LONGEST:
            raise InputError(
                f"n_patterns = {self.n_patterns}: so near to twice the {self.n_inputs} inputs, storing them takes about"
                f" {expected:.2g} presentations, too many to simulate; take fewer patterns or more inputs"
            )

    @property
    def scale(self) -> int:
        """Return how many synapses a threshold sums over."""
        return self.n_inputs if get_policy(self.policy).statistic == "sum" else 1

    @property
    def least_threshold(self) -> float:
        """Return the smallest θ worth a training: below it the first update already consolidates."""
        return 1.5 * self.scale  # |s| = 1 after one update, give or take the mean of the patterns


def decay_steps(
    pair: MemoryPair, step_duration_s: float | None, weight_range: tuple[float, float] | None
) -> tuple[float, float | None]:
    """Return the step duration (s) at which a pair is run, and its decay in such steps, None where it states none.

    Raises
    ------
    InputError
        If the step duration or the range is not possible, or the transient part is gone before the next step.
    """
    seconds = operating_point(pair, step_duration_s=step_duration_s, weight_range=weight_range).step_duration_s
    decay = pair.volatile.decay if pair.volatile else None
    if decay is None or not isinstance(decay.tau_s, Quantity):
        return seconds, None
    steps = decay.tau_s.nominal / seconds
    if steps <= 1:
        raise InputError(
            f"step duration = {seconds:g} s: the volatile memory of {pair.name} decays with τ ="
            f" {decay.tau_s.nominal:g} s, before the next presentation comes; take a shorter step or another pair"
        )
    return seconds, steps
