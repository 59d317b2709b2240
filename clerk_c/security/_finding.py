"""Finds the token of a request: the bearer token, else the session cookie. Takes headers in any
shape; what is odd about them, or about the cookies of others, never raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import _core

_COOKIE = "__session"
_NAMES = ("authorization", "cookie")
_LENGTHS = (13, 6)
_MAX_SUFFIXES = 256  # remembered; a program has one publishable key, or a few

_suffixes: dict[str, str] = {}


def cookie_suffix(publishable_key: str) -> str:
    """What follows `__session_` in the name of the instance's own session cookie."""
    found = _suffixes.get(publishable_key)
    if found is None:
        from base64 import urlsafe_b64encode
        from hashlib import sha1

        digest = sha1(publishable_key.encode(), usedforsecurity=False).digest()
        found = urlsafe_b64encode(digest)[:8].decode()
        if len(_suffixes) >= _MAX_SUFFIXES:
            _suffixes.clear()
        _suffixes[publishable_key] = found
    return found


def _texts(value: Any) -> list[str]:
    """A value, or the values, of one header."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, (bytes, bytearray)):
        return [value.decode("latin-1")]
    if isinstance(value, (list, tuple)):
        return [
            text for item in value if not isinstance(item, (list, tuple)) for text in _texts(item)
        ]
    return []


def _collect(pairs: Any) -> tuple[str | None, str | None]:
    """Authorization and Cookie, whatever the case of their names. Of several Authorization
    headers the first bearer counts; several Cookie headers are one (HTTP/2 splits them).
    `pairs`: a dict, or an iterable of names with values."""
    if type(pairs) is dict or type(pairs) is list:
        found = _core.auth_headers(pairs)
        if found is not None:
            return found
    if isinstance(pairs, dict):
        pairs = pairs.items()
    authorization: str | None = None
    cookie: str | None = None
    for pair in pairs:
        try:
            name, value = pair
            if len(name) not in _LENGTHS:
                continue
            name = name.lower()
            if type(name) is not str:
                name = name.decode("latin-1")
        except (TypeError, ValueError, AttributeError):
            continue  # whatever it is, it is no header
        if name not in _NAMES:
            continue
        for text in (value,) if type(value) is str else _texts(value):
            if name == "cookie":
                cookie = text if cookie is None else f"{cookie}; {text}"
            elif authorization is None or _bearer(authorization) is None:
                authorization = text
    return authorization, cookie


def _of_mapping(request: Mapping[Any, Any]) -> tuple[str | None, str | None]:
    """Of a WSGI environ, an ASGI scope, an event that has headers, or the headers themselves."""
    inner = request.get("headers")
    if type(inner) is list:
        return _collect(inner)
    authorization, cookie = request.get("HTTP_AUTHORIZATION"), request.get("HTTP_COOKIE")
    if authorization is not None or cookie is not None or "REQUEST_METHOD" in request:
        pairs = [("authorization", authorization), ("cookie", cookie)]
        return _collect([pair for pair in pairs if pair[1] is not None])
    if inner is None or isinstance(inner, (str, bytes)):
        inner = request
    return _collect(_pairs(inner, request))


def _pairs(headers: Any, request: Any) -> Iterable[Any]:
    """Names and values, as they came where that can be had."""
    if type(headers) is dict:
        return headers
    raw = getattr(headers, "raw", None)  # of ASGI frameworks and httpx: not decoded, not joined
    if type(raw) is list:
        return raw
    items = getattr(headers, "multi_items", None) or getattr(headers, "items", None)
    if items is not None:
        found: Iterable[Any] = items()
        return found
    if isinstance(headers, (str, bytes)) or not hasattr(headers, "__iter__"):
        raise TypeError(
            "request must have headers, be headers, an ASGI scope or a WSGI environ, not "
            f"{type(request).__name__!r}"
        )
    pairs: Iterable[Any] = headers
    return pairs


def _read(request: Any, headers: Any) -> tuple[str | None, str | None]:
    """Authorization and Cookie of whatever `request` is. `headers`: its attribute, or None."""
    if headers is None:
        if type(request) is dict or isinstance(request, Mapping):
            return _of_mapping(request)
        headers = request
    return _collect(_pairs(headers, request))


def _bearer(authorization: str) -> str | None:
    """The token, if the scheme is Bearer or there is none."""
    if authorization[:7] == "Bearer " and authorization.count(" ") == 1:
        return authorization[7:] or None
    words = authorization.split()
    if len(words) == 1:
        return words[0] if words[0].lower() != "bearer" else None
    if len(words) > 1 and words[0].lower() == "bearer":
        return " ".join(words[1:])
    return None


def _cookie(header: str, publishable_key: str | None) -> str | None:
    """The session cookie: with a publishable key that instance's own, else `__session`; without
    one the first that has such a name. RFC 6265, section 4.2: pairs between semicolons."""
    own = None if not publishable_key else f"{_COOKIE}_{cookie_suffix(publishable_key)}"
    return _core.session_cookie(header, own)


def find_token(request: Any, publishable_key: str | None = None) -> str | None:
    """The token of a request, or None.

    Raises:
        TypeError: `request` has no headers in any known shape.
    """
    headers = getattr(request, "headers", None)
    found = None  # the shortest ways for the most usual shapes
    if type(headers) is dict:
        found = headers.get("Authorization") or headers.get("authorization")
    elif headers is None and type(request) is dict:
        found = request.get("HTTP_AUTHORIZATION")
    if type(found) is str and found[:7] == "Bearer ":
        token: str = found[7:].strip()
        if token:
            return token
    authorization, cookies = _read(request, headers)
    bearer = None if authorization is None else _bearer(authorization)
    if bearer is not None:
        return bearer
    return None if cookies is None else _cookie(cookies, publishable_key)
