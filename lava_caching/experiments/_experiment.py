"""What all experiments share: a checked, frozen configuration that runs itself on an engine and returns a record."""

from __future__ import annotations

import math
import operator
import platform
import time
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import version
from typing import Annotated, Any, ClassVar, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    ValidationInfo,
    field_serializer,
    field_validator,
)
from pydantic_core import PydanticCustomError

from lava_caching._version import __version__
from lava_caching.consolidation import Policy, get_policy
from lava_caching.devices import Device
from lava_caching.engines import engine_names
from lava_caching.errors import InputError, unknown
from lava_caching.experiments._devices import OnDevices
from lava_caching.experiments._own import own_things
from lava_caching.hardware import default_pair, load_pair
from lava_caching.hardware.operating import operating_point
from lava_caching.ledger import Ledger
from lava_caching.monitor import Monitor, carry_on
from lava_caching.plasticity import Rule
from lava_caching.record import Record

__all__ = ["Experiment", "Tau", "Trained"]


def _no_decay(value: Any) -> Any:
    return None if value in ("inf", float("inf")) else value


Tau = Annotated[float | None, BeforeValidator(_no_decay)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What an experiment gives back, as it goes into a record.

    Attributes
    ----------
    ledger, outcome, weights : Ledger, dict, ndarray
        See `lava_caching.record.Record`.
    resolved : dict
        Fields of the config whose values follow from the data, with these values.
    """

    ledger: Ledger
    outcome: dict[str, Any]
    weights: NDArray[np.float64] | tuple[NDArray[np.float64], ...]
    resolved: dict[str, Any] = field(default_factory=dict)


class Experiment(OnDevices, BaseModel):
    """Fields every experiment has; each is also a command-line option.

    An experiment is a file in this folder with a subclass called ``experiment``: it adds fields and says in `train` how
    an engine is called.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    name: ClassVar[str]
    summary: ClassVar[str]

    policy: str | InstanceOf[Policy] = Field("local-global", description="when transient parts are consolidated")
    threshold: float = Field(5.0, ge=0, description="θ in weight units (global-global: sum over the neuron)")
    tau: Tau = Field(None, gt=1, description="decay time constant of the transient part in steps, or inf")
    scope: str | None = Field(None, description="unit that consolidates as one: synapse, neuron, layer, network")
    amount: str | None = Field(None, description="what a consolidation transfers: full, quantum, pulse")
    quantum: float | None = Field(None, gt=0, description="size of a quantum in weight units")
    alpha: float = Field(1.0, ge=0, le=2, description="exponent α of the write cost Σ|Δl|^α")
    change_cost: float = Field(0.0, ge=0, description="b, per weight unit of transient change")
    maintenance_cost: float = Field(0.0, ge=0, description="c, per weight unit of transient part and step")
    persistent_maintenance_cost: float = Field(0.0, ge=0, description="the same for the persistent part")
    potentiation_only: bool = Field(False, description="only increases of the persistent part cost")
    write_counts: bool = Field(
        False, description="record the writes of every synapse, or with a device its programmings (gives lifetimes)"
    )
    device: str | InstanceOf[Device] | None = Field(
        None, description="model of the memory cells, which changes the run (ideal ones by default)"
    )
    device_range: float | None = Field(
        None, gt=0, description="weight at the end of the device's range (the largest of the same run on ideal cells)"
    )
    device_step_s: float | None = Field(
        None, gt=0, description="seconds of a step, for leak, refresh and drift (those of the bill)"
    )

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _one_sentence(error, type(self)) from None
        self.rule_of_consolidation()
        self.check_device()
        own_things(dict(self))

    @field_serializer("policy", "rule", "device", check_fields=False)
    def _by_name(self, value: str | Policy | Rule | Device | None) -> str | None:
        return value if value is None or isinstance(value, str) else value.name

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what pydantic would take for a number or for a truth: true and "50", 1 and "yes"."""
        kind = cls.model_fields[str(info.field_name)].annotation
        kinds = {kind, *get_args(kind)}
        truth = isinstance(value, (bool, np.bool_))
        if bool in kinds and not truth:
            raise PydanticCustomError("bool_type", "no truth")
        if kinds & {int, float} and (truth or isinstance(value, (str, bytes))) and value != "inf":
            raise PydanticCustomError("int_type" if int in kinds else "float_type", "no number")
        return value

    def rule_of_consolidation(self) -> Policy:
        """Return the policy with the scope and amount asked for."""
        return get_policy(self.policy).adapted(scope=self.scope, amount=self.amount, quantum=self.quantum)  # type: ignore[arg-type]

    def _told(self) -> dict[str, Any]:
        """Return the fields as a record tells them: what a policy that was given as it is says itself, too."""
        plain = self.model_dump(mode="json")
        if isinstance(self.policy, Policy):
            asked = self.rule_of_consolidation()
            plain |= {"scope": asked.scope, "amount": asked.amount, "quantum": asked.quantum}
        return plain

    def check_engine(self, engine: str) -> None:
        """Refuse an engine that cannot run this configuration; called before anything is drawn or read."""

    @abstractmethod
    def train(self, engine: str, seed: int, monitor: Monitor) -> Trained:
        """Run on an engine."""

    def run(
        self,
        *,
        engine: str = "numba",
        seed: int = 0,
        hardware: str | None = None,
        step_duration_s: float | None = None,
        weight_range: tuple[float, float] | None = None,
        monitor: Monitor = carry_on,
    ) -> Record:
        """Train, and price the result.

        Parameters
        ----------
        engine : str
            See `lava_caching.engines.engine_names`.
        seed : int
            Of the one random generator of the run.
        hardware : str, optional
            Pair of memories for the bill in joules, by name or TOML file; it never changes the dynamics.
        step_duration_s, weight_range : optional
            Operating point of the bill: seconds per presentation, weights of the lowest and highest level.
        monitor : Monitor
            Is told of progress and can ask to stop; what is finished is kept.

        Returns
        -------
        Record

        Raises
        ------
        InputError
            For an engine, file or memory that cannot be used; a `MissingError` where the engine needs something that
            is not installed.
        """
        given = seed
        seed = operator.index(given) if hasattr(given, "__index__") else -1  # a NumPy integer has no place in JSON
        if isinstance(given, (bool, np.bool_)) or not 0 <= seed < 2**63:
            raise InputError(f"seed = {given!r}: must be a whole number, not negative and below 2^63")
        if engine not in engine_names(self.name):
            raise InputError(
                f"engine {engine!r} cannot run {self.name!r}; available: {', '.join(engine_names(self.name))}"
            )
        self.check_engine(engine)
        self.check_device_on(engine)
        self, step_duration_s = self.timed(step_duration_s)  # noqa: PLW0642 - the same, its seconds resolved
        pair = load_pair(default_pair() if hardware is None else hardware)
        operating_point(pair, step_duration_s=step_duration_s, weight_range=weight_range)  # refused before the run
        started = datetime.now(timezone.utc)
        clock = time.perf_counter()
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below, in words
            trained = self.train(engine, seed, monitor)
        if not math.isfinite(trained.ledger.total.persistent_change_sq or 0.0):
            raise InputError("the weights of this run exceed 1e150: use smaller patterns or a smaller learning rate")
        seconds = time.perf_counter() - clock
        config = {**self._told(), **trained.resolved}
        own = own_things(dict(self))
        if weight_range is None and config["device_range"] is not None:
            weight_range = -config["device_range"], config["device_range"]
        return Record(
            experiment=self.name,
            engine=engine,
            seed=seed,
            config=config,
            outcome={**trained.outcome, **({"own": own} if own else {})},
            ledger=trained.ledger,
            energy={},
            hardware=None,
            versions={
                "lava_caching": __version__,
                "python": platform.python_version(),
                "numpy": _version("numpy"),
                "numba": _version("numba"),
                "started": started.isoformat(timespec="seconds"),
                "train_time_s": round(seconds, 6),
            },
            weights=trained.weights,
        ).price(pair, step_duration_s=step_duration_s, weight_range=weight_range)


@cache
def _version(library: str) -> str:
    """Return the version of a library, read from disk once: 2 ms each, a tenth of a small run."""
    return version(library)


PLAIN = {
    "int_": "a whole number",
    "float_": "a number",
    "bool_": "true or false",
    "string_pattern": "as described",
    "path_type": "the name of a file",
}
"""Plainer words for some of pydantic's findings, by the start of their type."""
LONGEST = 200
"""Characters of a value in a message."""


def _one_sentence(error: ValidationError, experiment: type[Experiment]) -> InputError:
    """Turn the first finding of pydantic into a sentence with value, rule and way out."""
    found = error.errors()[0]
    name = ".".join(str(part) for part in found["loc"][:1])
    if found["type"] == "extra_forbidden":
        return unknown(f"field of {experiment.name}", name, experiment.model_fields)
    if found["type"] == "value_error":
        return InputError(found["msg"].removeprefix("Value error, "))
    kinds = [e["ctx"]["class"] for e in error.errors() if e["type"] == "is_instance_of" and e["loc"][0] == name]
    if kinds and found["type"] == "string_type":  # a function of the user's, or anything else
        found["msg"] = f"a name or a {kinds[0]}, made with {kinds[0]}(...)"
    rule = next((plain for start, plain in PLAIN.items() if found["type"].startswith(start)), None)
    rule = rule or found["msg"].removeprefix("Input should be ").rstrip(".")
    for wordy, short in (("greater than or equal to", "at least"), ("less than or equal to", "at most")):
        rule = rule.replace(wordy, short)
    described = experiment.model_fields[name].description if name in experiment.model_fields else ""
    given = " ".join(repr(found["input"]).split())  # an array has lines, and may have many
    shown = given if len(given) <= LONGEST else f"{given[:LONGEST]}..."
    return InputError(f"{name} = {shown}: must be {rule} ({described})")
