# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # 02 A perceptron
#
# The paper's first experiment: one neuron stores random patterns by error correction. It covers `Perceptron`, policies,
# records that are priced again, `optimize`, and the theory beside the simulation.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lava_caching import Perceptron, theory
from lava_caching.sweeps import optimize

N = P = 300
COST = 0.001  # c: holding a transient weight of 1 for a presentation, in units of writing it
plain = Perceptron(n_inputs=N, n_patterns=P, policy="immediate", maintenance_cost=COST).run(seed=0)
print(f"{plain.outcome['n_epochs']} epochs, {plain.outcome['n_updates']:,} updates")
print(f"without caching: {plain.energy['inefficiency']:.1f} times the minimum")
assert plain.outcome["converged"]
assert plain.energy["inefficiency"] > 30

# %% [markdown]
# ## Without decay, caching never changes what is learned
# Every policy presents the same patterns, makes the same errors and ends with the same weights; only the writes differ.

# %%
POLICIES = {"immediate": 0.0, "local-local": 5.0, "local-global": 5.0, "global-global": 5.0 * N / 3, "at-end": 0.0}
records = {
    policy: Perceptron(
        n_inputs=N, n_patterns=P, policy=policy, threshold=threshold, maintenance_cost=COST, center_patterns=False
    ).run(seed=0)
    for policy, threshold in POLICIES.items()
}
for policy, record in records.items():
    assert np.array_equal(record.weights, records["immediate"].weights)
    print(f"{policy:14} {record.ledger.total.n_persistent_writes:9,} persistent writes")

# %% [markdown]
# ## The best threshold
# `optimize` tries thresholds on common seeds, far apart first and then around the best one.

# %%
best = optimize("perceptron", {"n_inputs": N, "n_patterns": P, "maintenance_cost": COST}, seeds=3, low=1.0, high=200.0)
means, errors = best.mean("energy"), best.standard_error("energy")
saved = 1.0 - means.min() / plain.energy["total"]
print(f"best θ = {best.threshold:.3g}, from {best.n_runs} runs: {saved:.0%} saved")
assert saved > 0.85

# %% [markdown]
# ## Beside the theory
# The paper's formulas let each synapse cross θ by itself and in steps without size; simulated trainings lie near them.

# %%
K, T = plain.outcome["n_updates"], plain.outcome["n_presentations"]
fine = np.geomspace(1.0, 200.0, 60)
expected = [theory.consolidation_energy(N, K, x) + theory.maintenance_energy(N, T, x, COST) for x in fine]

figure, axes = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
axes.errorbar(best.thresholds, means, errors, fmt="o-", color="#0072B2", label="simulation, 3 seeds")
axes.plot(fine, expected, "--", color="#0072B2", label="theory")
axes.axhline(plain.energy["total"], color="0.4", linestyle=":", label="no caching")
axes.axhline(plain.energy["minimal"], color="0.4", linestyle="-.", label="minimum")
axes.set(xscale="log", yscale="log", xlabel="threshold θ (weight)", ylabel="energy (units of the paper)")
axes.set_title(f"N = P = {N}, c = {COST:g}, local-global")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
figure
