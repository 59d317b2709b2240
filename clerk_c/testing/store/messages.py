"""E-mails that Clerk would have sent. They are kept for a test to read; none leaves."""

from __future__ import annotations

import sqlite3
from typing import Any

from clerk_c.testing.store.database import Transaction, dump


def send(tx: Transaction, slug: str, recipient: str, **data: Any) -> None:
    tx.insert(
        "messages",
        id=tx.new_id("ema"),
        slug=slug,
        recipient=recipient,
        data=dump(data),
        created_at=tx.now,
    )


def sent(tx: Transaction, recipient: str | None) -> list[sqlite3.Row]:
    sql = "SELECT * FROM messages WHERE recipient = coalesce(?, recipient) ORDER BY seq"
    return tx.rows(sql, recipient)
