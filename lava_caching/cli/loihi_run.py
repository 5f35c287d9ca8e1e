"""``lava-caching loihi run``: run a network on a Loihi 2 chip, where Intel's extension of Lava is installed."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from lava_caching.cli.help import examples
from lava_caching.cli.loihi_check import NInputs, NPatterns, Target, network
from lava_caching.cli.options import size
from lava_caching.cli.terminal import console, print_json
from lava_caching.errors import InputError
from lava_caching.hardware.chips import load_chip

__all__ = ["EXAMPLES", "run"]

EXAMPLES = examples("loihi run perceptron --host slurm --partition oheogulch", "loihi run net.py --host 10.0.0.7")
CHIP = "loihi2"


def run(
    target: Target,
    steps: Annotated[str, typer.Option(metavar="INT", help="Time steps.")] = "100",
    host: Annotated[
        str | None,
        typer.Option(metavar="slurm|ADDRESS", help="SLURM, or the host of a board on the network.  [default: slurm]"),
    ] = None,
    partition: Annotated[str | None, typer.Option(metavar="NAME", help="Partition of SLURM.")] = None,
    board: Annotated[str | None, typer.Option(metavar="NAME", help="Board (node) of SLURM.")] = None,
    n_inputs: NInputs = None,
    n_patterns: NPatterns = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Run a network on a Loihi 2 chip with Lava's Loihi2HwCfg; this needs Intel's extension of Lava for Loihi.

    The network is checked first: plasticity and memory must be stock Processes of Lava, and fit.
    """
    from lava_caching.processes.chip_run import refuse_host_side_connections, require_extension, run_network
    from lava_caching.processes.to_chip import check_network

    n_steps = size("--steps", steps)
    for option, given in {"--partition": partition, "--board": board}.items():
        if given is not None and host not in (None, "slurm"):
            raise InputError(f"{option} = {given!r}: belongs to SLURM, and --host is {host!r}; leave one of them out")
    require_extension()
    with network(target, n_inputs, n_patterns) as (process, folder):
        report = check_network(process, load_chip(CHIP), folder=folder)
        if not report.fits:
            raise InputError(report.verdict)
        refuse_host_side_connections(process)
    started = time.monotonic()
    with network(target, n_inputs, n_patterns) as (process, _):  # afresh: the check takes Processes apart
        run_network(process, n_steps=n_steps, host=host, partition=partition, board=board)
    seconds, where = time.monotonic() - started, host or "slurm"
    if as_json:
        print_json(json.dumps({"target": target, "host": where, "n_steps": n_steps, "seconds": round(seconds, 3)}))
        return
    console().print(f"{target}: {n_steps:,} steps on Loihi 2 through {where}, {seconds:.3g} s with compilation")
