"""What a device model declares: how real cells answer when a weight is written to them.

Every effect has an ideal value, which is its default, so that each can be looked at alone. All sizes are shares of the
range of one device, because a device knows conductances and not the weights of somebody's network; the range in weights
is chosen for each run (`device_range`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from lava_caching.errors import InputError

__all__ = ["Cells", "Device", "Mapped", "Store"]

LARGEST = 2**31
"""Of whole numbers, far beyond any device and within what kernels can count."""

LEAST_NONLINEARITY = 1e-6
"""ν: below, the curve leaves the straight line by less than a ten-millionth of the range."""

Mapped = Literal["differential", "single"]


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The persistent tier: nonvolatile devices and how they are programmed.

    A weight l is w·(x⁺ − x⁻) of two devices (`differential`: the one that carries the sign is written, and at a change
    of sign the old one is emptied first), or w·(2x − 1) of one (`single`, beside a fixed reference in the middle), with
    x = (G − G_min)/(G_max − G_min) in [0, 1] and w the device range in weights.

    Attributes
    ----------
    mapping : {"differential", "single"}
        Devices of a weight: a pair, or one beside a reference.
    bounded : bool
        Whether weights end at ± the device range. Any effect that is a share of the range implies it.
    levels : int or None
        States of one device, one pulse apart where it is linear. A change is rounded to whole pulses; one that is not
        worth a pulse is refused, and stays where it was. Without levels a change is one pulse of any size.
    nonlinearity_up, nonlinearity_down : float
        ν of the exponential pulse model, 0 or in [1e-6, 20]: x(p) = (1 − e^(−νp))/(1 − e^(−ν)) after the share p of
        all pulses from empty to full, and the same from full to empty. 0 is linear.
    cycle_to_cycle : float
        Standard deviation of one pulse's effect; n pulses add up to √n times it.
    device_to_device : float
        Standard deviation of the step size between devices, relative to the mean step, drawn once for each device and
        direction (never below 0).
    write_noise : float
        Standard deviation of the state after one programming, whatever its pulses.
    stuck_low, stuck_high : float
        Shares of the devices that stay empty or full for ever.
    drift_exponent, drift_start_s : float
        G(t) = G·(t/t₀)^(−ν) from t₀ after a device was programmed; an exponent of 0 is no drift.
    drift_interval_steps : int
        Steps between two evaluations of the drift; between them conductances stand still.
    on_off_ratio : float
        G_max/G_min; only drift, which acts on G and not on x, depends on it.
    verify_tolerance : float or None
        Program-and-verify: a weight is read after each programming and corrected until it lies within this share of the
        range from its target. Without a tolerance the loop is open.
    verify_max_pulses : int
        A write that has taken so many pulses is not corrected any more.
    endurance_cycles : float or None
        Programmings after which a device keeps its state for ever: the median of the devices.
    endurance_spread : float
        Standard deviation of its decimal logarithm between devices.
    """

    mapping: Mapped = "differential"
    bounded: bool = False
    levels: int | None = None
    nonlinearity_up: float = 0.0
    nonlinearity_down: float = 0.0
    cycle_to_cycle: float = 0.0
    device_to_device: float = 0.0
    write_noise: float = 0.0
    stuck_low: float = 0.0
    stuck_high: float = 0.0
    drift_exponent: float = 0.0
    drift_start_s: float = 1.0
    drift_interval_steps: int = 1000
    on_off_ratio: float = math.inf
    verify_tolerance: float | None = None
    verify_max_pulses: int = 100
    endurance_cycles: float | None = None
    endurance_spread: float = 0.0

    def __post_init__(self) -> None:
        if self.mapping not in get_args(Mapped):
            raise InputError(f"mapping = {self.mapping!r}: must be 'differential' or 'single'")
        _check_types(self)
        for name in ("nonlinearity_up", "nonlinearity_down"):
            _within(self, name, 0.0, 20.0)
            if 0.0 < getattr(self, name) < LEAST_NONLINEARITY:  # 1 − e^(−ν) would be all rounding, or 0
                raise InputError(f"{name} = {getattr(self, name)}: must be 0 or at least {LEAST_NONLINEARITY:g}")
        for name in ("cycle_to_cycle", "device_to_device", "write_noise", "stuck_low", "stuck_high", "drift_exponent"):
            _within(self, name, 0.0, 1.0)
        if self.stuck_low + self.stuck_high > 1.0:
            raise InputError(f"stuck_low + stuck_high = {self.stuck_low + self.stuck_high}: must be at most 1")
        _levels(self.levels)
        if self.mapping == "single" and self.levels is not None and self.levels % 2 == 0:
            raise InputError(
                f"levels = {self.levels}: must be odd where mapping = 'single', so that weight 0 is a level; take"
                f" {self.levels - 1} or {self.levels + 1}, or mapping = 'differential'"
            )
        for name in ("drift_start_s", "drift_interval_steps", "verify_tolerance", "verify_max_pulses"):
            _positive(self, name)
        _positive(self, "endurance_cycles")
        _within(self, "endurance_spread", 0.0, 10.0)
        if not self.on_off_ratio > 1.0:
            raise InputError(f"on_off_ratio = {self.on_off_ratio}: must be above 1, or inf")

    @property
    def needs_range(self) -> bool:
        """Return whether an effect is a share of the range, so that weights end at it."""
        shares = (
            *(self.nonlinearity_up, self.nonlinearity_down, self.cycle_to_cycle, self.write_noise),
            *(self.stuck_low, self.stuck_high, self.drift_exponent),
        )
        return self.bounded or self.levels is not None or self.verify_tolerance is not None or any(shares)

    @property
    def has_effect(self) -> bool:
        """Return whether a write may differ from what was asked for, or costs verify reads."""
        return self.needs_range or self.device_to_device > 0 or self.endurance_cycles is not None

    @property
    def n_devices(self) -> int:
        """Return the devices of a weight."""
        return 2 if self.mapping == "differential" else 1

    @property
    def n_levels(self) -> int | None:
        """Return the levels of a weight: two devices share the empty one."""
        return None if self.levels is None else self.n_devices * (self.levels - 1) + 1


