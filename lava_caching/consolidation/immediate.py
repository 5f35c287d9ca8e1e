"""No caching: every update is written to the persistent part at once (classic learning, the paper's comparison)."""

from lava_caching.consolidation._policy import Policy

policy = Policy(
    name="immediate",
    summary="every update writes the persistent part directly (no caching)",
    statistic="always",
    scope="neuron",
)
