"""The commands, put together."""

from __future__ import annotations

from typing import Annotated, ClassVar

import typer

from lava_caching._version import __version__
from lava_caching.cli.help import examples
from lava_caching.cli.later import ByModule

__all__ = ["app"]

EXIT_CODES = """\b
Exit codes:
  0    done
  1    our fault
  2    bad input, or a place that cannot be written
  130  interrupted (143 by SIGTERM, 129 by SIGHUP); what was finished is kept

"""


class _Commands(ByModule):
    """The commands in the order in which they are used."""

    LATER: ClassVar = {
        "run": ("run", "Run an experiment and see what the learning cost."),
        "sweep": ("sweep", "Run all tasks of a plan."),
        "optimize": ("optimize", "Find the best threshold."),
        "figure": ("figure", "Make a figure of the paper."),
        "report": ("report", "Write a page on runs."),
        "price": ("price", "Price finished runs again."),
        "hardware": ("hardware", "Show the memories to price a run on."),
        "loihi": ("loihi", "Take a network of Lava to a Loihi chip."),
        "doctor": ("doctor", "Show what is installed."),
    }


app = typer.Typer(
    name="lava-caching",
    cls=_Commands,
    help="Prototype energy-efficient on-chip learning by synaptic caching, and price it in joules on real memories.",
    epilog=EXIT_CODES
    + examples("run perceptron --threshold 5 --out record.json", "price record.json --hardware sram_rram_22nm"),
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # the framed help cuts long options off at 80 columns
)


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(f"lava-caching {__version__}")
        raise typer.Exit()
