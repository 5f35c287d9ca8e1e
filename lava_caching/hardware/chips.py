"""Neuromorphic chips: what an operation costs on them and what fits into a core, with the source of every number.

One TOML file of `hardware_profiles/chips` is one chip. What nobody has published is declared unknown: a bill that needs
it has no total, and a limit that needs it is not checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from lava_caching.errors import ProfileError, unknown
from lava_caching.hardware.bill import ZERO, Range
from lava_caching.hardware.costs import amount
from lava_caching.hardware.library import FOLDER, is_file
from lava_caching.hardware.numbers import NotApplicable, Quantity, Table, Text, Unknown, _kind, broken
from lava_caching.hardware.reading import entries, read_profile, validated

__all__ = ["CAUSES", "Chip", "ChipBill", "chip_names", "limit", "load_chip", "price_actions"]

CAUSES = ("synaptic_op", "neuron_update", "synaptic_update", "spike")
"""What the bill of a chip is split into."""

# fmt: off
Per = Literal[
    "synaptic_op", "synaptic_update", "neuron_update", "spike", "hop", "step",
    "synapse", "trace", "word", "block", "core", "chip",
]
# fmt: on
Scope = Literal["operation", "architecture", "chip"]


class ChipQuantity(Quantity):
    """A number of a chip: counted per operation or per part, otherwise as `lava_caching.hardware.numbers.Quantity`."""

    per: Per  # type: ignore[assignment]  # other things are counted on a chip than in a memory
    scope: Annotated[tuple[Scope, ...], Field(min_length=1, strict=False)]  # type: ignore[assignment]  # as above
    basis: Literal["measured", "simulated", "derived", "estimated", "projected", "specified"]  # type: ignore[assignment]  # as above

    @model_validator(mode="after")
    def _agrees(self) -> ChipQuantity:
        if not self.low <= self.nominal <= self.high:
            raise broken(f"low = {self.low:g}, nominal = {self.nominal:g}, high = {self.high:g}: must ascend")
        if self.basis == "derived" and self.formula is None:
            raise broken("formula: is missing; a derived number states its formula")
        return self


Number = Annotated[Annotated[ChipQuantity, Tag("Quantity")] | Annotated[Unknown, Tag("Unknown")], Discriminator(_kind)]
"""A number, or the reason why nobody knows it."""


class Part(Table):
    """A table of numbers that says what each of them is counted per."""

    @model_validator(mode="after")
    def _counted_alike(self) -> Part:
        for key, wanted in PER.items():
            entry = getattr(self, key, None)
            if not isinstance(entry, ChipQuantity):
                continue
            if entry.per != wanted:
                raise broken(f"{key}.per = {entry.per!r}: must be {wanted!r}")
            if key in WHOLE and any(value % 1 for value in (entry.low, entry.nominal, entry.high)):
                raise broken(f"{key}: low, nominal and high must be whole numbers")
        return self


class Energy(Part):
    """Joules of one operation."""

    synaptic_op_j: Number
    synaptic_update_j: Number
    neuron_update_active_j: Number
    neuron_update_inactive_j: Number
    spike_within_tile_j: Number
    hop_east_west_j: Number
    hop_north_south_j: Number


class Time(Part):
    """Seconds of one operation."""

    synaptic_op_s: Number
    synaptic_update_s: Number
    neuron_update_active_s: Number
    neuron_update_inactive_s: Number
    barrier_s: Number


class Static(Part):
    """Power (W) and area (m²) of a whole chip, whatever it does."""

    power_w: Number
    area_m2: Number


class Core(Part):
    """How many cores a chip has, and what each of them holds.

    Attributes
    ----------
    n_cores : Number
        Cores of the chip.
    compartments : Number
        Neurons of a core, at one compartment each.
    in_axons, out_axons : Number
        Connections that a core takes in, and that leave it.
    synapse_bits : Number
        Synapse memory of a core.
    """

    n_cores: Number
    compartments: Number
    in_axons: Number
    out_axons: Number
    synapse_bits: Number


class Synapse(Part):
    """Widths of a synapse in bits, the sign included, and how the synapses of an axon are packed into memory.

    Attributes
    ----------
    weight_bits, tag_bits, delay_bits : Number
        Of the three variables of a synapse.
    trace_bits : Number
        Of a trace.
    word_bits : Number
        The synapses of an axon fill whole words of so many bits.
    synapses_per_block : Number
        Synapses that share a header.
    block_header_bits : Number
        Bits of that header.
    """

    weight_bits: Number
    tag_bits: Number
    delay_bits: Number
    trace_bits: Number
    word_bits: Number
    synapses_per_block: Number
    block_header_bits: Number


class Capabilities(Table):
    """What a chip can do at all.

    Attributes
    ----------
    graded_spikes : bool
        Whether a spike can carry a number.
    three_factor_rules : bool
        Whether a learning rule can use a factor from the neuron that it ends in.
    source, where : str
        Who says so; table, figure or line there.
    """

    graded_spikes: bool
    three_factor_rules: bool
    source: Text
    where: Text


PER: dict[str, str] = {
    **{"synaptic_op_j": "synaptic_op", "synaptic_op_s": "synaptic_op"},
    **{"synaptic_update_j": "synaptic_update", "synaptic_update_s": "synaptic_update"},
    **{f"neuron_update_{state}_{unit}": "neuron_update" for state in ("active", "inactive") for unit in "js"},
    **{"spike_within_tile_j": "spike", "hop_east_west_j": "hop", "hop_north_south_j": "hop", "barrier_s": "step"},
    **{"power_w": "chip", "area_m2": "chip", "n_cores": "chip"},
    **dict.fromkeys(("compartments", "in_axons", "out_axons", "synapse_bits"), "core"),
    **{"weight_bits": "synapse", "tag_bits": "synapse", "delay_bits": "synapse", "trace_bits": "trace"},
    **{"word_bits": "word", "synapses_per_block": "block", "block_header_bits": "block"},
}
"""What each number of a chip is counted per."""
WHOLE = {*Core.model_fields, *Synapse.model_fields}


class Chip(Table):
    """A chip as its file describes it.

    Attributes
    ----------
    name : str
        Its name among the shipped ones, or the path of its file.
    title, note : str
        What it is.
    energy, time, static : Energy, Time, Static
        Costs, in SI units.
    core, synapse : Core, Synapse
        Limits and widths.
    capabilities : Capabilities
        What it can do at all.
    """

    name: Text
    title: Text
    note: Text | None = None
    energy: Energy
    time: Time
    static: Static
    core: Core
    synapse: Synapse
    capabilities: Capabilities

    def numbers(self) -> Iterator[tuple[str, ChipQuantity | Unknown]]:
        """Yield the dotted key and the content of every number."""
        for key, entry in entries(self):
            assert not isinstance(entry, NotApplicable), "no number of the schema admits it"
            yield key, entry  # type: ignore[misc]  # every Quantity of this schema is a ChipQuantity

    @property
    def unknowns(self) -> dict[str, str]:
        """Return the dotted keys that nobody knows, with the reasons."""
        return {key: entry.unknown for key, entry in self.numbers() if isinstance(entry, Unknown)}


def limit(number: ChipQuantity | Unknown) -> int | None:
    """Return the nominal value of a limit or a width; None where nobody knows it."""
    return int(number.nominal) if isinstance(number, ChipQuantity) else None


def chip_names() -> list[str]:
    """Return the names of the shipped chips, sorted."""
    shipped = (entry.name for entry in files(FOLDER).joinpath("chips").iterdir())
    return sorted(name.removesuffix(".toml") for name in shipped if name.endswith(".toml"))


def load_chip(name_or_file: str | Path) -> Chip:
    """Load a shipped chip by its name, or a user's by the path of its TOML file.

    Raises
    ------
    ProfileError
        If the file cannot be read or breaks a rule of the schema.
    InputError
        If no shipped chip has this name; the nearest one is proposed.

    Examples
    --------
    >>> chip = load_chip("loihi1")
    >>> limit(chip.core.compartments)
    1024
    >>> limit(load_chip("loihi2").core.in_axons) is None
    True
    """
    name = str(name_or_file)
    if is_file(name_or_file):
        path, shown = Path(name_or_file), name
        plain = read_profile(path, shown)
    elif name in chip_names():
        shown = f"{FOLDER}/chips/{name}.toml"
        plain = read_profile(files(FOLDER).joinpath("chips").joinpath(f"{name}.toml"), shown)
    else:
        raise unknown("chip", name, chip_names())
    if {"tier", "volatile", "pairs"} & set(plain):
        raise ProfileError(f"{shown}: is a memory or a pair, and a chip is wanted here: see hardware_profiles/chips")
    if "name" in plain:
        raise ProfileError(f"{shown}: name: a chip is called by its file's name; take the key away")
    return validated(Chip, {"name": name, **plain}, shown)


@dataclass(frozen=True, kw_only=True)
class ChipBill:
    """What a run would cost on a chip.

    Attributes
    ----------
    chip : str
        Name of the chip.
    joules : dict of str to (low, nominal, high) or None
        By cause, one of `CAUSES`; None where a number is missing.
    total : (low, nominal, high) or None
        Their sum; None as soon as one of them is.
    unpriced : tuple of str
        Actions without a price, with the reason.
    estimated : tuple of str
        What had to be assumed.
    excluded : tuple of str
        What the bill leaves out by design.
    sources : tuple of dict
        ``{key, source, where, basis, confidence}`` of every number used.
    """

    chip: str
    joules: dict[str, tuple[float, float, float] | None]
    total: tuple[float, float, float] | None
    unpriced: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    sources: tuple[dict[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and None, ranges as ``{low, nominal, high}``."""
        return {
            "chip": self.chip,
            "joules": {"total": _named(self.total), "by_cause": {name: _named(j) for name, j in self.joules.items()}},
            **{name: list(getattr(self, name)) for name in ("unpriced", "estimated", "excluded")},
            "sources": [dict(source) for source in self.sources],
        }


