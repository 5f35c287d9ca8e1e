"""`SilentDense`: the ports and Vars of ``LearningDense``, and nothing behind them."""

from lava.proc.dense.process import LearningDense


class SilentDense(LearningDense):  # type: ignore[misc]
    """Receives what a learning connection receives and sends zeros: the cost of Lava's messages alone."""
