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


class Tagging(NeuronExperiment):
    """A weak and a strong pathway onto one spiking neuron, stimulated one after the other.

    Weights are in units of the largest conductance g_max, a step is one trial of 150 ms. The captured fraction is the
    persistent weight of the weak pathway at the end, over its weight right after its own stimulation. All fields are
    keywords; see `Experiment` for those that every experiment has.
    """

    name: ClassVar[str] = "tagging"
    summary: ClassVar[str] = "Let a strong pathway capture what a weak one has tagged."

    threshold: float = Field(0.2, ge=0, description="θ in units of g_max (global-global: the sum, 0.9 is a good value)")
    tau: Tau = Field(100.0, gt=1, description="decay time constant of the transient part in trials, or inf")
    n_weak: int = Field(5, ge=1, le=10_000, description="inputs of the weak pathway")
    n_strong: int = Field(5, ge=1, le=10_000, description="inputs of the strong pathway")
    weak_trials: int = Field(2, ge=1, description="trials of the weak pathway, with the weak teacher")
    strong_trials: int = Field(40, ge=1, description="trials of the strong pathway, with the strong teacher")
    delay: int = Field(10, ge=0, le=10**6, description="trials in which nothing arrives between the two")
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
        phases = [(weak, WEAK, self.weak_trials), (strong, STRONG, self.strong_trials)]
        tagged = np.zeros(self.n_weak)
        for k, (active, strength, n_trials) in enumerate(phases[::-1] if self.strong_first else phases):
            for _ in range(self.delay if k else 0):
                if not going_on:
                    break
                neuron.rest(1)
                curve.append(_entry(len(curve) + 1, neuron, self.n_weak))
            for _ in range(n_trials):
                if not going_on:
                    break
                neuron.present(draw(rng, active, strength, model, drive))
                curve.append(_entry(len(curve) + 1, neuron, self.n_weak))
                going_on = monitor(len(curve), most, "trials")
            if active is weak:
                tagged = (neuron.persistent + neuron.transient)[: self.n_weak].copy()
        captured = float(neuron.persistent[: self.n_weak].sum())
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
                "tagged": float(tagged.sum()),
                "captured": captured,
                "captured_fraction": captured / float(tagged.sum()) if tagged.any() else None,
                "first_consolidation": next((e["n_presentations"] for e in curve if e["strong_persistent"]), None),
                "curve": curve,
            },
            weights=neuron.persistent + neuron.transient,
        )


def _entry(n_trials: int, neuron: SpikingNeuron, n_weak: int) -> dict[str, Any]:
    """Return the sums of both parts over each pathway after a trial."""
    parts: dict[str, NDArray[np.float64]] = {"transient": neuron.transient, "persistent": neuron.persistent}
    sums = {f"weak_{name}": float(part[:n_weak].sum()) for name, part in parts.items()}
    sums |= {f"strong_{name}": float(part[n_weak:].sum()) for name, part in parts.items()}
    return {"n_presentations": n_trials, **sums}


experiment = Tagging
