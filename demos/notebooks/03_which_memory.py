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
# # 03 Which memory?
#
# The same finished trainings on every pair of memories: joules with their ranges, endurance, and what is not known. It
# covers `Record.price`, bills, lifetimes, and the sources of the numbers. Nothing runs again for another memory.

# %%
from textwrap import fill

import matplotlib.pyplot as plt

from lava_caching import Perceptron
from lava_caching.hardware import load_pair, pair_names
from lava_caching.hardware.missing import missing_numbers

FIELDS = {"n_inputs": 300, "n_patterns": 300, "write_counts": True}  # counts of each synapse give lifetimes
plain = Perceptron(**FIELDS, policy="immediate").run(seed=0)
cached = Perceptron(**FIELDS, threshold=20).run(seed=0)
hottest = [max(record.ledger.total.write_counts or ()) for record in (plain, cached)]
print(f"writes of the hottest synapse: {hottest[0]} without, {hottest[1]} with caching")
assert hottest[0] > 20 * hottest[1]

# %% [markdown]
# ## Bills
# A bill has low, nominal and high joules. Where a price is not known, the total is `None` and the bill says why:
# unknown is never 0.

# %%
totals: dict[str, tuple[float, float]] = {}
for name in pair_names():
    bills = [record.bill(name) for record in (plain, cached)]
    joules = [bill.total.nominal for bill in bills if bill.total is not None and bill.total.nominal is not None]
    if len(joules) < 2:
        unknown = missing_numbers(load_pair(name), bills[1].unpriced)
        why = f"these are not known: {', '.join(unknown)}" if unknown else "in the units of the paper"
        print(fill(f"{name:22} no total, {why}", 100, subsequent_indent=23 * " "))
        continue
    totals[name] = joules[0], joules[1]
    print(f"{name:22} {joules[0]:9.3g} J → {joules[1]:9.3g} J")
ratios = {name: before / after for name, (before, after) in totals.items()}
assert len(totals) >= 8
assert ratios["digital_rram_verify"] > 20  # verified multilevel RRAM: writes are dear
assert ratios["fecap_memristor_130nm"] < 1  # a transient write costs as much as a persistent one there

# %% [markdown]
# ## Where a number comes from
# Each carries its source, its place in it, and how sure it is.

# %%
energy = load_pair("sram_rram_22nm").nonvolatile.write.energy_j
print(f"{energy.nominal:.3g} J per {energy.per}: {energy.source}, {energy.where} ({energy.basis})")
assert energy.source

# %% [markdown]
# ## Look
# Right of 1 caching saves.

# %%
names = sorted(ratios, key=lambda name: ratios[name])
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.barh(names, [ratios[name] for name in names], color=["#0072B2" if ratios[n] > 1 else "0.7" for n in names])
axes.axvline(1.0, color="black", linewidth=0.8)
axes.set(xscale="log", xlabel="energy without caching / with caching, θ = 20", title="it depends on the memory")
figure
