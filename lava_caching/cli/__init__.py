"""The command line: ``lava-caching``. Results go to stdout, everything else to stderr.

Exit codes: 0 done, 1 our fault, 2 bad input, 130 interrupted (what was finished is kept).
"""

from __future__ import annotations

import errno
import os
import sys
import traceback

from lava_caching.cli.terminal import prepare_streams, say
from lava_caching.errors import InputError

__all__ = ["main"]

PROGRAM = "lava-caching"
INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with the exit code."""
    sys.exit(_main())


def _main() -> int:
    """Return the exit code of ``sys.argv``."""
    prepare_streams()
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except InputError as error:
        return _complain(str(error), 2)
    except KeyboardInterrupt:
        return _complain("interrupted: what was not written yet is lost", INTERRUPTED)
    except MemoryError as error:
        return _complain(
            f"not enough memory ({str(error) or 'none left'}): use fewer patterns, inputs or hidden units", 2
        )
    except OSError as error:
        return _lost_output(error)
    except Exception:
        return _our_fault()
    return code


def _run(words: list[str]) -> int:
    # imported here, so that Ctrl-C in the second that this takes ends as quietly as later
    from typer import Abort, Exit
    from typer.main import get_command

    from lava_caching.cli.app import app
    from lava_caching.cli.sentences import sentence_of

    if "_LAVA_CACHING_COMPLETE" in os.environ:  # the shell asks for completions
        app(prog_name=PROGRAM)
    try:
        with get_command(app).make_context(PROGRAM, words) as context:
            context.command.invoke(context)
    except Exit as end:
        return end.exit_code
    except Abort as end:
        raise KeyboardInterrupt from end
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            say(str(error))
            return 2
        if (sentence := sentence_of(error)) is None:
            raise
        return _complain(sentence, 2)
    return 0


def _lost_output(error: OSError) -> int:
    if error.errno not in (errno.EPIPE, errno.ENOSPC) or error.filename is not None:
        return _our_fault()
    # what is still in the buffer cannot be written either: let Python flush it into nothing when it ends
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:  # the reader has seen enough
        return 0
    return _complain(f"cannot write to standard output: {error.strerror}; free some space", 2)


def _our_fault() -> int:
    say(traceback.format_exc().rstrip())
    return _complain("this is a fault of lava-caching: please report it with the lines above", 1)


def _complain(message: str, code: int) -> int:
    say(f"error: {' '.join(message.splitlines())}")  # one line, whatever a file or a key is called
    return code
