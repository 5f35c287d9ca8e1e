"""Consolidation policies: when and where the transient part of a weight is written to the persistent one.

To add one, copy a file of this folder; it is found by its name.
"""

from __future__ import annotations

from typing import cast

from lava_caching import plugins
from lava_caching.consolidation._policy import AMOUNTS, SCOPES, Amount, Fold, Policy, Scope, Statistic

__all__ = ["AMOUNTS", "SCOPES", "Amount", "Fold", "Policy", "Scope", "Statistic", "get_policy", "policy_names"]


def policy_names() -> list[str]:
    """Return the names of all policies, those of installed packages included."""
    return plugins.names(__name__, "policy")


def get_policy(name: str | Policy) -> Policy:
    """Return the policy called `name`; a policy of one's own passes through."""
    if isinstance(name, Policy):
        return name
    return cast(Policy, plugins.find(__name__, "policy", name, "policy", Policy))
