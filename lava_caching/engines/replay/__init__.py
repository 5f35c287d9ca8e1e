"""Engines that replay a log of weight changes under a policy."""

from lava_caching.engines.replay._task import ReplayResult, ReplayTask

__all__ = ["ReplayResult", "ReplayTask"]
