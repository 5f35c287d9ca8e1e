"""One way to consolidate (without caching, at a threshold, once at the end), priced: joules and lifetimes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lava_caching.hardware import Bill, MemoryPair, Range
from lava_caching.hardware.costs import amount
from lava_caching.record import Record

__all__ = ["GROUPS", "Choice", "Life"]

GROUPS = {
    "persistent writes": [("nonvolatile", "write"), ("nonvolatile", "verify")],
    "transient writes and their reads": [("volatile", "write"), ("volatile", "read")],
    "holding": [("volatile", "hold")],
    "refreshing": [("volatile", "refresh")],
    "transfers": [("volatile", "transfer"), ("volatile", "clear")],
}
"""What a bill is summed up by: the first is what learning pays anyway, the others are what caching adds."""


@dataclass(frozen=True)
class Life:
    """How long something lasts while the training is repeated: seconds, and trainings. None: not stated.

    Of several seeds, in each of the two units, that of the one that fails first: a long training can fail first in
    trainings, and a short one in seconds.
    """

    seconds: Range
    runs: Range

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return {"seconds": self.seconds.to_dict(), "runs": self.runs.to_dict()}

    @classmethod
    def first_of(cls, lives: list[Life]) -> Life | None:
        """Return the shortest in each unit; None if there are none."""
        if not lives:
            return None
        seconds, runs = ([life.seconds for life in lives], [life.runs for life in lives])
        return cls(*(min(unit, key=lambda bound: bound.nominal or 0.0) for unit in (seconds, runs)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """One way to consolidate, trained once per seed and priced.

    Attributes
    ----------
    policy : str
        "immediate" (no caching), "at-end", or the policy of the workload.
    threshold : float or None
        θ in weight units; None where there is none.
    pair : MemoryPair
        What it was priced on.
    records : tuple of Record
        One for each seed.
    bills : tuple of Bill
        The same, priced.
    """

    policy: str
    threshold: float | None
    pair: MemoryPair
    records: tuple[Record, ...]
    bills: tuple[Bill, ...]

    @property
    def name(self) -> str:
        """Return what it is called in a sentence."""
        if self.threshold is not None:
            return f"at θ = {self.threshold:.3g}"
        return "without caching" if self.policy == "immediate" else "with one consolidation at the end"

    @property
    def learned(self) -> bool:
        """Return whether every seed stored all its patterns."""
        return all(record.outcome["converged"] for record in self.records)

    @property
    def joules(self) -> Range:
        """Return the joules of one training, the mean over the seeds; bounds of None are not known."""
        return self._mean([bill.total or Range(None, None, None) for bill in self.bills])

    @property
    def known_joules(self) -> float:
        """Return the nominal joules of all that has a price, the mean over the seeds: no total is smaller."""
        prices = [line.joules.nominal or 0.0 for bill in self.bills for line in bill.lines or ()]
        return sum(prices) / len(self.bills)

    def group(self, name: str) -> Range:
        """Return the joules of one of `GROUPS`, the mean over the seeds."""
        zero = Range.exactly(0.0)
        return self._mean(
            [sum(((bill.items or {}).get(key, zero) for key in GROUPS[name]), zero) for bill in self.bills]
        )

    @property
    def cycles_of_the_hottest(self) -> float:
        """Return the persistent writes of the synapse that is written most, in the worst of the seeds."""
        return float(max(max(record.ledger.total.write_counts or (0,)) for record in self.records))

    def life(self, place: str) -> Life | None:
        """Return how long the "hottest", "p99" or "median" nonvolatile synapse lasts; None if it is never written."""
        found = []
        for record, bill in zip(self.records, self.bills, strict=True):
            seconds = (bill.lifetime_s or {}).get(place)
            if seconds is not None:
                found.append(Life(seconds, seconds / self._seconds(record, bill)))
        return Life.first_of(found)

    @property
    def volatile_life(self) -> Life | None:
        """Return how long the volatile memory lasts at the mean of its writes and destructive reads; None if unused.

        These are not counted per synapse: a synapse written more often fails earlier.
        """
        memory, found = self.pair.volatile, []
        for record, bill in zip(self.records, self.bills, strict=True):
            total = record.ledger.total
            n_reads = (total.n_transient_reads or 0) if memory and memory.read.destructive else 0
            switched = ((total.n_transient_writes or 0) + n_reads) / (total.n_synapses or 1)
            if memory is None or not switched:
                continue
            cycles = Range(None, None, None)
            if memory.endurance is not None:
                cycles = amount("volatile.endurance.cycles", memory.endurance.cycles).range
            runs = cycles / switched
            found.append(Life(runs * self._seconds(record, bill), runs))
        return Life.first_of(found)

    @property
    def volatile_is_open(self) -> bool:
        """Return whether the volatile memory is used and states no endurance."""
        life = self.volatile_life
        return life is not None and life.runs.nominal is None

    @property
    def first_to_fail(self) -> tuple[str, Life] | None:
        """Return the tier that fails first and its life, among those whose endurance is stated."""
        lives = {"nonvolatile": self.life("hottest"), "volatile": self.volatile_life}
        known = {tier: life for tier, life in lives.items() if life is not None and life.runs.nominal is not None}
        return min(known.items(), key=lambda item: item[1].runs.nominal or 0.0, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, for JSON."""
        places = {place: self.life(place) for place in ("hottest", "p99", "median")}
        volatile, first = self.volatile_life, self.first_to_fail
        return {
            "policy": self.policy,
            "threshold": self.threshold,
            "learned": self.learned,
            "joules": self.joules.to_dict(),
            "joules_by_seed": [bill.total and bill.total.nominal for bill in self.bills],
            "joules_by_group": {name: self.group(name).to_dict() for name in GROUPS},
            "writes_of_the_hottest": self.cycles_of_the_hottest,
            "lifetime": {place: life and life.to_dict() for place, life in places.items()},
            "volatile_lifetime": volatile and volatile.to_dict(),
            "first_to_fail": first and first[0],
        }

    def _mean(self, ranges: list[Range]) -> Range:
        total = sum(ranges, Range.exactly(0.0))
        return total / float(len(ranges))

    @staticmethod
    def _seconds(record: Record, bill: Bill) -> float:
        return float((record.ledger.total.n_steps or 0) * bill.operating_point["step_duration_s"])
