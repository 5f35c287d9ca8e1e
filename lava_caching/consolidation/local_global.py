"""Local threshold, global consolidation (Li & van Rossum 2020, Fig. 4A): one synapse above θ takes its neuron along."""

from lava_caching.consolidation._policy import Policy

policy = Policy(
    name="local-global",
    summary="any |s| > θ consolidates all synapses of that neuron",
    statistic="max",
    scope="neuron",
)
