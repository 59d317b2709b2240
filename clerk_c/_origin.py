"""Where a result comes from: the answer behind a model."""

from typing import Any, NamedTuple

from ._core import Headers, source_of

_VERSIONS = {10: "HTTP/1.0", 11: "HTTP/1.1", 20: "HTTP/2", 30: "HTTP/3"}


class Timing(NamedTuple):
    """When each phase of the last try was over, in milliseconds from its start.

    None: there was no such phase (a kept connection has no look-up and no connect), or it is not
    known.
    """

    name: "float | None"
    connect: "float | None"
    tls: "float | None"
    first_byte: "float | None"
    total: "float | None"


class ResponseInfo(NamedTuple):
    """What is known of the answer that a result was made of; see `response_of`.

    Where a client of the program's own has sent the request, it says what its response tells, as
    httpx's does: `http_version`, `url`, `redirects` and `timing.total`. What that does not tell is
    None, or 0.
    """

    status: int
    headers: Headers
    http_version: "str | None"
    url: "str | None"
    attempts: int
    redirects: int
    timing: Timing


def response_of(result: Any) -> ResponseInfo:
    """Status, headers, timing and the like of the call that `result` comes from.

    Args:
        result: what an operation has returned: a model, an element of a list, or a list (of which
            the first element is looked at).

    Raises:
        LookupError: no answer is known: it is another kind of value, an empty list, a model that
            was made by hand or copied, or one that is inside of another.
    """
    found = source_of(result)
    if found is None:
        raise LookupError(
            "no answer is known for this value: pass what an operation has returned, a model or a "
            f"list of models that is not empty, not {_described(result)}"
        )
    status, version, head, url, attempts, redirects, timing = found
    lines = [line.partition(b":") for line in head.split(b"\0") if line]
    return ResponseInfo(
        status,
        Headers([(name, value.strip()) for name, _, value in lines]),
        _VERSIONS.get(version),
        url or None,
        attempts,
        redirects,
        Timing(*(microseconds / 1000 if microseconds else None for microseconds in timing)),
    )


def _described(result: Any) -> str:
    if isinstance(result, list) and not result:
        return "an empty list"
    return f"{type(result).__name__!r}"
