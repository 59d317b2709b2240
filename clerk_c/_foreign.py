"""Sending through a client of the caller's own, such as an httpx.Client."""

import sys
from typing import Any


def send(
    client: Any,
    method: str,
    url: str,
    headers: "list[tuple[str, str]]",
    body: "bytes | None",
    timeout_ms: int,
) -> "tuple[Any, int, bytes, bytes]":
    """The response, its status, its header lines (a 0 byte after each), its content.

    Errors that the client raises pass through. `timeout_ms` is in milliseconds; 0 leaves
    the client's own limit.
    """
    options = {"timeout": timeout_ms / 1000} if timeout_ms else {}
    request = client.build_request(method, url, headers=headers, content=body, **options)
    response = client.send(request)
    if response is None:
        from .models._errors import NoResponseError

        raise NoResponseError("No response received")
    lines = b"".join(name + b": " + value + b"\0" for name, value in _raw(response.headers))
    return response, int(response.status_code), lines, bytes(response.content)


def _raw(headers: Any) -> "list[tuple[bytes, bytes]]":
    if hasattr(headers, "raw"):
        return list(headers.raw)
    return [(str(name).encode(), str(value).encode()) for name, value in headers.items()]


def is_connection_error(error: BaseException) -> bool:
    """Is this one of the failures that the official SDK tries again?"""
    httpx = sys.modules.get("httpx")
    return httpx is not None and isinstance(error, (httpx.NetworkError, httpx.TimeoutException))


def check(client: object) -> None:
    """Raises TypeError where an object cannot serve as a client."""
    for method in ("build_request", "send", "close"):
        if not callable(getattr(client, method, None)):
            raise TypeError(
                f"client must have the methods build_request, send and close, as an httpx.Client "
                f"has; {type(client).__name__!r} has no {method}"
            )
