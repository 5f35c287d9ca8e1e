"""Everything that is found in a folder keeps its contract; a new file is tested without an edit here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from lava_caching.consolidation import Policy, get_policy, policy_names
from lava_caching.energy import CostFunctional, Energy
from lava_caching.engines import engine_names, get_engine, textbook_of
from lava_caching.engines.perceptron import PerceptronResult, PerceptronTask
from lava_caching.errors import InputError, MissingError
from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.histogram import Histogram
from lava_caching.ledger import LayerLedger, Ledger, Part, SignedHistogram
from lava_caching.plasticity import Rule, get_rule, rule_names
from lava_caching.schedules import Schedule, get_schedule, schedule_names
from lava_caching.testing import (
    check_device,
    check_engine,
    check_experiment,
    check_policy,
    check_replay_engine,
    check_rule,
    check_schedule,
    rules,
)

# networkx, with which Lava draws its graphs, warns that pandas and others are not there
ON_LAVA = pytest.mark.filterwarnings("ignore:.* not found, skipping conversion test:ImportWarning")
SMALL: dict[str, Any] = {"n_inputs": 24, "n_patterns": 18, "max_epochs": 300, "threshold": 2.0}
SMALL_OF: dict[str, dict[str, Any]] = {
    "mlp": {"n_hidden": "5", "max_samples": 60, "evaluate_every": 25, "max_epochs": 1, "threshold": 0.02},
    "spiking": {"n_patterns": 3, "n_inputs": 8, "max_epochs": 3, "dt_ms": 0.5, "threshold": 0.005},
    "tagging": {"delay": 3, "strong_trials": 4, "dt_ms": 0.5, "threshold": 0.01},
}
"""What one experiment needs to be small."""


def test_the_folders_are_not_empty() -> None:
    assert set(policy_names()) >= {"at-end", "global-global", "immediate", "local-global", "local-local"}
    assert "perceptron" in rule_names()
    assert set(schedule_names()) >= {"error-rate", "exponential", "linear"}
    assert set(experiment_names()) >= {"perceptron", "replay"}
    assert set(engine_names("perceptron")) >= {"reference", "numba", "lava", "lava-fixed", "loihi-native"}
    assert set(engine_names("replay")) >= {"reference", "numba"}


@pytest.mark.parametrize("name", policy_names())
def test_a_policy_keeps_its_contract(name: str) -> None:
    policy = get_policy(name)
    check_policy(policy)
    assert policy.name == name


@pytest.mark.parametrize("name", rule_names())
def test_a_rule_keeps_its_contract(name: str) -> None:
    rule = get_rule(name)
    check_rule(rule)
    assert rule.name == name


@pytest.mark.parametrize("name", schedule_names())
def test_a_schedule_keeps_its_contract(name: str) -> None:
    schedule = get_schedule(name)
    check_schedule(schedule)
    assert schedule.name == name


SLOW = {"lava": pytest.mark.slow}
"""It takes all cases, and each starts and stops a network of Lava."""


@ON_LAVA
@pytest.mark.parametrize("name", [pytest.param(x, marks=SLOW.get(x, ())) for x in engine_names("perceptron")])
def test_an_engine_for_the_perceptron_keeps_its_contract(name: str) -> None:
    train = get_engine("perceptron", name)
    try:
        refused = check_engine(train)
    except MissingError as missing:
        pytest.skip(str(missing))
    assert not refused or textbook_of("perceptron", train) is not get_engine("perceptron", "reference")


@pytest.mark.parametrize("name", engine_names("replay"))
def test_an_engine_for_logs_keeps_its_contract(name: str) -> None:
    train = get_engine("replay", name)
    check_replay_engine(train)
    assert callable(train)


@ON_LAVA
@pytest.mark.parametrize("name", experiment_names())
def test_an_experiment_keeps_its_contract(name: str, tmp_path: Path) -> None:
    experiment = get_experiment(name)
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "log.npz", w0=np.zeros((3, 4)), changes=rng.normal(size=(50, 3, 4)))
    fields = {**SMALL, "updates": tmp_path / "log.npz", **SMALL_OF.get(name, {})}
    refused = check_experiment(
        experiment, **{key: value for key, value in fields.items() if key in experiment.model_fields}
    )
    assert experiment.name == name
    assert not {"reference", "numba"} & set(refused)


def _sum_of_squares(value: float, s: float) -> float:
    return value + s * s


def test_a_policy_of_ones_own_keeps_the_contract() -> None:
    policy = Policy(name="energy-of-s", summary="Σs² > θ over a neuron", statistic=_sum_of_squares, scope="neuron")
    check_policy(policy)
    assert policy.name not in policy_names()


def test_a_statistic_that_is_no_number_is_found() -> None:
    policy = Policy(
        name="broken", summary="Σs²", statistic=lambda v, s: v + s * s if s < 99 else s - s / 0.0 * 0.0, scope="neuron"
    )
    with pytest.raises(AssertionError, match=r"broken\(.*1000.0\): fails \(ZeroDivisionError"):
        check_policy(policy)
    policy = Policy(
        name="broken", summary="Σs²", statistic=lambda v, s: v + (s * s if s < 99 else np.nan), scope="neuron"
    )
    with pytest.raises(AssertionError, match=r"broken: the statistic makes nan of .* and s = 1000.0"):
        check_policy(policy)


FROZEN = (Policy, Rule, Schedule, CostFunctional, Energy, Part, LayerLedger, Ledger, SignedHistogram, Histogram)


@pytest.mark.parametrize("kind", FROZEN)
def test_parameters_and_accounts_are_frozen_and_given_by_name(kind: Any) -> None:
    fields = dataclasses.fields(kind)
    made = object.__new__(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, fields[0].name, None)
    with pytest.raises(TypeError, match="positional"):
        kind(*([None] * len(fields)))


def test_the_perceptron_rule_takes_a_tie_within_the_band_for_an_error() -> None:
    """Li & van Rossum (2020): Δw = η·d·x where y·d ≤ 0, here ≤ ε, and nothing beyond."""
    rule = get_rule("perceptron")
    assert rule.margin == 0.0
    for target in (-1.0, 1.0):
        for product, factor in ((-3.0, 0.5), (-1e-12, 0.5), (0.0, 0.5), (1e-9, 0.5), (1.1e-9, 0.0), (3.0, 0.0)):
            assert rule.post_factor(product * target, target, 0.5, 1e-9) == factor * target


def test_a_rule_that_goes_on_beyond_its_margin_is_caught() -> None:
    def hasty(output: float, target: float, learning_rate: float, tolerance: float) -> float:
        return learning_rate * target if output * target <= 1.0 else 0.0

    rule = Rule(name="hasty", summary="stops late", post_factor=hasty, reference="none", margin=0.0)
    with pytest.raises(AssertionError, match="beyond the margin"):
        check_rule(rule)


def _late(output: float, target: float, learning_rate: float, tolerance: float) -> float:
    return learning_rate * target if output * target <= 2.0 + tolerance else 0.0


def test_a_rule_that_goes_on_just_beyond_its_margin_is_caught() -> None:
    """Compiled engines do not ask it there, and would learn with fewer updates."""
    rule = Rule(name="late", summary="stops late", post_factor=_late, reference="none", margin=1.6)
    with pytest.raises(AssertionError, match=r"must be 0 beyond the margin 1\.6"):
        check_rule(rule)


def test_a_rule_that_learns_otherwise_compiled_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_check_margin", lambda rule: None)
    rule = Rule(name="late", summary="stops late", post_factor=_late, reference="none", margin=1.6)
    with pytest.raises(AssertionError, match=r"late, η = .* updates .* compiled, .* plain"):
        check_rule(rule)


def test_a_rule_with_a_margin_of_its_own_keeps_the_contract() -> None:
    rule = Rule(name="wide", summary="Δw = η·d·x up to 2", post_factor=_late, reference="none", margin=2.0)
    check_rule(rule)
    assert rule.name not in rule_names()


def _threshold(start: float, end: float, steps: float, n_presentations: float, error_rate: float) -> float:
    return start if n_presentations < steps else end


def _uncompilable(*given: float) -> float:
    return float(str(len({*given})) * 0 + "0")


def _policy(**fields: Any) -> Policy:
    return Policy(**{"name": "mine", "summary": "Σs²", "statistic": _sum_of_squares, "scope": "neuron", **fields})


def _rule(**fields: Any) -> Rule:
    return Rule(
        **{"name": "mine", "summary": "mine", "post_factor": _late, "reference": "none", "margin": 2.0, **fields}
    )


def _schedule(**fields: Any) -> Schedule:
    told = {"name": "mine", "summary": "mine", "steps_are": "before the end", "reference": "none"}
    return Schedule(**{**told, "threshold": _threshold, **fields})


@pytest.mark.parametrize(
    ("check", "kind"),
    [(check_policy, "Policy"), (check_rule, "Rule"), (check_schedule, "Schedule"), (check_device, "Device")],
)
def test_a_check_says_what_kind_it_takes(check: Callable[[Any], None], kind: str) -> None:
    with pytest.raises(AssertionError, match=f"'local-global' is of type str: must be a {kind}"):
        check("local-global")


def test_checks_of_engines_and_experiments_say_what_they_take() -> None:
    checks: list[Any] = [check_engine, check_replay_engine]
    for check in checks:
        with pytest.raises(AssertionError, match="'numba': must be the `train` of an engine"):
            check("numba")
    with pytest.raises(AssertionError, match="'perceptron' is of type str: must be a subclass of Experiment"):
        check_experiment("perceptron")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "my policy", "../x", "Mine", "my_policy", "-mine", "my--policy", "mine-", 3])
def test_a_name_that_nobody_could_type_is_found(name: Any) -> None:
    checks: list[Any] = [(check_policy, _policy), (check_rule, _rule), (check_schedule, _schedule)]
    for check, make in checks:
        with pytest.raises(AssertionError, match=r"names are lower case with hyphens|must be a text"):
            check(make(name=name))


def test_a_function_that_does_not_compile_is_found_in_one_line() -> None:
    made: list[Any] = [
        (check_policy, _policy(statistic=_uncompilable)),
        (check_rule, _rule(post_factor=_uncompilable)),
        (check_schedule, _schedule(threshold=_uncompilable)),
    ]
    for check, thing in made:
        with pytest.raises(AssertionError, match="mine: does not compile as a function of") as found:
            check(thing)
        assert len(str(found.value).splitlines()) == 1


NOT_ONE_NUMBER: dict[str, Any] = {
    "makes nan of": lambda *given: np.nan,
    "makes None of": lambda *given: None,
    r"makes array\(.*\) of": lambda *given: np.zeros(2),
    "fails on .*TypeError": lambda only: only,
    "must be a function of floats": 3,
}


@pytest.mark.parametrize("says", NOT_ONE_NUMBER)
def test_a_function_that_gives_no_number_is_refused_where_it_is_handed_over(says: str) -> None:
    function = NOT_ONE_NUMBER[says]
    makers: list[tuple[str, Callable[[], Any]]] = [
        ("rule 'mine': its post_factor", lambda: _rule(post_factor=function)),
        ("schedule 'mine': its threshold", lambda: _schedule(threshold=function)),
    ]
    if callable(function):
        makers.append(("policy 'mine': its statistic", lambda: _policy(statistic=function)))
    for whose, make in makers:
        with pytest.raises(InputError, match=f"{whose}.*{says}"):
            make()


def test_a_schedule_below_zero_and_a_margin_that_is_none_are_refused() -> None:
    with pytest.raises(InputError, match=r"makes -1\.0 of .* a finite number, 0 or more"):
        _schedule(threshold=lambda *given: -1.0)
    for margin in ("2", -1.0, np.nan, None, True):
        with pytest.raises(InputError, match=f"rule 'mine': margin = {margin!r}: must be a number ≥ 0"):
            _rule(margin=margin)


def test_an_engine_that_miscounts_is_caught() -> None:
    def late(task: PerceptronTask) -> PerceptronResult:
        return cast(
            PerceptronResult,
            get_engine("perceptron", "reference")(dataclasses.replace(task, threshold=task.threshold + 1.0)),
        )

    with pytest.raises(AssertionError, match="global-global"):
        check_engine(late)
