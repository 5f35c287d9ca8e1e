"""Hold an engine to stored traces: small trainings, step by step, made by a twin that knows nothing of this package.

The traces are files of JSON in ``tests/conformance/traces`` of the project; ``tests/conformance/README.md`` says what
is in them, and how a program in any language is checked by them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lava_caching.consolidation import Policy, get_policy
from lava_caching.energy import CostFunctional
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.errors import InputError, MissingError
from lava_caching.ledger import Ledger
from lava_caching.plasticity import get_rule
from lava_caching.testing._compare import SHOWN, differences

__all__ = ["Trace", "check_conformance", "read_traces"]

Kind = Literal["changes", "perceptron", "loihi", "backprop"]
FORMAT = "synaptic-caching-trace/1"
DIGITS = 1e-9
"""What is not whole is stored with 10 digits."""
BINNED = 1e-3
"""Of energies with α other than 0, 1 and 2, where sizes share a bin of the histogram."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One training.

    Attributes
    ----------
    data : dict
        What was learned; shared by all traces of a file.
    case : dict
        The setting, and what happened.
    columns, costs : dict, list
        Names of the columns of counts, ledger and energies, and the prices of the latter.
    """

    data: dict[str, Any]
    case: dict[str, Any]
    columns: dict[str, list[str]]
    costs: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """Return what tells it from the others."""
        told = ("scope", "amount", "tau", "order", "error_backprop", "loss")
        return ", ".join([self.case["policy"], *(f"{key} {self.case[key]}" for key in told if key in self.case)])

    @property
    def policy(self) -> Policy:
        """Return the policy with its scope and amount."""
        case = self.case
        return get_policy(case["policy"]).adapted(**{key: case[key] for key in ("scope", "amount", "quantum")})

    @property
    def relative(self) -> float:
        """Return the relative difference allowed in what is not counted: none where all numbers are whole."""
        return 0.0 if self.case["tau"] is None and "loss" not in self.case else DIGITS

    def state(self, name: Literal["transient", "persistent"], step: int) -> list[NDArray[np.float64]]:
        """Return a part of the weights of every layer after a step."""
        return [np.array(layer, np.float64) for layer in self.case[name][step]]

    def weights_apart(self, weights: Sequence[NDArray[np.float64]], step: int, *, relative: float = 0.0) -> list[str]:
        """Return the layers whose weights are not l + s after a step, within the size of both parts."""
        persistent, transient = self.state("persistent", step), self.state("transient", step)
        wrong, allowed = [], max(relative, self.relative)
        for k, (found, l, s) in enumerate(zip(weights, persistent, transient, strict=True)):
            apart = np.abs(found.reshape(l.shape) - (l + s)).max()
            if not apart <= allowed * (np.abs(l) + np.abs(s)).max():
                wrong.append(f"weights of layer {k + 1}: {found.ravel().tolist()} ≠ {(l + s).ravel().tolist()}")
        return wrong

    def counted(self, n_steps: int) -> list[dict[str, int]]:
        """Return what was counted in the first steps, layer by layer."""
        sums = np.sum(self.case["counts"][:n_steps], axis=0).tolist()
        return [dict(zip(self.columns["counts"], layer, strict=True)) for layer in sums]

    def differences(self, ledger: Ledger, *, relative: float = 0.0) -> list[str]:
        """Return where the account of the whole training is another one, and what it costs."""
        allowed, wrong = max(relative, self.relative), []
        if len(ledger.layers) != len(self.case["ledger"]):
            return [f"{len(ledger.layers)} layers ≠ {len(self.case['ledger'])}"]
        for layer, told in zip(ledger.layers, self.case["ledger"], strict=True):
            for part, row in (("run", told[0]), ("residual", told[1])):
                found, expected = getattr(layer, part).to_dict(), dict(zip(self.columns["ledger"], row, strict=True))
                if found["write_counts"] is None:  # kept on request only
                    expected["write_counts"] = None
                plain = {key: found[key] for key in expected}
                where = f"{layer.name}.{part}"
                wrong += differences(plain, _typed(expected, plain), relative=allowed, where=where)
        for costs, row in zip(self.costs, self.case["energy"], strict=True):
            exact = costs["alpha"] in (0, 1, 2)
            found = CostFunctional(**costs).price(ledger).to_dict()
            near = max(allowed, DIGITS if found["exact"] else BINNED) if not exact else allowed
            expected = dict(zip(self.columns["energy"], row, strict=True))
            plain = {key: found[key] for key in expected}
            wrong += differences(plain, _typed(expected, plain), relative=near, where=f"energy at {costs}")
        return wrong


def _typed(expected: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of a file, where 1 and 1.0 are the same, as floats where floats are expected of the engine."""
    return {
        key: float(value) if isinstance(found[key], float) and value is not None else value
        for key, value in expected.items()
    }


