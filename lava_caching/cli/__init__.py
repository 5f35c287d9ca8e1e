"""The command line: ``lava-caching``. Results go to stdout, everything else to stderr.

Exit codes: 0 done, 1 our fault, 2 bad input or what the system refuses, and 128 + the number of the signal that
interrupted it: 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP (what was finished is kept).
"""

from __future__ import annotations

import errno
import os
import sys
import traceback

from lava_caching.cli.signals import exit_code, finish, leave_at_once
from lava_caching.cli.terminal import prepare_streams, say
from lava_caching.errors import InputError

__all__ = ["main"]

PROGRAM = "lava-caching"
INTERRUPTED = 130
"""What commands return that were interrupted by whatever signal."""
LOST = {errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO}
"""How writing to stdout fails: nobody reads, no room, a limit on the size of files, a quota, a broken disk."""
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, *LOST} - {errno.EPIPE}
"""What the system refuses and only the user can put right."""


def main() -> None:
    """Run the command line and leave with the exit code."""
    leave_at_once()
    code = _main()
    finish()
    sys.exit(code)


def _main() -> int:
    """Return the exit code of ``sys.argv``."""
    prepare_streams()
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except InputError as error:
        return _complain(str(error), 2)
    except KeyboardInterrupt:
        return _complain("interrupted: what was not written yet is lost", exit_code())
    except MemoryError as error:
        return _complain(
            f"not enough memory ({str(error) or 'none left'}): use fewer patterns, inputs or hidden units", 2
        )
    except OSError as error:
        return _of_the_system(error)
    except Exception:
        return _our_fault()
    return exit_code() if code == INTERRUPTED else code


def _run(words: list[str]) -> int:
    # imported here, so that Ctrl-C in the second that this takes ends as quietly as later
    import logging

    from typer import Abort, Exit
    from typer.main import get_command

    from lava_caching.cli.app import app
    from lava_caching.cli.sentences import sentence_of

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # which warns of a home that it cannot write to
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


def _of_the_system(error: OSError) -> int:
    """Say in a sentence what the system refuses; whatever else it says is a fault of ours."""
    if error.errno in LOST and error.filename is None:
        return _lost_output(error)
    if error.errno in REFUSED:
        place = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        return _complain(f"{place}{error.strerror}; give it room and rights, or choose another place", 2)
    try:
        os.getcwd()
    except FileNotFoundError:
        return _complain("the current folder is not there any more: change to another one", 2)
    return _our_fault()


def _lost_output(error: OSError) -> int:
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
