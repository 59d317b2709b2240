"""Finding users: the filters and orders of the user list, as SQL with bound values."""

from __future__ import annotations

import sqlite3

from clerk_c.testing import errors
from clerk_c.testing.fields import Query
from clerk_c.testing.store.database import Transaction, dump
from clerk_c.testing.store.where import LIKE, ONE_OF, Where, contains


def _primary(kind: str) -> str:
    return (
        "(SELECT lower(identifier) FROM identifications"
        f" WHERE identifications.id = users.primary_{kind}_id)"
    )


ORDERS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "email_address": _primary("email_address"),
    "web3wallet": _primary("web3_wallet"),
    "first_name": "lower(first_name)",
    "last_name": "lower(last_name)",
    "phone_number": _primary("phone_number"),
    "username": "lower(username)",
    "last_active_at": "last_active_at",
    "last_sign_in_at": "last_sign_in_at",
}

_HAS = "EXISTS (SELECT 1 FROM identifications WHERE user_id = users.id AND kind = '{}' AND {})"
_MEMBER = (
    "EXISTS (SELECT 1 FROM records WHERE kind = 'organization_membership'"
    f" AND records.user_id = users.id AND parent_id {ONE_OF})"
)
_PART_OF_ID = 8  # characters; what is shorter has to be the beginning
_NAME = "(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))"
_TIMES = {
    "last_active_at_before": "last_active_at < ?",
    "last_active_at_after": "last_active_at > ?",
    "last_active_at_since": "last_active_at >= ?",
    "created_at_before": "created_at < ?",
    "created_at_after": "created_at > ?",
    "last_sign_in_at_before": "last_sign_in_at < ?",
    "last_sign_in_at_after": "last_sign_in_at > ?",
}


def filters(query: Query) -> Where:
    where = Where()
    for kind in ("email_address", "phone_number", "web3_wallet"):
        if values := query.texts(kind):
            wanted = dump([value.lower() for value in values])
            where.add(_HAS.format(kind, f"canonical {ONE_OF}"), wanted)
    if values := query.texts("username"):
        where.add(f"lower(username) {ONE_OF}", dump([value.lower() for value in values]))
    where.signed(f"external_id {ONE_OF}", query.texts("external_id"))
    where.signed(f"id {ONE_OF}", query.texts("user_id"))
    where.signed(_MEMBER, query.texts("organization_id"))
    _add_partial(where, query)
    if (banned := query.flag("banned")) is not None:
        where.add("banned = ?", int(banned))
    for name, condition in _TIMES.items():
        if (moment := query.number(name)) is not None:
            where.add(condition, moment)
    _add_provider(where, query)
    return where


def _add_partial(where: Where, query: Query) -> None:
    for name in ("email_address", "phone_number"):
        if text := query.text(f"{name}_query"):
            where.add(_HAS.format(name, f"canonical {LIKE}"), contains(text))
    if text := query.text("username_query"):
        where.add(f"username {LIKE}", contains(text))
    if text := query.text("name_query"):
        where.add(f"{_NAME} {LIKE}", contains(text))
    if text := query.text("query"):
        anywhere = (
            "EXISTS (SELECT 1 FROM identifications WHERE user_id = users.id"
            f" AND kind <> 'passkey' AND canonical {LIKE})"
        )
        columns = (f"{column} {LIKE}" for column in ("username", _NAME, "id"))
        part = contains(text)
        # Ids are random: by chance they hold any short text.
        within_id = part if len(text) >= _PART_OF_ID else part[1:]
        where.add(f"({' OR '.join((anywhere, *columns))})", part, part, part, within_id)


def _add_provider(where: Where, query: Query) -> None:
    provider, ids = query.text("provider"), query.texts("provider_user_id")
    if not provider and not ids:
        return
    if not provider:
        raise errors.missing_with("provider", "provider_user_id")
    if not ids:
        raise errors.missing_with("provider_user_id", "provider")
    where.add(
        "EXISTS (SELECT 1 FROM external_accounts WHERE user_id = users.id"
        f" AND provider = ? AND provider_user_id {ONE_OF})",
        provider,
        dump(ids),
    )


def search(tx: Transaction, query: Query) -> list[sqlite3.Row]:
    where = filters(query)
    order = query.order(ORDERS, "-created_at")
    limit, offset = query.page()
    sql = f"SELECT * FROM users WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?"
    return tx.rows(sql, *where.values, limit, offset)


def count(tx: Transaction, query: Query) -> int:
    where = filters(query)
    return tx.number(f"SELECT count(*) FROM users WHERE {where.sql}", *where.values)
