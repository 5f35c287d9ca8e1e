"""The errors of the toolkit: everything a user can put right is an `InputError` and ends a command with exit code 2."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["InputError", "MissingError", "ProfileError", "unknown"]


LONGEST_SENTENCE = 1000
"""Characters: beyond, somebody's file has put a whole book into a value."""


class InputError(ValueError):
    """A value that came from outside breaks a rule; the message names value, rule and way out in one sentence.

    Values, keys and file names stand in the message as they came. So whatever is not printable in them (line ends,
    codes that steer a terminal) becomes an escape here, and the middle of what is too long is left out.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(_one_line(sentence))


def _one_line(sentence: str) -> str:
    """Return a sentence that a terminal shows as it is."""
    if len(sentence) > LONGEST_SENTENCE:
        sentence = f"{sentence[: LONGEST_SENTENCE // 2]} … {sentence[-LONGEST_SENTENCE // 4 :]}"
    if not sentence.isprintable():
        sentence = "".join(c if c.isprintable() else repr(c)[1:-1] for c in sentence)
    return sentence


class ProfileError(InputError):
    """A hardware profile is malformed, or its figures lack a unit or a source."""


class MissingError(InputError):
    """Something this installation does not have (an engine, a package) was asked for."""


def unknown(kind: str, name: object, known: Iterable[str]) -> InputError:
    """Build the error for a name that is not known, or for what is no name, with the nearest one that is.

    Examples
    --------
    >>> str(unknown("policy", "local-gobal", ["at-end", "local-global"]))
    "unknown policy 'local-gobal'; did you mean 'local-global'? known: at-end, local-global"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1) if isinstance(name, str) else []
    hint = f" did you mean {near[0]!r}?" if near else ""
    return InputError(f"unknown {kind} {name!r};{hint} known: {', '.join(names) or 'none'}")
