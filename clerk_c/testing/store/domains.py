"""The domains that an instance serves: one primary, any number of satellites."""

from __future__ import annotations

from clerk_c.testing.store import records
from clerk_c.testing.store.database import Transaction
from clerk_c.testing.store.records import Record

DOMAIN = "domain"


def seed(tx: Transaction) -> None:
    """The primary domain of a new instance."""
    members = {"id": tx.new_id("dmn"), "name": "localhost:3000", "is_satellite": False}
    records.add(tx, Record(DOMAIN, members))
