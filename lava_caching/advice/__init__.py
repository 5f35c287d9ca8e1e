"""Advice: what on-chip learning would cost on a memory, how long the memory would live, and whether caching pays.

A workload is trained without caching and with it at many thresholds; the finished trainings are priced on the pair, and
a verdict follows from the prices. The theory of Li & van Rossum (2020), doi:10.7554/eLife.50804, is shown beside.
"""

from lava_caching.advice._advice import Advice, advise
from lava_caching.advice._choice import Choice, Life
from lava_caching.advice._verdict import Verdict
from lava_caching.advice._workload import Workload

__all__ = ["Advice", "Choice", "Life", "Verdict", "Workload", "advise"]
