"""What can go wrong on the command line, and the exit status that says so."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

OTHER = 1
USAGE = 2
AUTHENTICATION = 3
NOT_FOUND = 4
REFUSED = 5
RATE_LIMITED = 6
SERVER = 7
NETWORK = 8
LOCAL = 9
UNCONFIRMED = 10
INTERRUPTED = 130
BROKEN_PIPE = 141

MEANINGS = (
    (0, "done"),
    (OTHER, "a check of doctor failed, or something unforeseen"),
    (USAGE, "the command makes no sense; nothing was sent"),
    (AUTHENTICATION, "no key, or one that is not allowed to do this (401, 403)"),
    (NOT_FOUND, "there is no such thing (404, 410)"),
    (REFUSED, "Clerk refused the request (any other 4XX)"),
    (RATE_LIMITED, "too many requests (429)"),
    (SERVER, "Clerk failed (5XX), or its answer makes no sense"),
    (NETWORK, "no answer came: name, connection, TLS, proxy, time limit"),
    (LOCAL, "a file, standard input or output cannot be used"),
    (UNCONFIRMED, "not confirmed: nothing was sent"),
    (INTERRUPTED, "Ctrl-C"),
    (BROKEN_PIPE, "nobody reads the output any more"),
)

_LONGEST = 500  # characters of a body that are shown


class Failure(Exception):
    """Ends the command with a message on standard error and this exit status."""

    def __init__(self, status: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.hint = hint


class UsageError(Failure):
    """The command makes no sense."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(USAGE, message, hint)


def unreadable(what: str, error: OSError) -> Failure:
    """For a file that cannot be opened or read."""
    return Failure(LOCAL, f"{what}: {error.strerror or error}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A hint at what may have been meant."""
    from difflib import get_close_matches

    found = get_close_matches(word, [*known], n=3)
    return f"did you mean {' or '.join(found)}?" if found else None


def harmless(text: str) -> str:
    """The text without keys and tokens, and nothing in it that steers a terminal."""
    from .._masking import mask_text

    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else _escaped(letter)
        for letter in mask_text(text)
    )


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def tell(failure: Failure) -> None:
    """One message on standard error."""
    lines = [f"clerk-c: {failure.message}"]
    if failure.hint:
        lines.append(f"  {failure.hint}")
    say("\n".join(lines))


def say(text: str) -> None:
    """A text on standard error, if anybody reads it."""
    try:
        if sys.stderr is not None:  # print() would take standard output instead
            print(harmless(text), file=sys.stderr)
    except OSError:
        pass


def explained(error: Exception) -> Failure | None:
    """What an exception of the SDK means here; None for one that it does not raise."""
    from .. import exceptions, models

    if isinstance(error, (models.ResponseValidationError, exceptions.DecodingError)):
        return Failure(SERVER, f"the answer makes no sense: {_cut(str(error))}")
    if isinstance(error, models.ClerkBaseError):
        return _refusal(error)
    if isinstance(error, (exceptions.InvalidURL, exceptions.UnsupportedProtocol)):
        return UsageError(f"the URL of the API: {error}")
    if isinstance(error, (exceptions.RequestError, models.NoResponseError)):
        return Failure(NETWORK, f"no answer: {error}", "clerk-c doctor tells more")
    if isinstance(error, (TypeError, ValueError)):
        return UsageError(_arguments(error))
    if isinstance(error, OSError):
        return Failure(LOCAL, str(error))
    return None


def _refusal(error: Any) -> Failure:
    code = error.status_code
    if code in (401, 403):
        status, hint = AUTHENTICATION, "is CLERK_SECRET_KEY the key of this instance?"
    elif code == 429:
        status, wait = RATE_LIMITED, error.headers.get("retry-after")
        hint = f"to be tried again in {wait} seconds" if wait else "to be tried again later"
    else:
        kinds = {404: NOT_FOUND, 410: NOT_FOUND}
        status = kinds.get(code, REFUSED if 400 <= code < 500 else SERVER)
        hint = None
    return Failure(status, f"{code}: {_problems(error.body)}", hint)


def _problems(body: str) -> str:
    """The messages of Clerk's error format, or else the beginning of the body."""
    from json import loads

    try:
        answer = loads(body)
        problems = [_problem(entry) for entry in answer["errors"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        problems = []
    if not problems:
        return _cut(body) or "no explanation came with it"
    trace = answer.get("clerk_trace_id")
    return "; ".join(problems) + (f" (trace {trace})" if isinstance(trace, str) else "")


def _problem(entry: Any) -> str:
    text = str(entry.get("long_message") or entry.get("message") or "no message")
    name = (entry.get("meta") or {}).get("param_name")
    about = [str(part) for part in (entry.get("code"), name) if part]
    return f"{text} [{', '.join(about)}]" if about else text


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _arguments(error: Exception) -> str:
    """What the SDK says of arguments, without their values."""
    from .. import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    found = {
        f"{'.'.join(str(step) for step in entry['loc']) or 'the whole'}: {entry['msg']}": None
        for entry in error.errors()
    }
    return "; ".join(found)
