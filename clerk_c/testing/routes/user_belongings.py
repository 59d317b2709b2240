"""Accounts elsewhere that are linked to users."""

from __future__ import annotations

import re
from typing import Any

from clerk_c.testing import errors, shapes
from clerk_c.testing.call import Call
from clerk_c.testing.store import users

_PROVIDER = re.compile(r"(?:oauth_)?[a-z0-9][a-z0-9_]*")


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


ROUTES = (
    ("GET", "/users/{user_id}/oauth_access_tokens/{provider}", list_oauth_access_tokens),
    (
        "DELETE",
        "/users/{user_id}/external_accounts/{external_account_id}",
        delete_external_account,
    ),
)
