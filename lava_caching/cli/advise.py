"""``lava-caching hardware advise``: does caching pay on a memory, and what would learning cost there."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from lava_caching.advice import Workload
from lava_caching.advice import advise as compute
from lava_caching.cli.advice_tables import print_advice
from lava_caching.cli.help import UNBROKEN, examples
from lava_caching.cli.options import (
    Quiet,
    StepDuration,
    Verbose,
    WeightRange,
    named_as_options,
    number,
    parse_range,
    whole,
)
from lava_caching.cli.progress import FIRST_OF_MANY, ProgressBar
from lava_caching.cli.run import load_engine
from lava_caching.cli.terminal import print_json
from lava_caching.consolidation import get_policy, policy_names

__all__ = ["EXAMPLES", "advise"]

POLICIES = ", ".join(x for x in policy_names() if get_policy(x).statistic not in ("always", "never")).replace(
    "-", UNBROKEN
)
EXAMPLES = examples("hardware advise sram_rram_22nm", "hardware advise my.toml --n-patterns 500 --step-duration 1e-3")


def advise(
    pair: Annotated[
        str | None, typer.Argument(metavar="PAIR|FILE", help="The memories; the default pair where none is given.")
    ] = None,
    n_inputs: Annotated[str, typer.Option(metavar="INT", help="N, synapses of the neuron that learns.")] = "1000",
    n_patterns: Annotated[str, typer.Option(metavar="INT", help="P, patterns that it stores; less than 2 N.")] = "1000",
    policy: Annotated[str, typer.Option(metavar="NAME", help=f"Policy with caching: {POLICIES}.")] = Workload.policy,
    seeds: Annotated[str, typer.Option(metavar="INT", help="Trainings at each threshold.")] = "3",
    step_duration: StepDuration = None,
    weight_range: WeightRange = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Say whether caching pays on a memory, what learning costs there, and how long the memory lives.

    A perceptron stores random patterns without caching and with it at many thresholds; every training is priced.
    """
    asked: dict[str, Any] = {
        "n_inputs": whole("--n-inputs", n_inputs),
        "n_patterns": whole("--n-patterns", n_patterns),
        "seeds": whole("--seeds", seeds),
        "policy": policy,
    }
    seconds, weights = number("--step-duration", step_duration), parse_range(weight_range)
    with named_as_options(asked), ProgressBar("advise", quiet=quiet, verbose=verbose, first=FIRST_OF_MANY) as monitor:
        load_engine("perceptron", "numba")
        advice = compute(pair, **asked, step_duration_s=seconds, weight_range=weights, monitor=monitor)
    if as_json:
        print_json(json.dumps(advice.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
        return
    print_advice(advice)
