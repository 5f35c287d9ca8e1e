"""Local threshold, local consolidation (Li & van Rossum 2020, Fig. 4A): a synapse above θ consolidates alone."""

from lava_caching.consolidation._policy import Policy

policy = Policy(
    name="local-local",
    summary="|s| > θ at a synapse consolidates that synapse",
    statistic="each",
    scope="synapse",
)
