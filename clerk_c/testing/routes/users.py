"""Users: list, count, create, read, update, delete, metadata, ban and lock, image."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from clerk_c.testing import errors, formats, shapes
from clerk_c.testing.call import Call
from clerk_c.testing.fields import choice, flag, many, mapping, moment, number, text
from clerk_c.testing.store import user_search, users
from clerk_c.testing.store.database import Transaction
from clerk_c.testing.uploads import image_of

BULK_LIMIT = 100
# Clerk-API-Version from which on an update takes no metadata any more.
_NO_METADATA_SINCE = "2026-05-12"
_STATUSES = many(choice("verified", "reserved"))

_METADATA = {name: mapping() for name in users.METADATA}
_COMMON = {
    "external_id": text(null=True),
    "first_name": text(null=True),
    "last_name": text(null=True),
    "locale": text(formats.locale, limit=35, null=True),
    "username": text(formats.username, null=True),
    "password": text(limit=4096),
    "password_digest": text(limit=4096),
    "password_hasher": text(),
    "skip_password_checks": flag(),
    "totp_secret": text(formats.totp_secret),
    "backup_codes": many(text(), limit=20),
    "delete_self_enabled": flag(),
    "create_organization_enabled": flag(),
    "create_organizations_limit": number(0, 2**31 - 1, null=True),
    "legal_accepted_at": moment(),
    "skip_legal_checks": flag(),
    "created_at": moment(),
    "bypass_client_trust": flag(),
}
_CREATE = {
    **_COMMON,
    **_METADATA,
    "email_address": many(text(formats.email_address, limit=320), limit=10),
    "email_address_identification_status": _STATUSES,
    "phone_number": many(text(formats.phone_number), limit=10),
    "phone_number_identification_status": _STATUSES,
    "web3_wallet": many(text(formats.web3_wallet), limit=10),
    "skip_password_requirement": flag(),
    "skip_user_requirement": flag(),
    "banned": flag(),
    "locked": flag(),
}
_UPDATE = {
    **_COMMON,
    "primary_email_address_id": text(),
    "notify_primary_email_address_changed": flag(),
    "primary_phone_number_id": text(),
    "primary_web3_wallet_id": text(),
    "profile_image_id": text(),
    "sign_out_of_other_sessions": flag(),
}
_USER_IDS = {"user_ids": many(text(), limit=BULK_LIMIT)}


def change_user(call: Call, change: Callable[[Transaction, sqlite3.Row], None]) -> Any:
    """Applies a change to the user of the path and answers with the result of it."""
    with call.store.write() as tx:
        row = users.find(tx, call.path["user_id"])
        change(tx, row)
        return shapes.user(tx, users.find(tx, row["id"]), call.origin)


def get_user(call: Call) -> Any:
    with call.store.read() as tx:
        return shapes.user(tx, users.find(tx, call.path["user_id"]), call.origin)


def list_users(call: Call) -> Any:
    with call.store.read() as tx:
        return shapes.users(tx, user_search.search(tx, call.query), call.origin)


def count_users(call: Call) -> Any:
    with call.store.read() as tx:
        count = user_search.count(tx, call.query)
    return {"object": "total_count", "total_count": count}


def create_user(call: Call) -> Any:
    given = call.fields(_CREATE)
    with call.store.write() as tx:
        user_id = users.create(tx, given)
        return shapes.user(tx, users.find(tx, user_id), call.origin)


def update_user(call: Call) -> Any:
    version = call.headers.get("clerk-api-version", "")
    fields = _UPDATE if version >= _NO_METADATA_SINCE else {**_UPDATE, **_METADATA}
    given = call.fields(fields)
    return change_user(call, lambda tx, row: users.update(tx, row, given))


def delete_user(call: Call) -> Any:
    with call.store.write() as tx:
        row = users.delete(tx, call.path["user_id"])
    more = {"external_id": row["external_id"]} if row["external_id"] else {}
    return shapes.deleted("user", row["id"], **more)


def merge_metadata(call: Call) -> Any:
    given = call.fields(_METADATA)
    return change_user(call, lambda tx, row: users.merge_metadata(tx, row, given))


def replace_metadata(call: Call) -> Any:
    given = call.fields(_METADATA)
    return change_user(call, lambda tx, row: users.replace_metadata(tx, row["id"], given))


def ban_user(call: Call) -> Any:
    return change_user(call, lambda tx, row: users.ban(tx, [row["id"]], banned=True))


def unban_user(call: Call) -> Any:
    return change_user(call, lambda tx, row: users.ban(tx, [row["id"]], banned=False))


def _ban_many(call: Call, *, banned: bool) -> Any:
    value = call.json()
    ids = value.get("user_ids") if isinstance(value, dict) else None
    if ids is None:
        raise errors.missing("user_ids", status=400)
    if isinstance(ids, list) and len(ids) > BULK_LIMIT:
        raise errors.bulk_too_large(BULK_LIMIT)
    ids = call.fields(_USER_IDS)["user_ids"]
    with call.store.write() as tx:
        users.find_all(tx, ids)
        users.ban(tx, ids, banned=banned)
        return shapes.users(tx, users.find_all(tx, ids), call.origin)


def ban_users(call: Call) -> Any:
    return _ban_many(call, banned=True)


def unban_users(call: Call) -> Any:
    return _ban_many(call, banned=False)


def lock_user(call: Call) -> Any:
    return change_user(call, lambda tx, row: users.lock(tx, row["id"]))


def unlock_user(call: Call) -> Any:
    return change_user(call, lambda tx, row: users.unlock(tx, row["id"]))


def set_image(call: Call) -> Any:
    content_type, content = image_of(call)
    return change_user(call, lambda tx, row: users.set_image(tx, row, content_type, content))


def delete_image(call: Call) -> Any:
    return change_user(call, users.delete_image)


ROUTES = (
    ("GET", "/users", list_users),
    ("POST", "/users", create_user),
    ("GET", "/users/count", count_users),
    ("POST", "/users/ban", ban_users),
    ("POST", "/users/unban", unban_users),
    ("GET", "/users/{user_id}", get_user),
    ("PATCH", "/users/{user_id}", update_user),
    ("DELETE", "/users/{user_id}", delete_user),
    ("PATCH", "/users/{user_id}/metadata", merge_metadata),
    ("PUT", "/users/{user_id}/metadata", replace_metadata),
    ("POST", "/users/{user_id}/ban", ban_user),
    ("POST", "/users/{user_id}/unban", unban_user),
    ("POST", "/users/{user_id}/lock", lock_user),
    ("POST", "/users/{user_id}/unlock", unlock_user),
    ("POST", "/users/{user_id}/profile_image", set_image),
    ("DELETE", "/users/{user_id}/profile_image", delete_image),
)
