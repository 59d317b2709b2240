"""clerk_c.Request, and the URL that it has: what hooks see of a request before it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from ._body import AsyncBody, Body
from ._core import Headers

_USER = re.compile(r"(?<=://)[^/?#]*@")
_SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")


class URL(str):
    """A URL: text with attributes for its parts, as `httpx.URL` has."""

    __slots__ = ()

    @property
    def scheme(self) -> str:
        return urlsplit(self).scheme

    @property
    def host(self) -> str:
        return urlsplit(self).hostname or ""

    @property
    def port(self) -> int | None:
        return urlsplit(self).port

    @property
    def netloc(self) -> bytes:
        return urlsplit(self).netloc.rpartition("@")[2].encode()

    @property
    def path(self) -> str:
        return urlsplit(self).path or "/"

    @property
    def query(self) -> bytes:
        return urlsplit(self).query.encode()

    @property
    def raw_path(self) -> bytes:
        parts = urlsplit(self)
        return ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).encode()

    @property
    def fragment(self) -> str:
        return urlsplit(self).fragment

    @property
    def params(self) -> dict[str, str]:
        """The query's parameters; of a name that is there twice, the last one."""
        return dict(parse_qsl(urlsplit(self).query, keep_blank_values=True))

    def copy_with(self, **parts: Any) -> URL:
        """With other parts: scheme, host, port, path, query (bytes or str), params (mapping)."""
        now = urlsplit(self)
        host = parts.pop("host", now.hostname or "")
        port = parts.pop("port", now.port)
        query = parts.pop("query", now.query)
        if "params" in parts:
            query = urlencode(parts.pop("params"), doseq=True)
        scheme, path = parts.pop("scheme", now.scheme), parts.pop("path", now.path)
        if parts:
            raise TypeError(f"copy_with() got an unexpected keyword argument {next(iter(parts))!r}")
        user = now.netloc.rpartition("@")[0]
        netloc = (user + "@" if user else "") + (f"[{host}]" if ":" in host else host)
        if port is not None:
            netloc += f":{port}"
        query = query.decode() if isinstance(query, bytes) else query
        path = quote(path, safe="/%:@!$&'()*+,;=~-._")
        return URL(urlunsplit((scheme, netloc, path, query or "", now.fragment)))

    def copy_merge_params(self, params: Mapping[str, Any]) -> URL:
        """With these parameters in the query, in place of those with the same names."""
        kept = [
            pair
            for pair in parse_qsl(urlsplit(self).query, keep_blank_values=True)
            if pair[0] not in params
        ]
        return self.copy_with(query=urlencode([*kept, *params.items()], doseq=True))

    def copy_set_param(self, key: str, value: Any) -> URL:
        """With this parameter in the query, in place of those with its name."""
        return self.copy_merge_params({key: value})

    def join(self, url: str) -> URL:  # type: ignore[override] # as httpx has it
        """The URL that a relative one means, seen from this one."""
        return URL(urljoin(self, url))

    def __repr__(self) -> str:
        from ._masking import mask_url

        return f"URL({mask_url(str(self))!r})"


class Request:
    """A request that is about to be sent, or was.

    Args:
        method: such as "GET".
        url: where to; a str or anything whose `str` is a URL.
        params: mapping of parameters to add to the query.
        headers: a mapping or pairs.
        content: bytes or str of the body, or what an upload brings; None for no body.
        json: a value to send as JSON; not together with `content`.
        extensions: mapping; "timeout" is read: seconds, or a dict of them as httpx has it.

    Attributes:
        method (str), url (URL), headers (Headers), extensions (dict): may be changed or assigned.
        content (bytes): the body; b"" for none. A file that is uploaded is read from disk each
            time.

    `repr` shows no secret. A pickled request leaves its authorization and cookies behind,
    and the user and password of its URL.
    """

    __slots__ = ("__weakref__", "_body", "_url", "extensions", "headers", "method")

    def __init__(
        self,
        method: str,
        url: Any,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Any = None,
        content: bytes | str | Body | AsyncBody | None = None,
        json: Any = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(method, str):
            raise TypeError(f"method must be str, not {type(method).__name__!r}")
        if content is not None and json is not None:
            raise TypeError("content and json: only one of them can be the body")
        if isinstance(content, AsyncBody):
            content = content.body
        if isinstance(content, str):
            content = content.encode()
        elif content is not None and not isinstance(content, (bytes, Body)):
            content = bytes(memoryview(content))
        self.method = method.upper()
        self.url = url
        self.headers = Headers(headers)
        if json is not None:
            from json import dumps

            content = dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            self.headers.setdefault("Content-Type", "application/json")
        if params:
            self.url = self._url.copy_merge_params(params)
        self._body: bytes | Body | None = content
        self.extensions = dict(extensions or {})

    @property
    def url(self) -> URL:
        return self._url

    @url.setter
    def url(self, value: Any) -> None:
        self._url = value if isinstance(value, URL) else URL(str(value))

    @property
    def content(self) -> bytes:
        return bytes(self._body) if self._body is not None else b""

    @property
    def body(self) -> bytes | Body | None:
        """The body as it is kept: bytes, or what brings a file piece by piece."""
        return self._body

    @property
    def has_body(self) -> bool:
        """An empty body differs from none."""
        return self._body is not None

    def read(self) -> bytes:
        """The body."""
        return self.content

    async def aread(self) -> bytes:
        """The body."""
        return self.content

    def __repr__(self) -> str:
        from ._masking import mask_url

        return f"<Request({self.method!r}, {mask_url(str(self._url))!r})>"

    def __copy__(self) -> Request:
        """All of it, secrets included, for use in the same process."""
        made = Request(self.method, self._url, content=self._body, extensions=self.extensions)
        made.headers = self.headers.copy()
        return made

    def __deepcopy__(self, memo: Any) -> Request:
        return self.__copy__()

    def __getstate__(self) -> dict[str, Any]:
        headers = [
            pair for pair in self.headers.multi_items() if pair[0].lower() not in _SECRET_HEADERS
        ]
        return {
            "method": self.method,
            "url": _USER.sub("", str(self._url)),
            "headers": headers,
            "body": None if self._body is None else self.content,
            "extensions": self.extensions,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.method, self.url = state["method"], state["url"]
        self.headers = Headers(state["headers"])
        self._body, self.extensions = state["body"], state["extensions"]


def timeout_ms_of(extensions: Any) -> int | None:
    """What a request says about time limits, in milliseconds; 0: no limit; None: nothing."""
    timeout = (extensions or {}).get("timeout", False)
    if isinstance(timeout, Mapping):
        timeout = timeout.get("read", False)
    if timeout is False:
        return None
    return 0 if timeout is None else max(1, round(timeout * 1000))


def from_parts(method: str, url: str, head: bytes, body: bytes | None) -> Request:
    """A request that C has sent; `head`: lines "name: value", each with a 0 byte behind it."""
    lines = [line.decode("utf-8", "replace") for line in head.split(b"\0") if line]
    pairs = [line.partition(": ")[::2] for line in lines]
    return Request(method, url, headers=pairs, content=body)


def show_in(error: BaseException, parts: tuple[str, str, bytes, bytes | None]) -> None:
    """Has an error about a request show that request."""
    from .exceptions import RequestError

    if isinstance(error, RequestError):
        error.request = from_parts(*parts)
