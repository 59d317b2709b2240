"""Clients (browsers, devices) and their sessions. The Backend API reads and ends them;
they begin in the Frontend API, for which `sign_in` stands.
"""

from __future__ import annotations

import sqlite3

from clerk_c.testing import errors
from clerk_c.testing.store.database import Transaction

_DAY = 24 * 60 * 60 * 1000
LIFETIME = 7 * _DAY
ABANDON = 30 * _DAY


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


def sign_in(tx: Transaction, user_id: str, client_id: str | None, strategy: str) -> str:
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
