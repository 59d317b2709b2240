"""Clients: list, read, and find by the token that a browser holds."""

from __future__ import annotations

from typing import Any

from clerk_c.testing import errors, shapes, tokens
from clerk_c.testing.call import Call
from clerk_c.testing.fields import text
from clerk_c.testing.store import sessions


def list_clients(call: Call) -> Any:
    limit, offset = call.query.optional_page()
    with call.store.read() as tx:
        return [shapes.client(tx, row) for row in sessions.list_clients(tx, limit, offset)]


def verify_client(call: Call) -> Any:
    given = call.fields({"token": text(limit=8192)})
    if not given.get("token"):
        raise errors.missing("token", status=400)
    with call.store.read() as tx:
        claims = tokens.read(call.store.signing_key, given["token"], tx.now)
        if claims is None:
            text_ = "The token is not a valid token of a client."
            raise errors.ApiError(400, "cookie_invalid", "invalid token", text_)
        return shapes.client(tx, sessions.find_client(tx, claims["id"]))


def get_client(call: Call) -> Any:
    with call.store.read() as tx:
        return shapes.client(tx, sessions.find_client(tx, call.path["client_id"]))


ROUTES = (
    ("GET", "/clients", list_clients),
    ("POST", "/clients/verify", verify_client),
    ("GET", "/clients/{client_id}", get_client),
)
