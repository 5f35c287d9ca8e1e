"""Engines of the tagging experiment: the same neuron as in `lava_caching.engines.spiking`."""
