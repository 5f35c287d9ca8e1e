"""What a learning connection is told about caching: policy, threshold, decay. It checks itself and needs no Lava."""

from __future__ import annotations

from dataclasses import dataclass

from lava_caching.cache import check_tau, check_threshold, default_tolerance
from lava_caching.consolidation import Policy, get_policy

__all__ = ["Caching"]


@dataclass(frozen=True, kw_only=True)
class Caching:
    """When and how a learning connection consolidates.

    Attributes
    ----------
    policy : str or Policy
        A name (see `lava_caching.consolidation.policy_names`) or a policy of your own.
    threshold : float
        θ ≥ 0 in weight units: per synapse for ``local-*``, the sum over a neuron for ``global-global``.
    tau : float or None
        Decay time constant of the transient part in learning epochs, above 1; None or inf for no decay.
    scope, amount, quantum : optional
        Replace those of the policy, see `lava_caching.consolidation.Policy`.
    tolerance : float, optional
        Band ε in weight units within which a statistic equals the threshold; 1e-9 of the threshold or of the quantum,
        whichever is larger.

    Raises
    ------
    InputError
        For an unknown policy, or a value out of range.

    Examples
    --------
    >>> Caching(policy="local-local", threshold=5).rule.scope
    'synapse'
    """

    policy: str | Policy = "local-global"
    threshold: float
    tau: float | None = None
    scope: str | None = None
    amount: str | None = None
    quantum: float | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", check_threshold(self.threshold))
        object.__setattr__(self, "tau", check_tau(self.tau))
        rule = self.rule  # refuses what does not go together
        if self.tolerance is None:
            object.__setattr__(self, "tolerance", default_tolerance(rule, self.threshold))

    @property
    def rule(self) -> Policy:
        """Return the policy with the scope and amount asked for."""
        return get_policy(self.policy).adapted(scope=self.scope, amount=self.amount, quantum=self.quantum)  # type: ignore[arg-type]

    @property
    def kept(self) -> float:
        """Return the factor by which one decay shrinks the transient part, 1 − 1/τ."""
        return 1.0 if self.tau is None else 1.0 - 1.0 / self.tau
