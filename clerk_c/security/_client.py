"""`Clerk.authenticate_request`: what the options leave open is the client's own."""

from __future__ import annotations

import inspect
from typing import Any

from .authenticaterequest import decide, decide_async
from .types import (
    API_URL,
    API_VERSION,
    AuthenticateRequestOptions,
    Place,
    RequestLike,
    RequestState,
)


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
    if not given["url_params"]:
        text: str = given["server_url"]
        return text
    from ..sdk import _server

    return _server(given["server_url"], None, given["url_params"])


def _parts(server_url: str) -> tuple[str, str]:
    """Origin and version of "https://api.example.com/v1"."""
    root = server_url.rstrip("/")
    place, _, last = root.rpartition("/")
    if last[:1] == "v" and last[1:].isdigit():
        return place, last
    return root, ""


def _bare(key: Any) -> str | None:
    """The key itself."""
    if type(key) is str and key[:3] == "sk_":
        return key
    if key is None:
        return None
    if not isinstance(key, str):
        raise TypeError(f"bearer_auth must give str or None, not {type(key).__name__!r}")
    return key[7:].strip() if key[:7].lower() == "bearer " else key


def _place(options: AuthenticateRequestOptions, key: str | None, server_url: str | None) -> Place:
    root, version = options.api_url, options.api_version
    if server_url and root is None:
        root, own = _parts(server_url)
        version = own if version is None else version
    return key, root or API_URL, API_VERSION if version is None else version


def authenticate(
    clerk: Any, request: RequestLike, options: AuthenticateRequestOptions
) -> RequestState:
    """See `Clerk.authenticate_request`."""
    own, server_url = _settings(clerk)
    key = options.secret_key
    if key is None:
        key = _bare(own() if callable(own) else own)
    return decide(request, options, _place(options, key, server_url))


async def authenticate_async(
    clerk: Any, request: RequestLike, options: AuthenticateRequestOptions
) -> RequestState:
    """See `Clerk.authenticate_request_async`."""
    own, server_url = _settings(clerk)
    key = options.secret_key
    if key is None:
        given = own() if callable(own) else own
        key = _bare(await given if inspect.isawaitable(given) else given)
    return await decide_async(request, options, _place(options, key, server_url))
