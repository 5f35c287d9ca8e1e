"""Plasticity rules: what change a presentation proposes. To add one, copy a file of this folder."""

from __future__ import annotations

from typing import cast

from lava_caching import plugins
from lava_caching.plasticity._competition import largest_changes, n_competing
from lava_caching.plasticity._rule import PostFactor, Rule

__all__ = ["PostFactor", "Rule", "get_rule", "largest_changes", "n_competing", "rule_names"]


def rule_names() -> list[str]:
    """Return the names of all rules, those of installed packages included."""
    return plugins.names(__name__, "rule")


def get_rule(name: str | Rule) -> Rule:
    """Return the rule called `name`; a rule of one's own passes through."""
    return name if isinstance(name, Rule) else cast(Rule, plugins.find(__name__, "rule", name, "rule", Rule))
