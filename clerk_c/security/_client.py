"""`Clerk.authenticate_request`: what the options leave open is the client's own."""

from __future__ import annotations

import inspect
from typing import Any

from . import authenticaterequest
from .types import AuthenticateRequestOptions, Requestish, RequestState


def _settings(clerk: Any) -> tuple[Any, Any]:
    """The key, or what gives it, and the server's URL (None: Clerk's own)."""
    config = clerk.__dict__.get("_configuration")
    if config is None:
        given = clerk._given
        return given["bearer_auth"], given["server_url"] and _templated(given)
    if config.security is config.__dict__.get("_security_given"):
        return clerk._given["bearer_auth"], config.server_url
    from ..sdkconfiguration import bearer_of

    return bearer_of(config.security), config.server_url


def _templated(given: dict[str, Any]) -> str:
    from ..sdk import _server

    return _server(given["server_url"], None, given["url_params"])


def _place(server_url: str) -> tuple[str, str]:
    """Origin and version of "https://api.example.com/v1"."""
    root = server_url.rstrip("/")
    place, _, last = root.rpartition("/")
    if last[:1] == "v" and last[1:].isdigit():
        return place, last
    return root, ""


def _filled(
    options: AuthenticateRequestOptions, key: Any, server_url: str | None
) -> AuthenticateRequestOptions:
    """A copy: the caller may use the same options for other clients."""
    made = object.__new__(type(options))
    made.__dict__.update(options.__dict__)
    if made.secret_key is None and key is not None:
        if not isinstance(key, str):
            raise TypeError(f"bearer_auth must give str or None, not {type(key).__name__!r}")
        made.secret_key = key[7:].strip() if key[:7].lower() == "bearer " else key
    if server_url and made.api_url is None:
        made.api_url, version = _place(server_url)
        if made.api_version is None:
            made.api_version = version
    return made


def authenticate(
    clerk: Any, request: Requestish, options: AuthenticateRequestOptions
) -> RequestState:
    """See `Clerk.authenticate_request`."""
    key, server_url = _settings(clerk)
    if callable(key):
        key = key() if options.secret_key is None else None
    return authenticaterequest.authenticate_request(request, _filled(options, key, server_url))


async def authenticate_async(
    clerk: Any, request: Requestish, options: AuthenticateRequestOptions
) -> RequestState:
    """See `Clerk.authenticate_request_async`."""
    key, server_url = _settings(clerk)
    if callable(key):
        key = key() if options.secret_key is None else None
        if inspect.isawaitable(key):
            key = await key
    filled = _filled(options, key, server_url)
    return await authenticaterequest.authenticate_request_async(request, filled)
