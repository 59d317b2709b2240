"""Machines by their secret keys, and the scopes between them."""

from __future__ import annotations

from clerk_c.testing.store import records
from clerk_c.testing.store.database import Transaction
from clerk_c.testing.store.records import Record

MACHINE = "machine"
SCOPE = "machine_scope"
TOKEN = "machine_to_machine_token"
# Of the secret keys of machines, as sk_ is of the instance's.
LEAD = "ak_"


def new_secret(tx: Transaction) -> str:
    return LEAD + tx.chance.hex(24)


def by_secret(tx: Transaction, secret: str) -> Record | None:
    """The machine with this secret key, or with it until a moment ago."""
    found = records.first(tx, MACHINE, secret_key=secret)
    if found is not None:
        return found
    found = records.first(tx, MACHINE, previous_secret_key=secret)
    return found if found is not None and found["previous_expires_at"] > tx.now else None


def scopes(tx: Transaction, machine: Record) -> list[str]:
    """The ids of the machines that one may talk to."""
    return [scope["to_machine_id"] for scope in records.of(tx, SCOPE, parent_id=machine.id)]
