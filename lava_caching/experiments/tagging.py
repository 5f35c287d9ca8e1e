"""Synaptic tagging and capture: a strong pathway consolidates what a weak one has left in its transient part.

Under a policy that tests a neuron as a whole, the changes of a weak stimulation are tags: they decay, unless within
their time constant a strong stimulation of *other* synapses of the neuron triggers a consolidation, which captures
them. Li & van Rossum (2020), doi:10.7554/eLife.50804, point out this reading (Discussion); the experiment is that of
Frey & Morris (1997), doi:10.1038/385533a0. The limit of the model: a consolidation takes no time, so that strong before
weak captures nothing, while in slices it does.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lava_caching.engines import get_engine
from lava_caching.engines.spiking import SpikingNeuron, SpikingTask, draw
from lava_caching.experiments._experiment import Tau, Trained
from lava_caching.experiments._neuron import NeuronExperiment
from lava_caching.monitor import Monitor

__all__ = ["Tagging"]

STRONG, WEAK = 1.0, 0.5
"""Of the teacher."""
CURVE_POINTS = 2000


class Tagging(NeuronExperiment):
    """A weak and a strong pathway onto one spiking neuron, stimulated one after the other.

    Weights are in units of the largest conductance g_max, a step is one trial of 150 ms. The tags are what the weak
    stimulation leaves in the transient part; captured is what becomes persistent of the weak pathway afterwards, before
    the consolidation at the end. All fields are keywords; see `Experiment` for those that every experiment has.
    """

    name: ClassVar[str] = "tagging"
    summary: ClassVar[str] = "Let a strong pathway capture what a weak one has tagged."

    threshold: float = Field(0.2, ge=0, description="θ in units of g_max (global-global: the sum, 0.9 is a good value)")
    tau: Tau = Field(100.0, gt=1, description="decay time constant of the transient part in trials, or inf")
    n_weak: int = Field(5, ge=1, le=10_000, description="inputs of the weak pathway")
    n_strong: int = Field(5, ge=1, le=10_000, description="inputs of the strong pathway")
    weak_trials: int = Field(2, ge=1, description="trials of the weak pathway, with the weak teacher")
    strong_trials: int = Field(40, ge=1, description="trials of the strong pathway, with the strong teacher")
    delay: int = Field(10, ge=0, le=100_000, description="trials in which nothing arrives between the two")
    strong_first: bool = Field(False, description="stimulate the strong pathway first")

    def train(self, engine: str, seed: int, monitor: Monitor) -> Trained:
        """Stimulate both pathways, with the delay between them."""
        rng, model, drive = np.random.default_rng(seed), self.neuron(), self.drive()
        weak, strong = np.arange(self.n_weak), self.n_weak + np.arange(self.n_strong)
        neuron: SpikingNeuron = get_engine(self.name, engine)(
            SpikingTask(
                start=np.zeros(self.n_weak + self.n_strong),
                policy=self.rule_of_consolidation(),
                threshold=self.threshold,
                tau=self.tau,
                neuron=model,
                write_counts=self.write_counts,
            )
        )
        curve: list[dict[str, Any]] = []
        most, going_on = self.weak_trials + self.delay + self.strong_trials, True
        trials: list[tuple[NDArray[np.int64], float] | None] = [(weak, WEAK)] * self.weak_trials
        others: list[tuple[NDArray[np.int64], float] | None] = [(strong, STRONG)] * self.strong_trials
        idle: list[tuple[NDArray[np.int64], float] | None] = [None] * self.delay
        end_of_weak = most if self.strong_first else self.weak_trials
        for trial in [*others, *idle, *trials] if self.strong_first else [*trials, *idle, *others]:
            if not going_on:
                break
            if trial is None:
                neuron.rest(1)
            else:
                neuron.present(draw(rng, *trial, model, drive))
            curve.append(_entry(len(curve) + 1, neuron, self.n_weak))
            going_on = monitor(len(curve), most, "trials")
        ledger = neuron.account()
        return Trained(
            ledger=ledger,
            outcome={
                "converged": None,
                "interrupted": not going_on and len(curve) < most,
                "n_epochs": 1,
                "n_presentations": len(curve),
                "n_updates": ledger.total.n_updates,
                "accuracy": None,
                **_captured(curve, end_of_weak),
                "curve": curve[:: -(-len(curve) // CURVE_POINTS)],
            },
            weights=neuron.persistent + neuron.transient,
        )


def _captured(curve: list[dict[str, Any]], end_of_weak: int) -> dict[str, Any]:
    """Return the tags that the weak stimulation left, and what of them was consolidated later."""
    if len(curve) < end_of_weak:
        return {"tagged": None, "captured": None, "captured_fraction": None, "captured_at": None}
    tagged, before = (curve[end_of_weak - 1][f"weak_{part}"] for part in ("transient", "persistent"))
    captured = curve[-1]["weak_persistent"] - before
    later = (e["n_presentations"] for e in curve[end_of_weak:] if e["weak_persistent"] != before)
    return {
        "tagged": tagged,
        "captured": captured,
        "captured_fraction": captured / tagged if tagged else None,
        "captured_at": next(later, None),
    }


def _entry(n_trials: int, neuron: SpikingNeuron, n_weak: int) -> dict[str, Any]:
    """Return the sums of both parts over each pathway after a trial."""
    parts: dict[str, NDArray[np.float64]] = {"transient": neuron.transient, "persistent": neuron.persistent}
    sums = {f"weak_{name}": float(part[:n_weak].sum()) for name, part in parts.items()}
    sums |= {f"strong_{name}": float(part[n_weak:].sum()) for name, part in parts.items()}
    return {"n_presentations": n_trials, **sums}


experiment = Tagging
