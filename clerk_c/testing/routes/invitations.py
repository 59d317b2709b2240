"""Invitations: create, in bulk too, list and revoke; and the link inside the e-mail."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from clerk_c.testing import errors, formats, shapes
from clerk_c.testing.call import Call, Reply
from clerk_c.testing.fields import choice, flag, mapping, number, read_fields, text
from clerk_c.testing.store import invitations, organizations, records

BULK_LIMIT = 10

_FIELDS = {
    "email_address": text(formats.email_address, limit=320),
    "public_metadata": mapping(),
    "redirect_url": text(formats.url, limit=2048),
    "notify": flag(),
    "ignore_existing": flag(),
    "expires_in_days": number(1, 365),
    "template_slug": choice("invitation", "waitlist_invitation"),
}
_REQUIRED = ("email_address",)


def create_invitation(call: Call) -> Any:
    given = call.fields(_FIELDS, required=_REQUIRED)
    with call.store.write() as tx:
        row = invitations.find(tx, invitations.create(tx, given))
        return shapes.invitation(row, tx.now, call.origin)


def create_invitations(call: Call) -> Any:
    """All of them or none."""
    items = call.json()
    if not isinstance(items, list) or not items:
        raise errors.body_malformed("The request body has to be an array of invitations.")
    if len(items) > BULK_LIMIT:
        raise errors.bulk_too_large(BULK_LIMIT)
    if not all(isinstance(item, dict) for item in items):
        raise errors.body_malformed("Every invitation has to be an object.")
    given = [read_fields(item, _FIELDS, required=_REQUIRED) for item in items]
    with call.store.write() as tx:
        keys = [invitations.create(tx, item, bulk=True) for item in given]
        rows = [invitations.find(tx, key) for key in keys]
        return [shapes.invitation(row, tx.now, call.origin) for row in rows]


def list_invitations(call: Call) -> Any:
    with call.store.read() as tx:
        rows = invitations.search(tx, call.query)
        return [shapes.invitation(row, tx.now, call.origin) for row in rows]


def revoke_invitation(call: Call) -> Any:
    key = call.path["invitation_id"]
    with call.store.write() as tx:
        invitations.revoke(tx, key)
        return shapes.invitation(invitations.find(tx, key), tx.now, call.origin)


def _redirect_url(row: Mapping[str, Any] | sqlite3.Row) -> str | None:
    return row["redirect_url"] if "redirect_url" in row.keys() else None  # noqa: SIM118


def follow_link(call: Call) -> Any:
    """What the link in the e-mail does: on to the application, where the sign-up goes on."""
    key = call.path["invitation_id"]
    with call.store.read() as tx:
        row = records.get(tx, organizations.INVITATION, key) or invitations.find(tx, key)
        state = invitations.status(row, tx.now)
        redirect_url = _redirect_url(row)
    if state != "pending":
        text = f"This invitation is {state}."
        raise errors.ApiError(400, "invitation_not_pending", "not pending", text)
    if not redirect_url:
        return {"invitation_id": row["id"], "status": state}
    separator = "&" if "?" in redirect_url else "?"
    ticket = urlencode({"__clerk_ticket": row["id"], "__clerk_status": "sign_up"})
    location = f"{redirect_url}{separator}{ticket}"
    return Reply(303, headers={"Location": location})


ROUTES = (
    ("POST", "/invitations", create_invitation),
    ("GET", "/invitations", list_invitations),
    ("POST", "/invitations/bulk", create_invitations),
    ("POST", "/invitations/{invitation_id}/revoke", revoke_invitation),
)

PUBLIC_ROUTES = (("GET", "/invitations/{invitation_id}", follow_link),)
