"""The engine `reference` against an oracle of plain Python lists.

The oracle knows nothing of the toolkit: it is written from Li & van Rossum (2020), doi:10.7554/eLife.50804, in the
order of acts of its preset "perceptron", and from the definitions of the ledger's fields. Slow and obvious on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lava_caching.engines import get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.testing import differences

Weights = list[float]


class Books:
    """Lists of all that happened, to be summed at the end."""

    def __init__(self, n: int) -> None:
        self.written: Weights = []
        self.count_of_synapse = [0] * n
        self.sums: Counter[str] = Counter()
        self.floats = {"transient_change_l1": 0.0, "transient_hold_l1": 0.0, "persistent_hold_l1": 0.0}
        self.largest = 0.0

    def fields(self, **more: Any) -> dict[str, Any]:
        up, down = [v for v in self.written if v > 0], [-v for v in self.written if v < 0]
        counted = ("n_steps", "n_updates", "n_transient_writes", "n_consolidations", "n_transferred", "n_spikes")
        return {
            **{name: self.sums[name] for name in (*counted, "n_synaptic_ops", "n_neuron_updates")},
            **self.floats,
            "n_transient_reads": self.sums["n_transient_writes"] + self.sums["n_transferred"],
            "persistent_change_l1": sum(up) + sum(down),
            "n_persistent_writes": len(up) + len(down),
            "persistent_change_sq": sum(v * v for v in up) + sum(v * v for v in down),
            "n_potentiations": len(up),
            "n_depressions": len(down),
            "potentiation_l1": float(sum(up)),
            "depression_l1": float(sum(down)),
            "largest_weight": self.largest,
            "persistent_change_histogram": {"potentiation": sizes(up), "depression": sizes(down)},
            "write_counts": self.count_of_synapse,
            **more,
        }


def oracle(
    patterns: list[Weights],
    targets: Weights,
    policy: str,
    amount: str,
    quantum: float,
    theta: float,
    tau: float | None,
    eta: float,
    max_epochs: int,
) -> tuple[dict[str, Any], dict[str, Any], Weights, list[int]]:
    n = len(patterns[0])
    s: Weights = [0.0] * n
    l: Weights = [0.0] * n
    band = 1e-9 * eta
    run, end = Books(n), Books(n)
    errors: list[int] = []
    while len(errors) < max_epochs and (not errors or errors[-1] > 0):
        errors.append(0)
        for x, d in zip(patterns, targets, strict=True):
            run.sums["n_steps"] += 1
            run.sums["n_neuron_updates"] += 1
            run.sums["n_synaptic_ops"] += sum(1 for v in x if v != 0)
            if tau is not None:
                s = [v * (1 - 1 / tau) for v in s]
            y = sum((s[i] + l[i]) * x[i] for i in range(n))
            run.floats["transient_hold_l1"] += sum(abs(v) for v in s)
            run.floats["persistent_hold_l1"] += sum(abs(v) for v in l)
            if y > band:
                run.sums["n_spikes"] += 1
            if y * d > band:
                continue
            errors[-1] += 1
            run.sums["n_updates"] += 1
            delta = [eta * d * v for v in x]
            s = [s[i] + delta[i] for i in range(n)]
            run.largest = max(run.largest, *(abs(s[i] + l[i]) for i in range(n)))
            if policy == "immediate":
                run.sums["n_consolidations"] += 1
                for i in range(n):
                    write(i, s[i], s, l, run)
                continue
            if policy == "local-local":
                chosen = [i for i in range(n) if abs(s[i]) > theta + band]
                run.sums["n_consolidations"] += len(chosen)
            else:
                size = [abs(v) for v in s]
                strength = {"local-global": max(size), "global-global": sum(size), "at-end": 0.0}[policy]
                fired = strength > theta + band and policy != "at-end"
                chosen = list(range(n)) if fired else []
                run.sums["n_consolidations"] += int(fired)
            for i in range(n):
                moved = 0.0
                if i in chosen:
                    moved = s[i] if amount == "full" else whole_quanta(s[i], quantum, amount == "pulse", band)
                    if moved != 0:
                        run.sums["n_transferred"] += 1
                        write(i, moved, s, l, run)
                if delta[i] != 0 and not (i in chosen and (amount == "full" or moved != 0)):
                    run.sums["n_transient_writes"] += 1
                    run.floats["transient_change_l1"] += abs(delta[i])
    end.sums["n_transferred"] = sum(1 for v in s if v != 0)
    for i in range(n):
        write(i, s[i], s, l, end)
    up, down = [v for v in l if v > 0], [-v for v in l if v < 0]
    minimal = {
        "minimal_l1": float(sum(up) + sum(down)),
        "minimal_writes": len(up) + len(down),
        "minimal_sq": float(sum(v * v for v in l)),
        "minimal_histogram": {"potentiation": sizes(up), "depression": sizes(down)},
    }
    none = {"potentiation": sizes([]), "depression": sizes([])}
    nothing = {"minimal_l1": 0.0, "minimal_writes": 0, "minimal_sq": 0.0, "minimal_histogram": none}
    n_steps = run.sums["n_steps"]
    run_fields = run.fields(n_synapses=n, transient_hold_synapse_steps=n * n_steps, **nothing)
    return run_fields, end.fields(n_synapses=0, transient_hold_synapse_steps=0, **minimal), l, errors


def write(i: int, value: float, s: Weights, l: Weights, books: Books) -> None:
    if value != 0:
        l[i] += value
        s[i] = s[i] - value
        books.written.append(value)
        books.count_of_synapse[i] += 1


def whole_quanta(s: float, quantum: float, only_one: bool, band: float) -> float:
    n = int((abs(s) + band) / quantum)
    size = quantum * (min(n, 1) if only_one else n)
    if n > 0 and abs(abs(s) - size) <= band:
        return s
    return size if s > 0 else -size


def sizes(magnitudes: Weights) -> dict[str, Any]:
    return {"values": dict(Counter(magnitudes)), "n": len(magnitudes), "l1": float(sum(magnitudes))}


def as_sizes(histogram: dict[str, Any]) -> dict[str, Any]:
    values = {l1 / n: n for n, l1 in zip(histogram["n"], histogram["l1"], strict=True)}
    return {"values": values, "n": sum(histogram["n"]), "l1": float(sum(histogram["l1"]))}


AMOUNTS = [
    *((policy, "full") for policy in ("immediate", "local-local", "local-global", "global-global", "at-end")),
    *((policy, a) for policy in ("local-local", "local-global", "global-global") for a in ("quantum", "pulse")),
]


def compare(task: PerceptronTask, relative: float) -> list[str]:
    policy = task.policy
    result = get_engine("perceptron", "reference")(task)
    run, end, weights, errors = oracle(
        task.inputs.tolist(),
        task.targets.tolist(),
        policy.name,
        policy.amount,
        policy.quantum or 0.0,
        task.threshold,
        task.tau,
        task.learning_rate,
        task.max_epochs,
    )
    layer = result.ledger.to_dict()["layers"][0]
    wrong = differences(errors, result.errors.tolist(), where="errors")
    wrong += differences(weights, result.weights.tolist(), relative=relative, where="weights")
    for name, found, expected in (("run", layer["run"], run), ("residual", layer["residual"], end)):
        for key in ("persistent_change_histogram", "minimal_histogram"):
            for sign in ("potentiation", "depression"):
                found[key][sign] = as_sizes(found[key][sign])
                if relative:  # values that differ share bins
                    found[key][sign].pop("values")
                    expected[key][sign].pop("values")
        unused = {"n_pulses_set", "n_pulses_reset", "n_verify_reads", "n_writes_lost", "n_bits_flipped"}
        assert {found.pop(key) for key in unused} == {None}
        plain, wanted = ({k: _float(k, v) for k, v in fields.items()} for fields in (found, expected))
        wrong += differences(plain, wanted, relative=relative, where=name)
    return wrong


def _float(key: str, value: Any) -> Any:
    """Sums of nothing are the integer 0 in plain Python."""
    return float(value) if key.endswith(("_l1", "_sq")) else value


@pytest.mark.parametrize(("policy", "amount"), AMOUNTS)
@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.0, 1.0)], ids=["pm1", "binary"])
def test_the_textbook_counts_as_the_oracle_does(
    policy: str, amount: str, values: tuple[float, float], make_task: Callable[..., PerceptronTask]
) -> None:
    quantum = None if amount == "full" else 2.0
    for seed, (n_inputs, n_patterns, threshold) in enumerate([(1, 1, 1.0), (7, 9, 0.0), (20, 30, 2.0), (31, 40, 3.0)]):
        theta = threshold * (n_inputs if policy == "global-global" else 1)
        task = make_task(
            seed,
            n_inputs=n_inputs,
            n_patterns=n_patterns,
            values=values,
            policy=policy,
            threshold=theta,
            amount=None if amount == "full" else amount,
            quantum=quantum,
        )
        assert not compare(task, 0.0)


@pytest.mark.parametrize(("policy", "amount"), AMOUNTS)
@pytest.mark.parametrize(
    ("tau", "eta", "centred"), [(30.0, 1.0, False), (30.0, 0.1, True), (None, 0.1, False), (1.5, 0.1, False)]
)
def test_with_decay_and_fractions_too(
    policy: str, amount: str, tau: float | None, eta: float, centred: bool, make_task: Callable[..., PerceptronTask]
) -> None:
    quantum = None if amount == "full" else 2.0 * eta
    for seed in range(3):
        theta = (1.5 + seed) * eta * (15 if policy == "global-global" else 1)
        task = make_task(
            seed,
            n_patterns=24,
            policy=policy,
            threshold=theta,
            tau=tau,
            learning_rate=eta,
            centred=centred,
            amount=None if amount == "full" else amount,
            quantum=quantum,
            max_epochs=40,
        )
        assert not compare(task, 1e-9)
