"""What experiments say of the memory cells: which device model, its range in weights, the seconds of a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from lava_caching.devices import Device, DeviceSetting, get_device
from lava_caching.engines import engines_that
from lava_caching.errors import InputError
from lava_caching.hardware.operating import DEFAULT_STEP_DURATION_S
from lava_caching.ledger import Ledger

__all__ = ["OnDevices", "Placed"]


class Result(Protocol):
    """What an engine returns, as far as all experiments know it."""

    @property
    def ledger(self) -> Ledger:
        """Return the account."""

    @property
    def notes(self) -> dict[str, int]:
        """Return what else has to be told."""

    @property
    def interrupted(self) -> bool:
        """Return whether the monitor asked to stop."""


R = TypeVar("R", bound=Result)
M = TypeVar("M", bound="OnDevices")

REAL_CELLS = (
    "α, b, c and any pair of memories: what the cells did is counted (pulses, verify reads, bits, lost writes). Other"
    " levels, noise or ranges need a new run."
)
IDEAL_CELLS = "everything, as without a device: all its effects are at their ideal limit"


@dataclass(frozen=True, eq=False)
class Placed(Generic[R]):
    """A training on memory cells: what the engine returned, and what goes into outcome and config."""

    result: R
    told: dict[str, Any]
    resolved: dict[str, Any]


class OnDevices:
    """Mixin of `Experiment`, which has the fields."""

    if TYPE_CHECKING:
        name: ClassVar[str]
        tau: float | None
        device: str | Device | None
        device_range: float | None
        device_step_s: float | None

    def check_device(self) -> None:
        """Refuse a device that is not known, or that leaks otherwise than by the τ that is given."""
        device = self.device_model()
        for name in ("device_range", "device_step_s"):
            if device is None and getattr(self, name) is not None:
                raise InputError(f"{name} = {getattr(self, name):g}: belongs to a device; name one, or leave it out")
        if device is not None and device.transient.tau_s is not None and self.tau is not None:
            tau = device.transient.tau_s / self._step_s
            if self.tau != tau:  # a record tells what it came to
                raise InputError(
                    f"tau = {self.tau:g} and device = {device.name}, which leaks with {device.transient.tau_s:g} s,"
                    f" {tau:g} steps of {self._step_s:g} s: leave tau out, or take a device without a leak"
                )

    def check_device_on(self, engine: str) -> None:
        """Refuse an engine that knows no device models, where one was asked for."""
        if self.device is not None and engine not in (able := engines_that("takes_devices", self.name)):
            raise InputError(
                f"engine {engine!r} knows no device models: leave the device out, or use"
                f" {' or '.join(able) or 'another experiment'}"
            )

    def timed(self: M, step_duration_s: float | None) -> tuple[M, float | None]:
        """Return the config and the duration of a step for the bill, which are one and the same with a device."""
        own = self.device_step_s
        if own is not None and step_duration_s not in (None, own):
            raise InputError(
                f"device_step_s = {own:g} and step duration = {step_duration_s:g} s: a step has one duration; leave one"
                " of them out"
            )
        timed = self
        if self.device is not None and step_duration_s is not None:
            timed = self.model_copy(  # type: ignore[attr-defined]
                update={"device_step_s": step_duration_s}
            )
        timed.decay_steps()
        return timed, own if step_duration_s is None else step_duration_s

    def device_model(self) -> Device | None:
        """Return the model of the memory cells, None where they are ideal and nobody asked."""
        return None if self.device is None else get_device(self.device)

    def decay_steps(self) -> float | None:
        """Return τ in steps: as asked for, or from the leak of the device."""
        device = self.device_model()
        if device is None or device.transient.tau_s is None:
            return self.tau
        tau = device.transient.tau_s / self._step_s
        if not tau > 1:
            raise InputError(
                f"device {device.name!r} leaks with {device.transient.tau_s:g} s, which is no more than a step of"
                f" {self._step_s:g} s: set device_step_s below it"
            )
        return tau

    @property
    def _step_s(self) -> float:
        return DEFAULT_STEP_DURATION_S if self.device_step_s is None else self.device_step_s

    def on_devices(self, seed: int, train: Callable[[DeviceSetting | None], R]) -> Placed[R]:
        """Train on the cells that the device model describes.

        Parameters
        ----------
        seed : int
            Of the run.
        train : callable
            Trains on modelled cells, or on ideal ones for None; called twice where the device range has to be found.
        """
        device = self.device_model()
        if device is None:
            return Placed(train(None), {}, {})
        weight_range = self.device_range
        if device.needs_range and weight_range is None:
            ideal = train(None)
            if ideal.interrupted:  # a part of it does not tell the range
                raise KeyboardInterrupt
            weight_range = ideal.ledger.total.largest_weight or 1.0
        setting = DeviceSetting(device=device, weight_range=weight_range, step_s=self._step_s, seed=seed)
        result = train(None if device.is_ideal else setting)
        told = {
            "name": device.name,
            "parameters": device.parameters(),
            "n_levels": device.persistent.n_levels,
            "repricing": IDEAL_CELLS if device.is_ideal else REAL_CELLS,
            **result.notes,
        }
        resolved: dict[str, Any] = {"tau": self.decay_steps()}
        resolved.update({"device_range": weight_range} if device.needs_range else {})
        resolved.update({"device_step_s": self._step_s} if device.needs_seconds else {})
        return Placed(result, {"device": told}, resolved)
