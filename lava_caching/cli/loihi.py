"""``lava-caching loihi``: does a network fit a chip, the rule that takes caching there, the run, and inference."""

from __future__ import annotations

from typing import ClassVar

import typer

from lava_caching.cli.help import examples
from lava_caching.cli.later import ByModule

__all__ = ["app"]


class _Commands(ByModule):
    LATER: ClassVar = {
        "check": ("loihi_check", "Map a network to the cores of a chip."),
        "infer": ("loihi_infer", "Show images to a trained network."),
        "rule": ("loihi_rule", "Write caching as a learning rule of Loihi."),
        "run": ("loihi_run", "Run a network on a Loihi 2 chip."),
    }


app = typer.Typer(
    cls=_Commands,
    help="Take a network of Lava to a Loihi chip: check it, write its learning rule, run it.",
    epilog=examples("loihi check perceptron", "loihi check net.py:build --chip loihi2"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
