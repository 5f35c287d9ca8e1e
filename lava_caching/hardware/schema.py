"""What a hardware profile may say: the memories of a pair and its operating point.

Declarations only; `lava_caching.hardware.pricing` computes. The numbers in them are those of
`lava_caching.hardware.numbers`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lava_caching.hardware.numbers import MOST_LEVELS, Entry, Number, Quantity, Table, Text, broken

__all__ = ["Memory", "NonvolatileMemory", "OperatingPoint", "PairSpec", "Setting", "VolatileMemory"]

Finite = Annotated[float, Field(allow_inf_nan=False)]
WriteModel = Literal["per_bit", "per_pulse", "per_reprogram", "per_update"]


class Pulse(Table):
    """One direction of a write: SET (potentiation) or RESET (depression).

    Attributes
    ----------
    energy_j : Number
        Of one write in this direction.
    pulse_width_s, pulse_voltage_v : Number, optional
        Of its pulse; for the reader, bills take the energy.
    """

    energy_j: Number
    pulse_width_s: Number | None = None
    pulse_voltage_v: Number | None = None


class Write(Table):
    """How a tier is written.

    Attributes
    ----------
    model : str
        What a write consists of: bits, pulses of one weight unit, one reprogramming, or one whole synaptic update.
    energy_j : Number, optional
        One energy for both directions; otherwise the tables `set` and `reset` of the memory.
    devices_per_synapse, devices_per_write : Number, optional
        Devices that make up a synapse (2 in a differential pair) and those that one write touches; 1 where absent.
    """

    model: WriteModel
    energy_j: Number | None = None
    devices_per_synapse: Number | None = None
    devices_per_write: Number | None = None


class VolatileWrite(Write):
    """How the transient part is written.

    Attributes
    ----------
    accumulates_in_place : bool
        True where a pulse adds to the stored value (a capacitor); false where a write must read the old value first.
    """

    accumulates_in_place: bool


class NonvolatileWrite(Write):
    """How the persistent part is written.

    Attributes
    ----------
    skip_unchanged : bool
        Per bit only: bits that keep their value are not written.
    """

    skip_unchanged: bool = False


class Read(Table):
    """Reading a synapse.

    Attributes
    ----------
    destructive : bool
        True where the value is gone afterwards.
    energy_j : Entry
        Of one read.
    """

    destructive: bool
    energy_j: Entry


class Hold(Table):
    """Power of keeping the transient part: per bit whatever its value, or in proportion to |s| as in the paper.

    Attributes
    ----------
    power_w_per_bit : Entry, optional
        Drawn by each bit, whatever it holds.
    power_w_at_full_scale : Entry, optional
        Drawn at |s| = the largest of |weight_min|, |weight_max|; it falls linearly to 0.
    """

    power_w_per_bit: Entry | None = None
    power_w_at_full_scale: Entry | None = None

    @model_validator(mode="after")
    def _one_model(self) -> Hold:
        if (self.power_w_per_bit is None) == (self.power_w_at_full_scale is None):
            raise broken("state exactly one of power_w_per_bit and power_w_at_full_scale")
        return self


class Refresh(Table):
    """Energy of one refresh and the time between two.

    Attributes
    ----------
    energy_j : Entry
        Of one refresh.
    interval_s : Number, optional
        Time between two; must be there where a refresh has an energy.
    """

    energy_j: Entry
    interval_s: Number | None = None


class Clear(Table):
    """Setting the transient part to 0 after its transfer.

    Attributes
    ----------
    energy_j : Entry
        Of one clear; not applicable where a read is destructive.
    """

    energy_j: Entry


class Decay(Table):
    """Time constant with which the stored transient part decays.

    Attributes
    ----------
    tau_s : Number
        Time in which it falls to 1/e.
    """

    tau_s: Number


class Verify(Table):
    """Closed-loop writes: the reads that check one write, and the mean number of pulses that it takes.

    Attributes
    ----------
    reads_per_write : Entry
        Reads that check one write on average.
    pulses_per_write : Number, optional
        Pulses of one write on average, where the energy is that of a pulse.
    included : bool
        True where the energy of a write is that of the whole closed loop, repeated pulses and reads and all.
    """

    reads_per_write: Entry
    pulses_per_write: Number | None = None
    included: bool = False


class Driver(Table):
    """Factor from the energy in the cell to that drawn from the supply.

    Attributes
    ----------
    overhead_factor : Entry
        What a write's energy is multiplied by.
    """

    overhead_factor: Entry


class HalfSelect(Table):
    """Energy in each cell that shares a line with the written one, and how many these are.

    Attributes
    ----------
    energy_j : Number
        In each of them, in one write.
    devices_per_write : Number
        How many they are.
    """

    energy_j: Number
    devices_per_write: Number


class Drift(Table):
    """Exponent ν of the conductance drift G(t) = G(t₀)·(t/t₀)^−ν.

    Attributes
    ----------
    exponent : Number
        ν; for the reader, bills do not need it and device models have their own.
    """

    exponent: Number


class Endurance(Table):
    """Write cycles until failure, in the stated mode of writing.

    Attributes
    ----------
    cycles : Number
        How many. With ``per = "pulse"`` each pulse of a write is one (write.model = "per_pulse"), else each write.
    mode : str
        How the cells were written meanwhile, such as full SET and RESET pulses.
    """

    cycles: Number
    mode: Text


class Memory(Table):
    """What volatile and nonvolatile memories have in common.

    Attributes
    ----------
    title : str
        What it is, in one line.
    note : str, optional
        What the reader should know.
    tier : str
        volatile for the transient part, nonvolatile for the persistent one.
    levels : Number, optional
        States of one synapse; a pair may choose others.
    write : Write
        What a write is, and its energy where both directions cost the same.
    set, reset : Pulse, optional
        Energies of potentiation and depression where they differ; both or neither.
    read : Read
        What reading a synapse costs.
    endurance : Endurance, optional
        Write cycles until failure, for lifetimes.
    retention_s : Entry, optional
        How long it keeps what was written; advice compares it with the time for which values are held.
    """

    title: Text
    note: Text | None = None
    tier: Literal["volatile", "nonvolatile"]
    levels: Number | None = None
    write: Write
    set: Pulse | None = None
    reset: Pulse | None = None
    read: Read
    endurance: Endurance | None = None
    retention_s: Entry | None = None


class VolatileMemory(Memory):
    """A memory for the transient part.

    Attributes
    ----------
    hold : Hold
        Power of keeping a value.
    refresh : Refresh
        What keeping it takes from time to time.
    clear : Clear
        Setting it back to 0 after its transfer.
    decay : Decay, optional
        How fast a value leaks away.
    """

    tier: Literal["volatile"]
    write: VolatileWrite
    hold: Hold
    refresh: Refresh
    clear: Clear
    decay: Decay | None = None

    @model_validator(mode="after")
    def _consistent(self) -> VolatileMemory:
        _check_write(self.write, self.set, self.reset)
        _check_endurance(self.endurance, counts_pulses=False)
        if self.read.destructive and isinstance(self.clear.energy_j, Quantity):
            raise broken("clear.energy_j: a destructive read has cleared the cell; declare it not_applicable")
        if isinstance(self.refresh.energy_j, Quantity) and self.refresh.interval_s is None:
            raise broken("refresh.interval_s: is missing; a refresh energy needs the time between two refreshes")
        return self


class NonvolatileMemory(Memory):
    """A memory for the persistent part.

    Attributes
    ----------
    verify : Verify
        Closed-loop writes, or that there are none.
    driver : Driver, optional
        What a write draws beyond its cell.
    half_select : HalfSelect, optional
        What it costs in cells on the same lines.
    drift : Drift, optional
        How conductances change by themselves.
    """

    tier: Literal["nonvolatile"]
    write: NonvolatileWrite
    verify: Verify
    driver: Driver | None = None
    half_select: HalfSelect | None = None
    drift: Drift | None = None

    @model_validator(mode="after")
    def _consistent(self) -> NonvolatileMemory:
        pulsed = self.write.model == "per_reprogram" and self.verify.pulses_per_write is not None
        _check_write(self.write, self.set, self.reset, ("device", "synapse", "pulse") if pulsed else None)
        _check_endurance(self.endurance, counts_pulses=self.write.model == "per_pulse")
        if self.write.skip_unchanged and self.write.model != "per_bit":
            raise broken("write.skip_unchanged = true: only bits can be skipped; leave it out, or write per_bit")
        if self.verify.pulses_per_write is not None and not pulsed:
            raise broken("verify.pulses_per_write: belongs to write.model = 'per_reprogram'; leave it out")
        if self.verify.included and isinstance(self.verify.reads_per_write, Quantity):
            raise broken("verify.included = true: the reads are in the energy of a write; declare them not_applicable")
        return self


PER: dict[str, tuple[str, ...]] = {
    "per_bit": ("bit", "word"),
    "per_pulse": ("pulse",),
    "per_reprogram": ("device", "synapse"),
    "per_update": ("synapse", "update"),
}
"""What the energies of each write model are counted per."""


def _check_endurance(endurance: Endurance | None, *, counts_pulses: bool) -> None:
    """Refuse an endurance of pulses where only writes are counted."""
    if endurance and isinstance(endurance.cycles, Quantity) and endurance.cycles.per == "pulse" and not counts_pulses:
        raise broken(
            "endurance.cycles.per = 'pulse': only a nonvolatile memory with write.model = 'per_pulse' counts the pulses"
            " that wear it; write 'device'"
        )


def _check_write(write: Write, up: Pulse | None, down: Pulse | None, per: tuple[str, ...] | None = None) -> None:
    """Refuse a write without an energy, with two, or with one that its model cannot count."""
    if (up is None) != (down is None) or (write.energy_j is None) == (up is None):
        raise broken("state write.energy_j, or set.energy_j and reset.energy_j, not both")
    allowed = per or PER[write.model]
    named = {"write": write.energy_j, "set": up and up.energy_j, "reset": down and down.energy_j}
    for name, entry in named.items():
        if isinstance(entry, Quantity) and entry.per not in allowed:
            raise broken(
                f"{name}.energy_j.per = {entry.per!r}: write.model = {write.model!r} counts per {' or '.join(allowed)}"
            )


class Setting(Table):
    """A value of the operating point: taken from a source, or declared with the reason.

    Attributes
    ----------
    value : float
        In the unit of its key.
    declared : str, optional
        The reason for the choice, instead of a source.
    source, where : str, optional
        Where it is taken from.
    """

    value: Finite
    declared: Text | None = None
    source: Text | None = None
    where: Text | None = None

    @model_validator(mode="after")
    def _has_an_origin(self) -> Setting:
        if (self.declared is None) == (self.source is None or self.where is None):
            raise broken("state source and where it stands there, or declared = the reason for the choice")
        return self


class OperatingPoint(Table):
    """How a pair is run, as far as the pair says so; levels here go before those of the memories.

    Attributes
    ----------
    step_duration_s : Setting, optional
        Real time of one presentation, for the power of holding; 1 µs where nobody says.
    weight_min, weight_max : Setting, optional
        Weights of the lowest and of the highest level, both or neither; ± the largest |w| of the run otherwise.
    volatile_levels, nonvolatile_levels : Setting, optional
        Levels of one synapse in each tier.
    """

    step_duration_s: Setting | None = None
    weight_min: Setting | None = None
    weight_max: Setting | None = None
    volatile_levels: Setting | None = None
    nonvolatile_levels: Setting | None = None

    @model_validator(mode="after")
    def _possible(self) -> OperatingPoint:
        if self.step_duration_s is not None and self.step_duration_s.value <= 0:
            raise broken(f"step_duration_s.value = {self.step_duration_s.value:g} s: must be > 0")
        for name, levels in (("volatile", self.volatile_levels), ("nonvolatile", self.nonvolatile_levels)):
            if levels is not None and (levels.value < 2 or levels.value % 1):
                raise broken(f"{name}_levels.value = {levels.value:g}: must be a whole number, at least 2")
            if levels is not None and levels.value > MOST_LEVELS:
                raise broken(f"{name}_levels.value = {levels.value:g}: must be at most 2^31; no memory has more")
        low, high = self.weight_min, self.weight_max
        if (low is None) != (high is None) or (low and high and low.value >= high.value):
            raise broken("weight_min and weight_max: state both, the smaller one first")
        return self


class PairSpec(Table):
    """A pair as written in a file: names of shipped memories, files beside it, or whole tables.

    Attributes
    ----------
    title : str
        What it is, in one line.
    why : str
        What it is good for.
    unit : str
        arbitrary for a pair in the units of the paper, which has no memories.
    volatile : str or table
        The memory of the transient part.
    nonvolatile : str or table
        The memory of the persistent part.
    operating_point : OperatingPoint, optional
        How it is run.
    """

    title: Text
    why: Text
    unit: Literal["joule", "arbitrary"] = "joule"
    volatile: str | VolatileMemory | None = None
    nonvolatile: str | NonvolatileMemory | None = None
    # constructed, not validated: an empty table needs no validator, and building one would slow every import
    operating_point: OperatingPoint = Field(default_factory=OperatingPoint.model_construct)

    @model_validator(mode="after")
    def _has_memories(self) -> PairSpec:
        wanted = self.unit == "joule"
        for tier in ("volatile", "nonvolatile"):
            if (getattr(self, tier) is not None) != wanted:
                rule = "is missing; name a memory" if wanted else "unit = 'arbitrary' has no memories; leave it out"
                raise broken(f"{tier}: {rule}")
        return self
