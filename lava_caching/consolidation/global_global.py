"""Global threshold, global consolidation (Li & van Rossum 2020, Fig. 4A): the *sum* of |s| over a neuron against θ."""

from lava_caching.consolidation._policy import Policy

policy = Policy(
    name="global-global",
    summary="Σ|s| > θ over a neuron consolidates all its synapses",
    statistic="sum",
    scope="neuron",
)