def price_actions(
    chip: Chip,
    *,
    n_synaptic_ops: int | None,
    n_neuron_updates: int | None,
    n_synaptic_updates: int | None,
    n_spikes: int | None,
) -> ChipBill:
    """Price the counted actions of a run on a chip.

    Three assumptions are built in, and the bill repeats those that it used:

    - A neuron update costs between an inactive (low) and an active one (nominal, high): a run does not say which
      neurons were at rest.
    - A synaptic update, one synapse that the learning engine changes, costs what the source states for pairwise STDP,
      whatever the rule; longer rules cost more.
    - A spike stays within its tile; hops between tiles depend on the placement and are left out.

    Parameters
    ----------
    chip : Chip
        The chip.
    n_synaptic_ops : int or None
        Synapses that a spike reached; None for all four where the run did not count them.
    n_neuron_updates : int or None
        Neurons times time steps.
    n_synaptic_updates : int or None
        Synapses that learning changed.
    n_spikes : int or None
        Spikes sent.

    Returns
    -------
    ChipBill
        Joules by cause; no total as soon as something that occurred has no price.

    Examples
    --------
    >>> bill = price_actions(
    ...     load_chip("loihi1"), n_synaptic_ops=1000, n_neuron_updates=0, n_synaptic_updates=10, n_spikes=0
    ... )
    >>> bill.joules["synaptic_op"]
    (2.36e-08, 2.36e-08, 3.55e-08)
    """
    energy = chip.energy
    update = amount("energy.neuron_update_inactive_j", energy.neuron_update_inactive_j)
    active = amount("energy.neuron_update_active_j", energy.neuron_update_active_j)
    between = Range(update.range.low, active.range.nominal, active.range.high)
    charged = {
        "synaptic_op": (n_synaptic_ops, "synaptic operations", amount("energy.synaptic_op_j", energy.synaptic_op_j)),
        "neuron_update": (n_neuron_updates, "neuron updates", update + active),
        "synaptic_update": (
            n_synaptic_updates,
            "synaptic updates",
            amount("energy.synaptic_update_j", energy.synaptic_update_j),
        ),
        "spike": (n_spikes, "spikes", amount("energy.spike_within_tile_j", energy.spike_within_tile_j)),
    }
    assert tuple(charged) == CAUSES
    joules: dict[str, Range] = {}
    unpriced: list[str] = []
    estimated: list[str] = []
    used: dict[str, Any] = {}
    for cause, (n, words, cost) in charged.items():
        if n == 0:
            joules[cause] = ZERO
            continue
        if n is None or cost.unknown:
            reason = "; ".join(cost.unknown) if cost.unknown else "the run did not count them"
            unpriced.append(f"{'' if n is None else f'{n:,} '}{words} ({reason})")
            joules[cause] = Range(None, None, None)
            continue
        joules[cause] = (between if cause == "neuron_update" else cost.range) * n
        used.update(cost.used)
        estimated += [ASSUMED[cause]] if cause in ASSUMED else []
    plain = {cause: _bounds(joules[cause]) for cause in CAUSES}
    return ChipBill(
        chip=chip.name,
        joules=plain,
        total=_bounds(sum(joules.values(), ZERO)),
        unpriced=tuple(unpriced),
        estimated=tuple(estimated),
        excluded=(
            "static power of the chip, which depends on the time that a step takes",
            "hops of spikes between tiles, which depend on the placement",
            "embedded processors, host and transfers between host and chip",
        ),
        sources=tuple(_source(key, entry) for key, entry in used.items()),
    )


ASSUMED = {
    "neuron_update": "neuron updates: all inactive (low), all active (nominal, high); the run does not tell them apart",
    "synaptic_update": "synaptic updates: each at the cost of pairwise STDP, whatever the rule",
    "spike": "spikes: within their tile",
}


def _source(key: str, entry: Quantity) -> dict[str, str]:
    parts = {name: getattr(entry, name) for name in ("source", "where", "basis", "confidence")}
    return {"key": key, **parts}


def _bounds(joules: Range) -> tuple[float, float, float] | None:
    if joules.low is None or joules.nominal is None or joules.high is None or not math.isfinite(joules.high):
        return None  # not known, or beyond the numbers that there are
    return joules.low, joules.nominal, joules.high


def _named(bounds: tuple[float, float, float] | None) -> dict[str, float] | None:
    return None if bounds is None else dict(zip(("low", "nominal", "high"), bounds, strict=True))
