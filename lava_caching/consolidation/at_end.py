"""Consolidate once, when learning is over: without decay and costs this reaches the least energy (Eq. 2)."""

from lava_caching.consolidation._policy import Policy

policy = Policy(
    name="at-end",
    summary="all synapses once, at the end (the minimum when holding and changing cost nothing)",
    statistic="never",
    scope="neuron",
)
