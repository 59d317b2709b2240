"""The routes: every path and method of the stand-in, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clerk_c.testing import resources
from clerk_c.testing.call import Call
from clerk_c.testing.routes import (
    clients,
    contacts,
    images,
    instance,
    invitations,
    user_belongings,
    user_security,
    users,
)

Handler = Callable[[Call], Any]

PREFIX = "/v1"

# (method, path below the prefix, handler) of what has tables and rules of its own.
_OWN: tuple[tuple[str, str, Handler], ...] = (
    *users.ROUTES,
    *user_security.ROUTES,
    *user_belongings.ROUTES,
    *contacts.ROUTES,
    *invitations.ROUTES,
    *clients.ROUTES,
    *instance.ROUTES,
)


def _literal_first(route: tuple[str, str, Handler]) -> list[bool]:
    return [part.startswith("{") for part in route[1].split("/")]


_FOUND, _PUBLIC = resources.routes((method, path) for method, path, _ in _OWN)
ROUTES = sorted((*_OWN, *_FOUND), key=_literal_first)

# What token verification asks for without a version in the path.
_VERIFICATIONS = (
    "/api_keys/verify",
    "/m2m_tokens/verify",
    "/oauth_applications/access_tokens/verify",
)
UNVERSIONED_ROUTES = [route for route in ROUTES if route[1] in _VERIFICATIONS]

# What a browser may fetch without the secret key, below the server's root.
PUBLIC_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    *images.ROUTES,
    *invitations.PUBLIC_ROUTES,
    *((method, PREFIX + path, handler) for method, path, handler in _PUBLIC),
)
