"""Engines for one spiking neuron: `reference` is the textbook, the others must agree with it on the same spikes."""

from lava_caching.engines.spiking._neuron import NeuronModel
from lava_caching.engines.spiking._spikes import Drive, Stimulus, draw
from lava_caching.engines.spiking._task import SpikingNeuron, SpikingTask

__all__ = ["Drive", "NeuronModel", "SpikingNeuron", "SpikingTask", "Stimulus", "draw"]
