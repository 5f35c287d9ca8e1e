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
# # 01 One synapse
#
# What synaptic caching (Li & van Rossum 2020, [doi:10.7554/eLife.50804](https://doi.org/10.7554/eLife.50804)) does to
# one weight: a walk of changes, a **transient** part *s* that takes them all, a **persistent** part *l* that is written
# only when |*s*| exceeds the threshold θ, and the account of every write. It covers `SynapticCache`, the ledger, and
# what a price does to it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from lava_caching import CostFunctional, SynapticCache

rng = np.random.default_rng(1)
changes = rng.choice([-1.0, 1.0], 400)  # a weight goes back and forth, as it does in learning

# %% [markdown]
# ## Follow it through
# `accumulate` proposes a change, `end_step` tests the trigger. The effective weight *w* = *l* + *s* is what the network
# sees: it never depends on when something is consolidated.

# %%
THRESHOLD = 5.0
cache = SynapticCache(0.0, policy="local-local", threshold=THRESHOLD)
effective, persistent = [], []
for change in changes:
    cache.accumulate(change)
    cache.end_step()
    effective.append(float(cache.effective))
    persistent.append(float(cache.persistent))
ledger = cache.finish()

assert np.array_equal(effective, np.cumsum(changes))  # the walk itself, whatever the threshold
assert np.abs(np.subtract(effective, persistent)).max() <= THRESHOLD
print(f"{changes.size} changes, {ledger.total.n_persistent_writes} persistent writes")
assert ledger.total.n_persistent_writes == 11

# %% [markdown]
# ## What it costs, against the threshold
# A persistent write costs |Δ*l*|; holding a transient part costs *c* |*s*| in each step. The ledger holds counts and
# magnitudes only, so that one run answers for every price.

# %%
thresholds = np.arange(0.5, 30.0)
ledgers = []
for threshold in thresholds:
    walk = SynapticCache(0.0, policy="local-local", threshold=float(threshold))
    for change in changes:
        walk.accumulate(change)
        walk.end_step()
    ledgers.append(walk.finish())
prices = {c: CostFunctional(maintenance_cost=c) for c in (0.0, 0.01, 0.1)}
energies = {c: np.array([price.price(one).total for one in ledgers]) for c, price in prices.items()}
best = {c: float(thresholds[energy.argmin()]) for c, energy in energies.items()}
print("best thresholds:", best)

assert energies[0.0][0] == changes.size  # below one step every change is written
assert energies[0.0].min() == abs(changes.sum())  # free holding: only the net change is ever written
assert best[0.0] > best[0.01] > best[0.1]  # the dearer it is to hold, the sooner it is written

# %% [markdown]
# ## Look

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
left.plot(effective, color="0.6", label="effective weight $w = l + s$")
left.step(range(changes.size), persistent, where="post", color="#0072B2", label="persistent part $l$")
left.set(xlabel="step", ylabel="weight", title=f"θ = {THRESHOLD:g}")
left.legend(frameon=False)
for (c, energy), colour in zip(energies.items(), ("#009E73", "#0072B2", "#D55E00"), strict=True):
    right.plot(thresholds, energy, color=colour, label=f"c = {c:g}")
right.set(xlabel="threshold θ (weight)", ylabel="energy (units of the paper)", yscale="log", title="there is a best θ")
right.legend(frameon=False)
figure
