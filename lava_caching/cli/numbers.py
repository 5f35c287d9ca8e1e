"""Numbers as people read them; advice, which is no part of the command line, words its verdict with the same."""

from lava_caching.readable import duration, engineering, plain, spread

__all__ = ["duration", "engineering", "plain", "spread"]
