"""Where the Processes of a network would lie on a chip: cores, compartments, axons and synapse memory.

Nothing is compiled and nothing runs: the network is walked from port to port, and counted. Synapses lie on the cores of
the neurons that they end in, and every group of neurons has cores of its own. What Intel's compiler does is not public,
so that this is an estimate; `ASSUMPTIONS` says what it rests on.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_caching.hardware.chips import Chip, limit
from lava_caching.processes.chip_members import Member, members_of, weights_of

__all__ = ["ASSUMPTIONS", "RESOURCES", "Mapping", "Placed", "map_network", "synapse_bits"]

RESOURCES = ("compartments", "in_axons", "out_axons", "synapse_bits")
"""What a core has so many of, in the order of the tables."""

ASSUMPTIONS = (
    "synapses lie on the cores of the neurons they end in; no two groups of neurons share a core",
    "one compartment a neuron, one in-axon an input and core, one out-axon a neuron, core and connection it reaches",
    "a learning synapse holds a weight, tag_1 if the rule has dt or t, a delay if it has dd or d, and a static one"
    " num_weight_bits; the synapses of an input fill whole words of memory, as nengo-loihi counts them",
)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """One Process and what it takes on the fullest of its cores.

    Attributes
    ----------
    label, kind : str
        Its name in this report and its class.
    place : str
        "chip", "host" (host or embedded processor), or "none" where a chip has no such Process.
    target : str or None
        Of a connection: the neurons that it ends in.
    n_cores : int
        Cores that it lies on, those of its target for a connection.
    used : dict of str to int or None
        By one of `RESOURCES`; None where it cannot be told.
    n_synapses : int
        Synapses in all.
    """

    label: str
    kind: str
    place: str
    target: str | None = None
    n_cores: int = 0
    used: dict[str, int | None] = field(default_factory=dict)
    n_synapses: int = 0


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A network on a chip.

    Attributes
    ----------
    placed : tuple of Placed
        Neurons, each followed by the connections that end in them, then what stays on the host.
    n_cores : int
        Cores in all.
    available : dict of str to int or None
        `RESOURCES` of one core and ``n_cores`` of the chip; None where nobody has published it.
    culprits : tuple of str
        What does not fit, a sentence each: Process, resource, limit and way out.
    warnings : tuple of str
        What the count cannot tell.
    """

    placed: tuple[Placed, ...]
    n_cores: int
    available: dict[str, int | None]
    culprits: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def not_checked(self) -> tuple[str, ...]:
        """Return the resources whose limit nobody has published."""
        return tuple(name for name, n in self.available.items() if n is None)


