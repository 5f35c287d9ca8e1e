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
# # 06 From `LearningDense` to `CachingDense` in Lava
#
# A network of Lava that learns by STDP, with one line changed. It covers `CachingDense`, `Caching`, `running`, the
# ledger of a connection, and its bill. Lava installs on Python 3.10 only.

# %%
import matplotlib.pyplot as plt
import numpy as np
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF

from lava_caching import Caching, CachingDense
from lava_caching.hardware import load_pair, price
from lava_caching.processes.running import running

N_IN, N_OUT, N_STEPS = 200, 40, 300
rng = np.random.default_rng(0)
spikes = (rng.random((N_IN, N_STEPS)) < 0.05).astype(int)
start = rng.uniform(0, 1, (N_OUT, N_IN))

# %% [markdown]
# ## The network
# Inputs, a connection that learns, neurons, and their spikes back to the connection. `make` is either class.


# %%
def learn(make, **more):
    """Build the network around a connection, run it, and return the weights and what the connection has counted."""
    stdp = Loihi2FLearningRule(dw="2^-6*x1*y0 - 2^-6*y1*x0", x1_impulse=1, x1_tau=10, y1_impulse=1, y1_tau=10)
    source, neurons = RingBuffer(data=spikes), LIF(shape=(N_OUT,), vth=30, du=1, dv=0.2)
    connection = make(weights=start, learning_rule=stdp, **more)
    source.s_out.connect(connection.s_in)
    connection.a_out.connect(neurons.a_in)
    neurons.s_out.connect(connection.s_in_bap)
    with running(connection, Loihi2SimCfg(select_tag="floating_pt")) as network:
        network.run(N_STEPS)
        ledger = connection.read_ledger() if make is CachingDense else None
        return connection.weights.get(), ledger


stock, _ = learn(LearningDense)
uncached, plain = learn(CachingDense, caching=Caching(policy="immediate", threshold=0))
print(f"{plain.total.n_persistent_writes:,} persistent writes without caching")
assert np.allclose(uncached, stock, atol=1e-9)  # it learns what LearningDense learns

# %% [markdown]
# ## With caching
# The effective weights stay the same, because nothing decays; what changes is how often a nonvolatile cell is written.

# %%
THRESHOLDS = (0.01, 0.02, 0.05, 0.1)
pair = load_pair("sram_rram_22nm")
writes, joules = [plain.total.n_persistent_writes], [price(plain, pair).total.nominal]
for threshold in THRESHOLDS:
    weights, ledger = learn(CachingDense, caching=Caching(policy="local-local", threshold=threshold))
    assert np.allclose(weights, stock, atol=1e-9)
    writes.append(ledger.total.n_persistent_writes)
    joules.append(price(ledger, pair).total.nominal)
    print(f"θ = {threshold:<5} {writes[-1]:8,} persistent writes, {joules[-1]:.3g} J")
assert writes == sorted(writes, reverse=True)
assert writes[-1] < 0.1 * writes[0]
assert joules[-1] < 0.7 * joules[0]

# %% [markdown]
# ## Look

# %%
names = ["none", *(f"{threshold:g}" for threshold in THRESHOLDS)]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
left.bar(names, writes, color=["#D55E00", *["#0072B2"] * len(THRESHOLDS)])
left.set(yscale="log", xlabel="threshold θ (weight)", ylabel="persistent writes", title=f"{N_OUT} × {N_IN} synapses")
right.bar(names, joules, color=["#D55E00", *["#0072B2"] * len(THRESHOLDS)])
right.set(xlabel="threshold θ (weight)", ylabel="energy of the synapses (J)", title=pair.name)
figure
