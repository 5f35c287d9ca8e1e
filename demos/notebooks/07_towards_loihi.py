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
# # 07 Towards Loihi
#
# Synaptic caching inside Loihi's own learning engine: the weight is the effective weight *w*, the tag is the transient
# part *t*, and the persistent part is *w* − *t*. It covers `native_caching_rule`, its deviations, a run on **stock**
# `LearningDense` in Loihi's integers as Lava emulates them, and `check_network`. Lava installs on Python 3.10 only.

# %%
import matplotlib.pyplot as plt
import numpy as np
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer

from lava_caching import native_caching_rule
from lava_caching.hardware.chips import load_chip
from lava_caching.processes.running import running
from lava_caching.processes.to_chip import check_network

# %% [markdown]
# ## The rule
# Any product series becomes one that caches: the tag takes the change as the weight does, and a reset removes one
# quantum where it has crossed the threshold.

# %%
stdp = Loihi2FLearningRule(dw="2^-1*x1*y0 - 2^-1*y1*x0", x1_impulse=16, x1_tau=8, y1_impulse=16, y1_tau=8, rng_seed=1)
THRESHOLD, QUANTUM = 24, 16
native = native_caching_rule(stdp, THRESHOLD, quantum=QUANTUM)
print("dw =", native.dw)
print("dt =", native.dt)
assert native.dw == stdp.dw_str
assert native.dt.startswith(native.dw)

# %% [markdown]
# It is not synaptic caching to the letter, and says where:

# %%
for deviation in native.deviations:
    print("-", deviation)
assert native.deviations

# %% [markdown]
# ## On stock `LearningDense`
# Weights and tags are read after every step. A persistent write is a change of *w* − *t*.

# %%
N_IN, N_OUT, N_STEPS = 20, 5, 60
rng = np.random.default_rng(0)


def run(rule):
    """Run a connection of stock Lava with recorded spikes; return weights and tags after each step."""
    connection = LearningDense(weights=np.zeros((N_OUT, N_IN)), learning_rule=rule, tag_1=np.zeros((N_OUT, N_IN)))
    before, after = (RingBuffer(data=spikes) for spikes in recorded)
    before.s_out.connect(connection.s_in)
    after.s_out.connect(connection.s_in_bap)
    weights, tags = [], []
    with running(connection, Loihi2SimCfg(select_tag="fixed_pt")) as network:
        for _ in range(N_STEPS):
            network.run(1)
            weights.append(connection.weights.get())
            tags.append(connection.tag_1.get())
    return np.array(weights), np.array(tags)


recorded = [(rng.random((n, N_STEPS)) < 0.1).astype(int) for n in (N_IN, N_OUT)]
plain_w, _ = run(stdp)
w, t = run(native.learning_rule)
persistent = w - t
n_plain = np.count_nonzero(np.diff(plain_w, axis=0))
n_written = np.count_nonzero(np.diff(persistent, axis=0))
print(f"{n_plain} changes of weights without caching, {n_written} persistent writes with it")
assert np.array_equal(w, plain_w)  # the network sees the same weights
assert set(np.unique(np.abs(np.diff(persistent, axis=0)))) <= {0, QUANTUM // 2, QUANTUM}
assert n_written < 0.3 * n_plain

# %% [markdown]
# ## Does it fit on a chip?

# %%
connection = LearningDense(weights=np.zeros((N_OUT, N_IN)), learning_rule=native.learning_rule)
report = check_network(connection, load_chip("loihi1"))
print(report.verdict)
assert report.mapping.n_cores >= 1

# %% [markdown]
# ## Look

# %%
synapse = np.unravel_index(np.abs(np.diff(persistent, axis=0)).sum(axis=0).argmax(), (N_OUT, N_IN))
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
LINES = {"weight w": (w, "0.6"), "persistent part w − t": (persistent, "#0072B2"), "tag t": (t, "#D55E00")}
for label, (values, colour) in LINES.items():
    axes.step(range(N_STEPS), values[:, synapse[0], synapse[1]], where="post", color=colour, label=label)
axes.axhspan(-THRESHOLD, THRESHOLD, color="0.93", zorder=0)
axes.set(xlabel="step", ylabel="integers of the chip", title=f"one synapse, θ = {THRESHOLD}, quantum {QUANTUM}")
axes.legend(frameon=False)
figure
