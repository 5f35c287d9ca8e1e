"""The textbook of the spiking neuron."""

from lava_caching.engines.spiking.reference import train

__all__ = ["train"]
