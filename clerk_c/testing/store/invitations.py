"""Invitations by e-mail: pending until accepted, revoked or expired."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.fields import Query
from clerk_c.testing.store import identifications, messages, records, users
from clerk_c.testing.store.database import Transaction, dump, load

_DAY = 24 * 60 * 60 * 1000
STATUSES = ("pending", "accepted", "revoked", "expired")
DEFAULT_DAYS = 30
WAITLIST = "waitlist_entry"

_ORDERS = {
    "created_at": "created_at",
    "email_address": "canonical",
    "expires_at": "expires_at",
}
# An invitation that nobody took in time is expired without anyone writing so.
_STATUS = "(CASE WHEN status = 'pending' AND expires_at <= ? THEN 'expired' ELSE status END)"


def find(tx: Transaction, invitation_id: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM invitations WHERE id = ?", invitation_id)
    if row is None:
        raise errors.not_found("invitation", invitation_id)
    return row


def status(row: sqlite3.Row | Mapping[str, Any], now: int) -> str:
    if row["status"] == "pending" and row["expires_at"] <= now:
        return "expired"
    return str(row["status"])


def search(tx: Transaction, query: Query) -> list[sqlite3.Row]:
    """All but the revoked ones, unless these are asked for."""
    conditions = [f"{_STATUS} <> 'revoked'"]
    values: list[Any] = [tx.now]
    if wanted := query.choice("status", STATUSES):
        conditions = [f"{_STATUS} = ?"]
        values.append(wanted)
    if text := query.text("query"):
        conditions.append("(instr(canonical, ?) OR id = ?)")
        values += [text.lower(), text]
    order = query.order(_ORDERS, "-created_at")
    limit, offset = query.optional_page()
    sql = f"SELECT * FROM invitations WHERE {' AND '.join(conditions)} ORDER BY {order}"
    return tx.rows(f"{sql} LIMIT ? OFFSET ?", *values, limit, offset)


def _pending(tx: Transaction, address: str) -> bool:
    sql = f"SELECT 1 FROM invitations WHERE canonical = ? AND {_STATUS} = 'pending'"
    return tx.one(sql, identifications.canonical(address), tx.now) is not None


def _check(tx: Transaction, given: Mapping[str, Any], *, bulk: bool) -> None:
    """Neither invited nor a user yet. `ignore_existing` lifts this, for users not in bulk."""
    address = given["email_address"]
    ignore = bool(given.get("ignore_existing"))
    if bulk or not ignore:
        taken = identifications.claimant(tx, identifications.EMAIL, address)
        if taken is not None:
            raise errors.exists("email_address", "email address")
    if not ignore and _pending(tx, address):
        text = f"There is a pending invitation already for {address}."
        meta = {"email_addresses": [address]}
        raise errors.ApiError(400, "duplicate_record", "duplicate invitation", text, meta)


def create(tx: Transaction, given: Mapping[str, Any], *, bulk: bool = False) -> str:
    _check(tx, given, bulk=bulk)
    key = tx.new_id("inv")
    days = given.get("expires_in_days") or DEFAULT_DAYS
    tx.insert(
        "invitations",
        id=key,
        email_address=given["email_address"],
        canonical=identifications.canonical(given["email_address"]),
        public_metadata=dump(given.get("public_metadata") or {}),
        status="pending",
        redirect_url=given.get("redirect_url"),
        template_slug=given.get("template_slug", "invitation"),
        expires_at=tx.now + days * _DAY,
        created_at=tx.now,
        updated_at=tx.now,
    )
    # Absent and null both mean the default, which is to send.
    if given.get("notify") is not False:
        slug = given.get("template_slug", "invitation")
        messages.send(tx, slug, given["email_address"], invitation_id=key)
    return key


def revoke(tx: Transaction, invitation_id: str) -> None:
    row = find(tx, invitation_id)
    if row["status"] in ("revoked", "accepted"):
        text = f"This invitation is {row['status']} already."
        raise errors.ApiError(400, f"invitation_already_{row['status']}", text)
    tx.update("invitations", invitation_id, status="revoked", updated_at=tx.now)


def accept(tx: Transaction, invitation_id: str) -> str:
    """What the invited person does: a new user with the address and the metadata."""
    row = find(tx, invitation_id)
    if status(row, tx.now) != "pending":
        text = f"This invitation is {status(row, tx.now)}."
        raise errors.ApiError(400, "invitation_not_pending", "not pending", text)
    user_id = users.create(
        tx, {"public_metadata": load(row["public_metadata"]), "skip_user_requirement": True}
    )
    proof = identifications.verification("ticket", expire_at=row["expires_at"])
    kind = identifications.EMAIL
    identifications.add(tx, user_id, kind, row["email_address"], proof=proof)
    tx.update("invitations", invitation_id, status="accepted", updated_at=tx.now)
    waiting = records.first(tx, WAITLIST, invitation_id=invitation_id)
    if waiting is not None:
        records.save(tx, records.Record(WAITLIST, {**waiting, "status": "completed"}))
    return user_id
