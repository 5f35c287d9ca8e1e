"""Engines for the perceptron: `reference` is the textbook, the others must agree with it."""

from lava_caching.engines.perceptron._task import PerceptronResult, PerceptronTask

__all__ = ["PerceptronResult", "PerceptronTask"]
