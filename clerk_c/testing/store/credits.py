"""Credits of users and organizations: a ledger whose sum is the balance."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.store.database import Transaction


def balance(tx: Transaction, payer_id: str) -> tuple[int, str] | None:
    """The credits of a payer in cents and their currency; None when there never were any."""
    row = tx.one(
        "SELECT sum(amount) AS amount, max(currency) AS currency FROM credits WHERE payer_id = ?",
        payer_id,
    )
    return None if row is None or row["currency"] is None else (row["amount"], row["currency"])


def adjust(tx: Transaction, owner: str, payer_id: str, given: Mapping[str, Any]) -> sqlite3.Row:
    """A new ledger entry, or the one that the same idempotency key made before.

    `owner` is `user_id` or `record_id`, by what the payer is.
    """
    key = given["idempotency_key"]
    amount = given["amount"] if given["action"] == "increase" else -given["amount"]
    current, currency = balance(tx, payer_id) or (0, given.get("currency", "USD"))
    sql = "SELECT * FROM credits WHERE payer_id = ? AND idempotency_key = ?"
    entry = tx.one(sql, payer_id, key)
    if entry is not None:
        if entry["amount"] != amount:
            reason = "another adjustment was made with it"
            raise errors.in_use("idempotency_key", reason)
        return entry
    if given.get("currency", currency) != currency:
        raise errors.wrong_value("currency", f"must be {currency}, as the balance is")
    if current + amount < 0:
        raise errors.wrong_value("amount", "must not exceed the balance")
    tx.insert(
        "credits",
        id=tx.new_id("ccle"),
        payer_id=payer_id,
        **{owner: payer_id},
        amount=amount,
        currency=currency,
        note=given.get("note"),
        idempotency_key=key,
        created_at=tx.now,
    )
    entry = tx.one(sql, payer_id, key)
    assert entry is not None
    return entry
