"""What belongs to users elsewhere: linked accounts, organizations, billing."""

from __future__ import annotations

import re
from typing import Any

from clerk_c.testing import errors, shapes
from clerk_c.testing.call import Call
from clerk_c.testing.fields import choice, number, text
from clerk_c.testing.store import users

_PROVIDER = re.compile(r"(?:oauth_)?[a-z0-9][a-z0-9_]*")
_INVITATION_STATUSES = ("pending", "accepted", "revoked", "expired")
_MEMBERSHIP_ORDERS = dict.fromkeys(
    ("phone_number", "email_address", "created_at", "first_name", "last_name", "username"),
    "created_at",
)

_ADJUSTMENT = {
    "amount": number(1, 2**31 - 1),
    "action": choice("increase", "decrease"),
    "idempotency_key": text(),
    "currency": text(limit=3),
    "note": text(limit=1024),
}


def list_oauth_access_tokens(call: Call) -> Any:
    provider = call.path["provider"]
    if not _PROVIDER.fullmatch(provider):
        text = f"The provider {provider} is not enabled in this instance."
        raise errors.ApiError(404, "oauth_token_provider_not_enabled", "not enabled", text)
    limit, offset = call.query.optional_page()
    with call.store.read() as tx:
        user_id = users.find(tx, call.path["user_id"])["id"]
        rows = tx.rows(
            "SELECT * FROM external_accounts WHERE user_id = ? AND provider = ?"
            " AND token IS NOT NULL ORDER BY seq LIMIT ? OFFSET ?",
            user_id,
            f"oauth_{provider.removeprefix('oauth_')}",
            limit,
            offset,
        )
    return [shapes.oauth_access_token(row) for row in rows]


def delete_external_account(call: Call) -> Any:
    key = call.path["external_account_id"]
    with call.store.write() as tx:
        user_id = users.find(tx, call.path["user_id"])["id"]
        sql = "DELETE FROM external_accounts WHERE id = ? AND user_id = ?"
        if not tx.run(sql, key, user_id).rowcount:
            raise errors.not_found("external account", key)
        tx.update("users", user_id, updated_at=tx.now)
    return shapes.deleted("external_account", key)


# This store has no organizations yet, so every list of memberships is empty.


def _nothing(call: Call) -> Any:
    call.query.page()
    with call.store.read() as tx:
        users.find(tx, call.path["user_id"])
    return {"data": [], "total_count": 0}


def list_memberships(call: Call) -> Any:
    return _nothing(call)


def list_organization_invitations(call: Call) -> Any:
    call.query.choice("status", _INVITATION_STATUSES)
    return _nothing(call)


def list_instance_memberships(call: Call) -> Any:
    call.query.page()
    call.query.order(_MEMBERSHIP_ORDERS, "-created_at")
    return {"data": [], "total_count": 0}


def get_subscription(call: Call) -> Any:
    """Nobody can subscribe here, so nobody has a subscription."""
    with call.store.read() as tx:
        user_id = users.find(tx, call.path["user_id"])["id"]
    raise errors.not_found("subscription of the user", user_id)


def get_credits(call: Call) -> Any:
    with call.store.read() as tx:
        user_id = users.find(tx, call.path["user_id"])["id"]
        balance = users.balance(tx, user_id)
    money = None if balance is None else shapes.money(*balance)
    return {"object": "commerce_credit_balance", "balance": money}


def adjust_credits(call: Call) -> Any:
    given = call.fields(_ADJUSTMENT, required=["amount", "action", "idempotency_key"])
    with call.store.write() as tx:
        return shapes.credit(users.adjust_balance(tx, call.path["user_id"], given))


ROUTES = (
    ("GET", "/users/{user_id}/oauth_access_tokens/{provider}", list_oauth_access_tokens),
    (
        "DELETE",
        "/users/{user_id}/external_accounts/{external_account_id}",
        delete_external_account,
    ),
    ("GET", "/users/{user_id}/organization_memberships", list_memberships),
    ("GET", "/users/{user_id}/organization_invitations", list_organization_invitations),
    ("GET", "/organization_memberships", list_instance_memberships),
    ("GET", "/users/{user_id}/billing/subscription", get_subscription),
    ("GET", "/users/{user_id}/billing/credits", get_credits),
    ("POST", "/users/{user_id}/billing/credits", adjust_credits),
)