@dataclass(frozen=True, kw_only=True)
class Store:
    """The transient tier: volatile cells.

    Attributes
    ----------
    share : float
        Largest |s| as a share of the device range, where levels or `bounded` give it an end.
    bounded : bool
        Whether s ends at ± share of the range; a change beyond is cut off. `levels` imply it.
    levels : int or None
        Levels of s from end to end; s is rounded to one when it is written.
    tau_s : float or None
        Time constant of the leak in seconds; the run's τ is this over the duration of a step.
    refresh_interval_s : float or None
        Seconds between two refreshes; each puts s back on the nearest level.
    """

    share: float = 1.0
    bounded: bool = False
    levels: int | None = None
    tau_s: float | None = None
    refresh_interval_s: float | None = None

    def __post_init__(self) -> None:
        _check_types(self)
        for name in ("share", "tau_s", "refresh_interval_s"):
            _positive(self, name)
        _levels(self.levels)
        if self.levels is not None and self.levels < 3:
            raise InputError(f"levels = {self.levels}: must be at least 3 in the transient tier, so that s can be 0")
        if self.refresh_interval_s is not None and self.levels is None:
            raise InputError(
                f"refresh_interval_s = {self.refresh_interval_s}: a refresh restores a level, so state levels as well"
            )

    @property
    def needs_range(self) -> bool:
        """Return whether s has an end."""
        return self.bounded or self.levels is not None


@dataclass(frozen=True, kw_only=True)
class Device:
    """A model of the cells of both tiers.

    Attributes
    ----------
    name, summary : str
        The name users type, and one line on what it is.
    persistent, transient : Cells, Store
        The two tiers, each ideal unless said otherwise.
    reference : str
        The publication of the device.
    sources : mapping of str to str
        Where each number comes from, by its name (``persistent.levels``); "declared: ..." is a choice with its reason.
    """

    name: str
    summary: str
    persistent: Cells = field(default_factory=Cells)
    transient: Store = field(default_factory=Store)
    reference: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ideal(self) -> bool:
        """Return whether no effect is on, so that the model changes nothing."""
        return not self.persistent.has_effect and not self.transient.needs_range  # a leak alone is the run's τ

    @property
    def needs_range(self) -> bool:
        """Return whether the run must know at which weight the devices end."""
        return self.persistent.needs_range or self.transient.needs_range

    @property
    def needs_seconds(self) -> bool:
        """Return whether the run must know how long a step takes."""
        store = self.transient
        return bool(self.persistent.drift_exponent or store.tau_s is not None or store.refresh_interval_s is not None)

    def parameters(self) -> dict[str, Any]:
        """Return every value that is not ideal, by its name; infinity does not occur among them."""
        found = {}
        for tier, part in (("persistent", self.persistent), ("transient", self.transient)):
            for f in fields(part):
                value = getattr(part, f.name)
                if value != f.default:
                    found[f"{tier}.{f.name}"] = value
        return found


def _check_types(part: Cells | Store) -> None:
    """Refuse what is no number, or no whole one where that is meant: files bring anything. Numbers become floats."""
    for f in fields(part):
        value, kind = getattr(part, f.name), str(f.type)
        if kind in ("Mapped",) or (value is None and "None" in kind):
            continue
        wanted: tuple[type, ...] = (bool,) if kind == "bool" else (int,) if "int" in kind else (int, float)
        if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "bool"):
            what = "true or false" if kind == "bool" else "a whole number" if "int" in kind else "a number"
            raise InputError(f"{f.name} = {value!r}: must be {what}")
        if kind.startswith("float"):  # 2 is as good as 2.0, but not for a compiled kernel
            object.__setattr__(part, f.name, float(value))  # type: ignore[arg-type]


def _within(part: Cells | Store, name: str, low: float, high: float) -> None:
    value = getattr(part, name)
    if not low <= value <= high:
        raise InputError(f"{name} = {value}: must lie in {low:g} to {high:g}")


def _positive(part: Cells | Store, name: str) -> None:
    value = getattr(part, name)
    if value is not None and not 0 < value < math.inf:
        raise InputError(f"{name} = {value}: must be finite and above 0")
    if isinstance(value, int) and value > LARGEST:
        raise InputError(f"{name} = {value}: must be at most 2^31")


def _levels(levels: int | None) -> None:
    if levels is not None and not 2 <= levels <= LARGEST:
        raise InputError(f"levels = {levels}: must be a whole number, at least 2 and at most 2^31")
