"""Engines for multilayer networks: `reference` is the textbook, the others must agree with it."""

from lava_caching.engines.mlp._task import MLPNetwork, MLPTask, Resumable, evidence, outputs

__all__ = ["MLPNetwork", "MLPTask", "Resumable", "evidence", "outputs"]
