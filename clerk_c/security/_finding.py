"""Finds the token of a request: the bearer token, else the session cookie. Takes headers in any
shape; what is odd about them, or about the cookies of others, never raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _core

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


def _of_mapping(request: Mapping[Any, Any]) -> list[Any]:
    """Of a WSGI environ, an ASGI scope, an event that has headers, or the headers themselves."""
    inner = request.get("headers")
    if type(inner) is not list:
        authorization, cookie = request.get("HTTP_AUTHORIZATION"), request.get("HTTP_COOKIE")
        if authorization is not None or cookie is not None or "REQUEST_METHOD" in request:
            return [("authorization", authorization), ("cookie", cookie)]
        if inner is None or isinstance(inner, (str, bytes)):
            inner = request
    return _pairs(inner, request)


def _pairs(headers: Any, request: Any) -> list[Any]:
    """Names and values, as they came where that can be had."""
    raw = getattr(headers, "raw", None)  # of ASGI frameworks and httpx: not decoded, not joined
    if type(raw) is list:
        return raw
    items = getattr(headers, "multi_items", None) or getattr(headers, "items", None)
    if items is not None:
        return list(items())
    if isinstance(headers, (str, bytes)) or not hasattr(headers, "__iter__"):
        raise TypeError(
            "request must have headers, be headers, an ASGI scope or a WSGI environ, not "
            f"{type(request).__name__!r}"
        )
    return list(headers)


def _listed(request: Any) -> list[Any]:
    """The headers of a request of a rarer shape."""
    headers = getattr(request, "headers", None)
    if headers is None:
        if isinstance(request, Mapping):
            return _of_mapping(request)
        headers = request
    return _pairs(headers, request)


def find_token(request: Any, publishable_key: str | None = None) -> str | None:
    """The token of a request, or None: the first bearer token (headers may come several times),
    else the session cookie, that of the instance where its publishable key is given.

    Raises:
        TypeError: `request` has no headers in any known shape.
    """
    own = f"__session_{cookie_suffix(publishable_key)}" if publishable_key else None
    found: str | None = _core.find_token(request, own)
    if found is NotImplemented:
        found = _core.find_token(_listed(request), own)
    return found
