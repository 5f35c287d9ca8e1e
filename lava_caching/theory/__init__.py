"""What Li & van Rossum (2020), doi:10.7554/eLife.50804, derive for a perceptron, with and without decay.

Names are those of the paper: N inputs, P random patterns, K updates, T presentations, learning rate η, threshold θ,
maintenance cost c, change cost b, decay time constant τ, update probability p. Energies are in units of one
consolidated weight unit (α = 1), powers in the same per presentation. The walk of a weight is taken as unbiased and its
steps as small against θ, so simulations lie near these curves and not on them.
"""

from lava_caching.theory._decay import (
    consolidation_power,
    consolidation_rate,
    maintenance_power,
    mean_transient,
    transient_density,
)
from lava_caching.theory._walk import (
    best_inefficiency,
    best_threshold,
    change_energy,
    consolidation_energy,
    inefficiency_without_caching,
    maintenance_energy,
    presentations,
    updates,
)

__all__ = [
    "best_inefficiency",
    "best_threshold",
    "change_energy",
    "consolidation_energy",
    "consolidation_power",
    "consolidation_rate",
    "inefficiency_without_caching",
    "maintenance_energy",
    "maintenance_power",
    "mean_transient",
    "presentations",
    "transient_density",
    "updates",
]
