"""What an HTTP client of the program's own must offer. `httpx.Client` and `httpx.AsyncClient` do.

Requests and responses are `Any` here: those of httpx fit, and httpx need not be installed.
"""

from typing import Any, Protocol, runtime_checkable

__all__ = ["AsyncHttpClient", "ClientOwner", "HttpClient"]


@runtime_checkable
class HttpClient(Protocol):
    """A client for synchronous calls."""

    def send(
        self,
        request: Any,
        *,
        stream: bool = False,
        auth: Any = ...,
        follow_redirects: Any = ...,
    ) -> Any:
        """Send a request that `build_request` made; the response."""

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
        timeout: Any = ...,
        extensions: Any = None,
    ) -> Any:
        """A request with the client's own settings merged in."""

    def close(self) -> None:
        """Give back the connections."""


@runtime_checkable
class AsyncHttpClient(Protocol):
    """A client for asynchronous calls."""

    async def send(
        self,
        request: Any,
        *,
        stream: bool = False,
        auth: Any = ...,
        follow_redirects: Any = ...,
    ) -> Any:
        """Send a request that `build_request` made; the response."""

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
        timeout: Any = ...,
        extensions: Any = None,
    ) -> Any:
        """A request with the client's own settings merged in."""

    async def aclose(self) -> None:
        """Give back the connections."""


class ClientOwner(Protocol):
    """Something that holds a client of each kind, or None."""

    client: "HttpClient | None"
    async_client: "AsyncHttpClient | None"
