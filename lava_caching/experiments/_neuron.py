"""Fields of the experiments with the spiking neuron: its step, its inputs, its background and its traces."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from lava_caching.engines.spiking import Drive, NeuronModel
from lava_caching.experiments._experiment import Experiment

__all__ = ["NeuronExperiment"]

USUAL = {"tau_pre": 50.0, "tau_post": 70.0}


class NeuronExperiment(Experiment):
    """What `Spiking` and `Tagging` share."""

    dt_ms: float = Field(0.1, gt=0, description="time step in ms; above 0.2 much is lost, as a trace grows once a step")
    rate_hz: float = Field(100.0, ge=0, description="rate of each of the 15 cells of an input, and of the teacher")
    background_rate_hz: float = Field(1000.0, ge=0, description="rate of the background")
    background: Literal["published", "leak", "excitatory", "none"] = Field(
        "published", description="sign of the background: published (against the leak), leak, excitatory, none"
    )
    traces: Literal["published", "usual"] = Field(
        "published",
        description="time constants of the traces: published (inputs 70, neuron 50 ms) or usual (50, 70)",
    )

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.drive().check(self.neuron().dt)

    def timed(self, step_duration_s: float | None) -> tuple[Any, float | None]:
        """Return the config, and the duration of a trial for the bill: that of the model unless asked otherwise."""
        timed, seconds = super().timed(step_duration_s)
        return timed, self.neuron().duration / 1000.0 if seconds is None else seconds

    def neuron(self) -> NeuronModel:
        """Return the numbers of the neuron."""
        return NeuronModel(dt=self.dt_ms, background=self.background, **(USUAL if self.traces == "usual" else {}))

    def drive(self) -> Drive:
        """Return the rates."""
        return Drive(rate_hz=self.rate_hz, background_rate_hz=self.background_rate_hz)
