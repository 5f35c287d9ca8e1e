"""Energy-efficient on-chip learning by synaptic caching (Li & van Rossum 2020, doi:10.7554/eLife.50804).

Each weight is split into a cheap, volatile transient part that takes all changes and an expensive, nonvolatile
persistent part that is written only when the transient part crosses a threshold. The toolkit counts every write and
prices it, in the units of the paper and in joules on named memories.

Names are loaded when they are first used (SPEC 1, lazy-loader): importing the package takes a few milliseconds.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
