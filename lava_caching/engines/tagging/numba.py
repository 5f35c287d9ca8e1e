"""The compiled spiking neuron."""

from lava_caching.engines.spiking.numba import train

__all__ = ["train"]
