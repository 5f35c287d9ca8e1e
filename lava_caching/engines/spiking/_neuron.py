"""The spiking neuron with adaptation that learns from a teacher: D'Souza, Liu & Hahnloser (2010).

Source: doi:10.1073/pnas.0909394107, with the numbers of the scripts to Fig. 2 supplement 1 of Li & van Rossum (2020),
doi:10.7554/eLife.50804. Units: nS, mV, ms, pA, pF; weights in units of the largest conductance g_max.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lava_caching.errors import InputError

__all__ = ["Background", "NeuronModel"]

Background = Literal["published", "leak", "excitatory", "none"]


@dataclass(frozen=True, kw_only=True)
class NeuronModel:
    """The numbers of the neuron, its synapses and its plasticity.

    Attributes
    ----------
    dt, duration : float
        Step and length of a trial in ms.
    capacity, g_leak, e_leak, v_threshold : float
        C in pF; leak in nS; potentials of rest (and reset, and of the adapting current) and of the threshold in mV.
    e_excitatory : float
        Reversal potential of the inputs in mV.
    g_adaptation, tau_adaptation : float
        Growth of the adapting conductance with each spike in nS, and its time constant in ms.
    g_max, g_teacher, g_background : float
        Conductance of an input's spike at weight 1, of a spike of the teacher and of the background, in nS.
    tau_synapse : float
        Time constant of all three in ms.
    background : {"published", "leak", "excitatory", "none"}
        Sign of the background: as in the published script, where it cancels about half of the leak; as a leak; as an
        excitatory input; none.
    tau_pre, tau_post : float
        Time constants of the traces of inputs and of the neuron in ms; published as 70 and 50.
    potentiation, depression : float
        Change of a weight at a spike of the neuron by a trace of 1, and at a spike of the input.
    """

    dt: float = 0.1
    duration: float = 150.0
    capacity: float = 500.0
    g_leak: float = 20.0
    e_leak: float = -70.0
    v_threshold: float = -50.0
    e_excitatory: float = 0.0
    g_adaptation: float = 80.0
    tau_adaptation: float = 110.0
    g_max: float = 2.5
    g_teacher: float = 3.0
    g_background: float = 1.0
    tau_synapse: float = 10.0
    background: Background = "published"
    tau_pre: float = 70.0
    tau_post: float = 50.0
    potentiation: float = 0.5 * 0.001
    depression: float = 0.5 * 0.00075

    LARGEST_CONDUCTANCE = 500.0
    """nS that a stable step has to carry: leak and six spikes of adaptation, more than a trial ever reached."""

    MOST_STEPS = 150_000
    """Of a trial: its spikes are drawn beforehand, 16 bytes a step and 8 for each input that is driven."""

    def __post_init__(self) -> None:
        most = self.capacity / self.LARGEST_CONDUCTANCE
        if not 0 < self.dt <= most:
            raise InputError(
                f"dt_ms = {self.dt:g}: must be above 0 and at most {most:g} ms: beyond, a step overshoots, because the"
                f" membrane can be as fast as C/g = {self.capacity:g} pF/{self.LARGEST_CONDUCTANCE:g} nS"
            )
        least = self.duration / self.MOST_STEPS
        if self.dt < least:
            raise InputError(
                f"dt_ms = {self.dt:g}: must be at least {least:g} ms, {self.MOST_STEPS:,} steps a trial: a finer step"
                " takes time and memory and tells no more; use a longer one"
            )
        if self.background not in get_args(Background):
            raise InputError(f"background = {self.background!r}: must be one of {', '.join(get_args(Background))}")

    @property
    def n_steps(self) -> int:
        """Return the steps of a trial."""
        return round(self.duration / self.dt)
