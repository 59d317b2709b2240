"""The routes: every path and method of the stand-in, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clerk_c.testing.call import Call
from clerk_c.testing.routes import (
    clients,
    emails,
    images,
    instance,
    invitations,
    user_belongings,
    user_security,
    users,
)

Handler = Callable[[Call], Any]

# (method, path below /v1, handler); literal paths stand before those with parameters.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    *users.ROUTES,
    *user_security.ROUTES,
    *user_belongings.ROUTES,
    *emails.ROUTES,
    *invitations.ROUTES,
    *clients.ROUTES,
    *instance.ROUTES,
)

# What a browser may fetch without the secret key, below the server's root.
PUBLIC_ROUTES: tuple[tuple[str, str, Handler], ...] = (*images.ROUTES, *invitations.PUBLIC_ROUTES)
