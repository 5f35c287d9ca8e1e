"""The command line: ``lava-caching``. Results go to stdout, everything else to stderr.

Exit codes: 0 done, 1 our fault, 2 bad input, 130 interrupted (what was finished is kept).
"""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer
from typer.exceptions import TyperException

from lava_caching._version import __version__
from lava_caching.cli import doctor, hardware, price, run
from lava_caching.errors import InputError

__all__ = ["app", "main"]

app = typer.Typer(
    name="lava-caching",
    help="Prototype energy-efficient on-chip learning by synaptic caching, and price it in joules on real memories.",
    epilog="Example: lava-caching run perceptron --policy local-global --threshold 5 --hardware sram_rram_22nm",
    no_args_is_help=True,
    rich_markup_mode=None,  # the framed help cuts long options off at 80 columns
)
app.add_typer(run.app, name="run")
app.command("price")(price.price)
app.add_typer(hardware.app, name="hardware")
app.command("doctor")(doctor.doctor)


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(f"lava-caching {__version__}")
        raise typer.Exit()


def main() -> None:
    """Run the command line and leave with the exit code."""
    sys.exit(_main())


def _main() -> int:
    try:
        code = app(standalone_mode=False)
    except InputError as error:
        return _complain(str(error), 2)
    except TyperException as error:
        return _complain(error.format_message(), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _complain("interrupted before anything was finished", 130)
    except BrokenPipeError:  # the reader has seen enough
        sys.stdout = None
        return 0
    except MemoryError as error:
        return _complain(f"not enough memory ({error}): use fewer patterns or inputs", 2)
    except Exception:
        traceback.print_exc()
        return _complain("this is a fault of lava-caching: please report it with the lines above", 1)
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code
