"""Engines for the perceptron: `reference` is the textbook, the others must agree with it.

An engine in whole numbers has a textbook of its own: what it must equal is `_integer`.
"""

from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask

__all__ = ["PerceptronResult", "PerceptronTask"]
