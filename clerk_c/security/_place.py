"""Whose keys verify a token and where they are: what the options leave open is the client's own."""

from __future__ import annotations

import inspect
from typing import Any

from ._way import Way, way_of
from .types import API_URL, API_VERSION, AuthenticateRequestOptions, Place

_CLERKS = API_URL, API_VERSION
_Facts = tuple[Any, Any, Any, tuple[str, str], "Way | None"]


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


def _facts(clerk: Any) -> _Facts:
    """What the client itself says, remembered until its configuration changes: the number of
    changes, its key, what gives the key instead, its server, and its way."""
    config = clerk.__dict__.get("_configuration")
    changes = None if config is None else config.__dict__["_changes"]
    known = clerk.__dict__.get("_facts")
    if known is not None and known[0] == changes:
        found: _Facts = known
        return found
    own, server_url = _settings(clerk)
    key = (None, own) if callable(own) else (_bare(own), None)
    found = changes, *key, _parts(server_url) if server_url else _CLERKS, way_of(clerk)
    clerk.__dict__["_facts"] = found
    return found


def _made(
    options: AuthenticateRequestOptions, key: str | None, own: tuple[str, str], way: Way | None
) -> Place:
    if options.api_url is not None:
        own = options.api_url or API_URL, API_VERSION
    return key, own[0], own[1] if options.api_version is None else options.api_version, way


def place_of(options: AuthenticateRequestOptions, clerk: Any) -> Place:
    """Where the keys are, with a client or without one (None)."""
    key = options.secret_key
    if clerk is None:
        return _made(options, key, _CLERKS, None)
    _, own, giver, server, way = _facts(clerk)
    if key is None:
        key = own if giver is None else _bare(giver())
    return _made(options, key, server, way)


async def place_of_async(options: AuthenticateRequestOptions, clerk: Any) -> Place:
    """The same; what gives the key may be asynchronous."""
    key = options.secret_key
    if clerk is None:
        return _made(options, key, _CLERKS, None)
    _, own, giver, server, way = _facts(clerk)
    if key is None and giver is not None:
        given = giver()
        own = _bare(await given if inspect.isawaitable(given) else given)
    return _made(options, own if key is None else key, server, way)
