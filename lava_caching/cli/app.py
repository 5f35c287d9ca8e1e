"""The commands, put together."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lava_caching._version import __version__
from lava_caching.cli import (
    advise,
    compare,
    devices,
    doctor,
    figure,
    hardware,
    loihi,
    optimize,
    price,
    report,
    run,
    sweep,
)
from lava_caching.cli.help import Command, Group, examples

__all__ = ["app"]

ORDER = ["run", "sweep", "optimize", "figure", "report", "price", "hardware", "loihi", "doctor"]
EXIT_CODES = """\b
Exit codes:
  0    done
  1    our fault
  2    bad input, or a place that cannot be written
  130  interrupted (143 by SIGTERM, 129 by SIGHUP); what was finished is kept

"""


class _InOrder(Group):
    """The commands in the order in which they are used."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=ORDER.index)


app = typer.Typer(
    name="lava-caching",
    cls=_InOrder,
    help="Prototype energy-efficient on-chip learning by synaptic caching, and price it in joules on real memories.",
    epilog=EXIT_CODES
    + examples("run perceptron --threshold 5 --out record.json", "price record.json --hardware sram_rram_22nm"),
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # the framed help cuts long options off at 80 columns
)
app.add_typer(run.app, name="run")
app.command("sweep", cls=Command, short_help="Run all tasks of a plan.", epilog=sweep.EXAMPLES)(sweep.sweep)
app.add_typer(optimize.app, name="optimize", short_help="Find the best threshold.")
app.command("figure", cls=Command, short_help="Make a figure of the paper.", epilog=figure.EXAMPLES)(figure.figure)
app.command("report", cls=Command, short_help="Write a page on runs.", epilog=report.EXAMPLES)(report.report)
app.command("price", cls=Command, short_help="Price finished runs again.", epilog=price.EXAMPLES)(price.price)
hardware.app.command("advise", cls=Command, short_help="Say whether caching pays on a memory.", epilog=advise.EXAMPLES)(
    advise.advise
)
hardware.app.command("compare", cls=Command, short_help="Price runs on all pairs.", epilog=compare.EXAMPLES)(
    compare.compare
)
hardware.app.command("devices", cls=Command, short_help="Show models of memory cells.", epilog=devices.EXAMPLES)(
    devices.devices
)
app.add_typer(hardware.app, name="hardware", short_help="Show the memories to price a run on.")
app.add_typer(loihi.app, name="loihi", short_help="Take a network of Lava to a Loihi chip.")
app.command("doctor", cls=Command, short_help="Show what is installed.", epilog=examples("doctor"))(doctor.doctor)


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(f"lava-caching {__version__}")
        raise typer.Exit()