def read_traces(folder: str | Path, kind: Kind) -> Iterator[Trace]:
    """Read the traces of a kind.

    Parameters
    ----------
    folder : str or Path
        ``tests/conformance/traces`` of the project, or a copy of it.
    kind : {"changes", "perceptron", "loihi", "backprop"}
        What is learned.

    Raises
    ------
    InputError
        If there are none.
    """
    files = sorted((Path(folder) / kind).glob("*.json"))
    if not files:
        raise InputError(
            f"{Path(folder) / kind} holds no traces; give the folder tests/conformance/traces of the project"
        )
    for path in files:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain.get("format") != FORMAT:
            raise InputError(
                f"{path}: format is {plain.get('format')!r}: must be {FORMAT!r}; take the traces of this version"
            )
        for case in plain["cases"]:
            yield Trace(data=plain["data"], case=case, columns=plain["columns"], costs=plain["costs"])


def check_conformance(
    train_perceptron: Callable[..., PerceptronResult],
    traces: str | Path,
    *,
    order: Literal["perceptron", "loihi"] = "perceptron",
    relative: float = 0.0,
    at_every_epoch: bool = True,
    choose: Callable[[Trace], bool] | None = None,
) -> dict[str, str]:
    """Check that an engine for the perceptron does, step for step, what the stored traces tell.

    Parameters
    ----------
    train_perceptron : callable
        ``train(task, monitor) -> PerceptronResult``.
    traces : str or Path
        The folder ``tests/conformance/traces`` of the project, or a copy of it.
    order : {"perceptron", "loihi"}
        Order of the acts: that of the paper, or that of a learning rule of Loihi, in whole numbers and with a lag.
    relative : float
        Relative difference allowed in floats without decay, where all numbers are whole; with decay at least 1e-9.
    at_every_epoch : bool
        Also stop after each epoch, and compare state and counts there; otherwise only at the end.
    choose : callable, optional
        Says whether a trace is wanted, where an engine is slow; all are by default.

    Returns
    -------
    dict
        Reasons of the engine for refusing some of the traces, by their names. At least one is taken.

    Raises
    ------
    AssertionError
        Naming the trace and the fields that differ.
    MissingError
        If the engine needs something that is not installed.
    """
    refused: dict[str, str] = {}
    n_taken = 0
    for trace in filter(choose or (lambda _: True), read_traces(traces, order)):
        n_epochs = len(trace.case["errors"])
        for last in range(1 if at_every_epoch else n_epochs, n_epochs + 1):
            try:
                found = train_perceptron(_task(trace, last))
            except MissingError:
                raise
            except InputError as error:
                refused[trace.name] = str(error)
                break
            n_taken += 1
            n_steps = last * len(trace.data["targets"])
            case = f"{trace.name}, {last} epochs"
            assert found.errors.tolist() == trace.case["errors"][:last], f"{case}: errors {found.errors.tolist()}"
            wrong = trace.weights_apart([found.weights], n_steps - 1, relative=relative)
            run = found.ledger.layers[0].run.to_dict()
            counted = trace.counted(n_steps)[0]
            wrong += differences({key: run[key] for key in counted}, counted, where="run")
            if last == n_epochs:
                wrong += trace.differences(found.ledger, relative=relative)
            assert not wrong, f"{case}: " + "; ".join(wrong[:SHOWN])
    assert n_taken, f"the engine takes no trace: {next(iter(refused.values()), 'none is wanted')}"
    return refused


def _task(trace: Trace, max_epochs: int) -> PerceptronTask:
    data, case = trace.data, trace.case
    return PerceptronTask(
        patterns=np.array(data["patterns"], np.float64),
        targets=np.array(data["targets"], np.float64),
        rule=get_rule("perceptron"),
        policy=trace.policy,
        threshold=float(case["threshold"]),
        tau=None if case["tau"] is None else float(case["tau"]),
        learning_rate=float(data["learning_rate"]),
        max_epochs=max_epochs,
        write_counts=True,
    )
