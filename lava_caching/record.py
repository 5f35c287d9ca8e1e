"""The record of a run: what was asked, what came out, the ledger, and what it cost. One JSON object."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lava_caching.checking import KEYS, WRITE_ONE, read_record
from lava_caching.energy import COSTS, CostFunctional
from lava_caching.errors import InputError, unknown
from lava_caching.files import write_atomically
from lava_caching.hardware import Bill, MemoryPair, default_pair, load_pair
from lava_caching.hardware import price as price_on
from lava_caching.ledger import Ledger

__all__ = ["KEYS", "Record", "config_hash"]

DATA_FILES = ("patterns", "updates", "init", "checkpoint", "every")
"""Fields of configs that name a file whose digest is in the outcome, or that change nothing."""
NOT_IN_THE_RECORD = field(default=None, repr=False, compare=False)


@lru_cache(maxsize=64)
def _functional(costs: tuple[Any, ...]) -> CostFunctional:
    """Return the cost functional of these costs, in the order of `COSTS`; checked once."""
    return CostFunctional(**dict(zip(COSTS, costs, strict=True)))


def config_hash(
    experiment: str,
    config: dict[str, Any],
    data_sha256: str | None = None,
    device: dict[str, Any] | None = None,
    own: dict[str, Any] | None = None,
) -> str:
    """Return a short hash of what was asked, the same on every machine.

    Of a data file its content counts, of a device its parameters; where no device was asked for, nothing of it does.

    Parameters
    ----------
    experiment : str
        Name of the experiment.
    config : dict
        Its fields, as a record has them.
    data_sha256 : str, optional
        Digest of the data file in hexadecimal digits, where there is one.
    device : dict, optional
        Parameters of the device model, where there is one.
    own : dict, optional
        What is told of a policy, rule or schedule of one's own, where there is one.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    asked = {
        key: value
        for key, value in config.items()
        if key not in DATA_FILES
        and not (key.startswith("device") and value is None)
        and not (key == "dataset" and experiment == "mlp")  # its content counts, by whatever name
    }
    if device is not None:
        asked["device"] = device
    if own is not None:
        asked["own"] = own
    if data_sha256 is not None:
        asked["data_sha256"] = data_sha256
    text = json.dumps([experiment, asked], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Record:
    """One finished run.

    Attributes
    ----------
    experiment, engine, seed : str, str, int
        What ran.
    config : dict
        Every field of the experiment, resolved.
    outcome : dict
        ``converged, n_epochs, n_presentations, n_updates`` and what else the experiment measures; under ``own`` what
        there is to tell of a policy, rule or schedule of one's own.
    ledger : Ledger
        Counts and magnitudes.
    energy : dict
        In the units of the paper, with the config's α, b and c.
    hardware : dict or None
        The bill in joules on one pair of memories.
    versions : dict
        Software, and the only place for times.
    weights : ndarray, tuple of ndarray, or None
        Final weights, of several layers one after the other; not part of the JSON.
    """

    experiment: str
    engine: str
    seed: int
    config: dict[str, Any]
    outcome: dict[str, Any]
    ledger: Ledger
    energy: dict[str, Any]
    hardware: dict[str, Any] | None
    versions: dict[str, Any]
    weights: Any = NOT_IN_THE_RECORD

    @property
    def config_hash(self) -> str:
        """Return the hash of experiment, config and data."""
        told = self.outcome
        device = (told.get("device") or {}).get("parameters")
        return config_hash(self.experiment, self.config, told.get("data_sha256"), device, told.get("own"))

    def price(
        self,
        hardware: str | MemoryPair | None = None,
        *,
        step_duration_s: float | None = None,
        weight_range: tuple[float, float] | None = None,
        lower_bound: Collection[str] = (),
        **costs: Any,
    ) -> Record:
        """Price the finished run anew; nothing runs again.

        Parameters
        ----------
        hardware : str or MemoryPair, optional
            Pair of memories, its name, or the path of a TOML file; by default that of the record.
        step_duration_s : float, optional
            Seconds of one presentation; by default as the user chose it for the record, else the pair's.
        weight_range : (float, float), optional
            Weights of the lowest and highest level; likewise.
        lower_bound : collection of str
            Actions without a price, as ``tier.cause``, that may count 0; see `lava_caching.hardware.price`.
        **costs : float or bool
            New α, b, c: ``alpha, change_cost, maintenance_cost, persistent_maintenance_cost, potentiation_only``.

        Returns
        -------
        Record
            The same run with new ``energy`` and ``hardware``.

        Examples
        --------
        >>> from lava_caching import Perceptron
        >>> record = Perceptron(n_inputs=20, n_patterns=10).run(engine="reference")
        >>> record.price(alpha=0).energy["consolidation"] == record.ledger.total.n_persistent_writes
        True
        """
        new = {name: value for name, value in costs.items() if value is not None}
        if odd := set(new) - set(COSTS):
            raise unknown("cost", sorted(odd)[0], COSTS)
        cost = _functional(tuple(new.get(name, self.config[name]) for name in COSTS))
        bill = self.bill(hardware, step_duration_s=step_duration_s, weight_range=weight_range, lower_bound=lower_bound)
        config = {**self.config, **vars(cost)}
        return dataclasses.replace(
            self, config=config, energy=cost.price(self.ledger).to_dict(), hardware=bill.to_dict()
        )

    def bill(
        self,
        hardware: str | MemoryPair | None = None,
        *,
        step_duration_s: float | None = None,
        weight_range: tuple[float, float] | None = None,
        lower_bound: Collection[str] = (),
    ) -> Bill:
        """Return the bill in joules with its single lines; see `price` for the parameters."""
        before = self.hardware or {}
        pair = (
            hardware
            if isinstance(hardware, MemoryPair)
            else load_pair((before.get("profile") or default_pair()) if hardware is None else hardware)
        )
        chosen = before.get("operating_point", {})  # what the user once said of the run holds on any memory
        if step_duration_s is None and chosen.get("origin", {}).get("step_duration_s") == "caller":
            step_duration_s = chosen["step_duration_s"]
        if weight_range is None and chosen.get("origin", {}).get("weight_range") == "caller":
            weight_range = chosen["weight_min"], chosen["weight_max"]
        return price_on(
            self.ledger,
            pair,
            step_duration_s=step_duration_s,
            weight_range=weight_range,
            tau_steps=self.config["tau"],
            cells=self.outcome.get("device"),
            lower_bound=lower_bound,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain numbers, lists and dictionaries."""
        plain = {key: getattr(self, key) for key in KEYS}
        plain["ledger"] = self.ledger.to_dict()
        return plain

    def to_json(self) -> str:
        """Return the record as JSON; numbers that have overflowed are refused, they have no place in it."""
        try:
            return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)
        except ValueError:
            raise InputError(
                "the energies or weights of this run exceed 1e308: use smaller patterns, learning rate, or costs"
            ) from None

    def save(self, path: str | Path) -> None:
        """Write the record; an existing file is replaced as a whole."""
        # bytes of file names that are no text become escapes
        write_atomically(Path(path), (self.to_json() + "\n").encode("utf-8", "backslashreplace"))

    @classmethod
    def load(cls, path: str | Path) -> Record:
        """Read a record written by `save` or ``lava-caching run --out``.

        Raises
        ------
        InputError
            If the file is not a record, or was changed: its parts no longer fit each other.
        """
        plain = read_record(Path(path))
        values = {key: plain[key] for key in KEYS if key != "config_hash"}
        record = cls(**{**values, "ledger": Ledger.from_dict(plain["ledger"])})
        if plain["config_hash"] != record.config_hash:
            raise InputError(f"{path} is not a record: config_hash does not belong to its config; {WRITE_ONE}")
        return record
