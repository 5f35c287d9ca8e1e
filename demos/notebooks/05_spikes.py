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
# # 05 Spikes
#
# A spiking neuron with adaptation learns by STDP to answer patterns as strongly as a teacher does (D'Souza, Liu &
# Hahnloser 2010), Fig. 2 supplement 1 of the paper; and the transient parts as the *tags* of synaptic tagging and
# capture. It covers `Spiking` and `Tagging`. Weights and energies are in units of the largest conductance g_max.

# %%
import matplotlib.pyplot as plt

from lava_caching import Spiking, Tagging

RUNS = {
    "no caching": {"policy": "immediate"},
    "caching, θ = 0.05": {"threshold": 0.05},
    "ideal caching": {"policy": "at-end"},
}
N_PATTERNS = (1, 4, 8)
energies: dict[str, list[float]] = {name: [] for name in RUNS}
for n_patterns in N_PATTERNS:
    for name, more in RUNS.items():
        record = Spiking(n_patterns=n_patterns, **more).run(seed=0)
        assert record.outcome["converged"]
        energies[name].append(record.energy["total"])
saved = [1 - ideal / plain for ideal, plain in zip(energies["ideal caching"], energies["no caching"], strict=True)]
print("saved by ideal caching:", ", ".join(f"{share:.0%} of {n}" for share, n in zip(saved, N_PATTERNS, strict=True)))
assert saved[-1] > 0.7

# %% [markdown]
# ## Tags and their capture
# A weak stimulation leaves transient parts. If a strong one consolidates the neuron before they have decayed, they
# become persistent: captured. With τ = 100 trials the delay decides.

# %%
DELAYS = (1, 10, 30, 100, 200, 400)
captured = []
for delay in DELAYS:
    tags = Tagging(delay=delay).run(seed=0).outcome
    captured.append(tags["captured_fraction"])
print("captured:", ", ".join(f"{share:.0%} after {delay}" for share, delay in zip(captured, DELAYS, strict=True)))
assert captured[0] > 0.6
assert captured[-1] < 0.1
alone = Tagging(delay=10, policy="local-local").run(seed=0).outcome
assert alone["captured_fraction"] == 0  # each synapse by itself: nothing is shared

# %% [markdown]
# ## Look

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
for (name, values), colour in zip(energies.items(), ("#D55E00", "#0072B2", "#009E73"), strict=True):
    left.plot(N_PATTERNS, values, "o-", color=colour, label=name)
left.set(xlabel="patterns", ylabel="energy (g_max)", title="STDP with a teacher")
left.legend(frameon=False)
right.plot(DELAYS, captured, "o-", color="#0072B2")
right.set(xscale="log", xlabel="trials from weak to strong (τ = 100)", ylabel="share of the tags that are captured")
right.set(title="tagging and capture", ylim=(0, 1))
figure
