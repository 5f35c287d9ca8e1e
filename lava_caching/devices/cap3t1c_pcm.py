"""A leaking capacitor of 3T1C cells before a pair of phase-change devices: the hybrid synapse of MLP+NeuroSim.

The capacitor holds 32 levels of a quarter of the weight (weight = 4·(G⁺ − G⁻) + g); these are a simulator's settings
and no measurement. Its leak is left to the run's τ: no time constant is published with them.
"""

import dataclasses

from lava_caching.devices._device import Device, Store
from lava_caching.devices.pcm_mushroom_90nm import device as pcm

FILE = "neurosim/MLP_NeuroSim_V3.0:Cell.cpp@cc1386372d01"

device: Device = dataclasses.replace(
    pcm,
    name="cap3t1c-pcm",
    summary="3T1C capacitor of 32 levels before phase-change devices",
    transient=Store(levels=32, share=0.25),
    sources={
        **pcm.sources,
        "transient.levels": f"{FILE}, _3T1C constructor lines 784-800: simulator default",
        "transient.share": f"{FILE}, HybridCell constructor: significance F = 4",
    },
)
