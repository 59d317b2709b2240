"""Talks to the API for the keys and for opaque tokens, with a client that belongs to nobody."""

from __future__ import annotations

import os
from typing import Any

_HEADERS_FOR_ALL = (("Accept", "application/json"),)

# The client of this process, and those of parent processes: a child leaves their connections
# alone, and so does not even destroy them.
_clients: dict[int, Any] = {}


def _client() -> Any:
    client = _clients.get(os.getpid())
    if client is None:
        from ..sdk import Clerk

        client = _clients.setdefault(os.getpid(), Clerk(retry_config=None))
    return client


def check_secret(name: str, secret: Any) -> None:
    """Can it be sent in a header?

    Raises:
        TypeError, ValueError: no; the text names the argument and not its value.
    """
    if not isinstance(secret, str):
        raise TypeError(f"{name} must be str, not {type(secret).__name__!r}")
    if not secret or any(not "!" <= character <= "~" for character in secret):
        raise ValueError(
            f"{name} must be a key: printable ASCII without spaces or line breaks, not empty"
        )


def api_root(api_url: Any, api_version: Any = "") -> str:
    """Where the API is, without a slash at the end.

    Raises:
        TypeError, ValueError: an argument makes no sense.
    """
    for name, text in (("api_url", api_url), ("api_version", api_version)):
        if not isinstance(text, str):
            raise TypeError(f"{name} must be str, not {type(text).__name__!r}")
    if not api_url.startswith(("https://", "http://")):
        raise ValueError("api_url must begin with https:// or http://")
    if any(character in api_url + api_version for character in " ?#\r\n\t"):
        raise ValueError("api_url and api_version must not hold spaces, '?' or '#'")
    root: str = api_url.rstrip("/")
    version = api_version.strip("/")
    return f"{root}/{version}" if version else root


def _headers(secret: str, body: bytes | None) -> list[tuple[str, str]]:
    headers = [*_HEADERS_FOR_ALL, ("Authorization", f"Bearer {secret}")]
    if body is not None:
        headers.append(("Content-Type", "application/json"))
    return headers


def exchange(
    method: str, url: str, secret: str, body: bytes | None, timeout_ms: int
) -> tuple[int, bytes] | None:
    """Status and content of one answer; None when there was none."""
    from ..exceptions import HTTPError, InvalidURL

    try:
        answer = _client()._exchange(method, url, _headers(secret, body), body, timeout_ms)
    except (HTTPError, InvalidURL):
        return None
    return answer.status_code, answer.content


async def exchange_async(
    method: str, url: str, secret: str, body: bytes | None, timeout_ms: int
) -> tuple[int, bytes] | None:
    """The same for a task of asyncio or trio."""
    from ..exceptions import HTTPError, InvalidURL

    try:
        answer = await _client()._exchange_async(
            method, url, _headers(secret, body), body, timeout_ms
        )
    except (HTTPError, InvalidURL):
        return None
    return answer.status_code, answer.content
