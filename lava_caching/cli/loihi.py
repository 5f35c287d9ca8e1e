"""``lava-caching loihi``: does a network fit a chip, the rule that takes caching there, the run, and inference."""

from __future__ import annotations

import typer

from lava_caching.cli import loihi_check, loihi_infer, loihi_rule, loihi_run
from lava_caching.cli.help import Command, Group, examples

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help="Take a network of Lava to a Loihi chip: check it, write its learning rule, run it.",
    epilog=examples("loihi check perceptron", "loihi check net.py:build --chip loihi2"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("check", cls=Command, short_help="Map a network to the cores of a chip.", epilog=loihi_check.EXAMPLES)(
    loihi_check.check
)
app.command("infer", cls=Command, short_help="Show images to a trained network.", epilog=loihi_infer.EXAMPLES)(
    loihi_infer.infer
)
app.command("rule", cls=Command, short_help="Write caching as a learning rule of Loihi.", epilog=loihi_rule.EXAMPLES)(
    loihi_rule.rule
)
app.command("run", cls=Command, short_help="Run a network on a Loihi 2 chip.", epilog=loihi_run.EXAMPLES)(loihi_run.run)
