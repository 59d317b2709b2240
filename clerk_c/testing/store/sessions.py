"""Clients (browsers, devices) and their sessions. The Backend API reads and ends them;
they begin in the Frontend API, for which `sign_in` stands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.fields import Query
from clerk_c.testing.store.database import Transaction, dump
from clerk_c.testing.store.where import Where

_DAY = 24 * 60 * 60 * 1000
LIFETIME = 7 * _DAY
ABANDON = 30 * _DAY
STATUSES = ("abandoned", "active", "ended", "expired", "removed", "replaced", "revoked")


def find_client(tx: Transaction, client_id: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM clients WHERE id = ?", client_id)
    if row is None:
        raise errors.not_found("client", client_id)
    return row


def list_clients(tx: Transaction, limit: int, offset: int) -> list[sqlite3.Row]:
    sql = "SELECT * FROM clients ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?"
    return tx.rows(sql, limit, offset)


def of_client(tx: Transaction, client_id: str) -> list[sqlite3.Row]:
    sql = "SELECT * FROM sessions WHERE client_id = ? ORDER BY seq"
    return tx.rows(sql, client_id)


def sign_in(
    tx: Transaction,
    user_id: str,
    client_id: str | None,
    strategy: str,
    *,
    organization_id: str | None = None,
    actor: Mapping[str, Any] | None = None,
) -> str:
    """A new session, on a new client unless one is given."""
    user = tx.one("SELECT * FROM users WHERE id = ?", user_id)
    if user is None:
        raise errors.not_found("user", user_id)
    if user["banned"]:
        raise errors.ApiError(403, "user_banned", "User banned")
    if (user["locked_until"] or 0) > tx.now:
        raise errors.ApiError(403, "user_locked", "User locked")
    if client_id is None:
        client_id = tx.new_id("client")
        tx.insert("clients", id=client_id, created_at=tx.now, updated_at=tx.now)
    find_client(tx, client_id)
    session_id = tx.new_id("sess")
    tx.insert(
        "sessions",
        id=session_id,
        client_id=client_id,
        user_id=user_id,
        status="active",
        actor=None if actor is None else dump(actor),
        last_active_organization_id=organization_id,
        last_active_at=tx.now,
        expire_at=tx.now + LIFETIME,
        abandon_at=tx.now + ABANDON,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.update(
        "clients",
        client_id,
        last_active_session_id=session_id,
        last_authentication_strategy=strategy,
        updated_at=tx.now,
    )
    tx.update("users", user_id, last_sign_in_at=tx.now, last_active_at=tx.now)
    return session_id


def find(tx: Transaction, session_id: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM sessions WHERE id = ?", session_id)
    if row is None:
        raise errors.not_found("session", session_id)
    return row


def status(row: sqlite3.Row, now: int) -> str:
    """A session that ran out is expired without anyone writing so."""
    if row["status"] == "active" and row["expire_at"] <= now:
        return "expired"
    return str(row["status"])


def search(tx: Transaction, query: Query) -> list[sqlite3.Row]:
    where = Where()
    for name in ("client_id", "user_id"):
        if value := query.text(name):
            where.add(f"{name} = ?", value)
    if wanted := query.choice("status", STATUSES):
        expired = "CASE WHEN status = 'active' AND expire_at <= ? THEN 'expired' ELSE status END"
        where.add(f"({expired}) = ?", tx.now, wanted)
    limit, offset = query.optional_page()
    sql = f"SELECT * FROM sessions WHERE {where.sql} ORDER BY created_at DESC, seq DESC"
    return tx.rows(f"{sql} LIMIT ? OFFSET ?", *where.values, limit, offset)


def revoke(tx: Transaction, session_id: str) -> None:
    if status(find(tx, session_id), tx.now) == "active":
        tx.update("sessions", session_id, status="revoked", updated_at=tx.now)
        tx.run(
            "UPDATE clients SET last_active_session_id = NULL WHERE last_active_session_id = ?",
            session_id,
        )


def revoke_all(tx: Transaction, user_id: str | None = None) -> None:
    """Ends the active sessions of a user, or of everyone."""
    tx.run(
        "UPDATE sessions SET status = 'revoked', updated_at = ?"
        " WHERE status = 'active' AND user_id = coalesce(?, user_id)",
        tx.now,
        user_id,
    )
    tx.run(
        "UPDATE clients SET last_active_session_id = NULL WHERE last_active_session_id IN"
        " (SELECT id FROM sessions WHERE status <> 'active')"
    )
