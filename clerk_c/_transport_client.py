"""Our own transport in the shape of an HTTP client: `sdk_configuration.client`, and what an
sdk_init hook may wrap."""

import weakref
from collections.abc import Mapping
from typing import Any

from . import exceptions
from ._body import Body
from ._core import Response
from ._request import Request, timeout_ms_of

_DEFAULT: Any = object()
# What httpx sets by itself, and libcurl as well.
_OF_THE_TRANSPORT = frozenset((b"content-length", b"transfer-encoding", b"connection"))


class _Client:
    """What the two clients have in common."""

    def __init__(self, clerk: Any) -> None:
        self._clerk = weakref.ref(clerk)

    def _owner(self) -> Any:
        clerk = self._clerk()
        if clerk is None:
            raise exceptions.ClientClosed("the Clerk that this client belongs to is gone")
        return clerk

    @property
    def is_closed(self) -> bool:
        clerk = self._clerk()
        return clerk is None or bool(clerk.closed)

    def build_request(
        self,
        method: str,
        url: Any,
        *,
        content: Any = None,
        data: Any = None,
        files: Any = None,
        json: Any = None,
        params: Any = None,
        headers: Any = None,
        cookies: Any = None,
        timeout: Any = _DEFAULT,
        extensions: "Mapping[str, Any] | None" = None,
    ) -> Request:
        """A request for `send`. `timeout` is in seconds; None means no limit.

        Raises:
            TypeError: files or cookies are given, which this client does not take.
        """
        if files is not None or cookies is not None:
            raise TypeError("this client takes no files and no cookies: give content and headers")
        more = dict(extensions or {})
        if timeout is None or isinstance(timeout, (int, float, Mapping)):
            more["timeout"] = timeout
        if data is not None:
            from urllib.parse import urlencode

            content = urlencode(data, doseq=True)
        request = Request(
            method,
            url,
            params=params,
            headers=headers,
            content=content,
            json=json,
            extensions=more,
        )
        if data is not None:
            request.headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return request


class TransportClient(_Client):
    """Sends requests over the connections of a Clerk, in blocking calls."""

    def send(self, request: Any, **options: Any) -> Response:
        """Send a request once, without retries; redirects are followed. httpx's options have no
        effect."""
        response: Response = self._owner()._exchange(*_parts(request))
        response.request = request
        return response

    def close(self) -> None:
        """Close the Clerk's blocking side."""
        self._owner()._close_blocking()


class AsyncTransportClient(_Client):
    """Sends requests over the connections of a Clerk, in asynchronous calls."""

    async def send(self, request: Any, **options: Any) -> Response:
        """Send a request once, without retries; redirects are followed. httpx's options have no
        effect."""
        response: Response = await self._owner()._exchange_async(*_parts(request))
        response.request = request
        return response

    async def aclose(self) -> None:
        """Close the Clerk's asynchronous side."""
        self._owner()._close_async()


def _parts(request: Any) -> "tuple[str, str, list[tuple[str, str]], Any, int | None]":
    """What C needs of any kind of request."""
    url = str(request.url)
    netloc = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    is_ours = isinstance(request, Request)
    headers = []
    for name, value in _raw(request.headers):
        low = name.lower()
        if low in _OF_THE_TRANSPORT or (low == b"host" and value == netloc.encode()):
            continue
        if low == b"accept-encoding" and not is_ours:
            continue  # what httpx can unpack
        headers.append((_text(name), _text(value)))
    body = request.body if is_ours else request.content
    if isinstance(body, Body):
        body = body.parts()
    elif not body and not is_ours:
        body = None
    return request.method, url, headers, body, timeout_ms_of(getattr(request, "extensions", None))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _raw(headers: Any) -> "list[tuple[bytes, bytes]]":
    if hasattr(headers, "raw"):
        return list(headers.raw)
    return [(str(name).encode(), str(value).encode()) for name, value in headers.items()]
