"""Talks to the API for the keys and for opaque tokens."""

from __future__ import annotations

from typing import Any

from ._way import OWN, Way

_HEADERS_FOR_ALL = (("Accept", "application/json"),)


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


def _silent(way: Way, error: Exception) -> bool:
    """Does this error only mean that there was no answer? HTTP clients of the program, and
    settings whose files are gone by now, raise errors of any kind."""
    from ..exceptions import HTTPError, InvalidURL

    return way is not OWN or isinstance(error, (HTTPError, InvalidURL))


def exchange(
    method: str, url: str, secret: str, body: bytes | None, timeout_ms: int, way: Way | None = None
) -> tuple[int, bytes] | None:
    """Status and content of one answer; None when there was none."""
    way, headers = way or OWN, _headers(secret, body)
    try:
        client = way.supplied(False)
        if client is None:
            answer = way.client()._exchange(method, url, headers, body, timeout_ms)
        else:
            seconds = timeout_ms / 1000
            answer = client.send(
                client.build_request(method, url, headers=headers, content=body, timeout=seconds)
            )
        return answer.status_code, answer.content
    except Exception as error:
        if _silent(way, error):
            return None
        raise


async def exchange_async(
    method: str, url: str, secret: str, body: bytes | None, timeout_ms: int, way: Way | None = None
) -> tuple[int, bytes] | None:
    """The same for a task of asyncio or trio."""
    way, headers = way or OWN, _headers(secret, body)
    try:
        client = way.supplied(True)
        if client is None:
            answer = await way.client()._exchange_async(method, url, headers, body, timeout_ms)
        else:
            seconds = timeout_ms / 1000
            answer = await client.send(
                client.build_request(method, url, headers=headers, content=body, timeout=seconds)
            )
        return answer.status_code, answer.content
    except Exception as error:
        if _silent(way, error):
            return None
        raise