def map_network(process: Any, chip: Chip) -> Mapping:
    """Count what a connected network of Lava takes on the cores of a chip.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of the network.
    chip : Chip
        The chip; unknown limits are not checked.
    """
    members = members_of(process)
    warnings: list[str] = [warning for member in members for warning in member.warnings]
    sites = _sites(members, chip, warnings)
    available = {name: limit(getattr(chip.core, name)) for name in RESOURCES}
    culprits = [sentence for site in sites for sentence in site.settle(available, chip.name)]
    culprits += _settle_out_axons(sites, available, chip.name)
    n_cores = sum(site.n_cores for site in sites)
    on_chip = limit(chip.core.n_cores)
    if on_chip is not None and n_cores > on_chip:
        largest = max(sites, key=lambda site: site.n_cores)
        culprits.append(
            f"the network needs {n_cores:,} cores and {chip.name} has {on_chip:,}, {largest.label!r} alone takes"
            f" {largest.n_cores:,}: use fewer neurons or inputs, or spread the network over several chips"
        )
    return Mapping(
        placed=tuple(_placed(sites, members)),
        n_cores=n_cores,
        available={**available, "n_cores": on_chip},
        culprits=tuple(dict.fromkeys(culprits)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def synapse_bits(process: Any, chip: Chip) -> int:
    """Return the bits of one synapse of a connection: weight, and tag and delay where its rule uses them."""
    params = process.proc_params
    delay = limit(chip.synapse.delay_bits) or 0
    rule = params.get("learning_rule")
    if rule is None:
        delays = delay if hasattr(process, "delays") else 0
        return int(params.get("num_weight_bits", 8)) + delays
    words = " ".join(filter(None, (rule.dw_str, rule.dd_str, rule.dt_str)))
    tag = rule.dt_str is not None or re.search(r"\bt\b", words) is not None
    delayed = rule.dd_str is not None or re.search(r"\bd\b", words) is not None
    weight = limit(chip.synapse.weight_bits) or 9
    return weight + (tag and (limit(chip.synapse.tag_bits) or 9)) + (delayed and delay)


@dataclass(eq=False)
class _Connection:
    """Synapses from one port to one group of neurons."""

    label: str
    kind: str
    sources: list[Any]
    shape: tuple[int, int]
    pattern: tuple[NDArray[np.int64], NDArray[np.int64]] | None  # rows and columns where it is sparse
    bits: int
    chip: Chip
    is_counted: bool = True

    @property
    def n_synapses(self) -> int:
        return self.shape[0] * self.shape[1] if self.pattern is None else len(self.pattern[0])

    def on_core(self, rows: int) -> tuple[int, int]:
        """Return in-axons and synapse bits of the fullest core when each holds so many rows."""
        if not self.is_counted:
            return 0, 0
        n_sources = max(1, len(self.sources))
        if self.pattern is None:
            per_axon = self._axon_bits(np.array([min(rows, self.shape[0])]), 0)
            return self.shape[1] * n_sources, int(self.shape[1] * per_axon[0])
        core, column = self.pattern[0] // rows, self.pattern[1]
        axons, counts = np.unique(core * self.shape[1] + column, return_counts=True)
        if not len(axons):
            return 0, 0
        index = max(1, math.ceil(math.log2(rows))) if rows > 1 else 0
        bits = np.bincount(axons // self.shape[1], weights=self._axon_bits(counts, index))
        return int(np.bincount(axons // self.shape[1]).max()) * n_sources, int(bits.max())

    def _axon_bits(self, n: NDArray[np.int64], index_bits: int) -> NDArray[np.int64]:
        """Return the memory of inputs with n synapses each: blocks with a header, in whole words."""
        width, packing = self.bits + index_bits, self.chip.synapse
        block, word = limit(packing.synapses_per_block), limit(packing.word_bits)
        if block is None or word is None:
            return n * width
        header = limit(packing.block_header_bits) or 0
        full, rest = np.divmod(n, block)
        last = np.where(rest > 0, -(-(rest * width + header) // word), 0)
        bits: NDArray[np.int64] = (full * -(-(block * width + header) // word) + last) * word
        return bits


@dataclass(eq=False)
class _Site:
    """A group of neurons with the connections that end in it."""

    label: str
    kind: str
    n: int
    process: Any | None  # None: sums without a neuron Process behind them
    connections: list[_Connection] = field(default_factory=list)
    rows: int = 1
    out_axons: int = 0

    @property
    def n_cores(self) -> int:
        return -(-self.n // self.rows) if self.n else 0

    def on_core(self, rows: int) -> dict[str, int]:
        axons, bits = zip(*(c.on_core(rows) for c in self.connections), strict=True) if self.connections else ((), ())
        return {"compartments": min(rows, self.n), "in_axons": sum(axons), "synapse_bits": sum(bits)}

    def settle(self, available: dict[str, int | None], chip: str) -> list[str]:
        """Spread the rows over as few cores as possible; return what fits on none."""
        wanted = [name for name in ("compartments", "in_axons", "synapse_bits") if available[name] is not None]
        alone = self.on_core(1)
        hopeless = [name for name in wanted if alone[name] > (available[name] or 0)]
        bounds = {name: available[name] or 0 for name in wanted if name not in hopeless}
        low, high = 1, max(1, self.n)
        while low < high:  # the most rows that one core holds
            middle = (low + high + 1) // 2
            taken = self.on_core(middle)
            low, high = (middle, high) if all(taken[k] <= b for k, b in bounds.items()) else (low, middle - 1)
        self.spread(low)
        return [self._sentence(name, alone[name], available[name] or 0, chip) for name in hopeless]

    def spread(self, rows: int) -> None:
        """Hold at most so many rows on a core, and on all of them alike."""
        self.rows = max(1, rows)
        self.rows = -(-self.n // self.n_cores) if self.n_cores else 1

    def _sentence(self, name: str, used: int, has: int, chip: str) -> str:
        worst = max(self.connections, key=lambda c: c.on_core(1)[name == "synapse_bits"])
        who, others = f"{worst.label!r} ({worst.kind}): ", len(self.connections) - 1
        shared = f" together with {others} more into {self.label!r}" if others else ""
        if name == "in_axons":
            return (
                f"{who}needs {used:,} in-axons{shared}, and a core of {chip} has {has:,}: every input needs one on each"
                f" core that holds its synapses, so use at most {has:,} inputs, or let the others end in other neurons"
            )
        return (
            f"{who}the synapses of one neuron take {used:,} bits{shared}, and a core of {chip} has {has:,}: use fewer"
            " inputs, or fewer bits per synapse (num_weight_bits, a rule without dt)"
        )


def _sites(members: list[Member], chip: Chip, warnings: list[str]) -> list[_Site]:
    """Return the groups of neurons with their connections; sums that end outside the chip get compartments too."""
    sites = {id(m.process): _Site(m.label, m.kind, m.size, m.process) for m in members if m.role == "neurons"}
    labels = {id(m.process): m.label for m in members}
    for member in members:
        if member.role != "connection":
            continue
        connection = _connection(member, chip)
        ends = list(dict.fromkeys(id(port.process) for port in member.destinations))
        inside = [end for end in ends if end in sites]
        for end in inside:
            sites[end].connections.append(connection)
        if not inside:
            site = _Site(member.label, member.kind, connection.shape[0], None, [connection])
            sites[id(member.process)] = site
            where = " and ".join(repr(labels[end]) for end in ends) or "nothing"
            warnings.append(
                f"{member.label!r} ends in {where}, which is no neuron of the chip: one compartment is counted for each"
                " of its outputs, and on the chip stock neurons (LIF) must carry them"
            )
        if not connection.is_counted:
            warnings.append(f"{member.label!r} ({member.kind}) shares weights: its axons and synapses are not counted")
    return list(sites.values())


def _connection(member: Member, chip: Chip) -> _Connection:
    weights = weights_of(member.process)
    sources = list({id(port.process): port.process for port in member.sources}.values())
    is_counted = weights.ndim == 2
    n_pre = weights.shape[1] if is_counted else 0
    pattern = None
    if hasattr(weights, "tocoo"):
        stored = weights.tocoo()
        pattern = stored.row.astype(np.int64), stored.col.astype(np.int64)
    n_post = weights.shape[0] if is_counted else member.size
    bits = synapse_bits(member.process, chip)
    return _Connection(member.label, member.kind, sources, (n_post, n_pre), pattern, bits, chip, is_counted)


def _settle_out_axons(sites: list[_Site], available: dict[str, int | None], chip: str) -> list[str]:
    """Count the out-axons, and spread neurons that have too many over more cores until all have enough."""
    by_process = {id(site.process): site for site in sites if site.process is not None}
    fanout: dict[int, list[_Site]] = {id(site): [] for site in sites}
    for target in sites:
        for connection in target.connections:
            for source in connection.sources:
                if id(source) in by_process:
                    fanout[id(by_process[id(source)])].append(target)
    has = available["out_axons"]
    while True:
        changed = False
        for site in sites:
            reached = sum(target.n_cores for target in fanout[id(site)])
            site.out_axons = min(site.rows, site.n) * reached
            if has is not None and site.out_axons > has and site.rows > 1:
                site.spread(max(1, min(site.rows - 1, has // reached)))
                changed = True
        if not changed:
            break
    return [
        f"{site.label!r} ({site.kind}): one neuron needs {site.out_axons:,} out-axons, one for each core it reaches,"
        f" and a core of {chip} has {has:,}: let it reach fewer neurons"
        for site in sites
        if has is not None and site.out_axons > has
    ]


def _placed(sites: list[_Site], members: list[Member]) -> list[Placed]:
    rows: list[Placed] = []
    for site in sites:
        nothing: dict[str, int | None] = dict.fromkeys(RESOURCES, 0)
        own = {**nothing, "compartments": site.on_core(site.rows)["compartments"], "out_axons": site.out_axons}
        if site.process is not None:
            rows.append(Placed(label=site.label, kind=site.kind, place="chip", n_cores=site.n_cores, used=own))
        for connection in site.connections:
            axons, bits = connection.on_core(site.rows) if connection.is_counted else (None, None)
            rows.append(
                Placed(
                    label=connection.label,
                    kind=connection.kind,
                    place="chip",
                    target=site.label if site.process is not None else None,
                    n_cores=site.n_cores,
                    used={**(nothing if site.process is not None else own), "in_axons": axons, "synapse_bits": bits},
                    n_synapses=connection.n_synapses,
                )
            )
    places = {"host": "host", "custom connection": "none"}
    rows += [Placed(label=m.label, kind=m.kind, place=places[m.role]) for m in members if m.role in places]
    return rows
