"""Users: creating, changing and deleting them, bans and locks, metadata, images."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from clerk_c.testing import errors, formats
from clerk_c.testing.store import identifications, images, security, sessions
from clerk_c.testing.store.database import Transaction, dump, load

LOCK_SECONDS = 3600
METADATA = ("public_metadata", "private_metadata", "unsafe_metadata")

# Parameters that are columns as they stand.
_PLAIN = (
    "external_id",
    "first_name",
    "last_name",
    "locale",
    "create_organizations_limit",
)
_FLAGS = ("delete_self_enabled", "create_organization_enabled", "bypass_client_trust")
_MOMENTS = ("created_at", "legal_accepted_at")
_IDENTIFIERS = (
    (identifications.EMAIL, "email_address_identification_status"),
    (identifications.PHONE, "phone_number_identification_status"),
    (identifications.WALLET, None),
)


def find(tx: Transaction, user_id: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM users WHERE id = ?", user_id)
    if row is None:
        raise errors.not_found("user", user_id)
    return row


def find_all(tx: Transaction, user_ids: list[str]) -> list[sqlite3.Row]:
    """Users in the order asked for; an unknown id is an error of the parameter."""
    sql = "SELECT * FROM users WHERE id IN (SELECT value FROM json_each(?))"
    found = {row["id"]: row for row in tx.rows(sql, dump(user_ids))}
    if any(key not in found for key in user_ids):
        raise errors.missing_resource("user_ids", status=400)
    return [found[key] for key in user_ids]


def create(tx: Transaction, given: Mapping[str, Any]) -> str:
    identifiers = [name for name, _ in _IDENTIFIERS] + ["username"]
    if not given.get("skip_user_requirement") and not any(given.get(n) for n in identifiers):
        text = f"One of {', '.join(identifiers)} must be included."
        meta = {"param_names": identifiers}
        raise errors.ApiError(422, "form_data_missing", "missing data", text, meta)
    user_id = tx.new_id("user")
    tx.insert("users", id=user_id, created_at=tx.now, updated_at=tx.now)
    _set_columns(tx, user_id, given)
    for kind, statuses in _IDENTIFIERS:
        _add_identifiers(tx, user_id, kind, given, statuses)
    metadata = {name: dump(given[name]) for name in METADATA if name in given}
    tx.update("users", user_id, **metadata)
    security.set_from(tx, user_id, given)
    if given.get("banned"):
        tx.update("users", user_id, banned=1)
    if given.get("locked"):
        lock(tx, user_id)
    return user_id


def update(tx: Transaction, row: sqlite3.Row, given: Mapping[str, Any]) -> None:
    user_id = row["id"]
    _set_columns(tx, user_id, given)
    for kind, column in identifications.PRIMARY.items():
        if given.get(column):
            chosen = tx.one(
                "SELECT * FROM identifications WHERE id = ? AND kind = ? AND user_id = ?",
                given[column],
                kind,
                user_id,
            )
            if chosen is None:
                raise errors.missing_resource(column)
            notify = bool(given.get("notify_primary_email_address_changed"))
            identifications.set_primary(tx, chosen, name=column, notify=notify)
    if given.get("profile_image_id"):
        sql = "SELECT id FROM images WHERE id = ? AND user_id = ?"
        image = tx.one(sql, given["profile_image_id"], user_id)
        if image is None:
            raise errors.missing_resource("profile_image_id")
        tx.update("users", user_id, image_id=image["id"])
    security.set_from(tx, user_id, given)
    if given.get("sign_out_of_other_sessions"):
        sessions.revoke_all(tx, user_id)
    metadata = {name: given[name] for name in METADATA if name in given}
    replace_metadata(tx, user_id, metadata)


def _set_columns(tx: Transaction, user_id: str, given: Mapping[str, Any]) -> None:
    columns: dict[str, Any] = {name: given[name] for name in _PLAIN if name in given}
    columns |= {name: int(given[name]) for name in _FLAGS if given.get(name) is not None}
    if "username" in given:
        columns["username"] = given["username"] or None
    for name, label in (("external_id", "external id"), ("username", "username")):
        sql = f"SELECT 1 FROM users WHERE {name} = ? AND id <> ?"
        if columns.get(name) and tx.one(sql, columns[name], user_id) is not None:
            raise errors.exists(name, label)
    for name in _MOMENTS:
        if given.get(name) is not None:
            if given[name] > tx.now:
                raise errors.future_time(name)
            columns[name] = given[name]
    if "external_id" in columns:
        columns["external_id"] = columns["external_id"] or None
    tx.update("users", user_id, **columns)


def _add_identifiers(
    tx: Transaction, user_id: str, kind: str, given: Mapping[str, Any], statuses: str | None
) -> None:
    values = given.get(kind) or []
    marks = (given.get(statuses) or []) if statuses else []
    if statuses and marks and len(marks) != len(values):
        raise errors.wrong_value(statuses, f"must have one item for each {kind}")
    for index, value in enumerate(values):
        reserved = bool(marks) and marks[index] == "reserved"
        proof = None if reserved else identifications.verification("admin")
        identifications.add(tx, user_id, kind, value, proof=proof, reserved=reserved)


def delete(tx: Transaction, user_id: str) -> sqlite3.Row:
    row = find(tx, user_id)
    tx.delete("users", user_id)
    return row


def ban(tx: Transaction, user_ids: Iterable[str], *, banned: bool) -> None:
    for user_id in user_ids:
        tx.update("users", user_id, banned=int(banned), updated_at=tx.now)
        if banned:
            sessions.revoke_all(tx, user_id)


def lock(tx: Transaction, user_id: str) -> None:
    tx.update("users", user_id, locked_until=tx.now + LOCK_SECONDS * 1000, updated_at=tx.now)


def unlock(tx: Transaction, user_id: str) -> None:
    tx.update("users", user_id, locked_until=None, updated_at=tx.now)


def merge_metadata(tx: Transaction, row: sqlite3.Row, given: Mapping[str, Any]) -> None:
    merged = {}
    for name, value in given.items():
        merged[name] = formats.merge_metadata(load(row[name]), value)
        formats.check_metadata_size(name, merged[name])
    replace_metadata(tx, row["id"], merged)


def replace_metadata(tx: Transaction, user_id: str, given: Mapping[str, Any]) -> None:
    columns = {name: dump(value) for name, value in given.items()}
    tx.update("users", user_id, **columns, updated_at=tx.now)


def set_image(tx: Transaction, row: sqlite3.Row, content_type: str, content: bytes) -> None:
    key = images.add(tx, "user_id", row["id"], content_type, content)
    tx.update("users", row["id"], image_id=key, updated_at=tx.now)


def delete_image(tx: Transaction, row: sqlite3.Row) -> None:
    images.remove(tx, row["image_id"])
    tx.update("users", row["id"], image_id=None, updated_at=tx.now)
